"""People and groups that a client still asks for although they are gone: who they were, and how they went."""

from typing import NamedTuple

from django.db.models import Q

from teammates.models import Event, Status, Teammate, TeammateGroup
from teammates.moments import moment

ENDINGS = ("teammate.deleted", "teammate.removed_by_idp", "group.deleted")


class Gone(NamedTuple):
    """went: such as "was deleted on 3 May 2026 at 09:12 by Jo Admin"."""

    public_id: str
    name: str
    went: str


def gone(company_id: int, model: type[Teammate] | type[TeammateGroup], public_id: str) -> Gone | None:
    """Who or what this id belonged to in this company; None for one that is there, another company's, or nobody's."""
    if (pk := model.pk_of(public_id)) is None:
        return None
    endings = Event.objects.filter(company=company_id, subject=public_id, kind__in=ENDINGS)
    if model is TeammateGroup:  # of which no row is left
        ending = endings.order_by("-pk").first()
        return Gone(public_id, ending.subject_name, _went(ending)) if ending is not None else None
    left = Teammate.objects.filter(Q(status=Status.DELETED) | ~Q(removed_by_idp_at=None))
    person = left.filter(company=company_id, pk=pk).first()
    return Gone(public_id, person.name, _went(endings.order_by("-pk").first())) if person is not None else None


def _went(ending: Event | None) -> str:
    if ending is None:
        return "was deleted"
    how = "was removed" if ending.kind == "teammate.removed_by_idp" else "was deleted"
    return f"{how} on {moment(ending.at)} by {ending.actor}"
