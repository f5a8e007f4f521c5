"""Statements run as SQL where the cost of building a queryset would outweigh the query itself.

Only fixed text comes here; everything that varies travels as a parameter.

prepared: for the statements that run with every request. A connection parses and plans them once, their parameters
travel beside the text, and the answer comes in binary, which psycopg reads faster. In binary only the plain types
mean the same as in Django's cursors: JSON and addresses are to be selected as text.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connection, connections

Params = Sequence[Any] | Mapping[str, Any]
MOST_KEPT = 100  # cursors of a connection, as many as psycopg keeps statements prepared


def fetch_one(statement: str, params: Params, *, prepared: bool = False) -> tuple[Any, ...] | None:
    """The first row, or None."""
    row: tuple[Any, ...] | None
    if prepared and (kept := _run_prepared(statement, params)):
        row = kept.fetchone()
        return row
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        row = cursor.fetchone()
        return row


def fetch_all(statement: str, params: Params, *, prepared: bool = False) -> list[tuple[Any, ...]]:
    if prepared and (kept := _run_prepared(statement, params)):
        return kept.fetchall()
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchall()


def execute(statement: str, params: Params, *, prepared: bool = False) -> int:
    """Run a statement that returns nothing; the number of rows it touched."""
    if prepared and (kept := _run_prepared(statement, params)):
        return kept.rowcount
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return int(cursor.rowcount)


def _run_prepared(statement: str, params: Params) -> psycopg.Cursor | None:
    """The cursor with the answer; None where statements are logged, which Django's cursor does with their parameters.

    Each connection keeps a cursor for each statement: psycopg's remember how to write and read its values as long as
    they are given the very same text.
    """
    current = connections[DEFAULT_DB_ALIAS]
    if current.queries_logged:
        return None
    current.ensure_connection()
    cursors: dict[str, tuple[psycopg.Cursor, str]] = vars(current.connection).setdefault("kept_cursors", {})
    kept = cursors.get(statement)
    if kept is None:
        if len(cursors) >= MOST_KEPT:
            cursors.clear()
        kept = cursors[statement] = psycopg.Cursor(current.connection), statement
        kept[0].format = psycopg.pq.Format.BINARY
    cursor, text = kept
    current.make_cursor(cursor).execute(text, params)  # type: ignore[arg-type]
    return cursor
