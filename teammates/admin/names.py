"""What the ids of events are called: people, groups, workspaces, inboxes, custom fields and templates.

A fixed number of statements for a page, whatever its events name: one for each kind of thing, and one for things that
are gone, whose names are in their last events.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from teammates.admin.permissions import visible
from teammates.models import Event, Teammate
from teammates.public_ids import decode
from teammates.sentences import FEW, leaves

LISTS: dict[str, str | Promise] = {
    "granted": _("Access given"),
    "taken": _("Access taken"),
    "members_added": _("Members added"),
    "members_removed": _("Members removed"),
    "members": _("Members it had"),
    "access": _("Access it gave"),
    "left_groups": _("Groups left"),
}
MOST_NAMED = 1_000  # ids of a list; a group may have many more members
MOST_GONE = 200  # things that are no more, of one page
KINDS: dict[str, tuple[tuple[str, str | Promise], ...]] = {  # prefix → models, and how each is told from the others
    "tea": (("teammates.teammate", ""), ("templates_app.teammatetemplate", "")),
    "cir": (("teammates.teammategroup", ""),),
    "tim": (("teammates.workspace", _("workspace %(name)s")),),
    "inb": (("teammates.inbox", _("inbox %(name)s")),),
    "fld": (("teammates.customfield", ""),),
}
COLUMNS = ("pk", "company", "login", "email", "display_name", "first_name", "last_name")  # of people, who have many
GONE: dict[str, str | Promise] = {prefix: kinds[0][1] for prefix, kinds in KINDS.items()}


@dataclass
class Names:
    """What ids are called: in a sentence (short), in a list (full) and as the value of a field (plain).

    In lists and values people are told apart by their addresses; where no field says so, places say what they are.
    """

    short: dict[str, str] = field(default_factory=dict)
    full: dict[str, str] = field(default_factory=dict)
    plain: dict[str, str] = field(default_factory=dict)

    def add(self, public_id: str, name: str, kind: str | Promise = "", address: str = "") -> None:
        """kind: how a thing is told from others, around its name."""
        self.short[public_id] = str(kind) % {"name": name} if kind else name
        self.plain[public_id] = f"{name} ({address})" if address and address != name else name
        self.full[public_id] = self.short[public_id] if kind else self.plain[public_id]


def lists_of(event: Event) -> list[str]:
    """The lists that an event has; a deleted group's members once."""
    found = [key for key in LISTS if isinstance(event.data.get(key), list) and event.data[key]]
    return [key for key in found if key != "members_removed" or "members" not in found]


def names_in(user: Any, events: Iterable[Event], most: int = FEW) -> dict[int, Names]:
    """The names of what the events have ids for, by company. most: of the ids of a list, those that are wanted."""
    wanted: dict[int, dict[str, None]] = defaultdict(dict)
    for event in events:
        wanted[event.company_id] |= dict.fromkeys(_ids(event, most))
    return names_of(user, wanted)


def names_of(user: Any, wanted: dict[int, dict[str, None]]) -> dict[int, Names]:
    """The names of ids, by the company in which they are looked for; no id of another company gets one."""
    found: dict[int, Names] = defaultdict(Names)
    missing = {(company, public_id) for company, ids in wanted.items() for public_id in ids}
    for prefix, kinds in KINDS.items():
        for label, text in kinds:
            keys = {decode(prefix, public_id): public_id for _company, public_id in missing}
            keys.pop(None, None)
            if not keys:
                continue
            rows = visible(apps.get_model(label)._default_manager.all(), user)
            if label == Teammate._meta.label_lower:
                rows = rows.only(*COLUMNS)
            for row in rows.filter(company__in=list(wanted), pk__in=keys):
                public_id = keys[row.pk]
                if public_id in wanted.get(row.company_id, ()):
                    missing.discard((row.company_id, public_id))
                    address = row.email if isinstance(row, Teammate) else ""
                    found[row.company_id].add(public_id, row.name, text, address)
    for company, public_id, name in _last_called(sorted(missing)[:MOST_GONE]):
        found[company].add(public_id, name, GONE.get(public_id[:3], ""))
    return found


def _last_called(missing: list[tuple[int, str]]) -> Iterable[tuple[int, str, str]]:
    """What things that are gone were called: their last events know."""
    if not missing:
        return []
    ids = {public_id for _company, public_id in missing}
    last = Event.objects.filter(company__in={company for company, _id in missing}, subject__in=ids)
    last = last.exclude(subject_name="").order_by("company_id", "subject", "-pk").distinct("company_id", "subject")
    return [row for row in last.values_list("company_id", "subject", "subject_name") if row[:2] in set(missing)]


def _ids(event: Event, most: int) -> Iterator[str]:
    """The public ids that an event has besides its subject's: in its lists, by themselves, and as values of fields."""
    yield from (value for value in event.data.values() if _is_id(value))
    for key in LISTS:
        ids = event.data.get(key)
        if isinstance(ids, list) and (len(ids) <= most or most > FEW):  # a sentence counts what it cannot name
            yield from filter(_is_id, ids[:most])
    for side in ("before", "after"):
        values = event.data.get(side)
        if not isinstance(values, dict):
            continue
        if isinstance(values.get("custom_fields"), dict):
            yield from filter(_is_id, values["custom_fields"])
        for value in leaves(values).values():
            yield from (each for each in (value if isinstance(value, list) else [value]) if _is_id(each))


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and any(decode(prefix, value) is not None for prefix in KINDS)
