"""Statements run as SQL: prepared where they run with every request, and the same whichever way they run."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from teammates import sql

pytestmark = pytest.mark.django_db
MOMENT = datetime(2026, 2, 3, 4, 5, 6, 789, tzinfo=UTC)
STATEMENT = "SELECT %s::int, %s::text, %s::timestamptz, %s::jsonb::text, %s::varchar[], %s::bytea, %s::boolean"
VALUES = (7, "Zoë", MOMENT, '{"a": 1}', ["x", "y"], b"\x00\xff", None)


def prepared_statements():
    return sql.fetch_all("SELECT statement FROM pg_prepared_statements WHERE statement LIKE %s", ["SELECT 70%"])


def test_a_prepared_statement_is_prepared_once_for_all_its_values():
    for value in (1, 2, 3):
        sql.fetch_one("SELECT 70 + %s", [value], prepared=True)

    assert prepared_statements() == [("SELECT 70 + $1",)]


@pytest.mark.parametrize("prepared", [False, True])
def test_values_come_back_as_they_went_in(prepared):
    row = sql.fetch_one(STATEMENT, VALUES, prepared=prepared)

    assert row == VALUES
    assert row is not None
    assert row[2].tzinfo == UTC


def test_what_is_logged_of_a_prepared_statement_has_its_parameters():
    with CaptureQueriesContext(connection) as captured:
        sql.fetch_one("SELECT 70 + %s", [5], prepared=True)

    assert [query["sql"] for query in captured] == ["SELECT 70 + 5"]
