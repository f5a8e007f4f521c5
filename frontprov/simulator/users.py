"""Provisioning one person, step by step as the service does it.

Microsoft: "How application provisioning works in Microsoft Entra ID" and "Tutorial: Develop and plan provisioning
for a SCIM endpoint".
"""

from typing import Any

from frontprov.simulator import dialect
from frontprov.simulator.job import Job, Link
from frontprov.simulator.mapping import MANAGER, TEMPLATE, USER_MAPPINGS, Change, changes, emptied, map_object
from frontprov.simulator.outcome import Refused
from frontprov.simulator.paths import parse_path
from frontprov.simulator.tenant import Person, Status


def provision(job: Job, person: Person, *, flag: bool) -> str:
    """Bring the server in line with one person. Returns what was done, in a word."""
    link = job.links.get(person.object_id)
    if person.status is Status.PURGED:
        if link is None:
            return "skipped"
        _delete(job, person, link, flag=flag)
        return "deleted"
    if link is None:
        if person.status is not Status.ACTIVE:
            return "skipped"  # never provisioned, so there is nothing to switch off
        link = match(job, person, flag=flag)
        if link is None:
            job.links[person.object_id] = _create(job, person, flag=flag)
            return "created"
        job.links[person.object_id] = link
    return _update(job, person, link, flag=flag)


def match(job: Job, person: Person, *, flag: bool, operation: str = "match_user") -> Link | None:
    """Look for the person by each matching attribute in turn, and stop at the first hit."""
    for attribute, value in (("userName", person.user_principal_name), ("externalId", person.mail_nickname)):
        found = job.client.query(operation, "Users", attribute, value, flag=flag)
        if len(found) > 1:
            shown = f"/Users?filter={attribute} eq …"
            raise Refused("GET", shown, 200, f"{len(found)} users match {value!r}.", code="DuplicateTargetEntries")
        if found:
            return Link(str(found[0].get("id")))
    return None


def pending(person: Person, resource: dict[str, Any], link: Link) -> list[Change]:
    """What a cycle would write, given what the server shows. Of a disabled person only `active` is looked at."""
    if person.status is not Status.ACTIVE:
        return changes(resource, {"active": False}, [])
    wanted = map_object(USER_MAPPINGS, person)
    return changes(resource, wanted, emptied(USER_MAPPINGS, person, link.shown))


def wanted_manager(job: Job, person: Person, link: Link) -> str | None:
    """The SCIM id this person's manager reference should have; a manager out of scope leaves it as it is
    (Microsoft: "Known issues for provisioning in Microsoft Entra ID")."""
    if person.status is not Status.ACTIVE:
        return link.manager
    if person.manager is None:
        return None if link.manager_exported else link.manager
    manager = job.links.get(person.manager)
    return link.manager if manager is None else manager.id


def set_manager(job: Job, person: Person, *, flag: bool) -> None:
    """The reference pass: references are written once every user of the cycle exists."""
    link = job.links[person.object_id]
    manager = wanted_manager(job, person, link)
    body = dialect.set_manager(manager, link.manager, flag=flag)
    job.client.patch("set_manager", "Users", link.id, body, flag=flag)
    link.manager, link.manager_exported = manager, manager is not None


def manager_of(resource: dict[str, Any]) -> str | None:
    """The manager's id as a resource shows it: a complex attribute (RFC 7643 §4.3), a bare id in some servers."""
    shown = parse_path(MANAGER).read(resource)
    value = shown.get("value") if isinstance(shown, dict) else shown
    return value if isinstance(value, str) and value else None


def _create(job: Job, person: Person, *, flag: bool) -> Link:
    attributes = map_object(USER_MAPPINGS, person, creating=True)
    body = dialect.create_user(attributes, flag=flag)
    link = Link(job.client.create("create_user", "Users", body, flag=flag)["id"])
    link.shown |= attributes
    if person.rehired:
        # A server may bring back the account the address had, and a template is applied once in its life.
        link.shown.pop(TEMPLATE, None)
    return link


def _update(job: Job, person: Person, link: Link, *, flag: bool) -> str:
    resource = job.client.read("read_user", "Users", link.id, members=False, flag=flag)
    link.manager = manager_of(resource)
    found = pending(person, resource, link)
    done = "updated" if found else "unchanged"
    for change in found:
        if change.path == "active":
            done = "restored" if change.value else "disabled"
    if found:
        operation = {"updated": "update_user", "restored": "restore_user", "disabled": "disable_user"}[done]
        job.client.patch(operation, "Users", link.id, dialect.update(found, flag=flag), flag=flag)
    if person.status is Status.ACTIVE:
        link.shown |= dict.fromkeys(emptied(USER_MAPPINGS, person, link.shown))
        link.shown |= map_object(USER_MAPPINGS, person)
    else:
        link.shown["active"] = False
    return done


def _delete(job: Job, person: Person, link: Link, *, flag: bool) -> None:
    try:
        job.client.delete("delete_user", "Users", link.id, flag=flag)
    except Refused as refusal:
        if refusal.status != 404:  # gone already is as good
            raise
    del job.links[person.object_id]
    job.note_deleted("Users", link.id, person.label)
