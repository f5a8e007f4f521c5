"""Two companies on one server: neither can read, match, change, use or count anything of the other.

The strongest form of it: whatever a company asks, with the other's ids and values, the answer is the same as if the
other did not exist.
"""

import json
from contextlib import contextmanager

import pytest
from django.db import transaction

from scim.attributes import ENTERPRISE_SCHEMA, GROUP_SCHEMA, USER_SCHEMA
from teammates.models import FieldKind
from tests.factories import (
    AccessGrantFactory,
    CompanyFactory,
    CustomFieldFactory,
    InboxFactory,
    TeammateFactory,
    TeammateGroupFactory,
    TeammateTemplateFactory,
)
from tests.scim.conftest import dump
from tests.scim.door import DESCRIPTION, ENTERPRISE, FIELDS, TEMPLATE, Door, group, members, op, path_of, user

pytestmark = pytest.mark.django_db

OPERATORS = ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"]
MARK = "Globex"  # in every value of the other company


class Tenant:
    """A company with one of everything, each value with its name in it."""

    def __init__(self, name):
        self.company = company = CompanyFactory(name=name)
        self.door = Door.of(company)
        self.field = CustomFieldFactory(company=company, name=f"{name} office")
        self.friend = CustomFieldFactory(company=company, name=f"{name} friend", kind=FieldKind.TEAMMATE)
        self.place = CustomFieldFactory(company=company, name=f"{name} inbox", kind=FieldKind.INBOX)
        self.inbox = InboxFactory(company=company, name=f"{name} inbox")
        self.template = TeammateTemplateFactory(company=company, name=f"{name} template")
        self.boss = TeammateFactory(company=company, admin=True, login=f"boss@{name}.example", first_name=name)
        self.attributes = {
            "userName": f"ada@{name}.example", "externalId": f"{name}-ada", "displayName": f"{name} Ada",
            "title": f"{name} Analyst", "emails": [{"type": "work", "value": f"ada@{name}.example", "primary": True}],
            "name": {"givenName": name, "familyName": f"{name} Lovelace", "formatted": f"{name} Ada Lovelace"},
            "phoneNumbers": [{"type": "work", "value": f"{name}-555"}], "roles": [{"value": f"{name} role"}],
            ENTERPRISE: {"department": f"{name} Engines", "manager": {"value": self.boss.public_id}},
            FIELDS: {self.field.public_id: f"{name} tower", self.friend.public_id: self.boss.public_id,
                     self.place.public_id: self.inbox.public_id},
        }  # fmt: skip
        made = self.door.create_user(**self.attributes)
        self.ada = company.teammates.get(pk=int(made["id"][4:], 36))
        self.team = TeammateGroupFactory(
            company=company, idp=True, name=f"{name} team", description=f"About {name}",
            external_id=f"{name}-team", with_members=[self.ada, self.boss],
        )  # fmt: skip
        self.ours = TeammateGroupFactory(company=company, name=f"{name} hand-made", with_members=[self.boss])
        AccessGrantFactory(group=self.team, inbox=self.inbox)


@pytest.fixture
def we(db):
    return Tenant("Initech")


@contextmanager
def meanwhile():
    """What happens inside is undone."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def with_and_without(requests_of):
    """The answers to the same requests while the other company exists, and while it does not."""
    with meanwhile():
        they = Tenant(MARK)
        requests = requests_of(they)
        names = [thing.public_id for thing in vars(they).values() if hasattr(thing, "public_id")]
        beside = [request() for request in requests]
    return zip(beside, [request() for request in requests], [names] * len(requests), strict=True)


def flat(resource):
    """(path, value) of every value in a resource."""
    for name, value in resource.items():
        if name == FIELDS or name.startswith("urn:"):
            yield from ((f"{name}:{sub}", item) for sub, item in flat(value))
        elif isinstance(value, dict):
            yield from ((f"{name}.{sub}", item) for sub, item in value.items())
        elif isinstance(value, list):
            for item in value:
                yield from ((f"{name}.{sub}", x) for sub, x in item.items()) if isinstance(item, dict) else ()
        else:
            yield name, value


def filters(resource):
    for path, value in flat(resource):
        for operator in OPERATORS:
            yield f"{path} {operator} {json.dumps(value)}"
        yield f"not ({path} eq {json.dumps(value)})"
        yield f"{path} pr"
        head, _, sub = path.rpartition(".")
        if head and not head.startswith("urn:"):
            yield f"{head}[{sub} eq {json.dumps(value)}]"
            yield f"{head}[not ({sub} eq {json.dumps(value)})]"


@pytest.mark.parametrize("kind", ["Users", "Groups"])
def test_no_filter_on_any_attribute_finds_the_others_or_counts_them(we, kind):
    mine = {we.ada.public_id, we.boss.public_id, we.team.public_id, we.ours.public_id}

    def requests(they):
        theirs = [they.door.read(they.ada if kind == "Users" else they.team).body, they.door.read(they.boss).body]
        texts = sorted({text for resource in theirs for text in filters(resource)})
        assert len(texts) > 100
        return [lambda text=text: we.door.find(f"/{kind}", text, count=10) for text in texts]

    for beside, alone, _ in with_and_without(requests):
        assert beside.content == alone.content
        assert MARK not in beside.content.decode() or beside.status == 400
        if beside.status == 200:
            assert set(beside.ids) <= mine


def test_no_list_sorting_or_search_shows_the_others(we):
    paths = [
        f"{schema.urn}:{attribute.name}"
        for schema in (USER_SCHEMA, ENTERPRISE_SCHEMA, GROUP_SCHEMA)
        for attribute in schema.attributes
    ]

    def requests(they):
        lists = [
            lambda kind=kind, path=path, order=order: we.door.get(f"/{kind}", {"sortBy": path, "sortOrder": order})
            for kind in ("Users", "Groups")
            for path in [*paths, "id", "meta.lastModified"]
            for order in ("ascending", "descending")
        ]
        searches = [
            lambda path=path, body=body: we.door.post(f"{path}/.search", body)
            for path in ("", "/Users", "/Groups")
            for body in (
                {"count": 50},
                {"filter": f'externalId co "{MARK}"'},
                {"filter": f'displayName sw "{MARK}" or not (displayName sw "{MARK}")'},
                {"filter": f'id eq "{they.ada.public_id}" or id eq "{they.team.public_id}"'},
            )
        ]
        return lists + searches

    for beside, alone, _ in with_and_without(requests):
        assert beside.content == alone.content
        assert MARK not in beside.content.decode()


def test_the_others_ids_are_404_in_every_method(we):
    def requests(they):
        return [
            lambda method=method, path=path, body=body, headers=headers: we.door.send(method, path, body, **headers)
            for path in [path_of(thing) for thing in (they.ada, they.boss, they.team, they.ours, they.template)]
            for method, body in (
                ("GET", None),
                ("DELETE", None),
                ("PUT", user("x@example.com") | {"displayName": "X"}),
                ("PATCH", {"Operations": [op("Replace", "displayName", "X")]}),
                ("PATCH", {"Operations": [op("Replace", "active", "False")]}),
            )
            for headers in ({}, {"if_match": 'W/"1"'}, {"if_none_match": "*"})
        ]

    for beside, alone, _ in with_and_without(requests):
        assert beside.status == 404
        assert beside.content == alone.content


def uses(we, they):
    """Every way to name something of the other company in a write of one's own."""
    yield from (
        lambda body=body: we.door.patch(we.team, *body)
        for stranger in (they.ada, they.boss, they.team, they.template)
        for body in (
            [op("Add", "members", members(stranger))],
            [op("add", "members", stranger.public_id)],
            [op("Replace", "members", members(we.ada, stranger))],
            [op("Remove", "members", members(stranger))],
            [op("remove", f'members[value eq "{stranger.public_id}"]')],
            [op("remove", f'members[display co "{MARK}"]')],
        )
    )
    yield lambda: we.door.create_group("New", members=members(they.ada))
    yield lambda: we.door.put(path_of(we.team), group("Team", members=members(they.boss)))
    for value in (they.template.public_id, f"Role: {they.template.public_id}", they.template.name, they.ada.public_id):
        yield lambda value=value: we.door.create_user("new@example.com", **{TEMPLATE: {"template": value}})
        yield lambda value=value: we.door.create_user(
            "new@example.com", roles=[{"type": "template", "value": value, "primary": True}]
        )
    for field, value in ((we.friend, they.ada), (we.place, they.inbox)):
        yield lambda field=field, value=value: we.door.patch(
            we.ada, op("Replace", f"{FIELDS}:{field.public_id}", value.public_id)
        )
        yield lambda field=field, value=value: we.door.create_user(
            "new@example.com", **{FIELDS: {field.public_id: value.public_id}}
        )
    yield lambda: we.door.patch(we.ada, op("Replace", f"{FIELDS}:{they.field.public_id}", "x"))
    yield lambda: we.door.patch(we.ada, op("Replace", f"{ENTERPRISE}:manager", they.boss.public_id))
    yield lambda: we.door.find("/Users", f"{FIELDS}:{they.field.public_id} pr")
    yield lambda: we.door.create_user(they.ada.login, externalId=they.ada.external_id)
    yield lambda: we.door.patch(we.ada, op("Replace", "userName", they.ada.login))
    yield lambda: we.door.create_group(they.team.name, externalId=they.team.external_id)
    yield lambda: we.door.create_group(they.ours.name)
    yield lambda: we.door.patch(we.team, op("Replace", "displayName", they.ours.name))
    yield lambda: we.door.patch(we.team, op("Replace", f"{DESCRIPTION}:description", they.team.description))
    for thing in (they.ada, they.team):
        yield lambda thing=thing: we.door.post(
            "/Bulk",
            {
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
                "Operations": [
                    {"method": "DELETE", "path": path_of(thing)},
                    {"method": "PATCH", "path": path_of(we.team),
                     "data": {"Operations": [op("Add", "members", members(thing))]}},
                ],
            },
        )  # fmt: skip


def told(answer):
    """What an answer says, without what any two answers differ in: new ids, versions and times."""
    if not answer.content:
        return answer.status
    body = {name: value for name, value in answer.body.items() if name not in ("id", "meta", "groups")}
    return answer.status, json.dumps(body, sort_keys=True) if answer.status >= 400 else sorted(body)


def test_a_write_that_names_the_others_is_answered_as_if_they_did_not_exist(we):
    def undone(request):
        with meanwhile():
            return request()

    def requests(they):
        return [lambda request=request: undone(request) for request in uses(we, they)]

    for beside, alone, names in with_and_without(requests):
        assert told(beside) == told(alone)
        text = beside.content.decode()
        assert MARK not in text or beside.status in (200, 201, 400)
        assert not [name for name in names if f'"id":"{name}"' in text]


def rows_of(company):
    """Every row of a company, by table."""
    tables = dump()
    its_own = [row for row in tables.pop("teammates.Company") if row["id"] == company.pk]
    return {"company": its_own} | {
        label: [row for row in rows if row.get("company_id") == company.pk] for label, rows in tables.items()
    }


def test_no_write_changes_anything_of_the_others(we):
    they = Tenant(MARK)
    before = rows_of(they.company)
    assert sum(map(len, before.values())) > 15

    for request in uses(we, they):
        request()
    for thing in (they.ada, they.team, they.ours):
        we.door.delete(path_of(thing))
        we.door.patch(thing, op("Replace", "active", "False"), op("Replace", "displayName", "X"))

    assert rows_of(they.company) == before


def test_a_cursor_of_the_others_is_none_of_ours(we):
    they = Tenant(MARK)
    cursor = they.door.get("/Users", "cursor=&count=1")["nextCursor"]

    assert we.door.get("/Users", {"cursor": cursor, "count": 1}).refusal == (400, "invalidCursor")


def test_the_others_licences_are_not_ours(we):
    they = Tenant(MARK)
    they.company.__class__.objects.filter(pk=they.company.pk).update(licence_count=2)

    assert they.door.create_user("third@example.com").status == 400
    assert we.door.create_user("third@example.com").status == 201


def test_the_others_custom_fields_are_not_in_our_schemas(we):
    they = Tenant(MARK)

    text = we.door.get("/Schemas").content.decode()

    assert we.field.public_id in text
    assert they.field.public_id not in text
    assert MARK not in text
    assert MARK not in Door(None).get("/Schemas").content.decode()
