"""Statements run as SQL where the cost of building a queryset would outweigh the query itself.

Only fixed text comes here; everything that varies travels as a parameter.

prepared: for the statements that run with every request. A connection parses and plans them once, their parameters
travel beside the text, and the answer comes in binary, which psycopg reads faster. In binary only the plain types
mean the same as in Django's cursors: JSON and addresses are to be selected as text.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.utils import CursorWrapper

Params = Sequence[Any] | Mapping[str, Any]


def _cursor(prepared: bool) -> CursorWrapper:
    connection = connections[DEFAULT_DB_ALIAS]
    if not prepared or connection.queries_logged:  # Django's cursor logs a statement with its parameters
        return connection.cursor()
    connection.ensure_connection()
    cursor = psycopg.Cursor(connection.connection)
    cursor.format = psycopg.pq.Format.BINARY
    return connection.make_cursor(cursor)  # type: ignore[arg-type]


def fetch_one(statement: str, params: Params, *, prepared: bool = False) -> tuple[Any, ...] | None:
    """The first row, or None."""
    with _cursor(prepared) as cursor:
        cursor.execute(statement, params)
        row: tuple[Any, ...] | None = cursor.fetchone()
        return row


def fetch_all(statement: str, params: Params, *, prepared: bool = False) -> list[tuple[Any, ...]]:
    with _cursor(prepared) as cursor:
        cursor.execute(statement, params)
        return cursor.fetchall()


def execute(statement: str, params: Params, *, prepared: bool = False) -> int:
    """Run a statement that returns nothing; the number of rows it touched."""
    with _cursor(prepared) as cursor:
        cursor.execute(statement, params)
        return int(cursor.rowcount)
