"""People for the providers to find, and a company that takes groups from them."""

import pytest

from teammates.models import Company
from tests.factories import CompanyFactory, TeammateFactory


@pytest.fixture
def company(db: None) -> Company:
    return CompanyFactory.create(name="Initech", group_sync_enabled=True)


@pytest.fixture
def people(company):
    """Three people as a provider names them: by id."""
    return [TeammateFactory(company=company, login=f"{name}@example.com").public_id for name in ("ann", "bob", "cyd")]
