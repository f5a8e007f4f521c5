"""Statements run as SQL where the cost of building a queryset would outweigh the query itself.

Only fixed text comes here; everything that varies travels as a parameter.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connection


def fetch_one(statement: str, params: Sequence[Any]) -> tuple[Any, ...] | None:
    """The first row, or None."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        row: tuple[Any, ...] | None = cursor.fetchone()
        return row


def fetch_all(statement: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchall()


def execute(statement: str, params: Sequence[Any]) -> int:
    """Run a statement that returns nothing; the number of rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return int(cursor.rowcount)
