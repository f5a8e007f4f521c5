"""Expressions that Django has no words for: one element of a JSON list, and base-36 ids."""

from collections.abc import Sequence
from typing import Any

from django.db.models import BigIntegerField, BooleanField, Expression, Func, TextField, Value
from django.db.models.functions import Cast, Concat
from django.db.models.sql.compiler import SQLCompiler


class ElementText(Expression):
    """A sub-attribute, as text, of the list element that the surrounding AnyElement looks at."""

    output_field = TextField()

    def __init__(self, key: str) -> None:
        super().__init__()
        self.key = key

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> tuple[str, Sequence[Any]]:  # type: ignore[override]
        return "(element.value ->> %s)", [self.key]


class AnyElement(Func):
    """Whether some element of a JSON list satisfies a condition built from ElementText."""

    output_field = BooleanField()
    template = (
        "EXISTS (SELECT 1 FROM jsonb_array_elements(CASE jsonb_typeof(%(array)s) WHEN 'array' THEN %(array)s END) "
        "AS element(value) WHERE %(condition)s)"
    )
    conditional = True

    def __init__(self, array: Any, condition: Any) -> None:
        super().__init__(array, condition)

    def as_sql(self, compiler: SQLCompiler, connection: Any, **extra: Any) -> tuple[str, Sequence[Any]]:  # type: ignore[override]
        array, condition = self.get_source_expressions()
        array_sql, array_params = compiler.compile(array)
        condition_sql, condition_params = compiler.compile(condition)
        statement = self.template % {"array": array_sql, "condition": condition_sql}
        return statement, [*array_params, *array_params, *condition_params]


class IsTrue(Func):
    """False where SQL would say "unknown", so that `not` of it is true."""

    template = "((%(expressions)s) IS TRUE)"
    output_field = BooleanField()
    conditional = True


def public_id(prefix: str, number: Any) -> Concat:
    """A primary key as the outside world writes it."""
    digits = Func(Cast(number, BigIntegerField()), function="base36", output_field=TextField())
    return Concat(Value(prefix + "_"), digits, output_field=TextField())


class FirstText(Func):
    """The first value that a JSON path finds, as text."""

    template = "(jsonb_path_query_first(%(expressions)s::jsonpath) #>> '{}')"
    output_field = TextField()
