"""What happens in the directory between two cycles, in the mix a company of people produces.

The number of active people stays about the same: whoever joins, returns or is hired again is balanced by
somebody who leaves. `licences_needed` says how far it rises meanwhile.
"""

from collections.abc import Callable
from itertools import cycle, islice

from frontprov.simulator import names
from frontprov.simulator.tenant import Group, Person, Status, Tenant


def joiners_per_cycle(users: int) -> int:
    return max(3, round(users * 0.04)) if users >= 12 else 1


def returns_per_cycle(users: int) -> int:
    return max(1, users // 100)


def licences_needed(users: int) -> int:
    """The most people who can be active at once: Entra may send a cycle's arrivals before its departures."""
    return users + joiners_per_cycle(users) + returns_per_cycle(users) + 1


class History:
    """Moves a tenant forward, one cycle's worth of changes at a time."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        self.rng = tenant.rng
        self.leavers: list[Person] = []  # disabled in an earlier cycle, neither back nor purged
        self.alumni: list[Person] = []  # purged while their address was in use, not hired again
        self.emptied: Group | None = None

    def advance(self) -> tuple[set[str], list[Person]]:
        """One cycle's changes: the object ids Entra's delta query would name, and the people who joined."""
        changed: set[str] = set()
        joined = [self.tenant.hire() for _ in range(joiners_per_cycle(self.tenant.size))]
        returned = [self.leavers.pop(0) for _ in range(returns_per_cycle(self.tenant.size)) if self.leavers]
        for person in returned:
            person.status = Status.ACTIVE
        rehired = [self.tenant.rehire(self.alumni.pop(0))] if self.alumni else []
        purged_later = self.leavers.pop(0) if self.leavers else None

        arrived = [*joined, *returned, *rehired]
        # The most senior person stays, so that a manager is always to be found.
        settled = [person for person in self.tenant.active()[1:] if person not in arrived]
        self.rng.shuffle(settled)
        gone_at_once = self._pick_for_purging(settled) if len(settled) >= 8 else None
        departures = min(len(settled), len(arrived) - bool(gone_at_once))
        for _ in range(departures):
            person = settled.pop()
            person.status = Status.DISABLED
            self.leavers.append(person)
            changed.add(person.object_id)
        for leaver in filter(None, (gone_at_once, purged_later)):
            changed |= self.tenant.purge(leaver)
        if gone_at_once:
            self.alumni.append(gone_at_once)

        movers = islice(zip(settled, cycle(self.moves), strict=False), max(5, self.tenant.size // 10))
        for person, move in movers:
            move(self, person)
            changed.add(person.object_id)
        renamed = islice(zip(reversed(settled), cycle(self.renames), strict=False), max(5, self.tenant.size // 25))
        for person, rename in renamed:
            rename(self, person)
            changed.add(person.object_id)
        changed |= {person.object_id for person in arrived}
        return changed | self._reorganise(joined), joined

    def _pick_for_purging(self, settled: list[Person]) -> Person:
        """Take out of the list somebody who is in a group, so that the group has to lose them."""
        members = {one for group in self.tenant.groups.values() if not group.deleted for one in group.members}
        chosen = next((person for person in settled if person.object_id in members), settled[0])
        settled.remove(chosen)
        return chosen

    # Movers

    def _transfer(self, person: Person) -> None:
        person.department = self._other(names.DEPARTMENTS, person.department)
        person.job_title = self._other(names.TITLES, person.job_title)

    def _marry(self, person: Person) -> None:
        person.surname = self._other(names.NEW_SURNAMES, person.surname)
        person.display_name = f"{person.given_name} {person.surname}"

    def _report_to_another(self, person: Person) -> None:
        people = list(self.tenant.people.values())
        seniors = [
            senior
            for senior in people[: people.index(person)]
            if senior.status is Status.ACTIVE and senior.object_id != person.manager
        ]
        if seniors:
            person.manager = self.rng.choice(seniors).object_id

    def _lose_manager_and_fax(self, person: Person) -> None:
        person.manager = None
        person.fax = None

    def _move_house(self, person: Person) -> None:
        offices = [office for office in names.OFFICES if office[0] != person.office]
        office = self.rng.choice(offices)
        person.office, person.street, person.city, person.state, person.postal_code, person.country = office
        person.mobile = f"+353 87 {self.rng.randrange(10**7):07d}"

    moves: tuple[Callable[["History", Person], None], ...] = (
        _transfer, _marry, _report_to_another, _lose_manager_and_fax, _move_house,
    )  # fmt: skip

    # Renames

    def _new_address(self, person: Person) -> None:
        local = f"{person.mail_nickname}.{self.rng.choice(('x', 'new', 'q'))}{self.rng.randrange(1000)}"
        person.mail_nickname = local  # externalId is mapped on creation only and must not follow
        person.user_principal_name = f"{local}@{self.tenant.domain}"

    def _apostrophe_address(self, person: Person) -> None:
        local, _, domain = person.user_principal_name.partition("@")
        person.user_principal_name = f"o'{local}@{domain}"

    def _guest_address(self, person: Person) -> None:
        local, _, _ = person.user_principal_name.partition("@")
        # Guests arrive under their own address, and there a plus sign is common.
        person.user_principal_name = f"{local}+front@partner.{self.tenant.domain}"

    def _address_in_capitals(self, person: Person) -> None:
        person.user_principal_name = person.user_principal_name.swapcase()

    def _new_display_name(self, person: Person) -> None:
        pattern = self.rng.choice(names.NEW_DISPLAY_NAMES)
        person.display_name = pattern.format(given=person.given_name, surname=person.surname)

    renames: tuple[Callable[["History", Person], None], ...] = (
        _new_address, _new_display_name, _apostrophe_address, _guest_address, _address_in_capitals,
    )  # fmt: skip

    # Groups

    def _reorganise(self, joined: list[Person]) -> set[str]:
        live = [group for group in self.tenant.groups.values() if not group.deleted]
        if not live:
            return set()
        touched = {group.object_id for group in live}
        for group in live:
            self._change_members(group)
        newcomers = {person.object_id for person in joined}
        live[0].members |= newcomers
        if self.emptied and not self.emptied.deleted:
            self.emptied.members |= newcomers
        if len(live) > 1:
            self.emptied = min(live[1:], key=lambda group: len(group.members))
            self.emptied.members.clear()

        renamed = self.rng.choice(live)
        stem = renamed.display_name.removesuffix(self.tenant.group_suffix).strip()
        stem = self.rng.choice((f"{stem}!", f"{stem} & Co.", f'{stem} "new"', stem.swapcase()))
        renamed.display_name = f"{stem} {self.tenant.group_suffix}"
        described = self.rng.choice(live)
        described.description = self._other(names.DESCRIPTIONS, described.description)
        if len(live) > self.tenant.group_target:
            self.rng.choice(live[1:]).deleted = True
        touched.add(self.tenant.found_group().object_id)
        return touched

    def _change_members(self, group: Group) -> None:
        leaving = self.rng.sample(sorted(group.members), min(len(group.members), self.rng.randint(1, 3)))
        outside = [person.object_id for person in self.tenant.active() if person.object_id not in group.members]
        joining = self.rng.sample(outside, min(len(outside), self.rng.randint(1, 4)))
        group.members.difference_update(leaving)
        group.members.update(joining)

    def _other(self, choices: tuple[str, ...], current: str | None) -> str:
        return self.rng.choice([choice for choice in choices if choice != current])
