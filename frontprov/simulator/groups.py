"""Provisioning one group: created empty, compared without its members, filled by PATCHes of its own.

Microsoft: "Tutorial: Develop and plan provisioning for a SCIM endpoint", group operations.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from frontprov.simulator import dialect
from frontprov.simulator.job import Job, Link
from frontprov.simulator.mapping import DESCRIPTION_MAPPING, GROUP_MAPPINGS, Change, Mapping, changes, map_object
from frontprov.simulator.outcome import Refused
from frontprov.simulator.paths import member
from frontprov.simulator.tenant import Group

BATCH = 40  # members in one PATCH, when they are not sent one by one
MANY = 150  # from so many members on they always go in batches


@dataclass(frozen=True)
class MemberPatch:
    """One request: SCIM ids to add to and to remove from one group."""

    group: Group
    added: tuple[str, ...]
    removed: tuple[str, ...]

    @property
    def object_id(self) -> str:
        return self.group.object_id

    @property
    def label(self) -> str:
        return self.group.label


def mappings(job: Job) -> tuple[Mapping[Group], ...]:
    return (*GROUP_MAPPINGS, DESCRIPTION_MAPPING) if job.descriptions else GROUP_MAPPINGS


def provision(job: Job, group: Group, *, flag: bool) -> str:
    """Bring the server in line with one group, its members aside. Returns what was done, in a word."""
    link = job.links.get(group.object_id)
    if group.deleted:
        if link is None:
            return "skipped"
        _delete(job, group, link, flag=flag)
        return "deleted"
    if link is None:
        link = match(job, group, flag=flag)
        if link is None:
            attributes = map_object(mappings(job), group, creating=True)
            body = dialect.create_group(attributes)
            resource = job.client.create("create_group", "Groups", body, flag=flag)
            job.links[group.object_id] = Link(resource["id"])
            return "created"
        # Whoever was in the group before stays: Entra adds its members to them and never learns of the others.
        # (This read is the simulator's own, for the comparison at the end.)
        shown = job.client.read("verify_group", "Groups", link.id, members=True, flag=flag)
        link.foreign = set(member_ids(shown))
        job.links[group.object_id] = link
    resource = job.client.read("read_group", "Groups", link.id, members=False, flag=flag)
    if member(resource, "members"):
        job.find(group.label, "members", "left out: excludedAttributes=members", "shown")
    found = pending(job, group, resource)
    if not found:
        return "unchanged"
    job.client.patch("update_group", "Groups", link.id, dialect.update(found, flag=flag), flag=flag)
    return "updated"


def match(job: Job, group: Group, *, flag: bool, operation: str = "match_group") -> Link | None:
    for attribute, value in (("displayName", group.display_name), ("externalId", group.object_id)):
        found = job.client.query(operation, "Groups", attribute, value, flag=flag)
        if len(found) > 1:
            shown = f"/Groups?filter={attribute} eq …"
            raise Refused("GET", shown, 200, f"{len(found)} groups match {value!r}.", code="DuplicateTargetEntries")
        if found:
            return Link(str(found[0].get("id")))
    return None


def pending(job: Job, group: Group, resource: dict[str, Any]) -> list[Change]:
    return changes(resource, map_object(mappings(job), group), [])


def member_patches(job: Job, group: Group, rng: Random) -> Iterator[MemberPatch]:
    """The requests that bring membership in line: often one member each, sometimes many at once.

    People who are not provisioned are left out. A disabled person stays a member: the service sends no removal,
    and expects to find the membership when the person returns.
    """
    link = job.links.get(group.object_id)
    if link is None or group.deleted:
        return
    wanted = {job.links[person].id for person in group.members if person in job.links}
    added, removed = sorted(wanted - link.members), sorted(link.members - wanted)
    size = BATCH if len(added) + len(removed) > MANY or rng.random() < 0.25 else 1
    if size == 1:
        yield from (MemberPatch(group, (), (one,)) for one in removed)
        yield from (MemberPatch(group, (one,), ()) for one in added)
        return
    for start in range(0, max(len(added), len(removed)), size):
        end = start + size
        yield MemberPatch(group, tuple(added[start:end]), tuple(removed[start:end]))


def send_members(job: Job, patch: MemberPatch, *, flag: bool) -> None:
    link = job.links.get(patch.group.object_id)
    if link is None:
        return  # an earlier request of this cycle found the group gone; it will be matched again
    operation = "change_members"
    if not (patch.added and patch.removed):
        operation = "add_members" if patch.added else "remove_members"
    body = dialect.change_members(patch.added, patch.removed, flag=flag)
    job.client.patch(operation, "Groups", link.id, body, flag=flag)


def note_members(job: Job, patch: MemberPatch) -> None:
    """Remember what a successful request did. Not thread-safe: one thread keeps the books."""
    link = job.links.get(patch.group.object_id)
    if link is not None:
        link.members = (link.members | set(patch.added)) - set(patch.removed)
        link.foreign -= {*patch.added, *patch.removed}


def member_ids(resource: dict[str, Any]) -> list[str]:
    shown = member(resource, "members")
    return [str(member(one, "value")) for one in shown] if isinstance(shown, list) else []


def _delete(job: Job, group: Group, link: Link, *, flag: bool) -> None:
    try:
        job.client.delete("delete_group", "Groups", link.id, flag=flag)
    except Refused as refusal:
        if refusal.status != 404:
            raise
    del job.links[group.object_id]
    job.note_deleted("Groups", link.id, group.label)
