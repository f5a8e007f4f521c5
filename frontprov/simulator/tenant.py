"""A directory in memory: who is in it, and what happens to them from one cycle to the next.

Everything random comes from one seeded generator, so a seed names a history: two runs of it send the same
changes. Nothing here knows SCIM.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from random import Random
from uuid import UUID

from frontprov.simulator import names


class Status(Enum):
    ACTIVE = "active"  # assigned to the application and enabled
    DISABLED = "disabled"  # unassigned, switched off or in the recycle bin: Entra's IsSoftDeleted
    PURGED = "purged"  # deleted for good


@dataclass(eq=False)
class Person:
    """A user object with the source attributes the mapping reads, named after Entra's own."""

    object_id: str
    user_principal_name: str
    mail_nickname: str
    given_name: str
    surname: str
    display_name: str
    job_title: str | None = None
    department: str | None = None
    employee_id: str | None = None
    preferred_language: str | None = None
    office: str | None = None
    street: str | None = None
    city: str | None = None
    state: str | None = None
    postal_code: str | None = None
    country: str | None = None
    telephone: str | None = None
    mobile: str | None = None
    fax: str | None = None
    manager: str | None = None
    app_role: str | None = None
    status: Status = Status.ACTIVE
    rehired: bool = False

    @property
    def label(self) -> str:
        return f"user {self.user_principal_name}"


@dataclass(eq=False)
class Group:
    object_id: str
    display_name: str
    description: str | None = None
    members: set[str] = field(default_factory=set)
    deleted: bool = False

    @property
    def label(self) -> str:
        return f"group {self.display_name}"


class Tenant:
    """People and groups by object id. Insertion order is seniority: a manager always comes before a report."""

    def __init__(self, seed: int, users: int, groups: int, *, templates: Iterable[str] = ()) -> None:
        self.seed = seed
        self.rng = Random(seed)  # noqa: S311 - a repeatable story, not a secret
        self.size = users
        self.group_target = groups
        self.templates = tuple(templates)
        self.domain = f"tenant{seed}.example"
        self.people: dict[str, Person] = {}
        self.groups: dict[str, Group] = {}
        for _ in range(users):
            self.hire()
        for _ in range(users // 20):
            # Switched off before they were ever provisioned: Entra never creates these.
            self.hire().status = Status.DISABLED
        for _ in range(groups):
            self.found_group()

    def new_id(self) -> str:
        return str(UUID(int=self.rng.getrandbits(128), version=4))

    def active(self) -> list[Person]:
        return [person for person in self.people.values() if person.status is Status.ACTIVE]

    def owns_user_name(self, user_name: str) -> bool:
        """Whether a name on the server can only have come from this tenant."""
        return user_name.casefold().endswith((f"@{self.domain}", f"@partner.{self.domain}"))

    def owns_group_name(self, display_name: str) -> bool:
        return display_name.casefold().endswith(self.group_suffix)

    @property
    def group_suffix(self) -> str:
        return f"(tenant {self.seed})"

    def hire(self) -> Person:
        number = len(self.people) + 1
        given, surname = names.PEOPLE[(number - 1) % len(names.PEOPLE)]
        nickname = (".".join(filter(None, (_ascii(given), _ascii(surname)))) or "user") + str(number)
        office, street, city, state, postal_code, country = self.rng.choice(names.OFFICES)
        seniors = [person for person in self.people.values() if person.status is Status.ACTIVE]
        person = Person(
            object_id=self.new_id(),
            user_principal_name=f"{nickname}@{self.domain}",
            # Unlike the address it goes into externalId without the domain, and other directories have an Ada too.
            mail_nickname=f"{nickname}.t{self.seed}",
            given_name=given,
            surname=surname,
            display_name=f"{given} {surname}",
            job_title=self.rng.choice(names.TITLES),
            department=self.rng.choice(names.DEPARTMENTS),
            employee_id=f"{number:06d}",
            preferred_language=self.rng.choice((*names.LANGUAGES, None)),
            office=office,
            street=street,
            city=city,
            state=state,
            postal_code=postal_code,
            country=country,
            telephone=f"+1 (555) 010-{number:04d}",
            mobile=f"+49 151 {number:07d}" if number % 2 else None,
            fax=f"+33 1 99 00 {number:04d}" if number % 3 == 0 else None,
            # The first ones report to the first; later ones to anybody before them.
            manager=self.rng.choice(seniors).object_id if seniors else None,
            app_role=self.rng.choice(self.templates) if self.templates else None,
        )
        self.people[person.object_id] = person
        return person

    def rehire(self, former: Person) -> Person:
        """The same human under a new object: same address, which must be free again (RFC 7644 §3.6)."""
        person = self.hire()
        person.user_principal_name = former.user_principal_name
        person.mail_nickname = former.mail_nickname
        person.given_name, person.surname = former.given_name, former.surname
        person.display_name = former.display_name
        person.rehired = True
        return person

    def found_group(self) -> Group:
        number = len(self.groups)
        name = names.GROUPS[number % len(names.GROUPS)]
        again = f" {number // len(names.GROUPS) + 1}" if number >= len(names.GROUPS) else ""
        people = [person for person in self.people.values() if person.status is not Status.PURGED]
        share = self.rng.uniform(0.1, 0.4)
        size = min(len(people), max(1, round(len(people) * share)))
        group = Group(
            object_id=self.new_id(),
            display_name=f"{name}{again} {self.group_suffix}",
            description=self.rng.choice(names.DESCRIPTIONS),
            members={person.object_id for person in self.rng.sample(people, size)},
        )
        self.groups[group.object_id] = group
        return group

    def purge(self, person: Person) -> set[str]:
        """Delete for good. Memberships go, reports move up one level. Returns the object ids it touched."""
        person.status = Status.PURGED
        touched = {person.object_id}
        for group in self.groups.values():
            group.members.discard(person.object_id)
        for report in self.people.values():
            if report.manager == person.object_id:
                report.manager = person.manager
                touched.add(report.object_id)
        return touched

    def retire(self) -> set[str]:
        """Delete everything, as an admin who takes the application away and empties the recycle bin."""
        for group in self.groups.values():
            group.deleted = True
        for person in self.people.values():
            person.status = Status.PURGED
        return {*self.people, *self.groups}


def _ascii(name: str) -> str:
    """The letters of a name that may stand in a user principal name; empty for scripts without any."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return "".join(letter for letter in plain if letter.isalnum() or letter in "'-")
