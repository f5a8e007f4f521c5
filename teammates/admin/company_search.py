"""Finding a company by what a ticket says: its name, one of its people, or the id of something it has."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet

from teammates.models import Company, Teammate, fold
from teammates.models.base import PublicModel
from teammates.models.teammate import words_of

MOST = 1_000  # people whose companies one search looks at
SHORTEST = 3  # letters of the longest word of an address: fewer begin the address of anybody


def companies_of(term: str) -> Q | None:
    """The companies whose teammate has the address, or that have the row of a public id; None for any other term.

    Whole addresses and the beginnings of them, of whoever is or was there. The words of an address are looked up in
    the index of people's words first, over all companies.
    """
    term = fold(term)
    if "@" in term and max(map(len, words_of(term)), default=0) >= SHORTEST:
        people = Teammate.objects.filter(company__isnull=False).found_by(term)
        people = people.filter(Q(login_key__contains=term) | Q(email__icontains=term) | Q(email_keys__contains=[term]))
        return Q(pk__in=people.order_by().values("company")[:MOST])
    rows = [(model, model.pk_of(term)) for model in _nouns()]
    found = [Q(pk__in=_of_companies(model).filter(pk=pk).values("company")) for model, pk in rows if pk is not None]
    if not found:
        return None
    condition = found[0]
    for other in found[1:]:
        condition |= other
    return condition


def company_with(public_id: str) -> int | None:
    """The key of the company that this id names, or that has the row that it names; None where there is none."""
    if (pk := Company.pk_of(public_id)) is not None:
        return pk
    for model in _nouns():
        row = model.pk_of(public_id)
        if row is not None and (company := _of_companies(model).filter(pk=row).values_list("company", flat=True)[:1]):
            found: int = company[0]
            return found
    return None


def _nouns() -> list[Any]:
    """The models whose rows have a public id and belong to a company."""
    return [model for model in admin.site._registry if issubclass(model, PublicModel) and model is not Company]


def _of_companies(model: Any) -> QuerySet[Any]:
    rows: QuerySet[Any] = model._default_manager.filter(company__isnull=False)
    return rows
