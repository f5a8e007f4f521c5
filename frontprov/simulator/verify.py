"""Reading the server back and comparing it with the tenant, attribute by attribute.

Stricter than the service itself, which looks only at what it is about to write: here values must come back exactly
as sent, booleans as booleans (RFC 7643 §2.3.2), the manager as a complex attribute (RFC 7643 §4.3).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from frontprov.simulator import groups, users
from frontprov.simulator.client import Endpoint, ScimClient
from frontprov.simulator.dialect import FLAG
from frontprov.simulator.job import Job
from frontprov.simulator.mapping import MANAGER, TEMPLATE, map_object
from frontprov.simulator.outcome import Difference, Refused, Stopped
from frontprov.simulator.paths import member, parse_path
from frontprov.simulator.tenant import Group, Person, Status

Resource = dict[str, Any]


@dataclass(frozen=True)
class Baseline:
    """Ids on the server before the run: not this run's business unless matched."""

    users: frozenset[str]
    groups: frozenset[str]

    @classmethod
    def take(cls, client: ScimClient, *, with_groups: bool, flag: bool) -> "Baseline":
        try:
            people = {str(one.get("id")) for one in client.pages("verify_list_users", "Users", flag=flag)}
            found = client.pages("verify_list_groups", "Groups", flag=flag) if with_groups else ()
            return cls(frozenset(people), frozenset(str(one.get("id")) for one in found))
        except Refused as refusal:
            raise Stopped("cannot read the server", str(refusal)) from refusal


class Verification:
    """One look at the whole server. `differences` is empty when it shows what the tenant says."""

    def __init__(self, job: Job, baseline: Baseline) -> None:
        self.job = job
        self.baseline = baseline
        self.differences: list[Difference] = []

    def run(self) -> list[Difference]:
        job = self.job
        people = self._read_all("Users")
        for person in job.tenant.people.values():
            self._check_person(person, people)
        self._check_strangers("user", "userName", people, self.baseline.users, job.tenant.owns_user_name)
        if job.tenant.groups:
            found = self._read_all("Groups")
            for group in job.tenant.groups.values():
                self._check_group(group, found)
            self._check_strangers("group", "displayName", found, self.baseline.groups, job.tenant.owns_group_name)
        self._check_deleted()
        return [*job.findings, *self.differences]

    def _read_all(self, endpoint: Endpoint) -> dict[str, Resource]:
        flag = self.job.flag_for(f"list {endpoint}")
        operation = f"verify_list_{endpoint.lower()}"
        found: dict[str, Resource] = {}
        try:
            for resource in self.job.client.pages(operation, endpoint, flag=flag):
                scim_id = str(resource.get("id"))
                if scim_id in found:
                    self._differs(f"/{endpoint}", "pages", f"{scim_id} once", f"{scim_id} twice")
                found[scim_id] = resource
        except Refused as refusal:
            raise Stopped("cannot read the server", str(refusal)) from refusal
        return found

    def _check_person(self, person: Person, people: dict[str, Resource]) -> None:
        link = self.job.links.get(person.object_id)
        if link is None or person.object_id in self.job.escrow:
            return
        resource = people.get(link.id)
        if resource is None:
            self._differs(person.label, "resource", f"listed as {link.id}", None)
            return
        for path, expected in link.shown.items():
            actual = parse_path(path).read(resource)
            if not _agrees(path, expected, actual):
                self._differs(person.label, path, expected, actual)
        if person.status is Status.ACTIVE and (person.manager is None or person.manager in self.job.links):
            wanted = users.wanted_manager(self.job, person, link)
            shown = parse_path(MANAGER).read(resource)
            bare = shown is not None and not isinstance(shown, dict)
            if bare or users.manager_of(resource) != wanted:
                self._differs(person.label, MANAGER, wanted and {"value": wanted}, shown)
        self._check_location(person.label, resource)

    def _check_group(self, group: Group, found: dict[str, Resource]) -> None:
        job = self.job
        link = job.links.get(group.object_id)
        if link is None or group.object_id in job.escrow:
            return
        resource = found.get(link.id)
        if resource is None:
            self._differs(group.label, "resource", f"listed as {link.id}", None)
            return
        for path, expected in map_object(groups.mappings(job), group).items():
            actual = parse_path(path).read(resource)
            if not _agrees(path, expected, actual):
                self._differs(group.label, path, expected, actual)
        self._check_location(group.label, resource)

        listed = groups.member_ids(resource)
        in_scope = {job.links[one].id: job.tenant.people[one].label for one in group.members if one in job.links}
        for scim_id in sorted(in_scope.keys() - set(listed)):
            self._differs(group.label, "members", f"{in_scope[scim_id]} ({scim_id})", None)
        for scim_id in sorted(set(listed) - in_scope.keys() - link.foreign):
            self._differs(group.label, "members", None, self._who(scim_id))
        if len(listed) != len(set(listed)):
            self._differs(group.label, "members", f"{len(set(listed))} members", f"{len(listed)} entries")

    def _check_strangers(
        self,
        kind: str,
        name_attribute: str,
        found: dict[str, Resource],
        baseline: frozenset[str],
        is_ours: Callable[[str], bool],
    ) -> None:
        """Resources nobody asked for: duplicates, the deleted, and people that should never have been created."""
        live = {link.id for link in self.job.links.values()}
        failed = {failure.object for failure in self.job.escrow.values()}
        for scim_id, resource in found.items():
            name = str(member(resource, name_attribute))
            stranger = scim_id not in baseline and is_ours(name) and f"{kind} {name}" not in failed
            if scim_id not in live and (stranger or scim_id in self.job.deleted):
                self._differs(f"{kind} {name}", "resource", None, f"listed as {scim_id}")

    def _check_deleted(self) -> None:
        """After a DELETE the id answers 404 and is in no list (RFC 7644 §3.6)."""
        live = {link.id for link in self.job.links.values()}  # a person who came back may have the old id
        for endpoint, scim_id in self.job.just_deleted:
            if scim_id in live:
                continue
            flag = self.job.flag_for(f"read {scim_id}")
            try:
                self.job.client.read("verify_deleted", endpoint, scim_id, members=False, flag=flag)
            except Refused as refusal:
                if refusal.status == 404:
                    continue
            self._differs(self.job.deleted[scim_id], "resource", None, f"GET /{endpoint}/{scim_id} is no 404")

    def _check_location(self, label: str, resource: Resource) -> None:
        location = str(member(member(resource, "meta"), "location"))
        if FLAG.lower() in location.lower():
            self._differs(label, "meta.location", f"without {FLAG}", location)

    def _who(self, scim_id: str) -> str:
        if scim_id in self.job.deleted:
            return f"{self.job.deleted[scim_id]} ({scim_id}), deleted"
        for object_id, link in self.job.links.items():
            if link.id == scim_id and object_id in self.job.tenant.people:
                return f"{self.job.tenant.people[object_id].label} ({scim_id})"
        return scim_id

    def _differs(self, label: str, attribute: str, expected: Any, actual: Any) -> None:
        self.differences.append(Difference(label, attribute, expected, actual))


def _agrees(path: str, expected: str | bool | None, actual: Any) -> bool:
    if expected is None:
        return actual in (None, "", [])  # all mean unassigned (RFC 7643 §2.5)
    if path == TEMPLATE:
        # What was sent, or the id in it; a template sent by its name may come back as any id.
        _, colon, identifier = str(expected).rpartition(":")
        return actual == expected or (actual == identifier.strip() if colon else bool(actual))
    return type(actual) is type(expected) and actual == expected
