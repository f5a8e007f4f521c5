"""Whom and what a search of a log means: people, groups and other things, by their names, addresses and ids."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import Q
from django.http import HttpRequest

from teammates.admin.permissions import visible
from teammates.models import Company, Status, Teammate, TeammateGroup
from teammates.models.base import PublicModel

MEANT = 8
MOST_WORDS = 3  # of a search that are looked for one by one
UNSAID = frozenset(
    {"a", "an", "at", "by", "e", "for", "from", "in", "is", "of", "on", "or", "the", "to", "was", "with"}
)


@dataclass(frozen=True)
class Meant:
    """public_id: as entries have it; of what has no public id, its key. told: what it is, and which."""

    public_id: str
    name: str
    told: str


def in_words(term: str, about: Callable[[str], Q]) -> Q:
    """What is about the whole term, such as a name; and what is about each of its words: "Ben Sales"."""
    words = [word for word in term.split() if word.lower() not in UNSAID]
    condition = about(term)
    if not 2 <= len(words) <= MOST_WORDS:
        return condition
    each = Q()
    for word in words:
        each &= about(word)
    return condition | each


def found_by_search(request: Any) -> list[Meant]:
    """Everything that the search of a page was found to mean, its parts as well as the whole."""
    return [each for found in request.__dict__.get("meant", {}).values() for each in found]


def meant_by(request: HttpRequest, company: Company | None, term: str, labels: Iterable[str]) -> list[Meant]:
    """What of these models the term finds in the company, a few of each: by words of people, else by name or id.

    In all companies at once only people are looked for by words: no index has the names of everything else.
    """
    found: list[Meant] = []
    for label in labels:
        model: Any = apps.get_model(label)
        rows: Any = visible(model._default_manager.all(), request.user).order_by("pk")
        rows = rows.filter(company=company) if company is not None else rows.select_related("company")
        if (pk := model.pk_of(term) if issubclass(model, PublicModel) else None) is not None:
            rows = rows.filter(pk=pk)
        elif model is Teammate:
            rows = rows.found_by(term, company.pk if company is not None else None)
        elif company is None:
            continue
        else:
            by_id = Q(external_id=term) if model is TeammateGroup else Q()
            rows = rows.filter(Q(name__icontains=term) | by_id)
        found += [_meant(row, company) for row in rows[:MEANT]]
    return found


def _meant(row: Any, company: Company | None) -> Meant:
    facts = [str(row._meta.verbose_name)]
    if isinstance(row, Teammate):
        facts = [row.get_status_display()] if row.status == Status.DELETED else []
    public_id = getattr(row, "public_id", "")
    facts += [public_id] if public_id else []
    facts += [row.company.name] if company is None and row.company is not None else []
    return Meant(public_id or str(row.pk), row.name, ", ".join(facts))
