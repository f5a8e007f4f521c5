"""Names that are unique by a constraint of the database: its refusal, in the product's words."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction

from teammates.errors import InvalidValue


def required_name(name: str, what: str) -> str:
    """The name without the spaces around it. Raises InvalidValue when nothing is left."""
    if not name.strip():
        raise InvalidValue("name", f"{what} needs a name.")
    return name.strip()


@contextmanager
def name_kept_unique(constraint: str, text: str) -> Iterator[None]:
    """Save inside this. Raises InvalidValue with `text` when the constraint stands against the name."""
    try:
        with transaction.atomic():  # a savepoint: the caller's transaction outlives a refusal
            yield
    except IntegrityError as error:
        if constraint in str(error):
            raise InvalidValue("name", text) from error
        raise
