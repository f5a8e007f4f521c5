"""Two companies on one server."""

import pytest

from teammates.models import Company
from tests.factories import CompanyFactory


@pytest.fixture
def company(db: None) -> Company:
    return CompanyFactory.create(name="Initech")


@pytest.fixture
def other_company(db: None) -> Company:
    return CompanyFactory.create(name="Globex")
