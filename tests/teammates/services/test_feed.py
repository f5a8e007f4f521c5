"""The feed never passes an event over, however transactions overlap."""

from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection

from teammates.models import Company
from teammates.services import events
from teammates.services.events import SYSTEM
from teammates.services.feed import events_after
from tests.factories import CompanyFactory

WRITE = """
INSERT INTO teammates_event (company_id, at, kind, actor_kind, actor, actor_id, subject, subject_name, data, pending)
VALUES (%s, clock_timestamp(), %s, 'system', 'Test', '', '', '', '{}', false)
"""


@pytest.fixture
def slow_writer(transactional_db: None) -> Iterator[psycopg.Connection]:
    """Another process, whose transaction stays open."""
    with psycopg.connect(**{**connection.get_connection_params(), "cursor_factory": psycopg.Cursor}) as writer:
        yield writer
        writer.rollback()


def test_events_come_in_order_from_after_the_last_one_read(company: Company, other_company: Company) -> None:
    for number in range(5):
        events.append(company.pk, f"test.{number}", SYSTEM)
        events.append(other_company.pk, "test.other", SYSTEM)
    first = events_after(company.pk, 0, 3)
    rest = events_after(company.pk, first[-1].pk, 3)
    assert [event.kind for event in first + rest] == [f"test.{number}" for number in range(5)]
    assert events_after(company.pk, rest[-1].pk, 3) == []


@pytest.mark.django_db(transaction=True)
def test_an_event_waits_for_earlier_ones_that_are_not_committed_yet(slow_writer: psycopg.Connection) -> None:
    company = CompanyFactory.create()
    events.append(company.pk, "test.before", SYSTEM)
    slow_writer.execute(WRITE, [company.pk, "test.slow"])
    events.append(company.pk, "test.quick", SYSTEM)
    assert [event.kind for event in events_after(company.pk, 0, 10)] == ["test.before"]
    slow_writer.commit()
    assert [event.kind for event in events_after(company.pk, 0, 10)] == ["test.before", "test.slow", "test.quick"]


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_only_reads_holds_nothing_back(slow_writer: psycopg.Connection) -> None:
    company = CompanyFactory.create()
    slow_writer.execute("SELECT count(*) FROM teammates_event")
    events.append(company.pk, "test.quick", SYSTEM)
    assert len(events_after(company.pk, 0, 10)) == 1
