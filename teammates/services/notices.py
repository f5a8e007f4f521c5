"""Notices: what a company's admins should know, with what to do about it."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.utils import timezone

from teammates import sql
from teammates.errors import NotFoundInCompany, Refusal
from teammates.models import (
    CONDITION_NOTICES,
    ActorKind,
    Company,
    Event,
    LicencePolicy,
    Notice,
    NoticeKind,
    Status,
    Teammate,
    TeammateGroup,
)
from teammates.sentences import FIELDS, sentence
from teammates.services import events
from teammates.services.events import SYSTEM, Actor

Condition = tuple[int, str, str, str]  # company, kind, subject, text
AT_ONCE = 1_000  # notices that one round resolves; the next round goes on

_RAISE = """
INSERT INTO teammates_notice (company_id, kind, subject, text, first_at, last_at, times)
VALUES (%s, %s, %s, %s, now(), now(), 1)
ON CONFLICT (company_id, kind, subject) WHERE closed_at IS NULL
DO UPDATE SET text = excluded.text, last_at = excluded.last_at, times = teammates_notice.times + 1
"""
_TELL_OTHERS = """
WITH told AS (
INSERT INTO teammates_notice (company_id, kind, subject, text, by_id, first_at, last_at, times)
SELECT %(company)s, %(kind)s, %(subject)s, %(text)s,
       (SELECT t.id FROM teammates_teammate t WHERE t.company_id = %(company)s AND t.id = %(by)s), now(), now(), 1
WHERE EXISTS (
    SELECT FROM teammates_teammate t
    WHERE t.company_id = %(company)s AND t.is_company_admin AND t.status = %(active)s
      AND t.id IS DISTINCT FROM %(by)s AND t.id IS DISTINCT FROM %(about)s
)
ON CONFLICT (company_id, kind, subject) WHERE closed_at IS NULL
DO UPDATE SET text = excluded.text, by_id = excluded.by_id, last_at = now(), times = teammates_notice.times + 1
RETURNING id
)
INSERT INTO teammates_noticemail (company_id, teammate_id, notice_id, at)
SELECT %(company)s, t.id, told.id, now() - interval '1 day'
FROM told, teammates_teammate t WHERE t.company_id = %(company)s AND t.id = %(about)s
ON CONFLICT DO NOTHING
"""  # the one it is about counts as mailed before, so that it is never mailed to them, and holds up no other mail
_HELD = "unnest(%(companies)s::bigint[], %(kinds)s::text[], %(subjects)s::text[], %(texts)s::text[])"
_HOLD = f"""
INSERT INTO teammates_notice (company_id, kind, subject, text, first_at, last_at, times)
SELECT h.company_id, h.kind, h.subject, h.text, now(), now(), 1
FROM {_HELD} AS h (company_id, kind, subject, text) JOIN teammates_company c ON c.id = h.company_id
WHERE NOT EXISTS (
    SELECT FROM teammates_notice n
    WHERE n.kind = h.kind AND n.company_id = h.company_id AND n.subject = h.subject
      AND n.resolved_at IS NULL AND n.closed_at IS NOT NULL
)
ORDER BY h.company_id, h.kind, h.subject
ON CONFLICT (company_id, kind, subject) WHERE closed_at IS NULL
DO UPDATE SET text = excluded.text, last_at = now() WHERE teammates_notice.text <> excluded.text
"""
_RESOLVE = """
WITH over AS (
    SELECT n.id, n.closed_at FROM teammates_notice n WHERE n.resolved_at IS NULL AND {condition}
    ORDER BY n.id LIMIT %(most)s FOR UPDATE SKIP LOCKED
)
UPDATE teammates_notice n SET resolved_at = now(), closed_at = coalesce(n.closed_at, now())
FROM over WHERE n.id = over.id
RETURNING n.company_id, n.kind, n.subject, n.text, n.times, over.closed_at IS NULL
"""
_NOT_HELD = f"""n.kind = ANY(%(settled)s) AND NOT EXISTS (
    SELECT FROM {_HELD} AS h (company_id, kind, subject, text)
    WHERE h.company_id = n.company_id AND h.kind = n.kind AND h.subject = n.subject
)"""
_OF_SUBJECT = "n.company_id = %(company)s AND n.kind = ANY(%(kinds)s) AND n.subject = %(subject)s"
_OF_SUBJECTS = "n.kind = %(kind)s AND n.subject = ANY(%(subjects)s)"  # public ids, which no two companies share
_ALL_CONFIRMED = """ AND NOT EXISTS (
    SELECT FROM teammates_membership m
    WHERE m.company_id = %(company)s AND m.group_id = %(group)s AND NOT m.confirmed
)"""
_LICENCE_FREE = """n.kind = %(kind)s AND EXISTS (
    SELECT FROM teammates_company c
    WHERE c.id = n.company_id AND (c.licences_used < c.licence_count OR c.licence_policy = %(add)s)
)"""
_ANOTHER_ADMIN = """n.kind = %(kind)s AND (
    SELECT CASE count(*) FILTER (WHERE left(t.password, 1) NOT IN ('', '!'))
        WHEN 0 THEN count(*) > 1 WHEN 1 THEN false ELSE true END
    FROM teammates_teammate t
    WHERE t.company_id = n.company_id AND t.is_company_admin AND t.status = %(active)s
)"""  # the rule of teammates.services.admins
_LAST_EVENT = "SELECT currval(pg_get_serial_sequence('teammates_event', 'id'))"


# --- raised ---


def raise_notice(company_id: int, kind: str, text: str, *, subject: str = "") -> None:
    """Open a notice of a NoticeKind, or count one more time on the open one about the same thing."""
    sql.execute(_RAISE, [company_id, kind, subject, text])


def tell_admins(company_id: int, refusal: Refusal) -> None:
    """Raise the notice of a refusal that the company's admins have to know of; after what it undid."""
    if refusal.notice:
        raise_notice(company_id, refusal.notice, refusal.fact, subject=refusal.subject)


def tell_other_admins(
    company_id: int, kind: NoticeKind, text: str, *, actor: Actor, subject: str, about: int | None = None
) -> None:
    """Raise a notice of what was done for the admins who neither did it nor are the one it is about, if there are any.

    Neither of them is mailed.
    """
    by = Teammate.pk_of(actor.id) if actor.kind == ActorKind.TEAMMATE else None
    told = {"company": company_id, "kind": kind, "subject": subject, "text": text, "active": Status.ACTIVE}
    sql.execute(_TELL_OTHERS, {**told, "by": by, "about": about})


def hold(conditions: Sequence[Condition]) -> None:
    """These go on: each has one notice, however often it is said, and no second one after somebody closed it."""
    if conditions:
        sql.execute(_HOLD, _held(conditions))


def settle(kinds: Sequence[NoticeKind], conditions: Sequence[Condition]) -> None:
    """Of these kinds exactly these conditions go on, in all companies; whatever else there was is over."""
    hold(conditions)
    _resolve(_NOT_HELD, _held(conditions) | {"settled": list(kinds)})


def _held(conditions: Sequence[Condition]) -> dict[str, Any]:
    names = ("companies", "kinds", "subjects", "texts")
    return {name: [row[place] for row in conditions] for place, name in enumerate(names)}


def tell_of_support_act(company_id: int, actor: Actor, kind: str, name: str, data: dict[str, Any]) -> None:
    """Tell the admins what support staff did and why; right after its event, which the notice leads to."""
    if actor.kind != ActorKind.STAFF:
        return
    before, after = data.get("before", {}), data.get("after", {})
    changes = "; ".join(f"{FIELDS.get(key, key)}: {_said(before.get(key))} → {_said(after[key])}" for key in after)
    text = f"Support staff ({actor.name}): {sentence(kind, name, data)}." + (f" {changes}." if changes else "")
    raise_notice(company_id, NoticeKind.SUPPORT_ACT, text, subject=last_event())


def last_event() -> str:
    """The public id of the event that this transaction appended last."""
    (pk,) = sql.fetch_one(_LAST_EVENT, []) or (0,)
    return Event(pk=pk).public_id


def _said(value: Any) -> str:
    return {True: "on", False: "off"}.get(value, str(value)) if isinstance(value, bool) else str(value)


# --- closed ---


def close_notice(company: Company, pk: int, *, actor: Actor) -> Notice:
    """Close a notice that was dealt with; the same thing happening again opens a new one. Raises NotFoundInCompany."""
    with transaction.atomic():
        notice = Notice.objects.select_for_update().filter(company=company, pk=pk).first()
        if notice is None:
            raise NotFoundInCompany("No such notice in this company.")
        if notice.closed_at is None:
            notice.closed_at = timezone.now()
            if notice.kind not in CONDITION_NOTICES:
                notice.resolved_at = notice.closed_at
            notice.save(update_fields=["closed_at", "resolved_at"])
            data = {"kind": notice.kind, "text": notice.text, "times": notice.times}
            events.append(
                company.pk, "notice.closed", actor, subject=notice.subject, name=notice.get_kind_display(), data=data
            )
    return notice


def resolve(company_id: int, *kinds: NoticeKind, subject: str = "") -> None:
    """What these notices are about is over."""
    _resolve(_OF_SUBJECT, {"company": company_id, "kinds": list(kinds), "subject": subject})


def resolve_adoption(group: TeammateGroup) -> None:
    """Close the notice that the group became IdP-managed, if none of its members waits to be confirmed any more."""
    facts = {"company": group.company_id, "kinds": [NoticeKind.GROUP_ADOPTED], "subject": group.public_id}
    _resolve(_OF_SUBJECT + _ALL_CONFIRMED, {**facts, "group": group.pk})


def resolve_licences(company_id: int) -> None:
    """Close the notice that no licence is left, if one is now."""
    of_company = f"{_LICENCE_FREE} AND n.company_id = %(company)s"
    _resolve(of_company, {"company": company_id, "kind": NoticeKind.NO_LICENCE, "add": LicencePolicy.ADD})


def resolve_what_is_over() -> None:
    """Close the notices of what a company has again: a licence, a second admin, a block."""
    _resolve(_LICENCE_FREE, {"kind": NoticeKind.NO_LICENCE, "add": LicencePolicy.ADD})
    _resolve(_ANOTHER_ADMIN, {"kind": NoticeKind.LAST_ADMIN, "active": Status.ACTIVE})
    _resolve_blocks_undone()


def _resolve_blocks_undone() -> None:
    """Close the notices of blocks that were undone where the person has no access again."""
    subjects = Notice.objects.filter(kind=NoticeKind.BLOCK_UNDONE, closed_at=None).values_list("subject", flat=True)
    people = {Teammate.pk_of(subject): subject for subject in subjects}
    without = Teammate.objects.filter(pk__in=people).exclude(status=Status.ACTIVE).values_list("pk", flat=True)
    if over := [people[pk] for pk in without]:
        _resolve(_OF_SUBJECTS, {"kind": NoticeKind.BLOCK_UNDONE, "subjects": over})


def _resolve(condition: str, params: dict[str, Any]) -> None:
    with transaction.atomic():
        closed: dict[int, list[tuple[str, str, str, dict[str, Any]]]] = defaultdict(list)
        rows = sql.fetch_all(_RESOLVE.format(condition=condition), params | {"most": AT_ONCE})
        for company_id, kind, subject, text, times, was_open in rows:
            if was_open:
                data = {"kind": kind, "text": text, "times": times, "reason": "It is over."}
                closed[company_id].append(("notice.closed", subject, str(NoticeKind(kind).label), data))
        for company_id, happened in closed.items():
            events.append_many(company_id, happened, SYSTEM)


# --- by e-mail ---


def set_notices_by_email(teammate: Teammate, wanted: bool, *, actor: Actor) -> None:
    """Whether this company admin is mailed about notices."""
    with transaction.atomic():
        people = Teammate.objects.filter(company_id=teammate.tenant_id, pk=teammate.pk)
        if people.exclude(notices_by_email=wanted).update(notices_by_email=wanted):
            data = {
                "changed": ["notices_by_email"],
                "before": {"notices_by_email": not wanted},
                "after": {"notices_by_email": wanted},
            }
            events.append(
                teammate.tenant_id, "teammate.updated", actor, subject=teammate.public_id, name=teammate.name, data=data
            )


@contextmanager
def all_or_nothing(company_id: int) -> Iterator[None]:
    """One transaction for one decision. A refusal undoes it all; admins still learn of those that need them."""
    try:
        with transaction.atomic():
            yield
    except Refusal as refusal:
        tell_admins(company_id, refusal)
        raise
