"""Two companies on one server, a client for each, and what tests look at besides answers."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from scim import flood, log
from scim.models import LogBody, LogEntry
from teammates.models import Company, Event
from tests.factories import CompanyFactory
from tests.scim.door import Door

TABLES = ("teammates", "templates_app", "scim")
NOT_STATE = {"last_used_at", "last_used_by", "last_used_from"}  # of a token: moves with every request
LOG = ("LogEntry", "LogBody")  # of requests
LOG_ENTRY = "INSERT INTO scim_logentry"
TRANSACTION = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")


@pytest.fixture
def company(db: None) -> Company:
    return CompanyFactory.create(name="Initech")


@pytest.fixture
def scim(company: Company) -> Door:
    """The identity provider of `company`."""
    return Door.of(company)


@pytest.fixture
def empty_log(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing in the provisioning log, and room for as many refusals and look-ups of nobody as there is at first.

    The log's tables are no managed ones: what a test with real transactions wrote is not removed with it.
    """
    LogEntry.objects.all().delete()
    LogBody.objects.all().delete()
    monkeypatch.setattr(log, "allowance", flood.Allowance())
    monkeypatch.setattr(log, "of_look_ups", flood.Allowance())


@pytest.fixture
def other_company(db: None) -> Company:
    return CompanyFactory.create(name="Globex")


@pytest.fixture
def other_scim(other_company: Company) -> Door:
    """The identity provider of another company on the same server."""
    return Door.of(other_company)


def dump(*without: str) -> dict[str, list[dict[str, Any]]]:
    """Every row of the product's tables; `without` names models that do not count, such as the provisioning log."""
    tables = {}
    for label in TABLES:
        for model in apps.get_app_config(label).get_models(include_auto_created=True):
            if model._meta.object_name not in without and model._meta.managed:
                names = [field.attname for field in model._meta.concrete_fields if field.name not in NOT_STATE]
                tables[model._meta.label] = list(model._default_manager.order_by("pk").values(*names))
    return tables


@pytest.fixture
def unchanged(db: None) -> Callable[..., AbstractContextManager[None]]:
    """`with unchanged():` what happens inside leaves every row as it was (the log of requests aside)."""

    @contextmanager
    def check(*without: str) -> Iterator[None]:
        before = dump(*LOG, *without)
        yield
        assert dump(*LOG, *without) == before

    return check


@pytest.fixture
def statements(db: None) -> Callable[[Door], AbstractContextManager[list[str]]]:
    """`with statements(scim) as sent:` collects the SQL of requests.

    Left out are transaction control and the entry in the provisioning log, which is written after the answer was
    made. The token's use was noted before, as it is in all but one request a minute.
    """

    @contextmanager
    def collect(door: Door) -> Iterator[list[str]]:
        door.get("/ServiceProviderConfig")
        sent: list[str] = []
        with CaptureQueriesContext(connection) as captured:
            yield sent
        made = [query["sql"] for query in captured]
        sent += [text for text in made if not text.startswith(TRANSACTION) and LOG_ENTRY not in text]

    return collect


@pytest.fixture
def events(db: None) -> Callable[..., list[Event]]:
    """The events so far, oldest first; of one kind, or about one thing."""

    def find(kind: str = "", about: Any = None) -> list[Event]:
        found = Event.objects.order_by("pk")
        if kind:
            found = found.filter(kind=kind)
        if about is not None:
            found = found.filter(subject=getattr(about, "public_id", about))
        return list(found)

    return find
