"""Who has access to a workspace or an inbox, and through what: counted, and the first of them by name."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from teammates.admin.pieces import lines, link, table
from teammates.admin.uses import with_value
from teammates.models import (
    AccessGrant,
    CustomField,
    FieldKind,
    GrantSource,
    Inbox,
    InboxAccess,
    Status,
    Teammate,
    TeammateGroup,
    Workspace,
)
from teammates.services import custom_fields

NAMED = 20  # groups and teammates that a page names; the rest is a number
COUNTED = 10_000
Place = Workspace | Inbox


@dataclass(frozen=True)
class Holders:
    """How many were granted a place: groups, and teammates by themselves or by their template, each of them once."""

    groups: int = 0
    teammates: int = 0


def grants_of(place: Place) -> QuerySet[AccessGrant]:
    kind = "workspace" if isinstance(place, Workspace) else "inbox"
    return AccessGrant.objects.filter(company=place.company_id, **{kind: place}).exclude(
        teammate__status=Status.DELETED
    )


def count_holders(kind: str, places: list[Any]) -> dict[int, Holders]:
    """For each of the workspaces or inboxes on a page, by primary key; in one query. kind: "workspace" or "inbox"."""
    companies = {place.company_id for place in places}
    grants = AccessGrant.objects.filter(**{"company__in": companies, f"{kind}__in": [place.pk for place in places]})
    counted = (
        grants.order_by()
        .values(kind)
        .annotate(
            groups=Count("group"),
            teammates=Count("teammate", distinct=True, filter=~Q(teammate__status=Status.DELETED)),
        )
    )
    found = {row[kind]: Holders(row["groups"], row["teammates"]) for row in counted}
    return {place.pk: found.get(place.pk, Holders()) for place in places}


def granted_to(place: Place) -> str:
    """Groups and teammates who were given the place itself, each with a link and the way they got it."""
    grants = grants_of(place)
    by_group = grants.filter(group__isnull=False)
    groups = by_group.select_related("group").annotate(members=Count("group__memberships")).order_by("group__name")
    people = grants.filter(teammate__isnull=False).select_related("teammate").order_by("teammate__login_key", "pk")
    rows = [(_page(TeammateGroup, grant.group), _through_group(grant.members)) for grant in groups[:NAMED]]
    rows += [
        (_page(Teammate, grant.teammate), f"{_through(grant)}{_blocked(grant.teammate)}") for grant in people[:NAMED]
    ]
    if not rows:
        return _("Nobody was given it.")
    counted = [
        ngettext("%(n)s teammate group", "%(n)s teammate groups", n) % {"n": n} for n in [by_group.count()] if n > NAMED
    ]
    counted += [
        ngettext("%(n)s teammate by themselves", "%(n)s teammates by themselves", n) % {"n": _bounded(n)}
        for n in [people[: COUNTED + 1].count()]
        if n > NAMED
    ]
    shown = table((_("Who"), _("Through what")), rows)
    more = _("%(all)s in all; the first of them are shown.") % {"all": ", ".join(counted)} if counted else ""
    return format_html('{}<div class="fp-subtle">{}</div>', shown, more)


def reach_of(inbox: Inbox) -> str:
    """How many people open the inbox, from all grants together, as the worker worked it out last."""
    reached = InboxAccess.objects.filter(company=inbox.company_id, inbox=inbox, teammate__status=Status.ACTIVE)
    number = reached[: COUNTED + 1].count()
    return ngettext("%(n)s active teammate", "%(n)s active teammates", number) % {"n": _bounded(number)}


def who_loses(place: Place, also: str = "") -> str:
    """What deleting a place takes away, in sentences, and the way to its page, which names who has it."""
    holders = count_holders("workspace" if isinstance(place, Workspace) else "inbox", [place])[place.pk]
    groups = ngettext("%(n)s teammate group", "%(n)s teammate groups", holders.groups) % {"n": holders.groups}
    people = holders.teammates
    teammates = ngettext("%(n)s teammate", "%(n)s teammates", people) % {"n": people}
    words = {"name": place.name, "groups": groups, "teammates": teammates}
    text = f"{_('%(name)s was given to %(groups)s and %(teammates)s.') % words} {also}".strip()
    if not (holders.groups or people):
        return text
    url = reverse(f"admin:teammates_{place._meta.model_name}_change", args=[place.pk])
    return format_html("{} {}", text, link(url, _("See who")))


def lost_values(inboxes: list[Inbox]) -> list[str]:
    """The custom fields whose values name the inboxes, each with how many teammates lose theirs."""
    wanted = [inbox.public_id for inbox in inboxes]
    fields = CustomField.objects.filter(company__in={inbox.company_id for inbox in inboxes}, kind=FieldKind.INBOX)
    sentences: list[str] = []
    for field in fields if wanted else ():
        for public_id, number in custom_fields.count_chosen(field, wanted).items():
            text = ngettext(
                "%(n)s teammate has it as %(field)s, which is emptied.",
                "%(n)s teammates have it as %(field)s, which is emptied.",
                number,
            ) % {"n": number, "field": field.name}
            sentences.append(format_html("{} {}", text, with_value(field, _("Show them"), public_id)))
    return sentences


def links_to(rows: list[Any]) -> str:
    """Links to the pages of some rows, each on its own line."""
    return lines([_page(type(row), row) for row in rows[:NAMED]] + ([_("and more")] if len(rows) > NAMED else []))


def _page(model: Any, row: Any) -> str:
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[row.pk])
    return link(url, row.name)


def _through_group(members: int) -> str:
    return ngettext("teammate group, %(n)s member", "teammate group, %(n)s members", members) % {"n": members}


def _through(grant: AccessGrant) -> str:
    return _("their template") if grant.source == GrantSource.TEMPLATE else _("given to them")


def _blocked(teammate: Teammate | None) -> str:
    return "" if teammate is None or teammate.is_active else f" ({_('blocked: no effect')})"


def _bounded(number: int) -> str:
    return str(number) if number <= COUNTED else f"{COUNTED}+"
