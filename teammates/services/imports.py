"""Members of a group from and to CSV: one column, one login e-mail a row."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from django.db import models
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _

from teammates import sql
from teammates.errors import AddressReserved
from teammates.models import Company, Membership, Status, Teammate, TeammateGroup, fold
from teammates.public_ids import encode
from teammates.services.events import Actor
from teammates.services.groups import refuse_if_managed, update_group
from teammates.services.member_rows import COLUMN, SEPARATORS, FileRefused, read_rows
from teammates.services.members import MemberChange
from teammates.spreadsheets import guarded, unguarded

TEMPLATE_CSV = f"{COLUMN}\r\n"
LONGEST_VALUE = 500  # characters of a value that a report repeats


class Outcome(models.TextChoices):
    """What a row of the file means for the group."""

    ADDED = "added", _("Added.")
    BLOCKED = "blocked", _("Added. They are blocked: they get what the group gives when they are unblocked.")
    MEMBER = "member", _("A member already.")
    REPEATED = "repeated", _("Stands in the file more than once.")
    UNKNOWN = "unknown", _("No teammate of this company has this login or e-mail.")
    DELETED = "deleted", _("Belonged to a teammate who was deleted.")  # Line.text says more
    LEFT = "left", _("This is the e-mail of a teammate who was deleted.")
    REMOVED = "removed", _("Was removed by the identity provider, which has to provision them again first.")
    AMBIGUOUS = "ambiguous", _("Several teammates have this e-mail. Use the login of the one you mean.")
    UNREADABLE = "unreadable", _("This is not one value. Write one login e-mail on each line, in one column.")


WRONG = frozenset(
    {Outcome.UNKNOWN, Outcome.DELETED, Outcome.LEFT, Outcome.REMOVED, Outcome.AMBIGUOUS, Outcome.UNREADABLE}
)


@dataclass(frozen=True)
class Line:
    """One row: the number of its line in the file, counted from 1 with the header, its value and what it means."""

    number: int
    value: str
    outcome: Outcome

    @property
    def is_wrong(self) -> bool:
        return self.outcome in WRONG

    @property
    def text(self) -> str:
        """What the row means, in words; of a login that is reserved, as whoever adds a teammate of it is told."""
        return str(AddressReserved(self.value) if self.outcome == Outcome.DELETED else self.outcome.label)


@dataclass(frozen=True)
class Report:
    """Every row of a file in its order. Blank lines are none."""

    lines: tuple[Line, ...] = ()

    @property
    def wrong(self) -> list[Line]:
        return [line for line in self.lines if line.is_wrong]

    def of(self, *outcomes: Outcome) -> list[Line]:
        return [line for line in self.lines if line.outcome in outcomes]


class ImportRefused(FileRefused):
    """A file of which nothing was imported, because of rows that its report says are wrong."""

    def __init__(self, text: str, report: Report) -> None:
        super().__init__(text)
        self.report = report


# --- importing ---------------------------------------------------------------------------------------------------


def import_members(company: Company, pk: int, file: BinaryIO, *, actor: Actor) -> Report:
    """Add whom the file names to a group that is managed here; who is a member stays one. All or nothing.

    file: CSV as spreadsheet programs write it (see member_rows), the single column headed `teammate_login_email`. A
    value is a login, or an e-mail that one teammate has. Blocked teammates may be members.
    Raises FileRefused, ImportRefused (with a report that says what is wrong line by line), NotFoundInCompany,
    GroupIsManaged.
    """
    reports: list[Report] = []

    def decide(group: TeammateGroup) -> tuple[Mapping[str, Any], list[MemberChange]]:
        refuse_if_managed(company, group, (), [MemberChange()])
        report, new = _judge(company.pk, group, read_rows(file))
        if report.wrong:
            text = translated("%(wrong)s of %(rows)s rows cannot be imported, so nobody was added.")
            raise ImportRefused(text % {"wrong": len(report.wrong), "rows": len(report.lines)}, report)
        reports.append(report)
        return {}, [MemberChange(add=[encode(Teammate.prefix, teammate) for teammate in new])] if new else []

    update_group(company, pk, decide, actor=actor)
    return reports[0]


def _judge(company_id: int, group: TeammateGroup, rows: list[tuple[int, list[str]]]) -> tuple[Report, list[int]]:
    """What each row means, and whom it adds. Rows that name one person in two ways are repeated as well."""
    values = {number: unguarded(cells[0].strip()) for number, cells in rows if len(cells) == 1}
    people = _People(company_id, {fold(value) for value in values.values()})
    members = set(
        Membership.objects.filter(company_id=company_id, group=group, teammate_id__in=people.found).values_list(
            "teammate_id", flat=True
        )
    )
    lines, seen = [], set()
    for number, cells in rows:
        who: Outcome | int = people.named(fold(values[number])) if number in values else Outcome.UNREADABLE
        if who == Outcome.UNKNOWN and any(separator in values[number] for separator in SEPARATORS):
            who = Outcome.UNREADABLE
        if isinstance(who, Outcome):
            outcome = who
        elif who in seen:
            outcome = Outcome.REPEATED
        else:
            seen.add(who)
            added = Outcome.BLOCKED if who in people.blocked else Outcome.ADDED
            outcome = Outcome.MEMBER if who in members else added
        lines.append(Line(number, values.get(number, ",".join(cells))[:LONGEST_VALUE], outcome))
    return Report(tuple(lines)), sorted(seen - members)


_BY_LOGIN = """
SELECT login_key, id, status, removed_by_idp_at IS NOT NULL FROM teammates_teammate
WHERE company_id = %s AND address_released_at IS NULL AND login_key = ANY(%s)
"""
_BY_EMAIL = """
SELECT email_keys, id, status, removed_by_idp_at IS NOT NULL FROM teammates_teammate
WHERE company_id = %s AND email_keys && %s
"""


class _People:
    """The teammates of a company whom some logins and e-mails name; a login goes before an e-mail.

    blocked: those of them who are. Who was deleted or removed is named by a value that nobody else has.
    """

    def __init__(self, company_id: int, keys: Iterable[str]) -> None:
        usable = [key for key in keys if "\x00" not in key]
        self.blocked: set[int] = set()
        self._by_key: dict[str, int | Outcome] = {}
        gone: dict[str, int | Outcome] = {}
        for key, pk, status, is_removed in sql.fetch_all(_BY_LOGIN, [company_id, usable]):
            if status == Status.DELETED:
                gone[key] = Outcome.DELETED
            else:
                self._by_key[key] = Outcome.REMOVED if is_removed else self._present(pk, status)
        rest = {key for key in usable if key not in self._by_key}
        holders: dict[str, int] = {}
        times: Counter[str] = Counter()
        for email_keys, pk, status, is_removed in sql.fetch_all(_BY_EMAIL, [company_id, list(rest)]) if rest else ():
            for key in rest.intersection(email_keys):
                if is_removed or status == Status.DELETED:
                    gone.setdefault(key, Outcome.LEFT if status == Status.DELETED else Outcome.REMOVED)
                    continue
                holders[key] = self._present(pk, status)
                times[key] += 1
        for key, pk in holders.items():
            self._by_key[key] = pk if times[key] == 1 else Outcome.AMBIGUOUS
        self._by_key = gone | self._by_key

    def _present(self, pk: int, status: str) -> int:
        if status == Status.BLOCKED:
            self.blocked.add(pk)
        return pk

    @property
    def found(self) -> list[int]:
        return [pk for pk in self._by_key.values() if isinstance(pk, int)]

    def named(self, key: str) -> int | Outcome:
        return self._by_key.get(key, Outcome.UNKNOWN)


# --- exporting ---------------------------------------------------------------------------------------------------


def members_csv(group: TeammateGroup) -> Iterator[str]:
    """The members' logins, row by row, as `import_members` reads them: header first, in the order of their ids.

    Blocked members are members; whom the product deleted is not.
    """
    yield TEMPLATE_CSV
    members = Membership.objects.filter(company_id=group.company_id, group=group)
    logins = members.exclude(teammate__status=Status.DELETED).order_by("teammate_id")
    line = io.StringIO()
    writer = csv.writer(line)
    for login in logins.values_list("teammate__login", flat=True).iterator(chunk_size=2000):
        line.seek(0)
        line.truncate()
        writer.writerow([guarded(login)])
        yield line.getvalue()
