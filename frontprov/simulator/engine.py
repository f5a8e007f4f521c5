"""Cycles: the order in which the service does things, and what it does in parallel.

Users come before groups, references between users after all users, memberships after all groups; an object that
fails is set aside and tried again in the next cycle (Microsoft: "How application provisioning works in Microsoft
Entra ID").
"""

from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from random import Random
from typing import Protocol, TypeVar
from uuid import UUID

from frontprov.simulator import groups, users
from frontprov.simulator.client import Endpoint
from frontprov.simulator.groups import MemberPatch
from frontprov.simulator.job import Job, Link
from frontprov.simulator.mapping import MANAGER, Change
from frontprov.simulator.outcome import Failure, Refused, Stopped
from frontprov.simulator.tenant import Group, Person, Status


class Progress(Protocol):
    def start(self, label: str, total: int) -> None: ...

    def advance(self) -> None: ...


class Subject(Protocol):
    @property
    def object_id(self) -> str: ...

    @property
    def label(self) -> str: ...


Item = TypeVar("Item", bound=Subject)
Result = TypeVar("Result")


class Engine:
    """Runs cycles of a job. Requests run in parallel; the books are kept by the calling thread."""

    def __init__(self, job: Job, *, parallel: int, progress: Progress) -> None:
        self.job = job
        self.parallel = parallel
        self.progress = progress
        self.rng = Random(job.tenant.seed)  # noqa: S311 - which members travel together
        self.failures: list[Failure] = []
        self.done: Counter[str] = Counter()

    def begin(self, number: int) -> None:
        self.job.cycle = number
        self.job.findings.clear()
        self.job.just_deleted.clear()
        self.failures, self.done = [], Counter()

    def test_connection(self) -> None:
        """What the Test Connection button does: look for somebody who cannot exist."""
        nobody = str(UUID(int=self.rng.getrandbits(128), version=4))
        flag = self.job.flag_for("test connection")
        probes: list[tuple[Endpoint, str]] = [("Users", "userName")]
        if self.job.tenant.groups:
            probes.append(("Groups", "displayName"))
        for endpoint, attribute in probes:
            try:
                found = self.job.client.query("test_connection", endpoint, attribute, nobody, flag=flag)
            except Refused as refusal:
                raise Stopped("test connection failed", str(refusal)) from refusal
            if found:
                raise Stopped(
                    "test connection failed",
                    f'/{endpoint}?filter={attribute} eq "{nobody}" found {len(found)} resources; nobody has that '
                    "name. A server that ignores filters would have Entra link strangers.",
                )

    def run_cycle(self, changed: set[str]) -> None:
        """One initial or incremental cycle over the changed objects and those still in escrow."""
        job = self.job
        due = changed | job.escrow.keys()
        job.escrow.clear()

        people = [person for person in job.tenant.people.values() if person.object_id in due]
        for _, action in self._each("users", people, self._provision_user):
            self.done[f"users {action}"] += 1
        self._drop_deleted_members()
        referring = [person for person in job.tenant.people.values() if self._manager_is_due(person)]
        references = self._each("manager references", referring, self._set_manager)
        self.done["manager references"] += len(references)

        due_groups = [group for group in job.tenant.groups.values() if group.object_id in due]
        for _, action in self._each("groups", due_groups, self._provision_group):
            self.done[f"groups {action}"] += 1
        patches = [
            patch for group in job.tenant.groups.values() for patch in groups.member_patches(job, group, self.rng)
        ]
        for patch, _ in self._each("members", patches, self._send_members):
            groups.note_members(job, patch)
            self.done["members added"] += len(patch.added)
            self.done["members removed"] += len(patch.removed)

    def provision_on_demand(self, person: Person) -> str | None:
        """One person at once; None if it failed. The flag has no effect here, so it is always the dialect without
        (Microsoft: "Known issues and resolutions with SCIM 2.0 protocol compliance")."""

        def work(person: Person) -> str:
            return users.provision(self.job, person, flag=False)

        for _, action in self._each("provision on demand", [person], work):
            self.done[f"users {action}"] += 1
            return action
        return None

    def pending_writes(self) -> list[tuple[str, Change]]:
        """What a restarted job would write although nothing changed: every object matched and compared afresh.

        Sends no writes. Objects in escrow are left out: what they lack is known.
        """
        people = [person for person in self.job.tenant.people.values() if self._is_settled(person)]
        live = [group for group in self.job.tenant.groups.values() if self._is_settled(group)]
        return [
            *((person.label, one) for person, many in self._each("comparing users", people, self._compare_user)
              for one in many),
            *((group.label, one) for group, many in self._each("comparing groups", live, self._compare_group)
              for one in many),
        ]  # fmt: skip

    def _provision_user(self, person: Person) -> str:
        return users.provision(self.job, person, flag=self.job.flag_for(person.object_id))

    def _set_manager(self, person: Person) -> None:
        users.set_manager(self.job, person, flag=self.job.flag_for(person.object_id))

    def _provision_group(self, group: Group) -> str:
        return groups.provision(self.job, group, flag=self.job.flag_for(group.object_id))

    def _send_members(self, patch: MemberPatch) -> None:
        groups.send_members(self.job, patch, flag=self.job.flag_for(patch.object_id))

    def _compare_user(self, person: Person) -> list[Change]:
        job, link, flag = self.job, self.job.links[person.object_id], self.job.flag_for(person.object_id)
        if not self._is_same(person, link, users.match(job, person, flag=flag)):
            return []
        resource = job.client.read("read_user", "Users", link.id, members=False, flag=flag)
        found = users.pending(person, resource, link)
        wanted, shown = users.wanted_manager(job, person, link), users.manager_of(resource)
        if person.status is Status.ACTIVE and wanted != shown:
            found.append(Change("replace", MANAGER, wanted, shown))
        return found

    def _compare_group(self, group: Group) -> list[Change]:
        job, link, flag = self.job, self.job.links[group.object_id], self.job.flag_for(group.object_id)
        if not self._is_same(group, link, groups.match(job, group, flag=flag)):
            return []
        resource = job.client.read("read_group", "Groups", link.id, members=False, flag=flag)
        return groups.pending(job, group, resource)

    def _drop_deleted_members(self) -> None:
        """A deleted user is no member any more: that is the server's to see to, no removal is sent."""
        gone = {scim_id for endpoint, scim_id in self.job.just_deleted if endpoint == "Users"}
        for link in self.job.links.values():
            link.members -= gone

    def _manager_is_due(self, person: Person) -> bool:
        link = self.job.links.get(person.object_id)
        return link is not None and users.wanted_manager(self.job, person, link) != link.manager

    def _is_settled(self, subject: Subject) -> bool:
        return subject.object_id in self.job.links and subject.object_id not in self.job.escrow

    def _is_same(self, subject: Subject, link: Link, matched: Link | None) -> bool:
        if matched is not None and matched.id == link.id:
            return True
        self.job.find(subject.label, "id found by the matching query", link.id, matched.id if matched else None)
        return False

    def _each(self, step: str, items: Iterable[Item], work: Callable[[Item], Result]) -> list[tuple[Item, Result]]:
        """Do the work for every item, some at a time. Returns what succeeded; what was refused is in escrow."""
        queue = list(items)
        self.progress.start(f"cycle {self.job.cycle}: {step}", len(queue))
        finished: list[tuple[Item, Result]] = []
        with ThreadPoolExecutor(self.parallel) as pool:
            pending = {pool.submit(work, item): item for item in queue}
            try:
                for future in as_completed(pending):
                    item = pending[future]
                    try:
                        finished.append((item, future.result()))
                    except Refused as refusal:
                        failure = Failure.of(item.label, step, refusal)
                        self.failures.append(failure)
                        self.job.set_aside(item.object_id, failure)
                    self.progress.advance()
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
        return finished
