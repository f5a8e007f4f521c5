"""Reading and writing single rows of a model with fixed statements.

A queryset costs more CPU to build than PostgreSQL needs to answer it. The few statements of the hot path are made
once from the model's own fields and run with parameters; rows come back as ordinary model instances.
"""

from __future__ import annotations  # Django fields take type parameters for the type checker only

from collections.abc import Collection, Sequence
from functools import cache
from typing import Any, TypeVar

import orjson
from django.db import DEFAULT_DB_ALIAS, connection, models
from django.db.models.base import ModelState

from teammates import sql

M = TypeVar("M", bound=models.Model)


@cache
def columns(model: type[models.Model]) -> tuple[models.Field[Any, Any], ...]:
    return tuple(model._meta.concrete_fields)


@cache
def select_list(model: type[models.Model], alias: str) -> str:
    """The columns of `model` for a SELECT, in the order `from_row` expects."""
    return ", ".join(_selected(field, f"{alias}.") for field in columns(model))


def _selected(field: models.Field[Any, Any], alias: str = "") -> str:
    """The column in the form in which Django reads it, whatever format the answer comes in (see teammates.sql)."""
    if isinstance(field, models.JSONField):
        return f"{alias}{field.column}::text"
    if isinstance(field, models.GenericIPAddressField):
        return f"host({alias}{field.column})"
    return f"{alias}{field.column}"


@cache
def _layout(model: type[models.Model]) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """The attribute of each column, and which columns hold JSON."""
    fields = columns(model)
    json_at = tuple(place for place, field in enumerate(fields) if isinstance(field, models.JSONField))
    return tuple(field.attname for field in fields), json_at


def from_row(model: type[M], row: Sequence[Any]) -> M:
    """The instance whose columns lead `row`; further values of the row are left alone.

    Built past __init__, as copying a model instance does: nothing here listens to its signals, and it takes a tenth
    of the time.
    """
    names, json_at = _layout(model)
    values = dict(zip(names, row, strict=False))
    for place in json_at:
        if (text := row[place]) is not None:
            values[names[place]] = orjson.loads(text)
    instance = model.__new__(model)
    instance._state = ModelState()
    instance._state.adding = False
    instance._state.db = DEFAULT_DB_ALIAS
    instance.__dict__.update(values)
    return instance


def _prepared(instance: models.Model, field: models.Field[Any, Any]) -> Any:
    return field.get_db_prep_save(getattr(instance, field.attname), connection)


@cache
def _insert_statement(model: type[models.Model]) -> tuple[str, tuple[models.Field[Any, Any], ...]]:
    fields = tuple(field for field in columns(model) if not field.primary_key)
    marks = ", ".join("now()" if getattr(field, "auto_now_add", False) else "%s" for field in fields)
    names = ", ".join(str(field.column) for field in fields)
    returning = ", ".join(map(_selected, columns(model)))
    statement = (
        f"INSERT INTO {model._meta.db_table} ({names}) VALUES ({marks}) ON CONFLICT DO NOTHING RETURNING {returning}"
    )
    return statement, tuple(field for field in fields if not getattr(field, "auto_now_add", False))


def insert(instance: M) -> M | None:
    """Insert a new row; None when a unique constraint stands against it (and nothing is broken by that)."""
    model = type(instance)
    statement, fields = _insert_statement(model)
    row = sql.fetch_one(statement, [_prepared(instance, field) for field in fields], prepared=True)
    return from_row(model, row) if row else None


Statement = tuple[str, Sequence[Any]]


def update(
    instance: models.Model, names: Collection[str], *, new_version: bool = True, along: Sequence[Statement] = ()
) -> list[int]:
    """Write the named fields of a locked row; its version and modification time move with it.

    new_version: False for what the outside world cannot see, which is no new version (RFC 7644 §3.14).
    along: other changes that belong to this one, each a data-modifying statement that ends in RETURNING 1, and what
    is to be looked for beside them; they go in the same round trip. Returns how many rows each changed or found.
    Raises IntegrityError when a constraint stands against it.
    """
    model = type(instance)
    fields = [model._meta.get_field(name) for name in names]
    assignments = [f"{field.column} = %s" for field in fields]  # type: ignore[union-attr]
    params = [_prepared(instance, field) for field in fields]  # type: ignore[arg-type]
    if new_version:
        assignments += ["version = version + 1", "updated_at = now()"]
    beside = ", ".join(f"along{number} AS ({statement})" for number, (statement, _) in enumerate(along))
    counts = "".join(f", (SELECT count(*) FROM along{number})" for number in range(len(along)))
    row = sql.fetch_one(
        f"{'WITH ' if along else ''}{beside} UPDATE {model._meta.db_table} SET {', '.join(assignments)} "
        f"WHERE id = %s RETURNING version, updated_at{counts}",
        [*(param for _, own in along for param in own), *params, instance.pk],
        prepared=True,
    )
    if row is None:
        return []
    instance.version, instance.updated_at = row[:2]  # type: ignore[attr-defined]
    return list(row[2:])
