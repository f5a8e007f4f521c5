"""Rows of teammates and groups as SCIM reads them, each in one statement.

The look-ups that a provisioning client repeats all day (by id and by each matching attribute) are written out; any
other filter is compiled to the ORM (scim.filters.compiler), which finds the ids, and the rows come from here too.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from teammates import sql
from teammates.models import Teammate, TeammateGroup
from teammates.models.group import GROUPS_OF_TEAMMATE

JSON_COLUMNS = (3, 7, 8)  # of UserRow: emails, profile, custom fields
CHUNK = 5_000  # members per statement when a large group is streamed


class UserRow(NamedTuple):
    """What a User resource is made of. groups: (primary key, name) of each, or None when not asked for."""

    pk: int
    login: str
    external_id: str
    emails: list[Any]
    first_name: str
    last_name: str
    display_name: str
    profile: dict[str, Any]
    custom_fields: dict[str, Any]
    status: str
    template: str
    version: int
    created_at: datetime
    updated_at: datetime
    groups: list[list[Any]] | None


class GroupRow(NamedTuple):
    """What a Group resource is made of, its members aside."""

    pk: int
    name: str
    external_id: str
    description: str
    version: int
    created_at: datetime
    updated_at: datetime


class MemberRow(NamedTuple):
    group: int
    pk: int
    name: str


_USER = """
SELECT t.id, t.login, t.external_id, t.emails::text, t.first_name, t.last_name, t.display_name, t.profile::text,
       t.custom_fields::text, t.status, t.created_from_template, t.version, t.created_at, t.updated_at, {groups}
FROM teammates_teammate t
WHERE t.company_id = %s AND t.status <> 'deleted' AND t.removed_by_idp_at IS NULL AND {condition}
"""
_GROUP = """
SELECT g.id, g.name, g.external_id, g.description, g.version, g.created_at, g.updated_at
FROM teammates_teammategroup g WHERE g.company_id = %s AND {condition}
"""
_MEMBERS = """
SELECT m.group_id, t.id,
       coalesce(nullif(t.display_name, ''), nullif(btrim(t.first_name || ' ' || t.last_name), ''), t.login)
FROM teammates_membership m JOIN teammates_teammate t ON t.company_id = m.company_id AND t.id = m.teammate_id
WHERE m.company_id = %s AND m.group_id = ANY(%s) AND t.status <> 'deleted' AND t.removed_by_idp_at IS NULL
  AND (m.group_id, m.teammate_id) > (%s, %s)
ORDER BY m.group_id, m.teammate_id LIMIT %s
"""

USERS_BY = {
    "id": "t.id = %s",
    "ids": "t.id = ANY(%s)",
    "login": "t.login_key = %s AND t.address_released_at IS NULL",
    "external_id": "t.external_id = %s",
    "email": "t.email_keys @> ARRAY[%s]",
}
PREPARED = {"id", "login", "external_id"}  # not email: how to find it best depends on the address
GROUPS_BY = {
    "id": "g.id = %s",
    "ids": "g.id = ANY(%s)",
    "name": "g.name_key = %s",
    "external_id": "g.external_id = %s",
}
_USER_STATEMENTS = {
    (key, with_groups): _USER.format(groups=GROUPS_OF_TEAMMATE if with_groups else "NULL", condition=condition)
    for key, condition in USERS_BY.items()
    for with_groups in (True, False)
}
_GROUP_STATEMENTS = {key: _GROUP.format(condition=condition) for key, condition in GROUPS_BY.items()}
BY_ID = " ORDER BY 1 LIMIT %s"


def _user(row: Sequence[Any], with_groups: bool) -> UserRow:
    groups = (orjson.loads(row[14]) if row[14] else []) if with_groups else None
    values = list(row)
    for place in JSON_COLUMNS:
        values[place] = orjson.loads(values[place])
    values[14] = groups
    return UserRow._make(values)


def users(company_id: int, key: str, value: object, *, limit: int, with_groups: bool = True) -> list[UserRow]:
    """The users that `key` (of USERS_BY) finds, by id, at most `limit`."""
    statement = _USER_STATEMENTS[key, with_groups] + BY_ID
    found = sql.fetch_all(statement, [company_id, value, limit], prepared=key in PREPARED)
    return [_user(row, with_groups) for row in found]


def row_of(teammate: Teammate) -> UserRow:
    """The row of a teammate that a service has just written."""
    t = teammate
    return UserRow(
        t.pk, t.login, t.external_id, t.emails, t.first_name, t.last_name, t.display_name, t.profile, t.custom_fields,
        t.status, t.created_from_template, t.version, t.created_at, t.updated_at, getattr(t, "groups_now", []),
    )  # fmt: skip


def user(company_id: int, public_id: str, *, with_groups: bool = True) -> UserRow | None:
    """One user by SCIM id; None when this company has no such user that SCIM may see."""
    pk = Teammate.pk_of(public_id)
    found = users(company_id, "id", pk, limit=1, with_groups=with_groups) if pk is not None else []
    return found[0] if found else None


def groups(company_id: int, key: str, value: object, *, limit: int) -> list[GroupRow]:
    """The groups that `key` (of GROUPS_BY) finds, by id, at most `limit`."""
    found = sql.fetch_all(_GROUP_STATEMENTS[key] + BY_ID, [company_id, value, limit], prepared=True)
    return [GroupRow(*row) for row in found]


def group(company_id: int, public_id: str) -> GroupRow | None:
    """One group by SCIM id; None when this company has no such group."""
    pk = TeammateGroup.pk_of(public_id)
    found = groups(company_id, "id", pk, limit=1) if pk is not None else []
    return found[0] if found else None


def members(company_id: int, group_ids: Sequence[int]) -> Iterator[list[MemberRow]]:
    """The members of these groups that SCIM may see, by group and id, in chunks: memory stays small at any size."""
    last = (0, 0)
    while True:
        found = sql.fetch_all(_MEMBERS, [company_id, list(group_ids), *last, CHUNK])
        if found:
            yield [MemberRow(*row) for row in found]
            last = (found[-1][0], found[-1][1])
        if len(found) < CHUNK:
            return
