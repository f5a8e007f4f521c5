"""Versions of resources: ETags, and requests that depend on them (RFC 7644 §3.14)."""

import pytest

from tests.factories import TeammateFactory, TeammateGroupFactory
from tests.scim.door import group, members, op, path_of, user

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(company):
    return TeammateFactory(company=company, login="ada@example.com")


@pytest.fixture
def team(company, ada):
    return TeammateGroupFactory(company=company, idp=True, name="Team", with_members=[ada])


@pytest.fixture(params=["user", "group"])
def thing(request, ada, team):
    return {"user": ada, "group": team}[request.param]


def body_of(thing):
    return group("Team") if thing.public_id.startswith("cir_") else user("ada@example.com")


def test_the_header_and_meta_tell_the_same_weak_version(scim, thing):
    answer = scim.read(thing)

    assert answer.headers["ETag"] == answer["meta"]["version"]
    assert answer.headers["ETag"].startswith('W/"')
    assert answer.headers["Location"] == answer["meta"]["location"]


def test_every_write_answers_with_the_version_and_location_that_a_read_then_gives(scim, ada, team):
    writes = [
        lambda: scim.create_user("grace@example.com"),
        lambda: scim.put(path_of(ada), user("ada@example.com")),
        lambda: scim.patch(ada, op("replace", "title", "Countess")),
        lambda: scim.create_group("Engines", members=members(ada)),
        lambda: scim.put(path_of(team), group("Team")),
        lambda: scim.patch(team, op("replace", "displayName", "Crew"), query="?attributes=displayName"),
    ]

    for write in writes:
        answer = write()
        read = scim.get(answer.headers["Location"].partition("/v2")[2])
        assert (read.headers["Location"], read.headers["ETag"]) == (answer.headers["Location"], answer.headers["ETag"])
    assert scim.patch(team, op("replace", "displayName", "Team")).headers["ETag"] == scim.read(team).headers["ETag"]


def test_a_version_changes_with_the_resource_and_not_without(scim, thing):
    version = scim.read(thing).headers["ETag"]

    name = op("replace", "displayName", "Team" if thing.public_id.startswith("cir_") else "Ada King")
    scim.patch(thing, name)
    scim.patch(thing, name)
    named = scim.read(thing)
    scim.patch(thing, name)

    again = scim.read(thing)
    assert (again.headers["ETag"], again["meta"]) == (named.headers["ETag"], named["meta"])
    scim.patch(thing, op("replace", "externalId", "other"))
    assert scim.read(thing).headers["ETag"] not in (version, named.headers["ETag"])


def test_a_put_of_what_is_there_already_changes_neither_version_nor_time(scim, thing):
    scim.put(path_of(thing), body_of(thing))
    before = scim.read(thing)

    answer = scim.put(path_of(thing), body_of(thing))

    assert answer.status == 200
    assert (answer.headers["ETag"], answer["meta"]) == (before.headers["ETag"], before["meta"])


def test_adding_a_member_again_changes_neither_version_nor_time(scim, ada, team):
    before = scim.read(team)

    answer = scim.patch(team, op("add", "members", members(ada)), op("remove", "members", members("tea_zzzzz")))

    assert (answer.status, answer.headers["ETag"]) == (204, before.headers["ETag"])
    assert scim.read(team).body == before.body


def test_the_version_of_a_user_tells_of_their_groups_too(scim, company, ada, team):
    alone = scim.read(ada, "excludedAttributes=groups").headers["ETag"]
    with_team = scim.read(ada)
    scim.patch(team, op("remove", "members", members(ada)))

    without = scim.read(ada, if_none_match=with_team.headers["ETag"])

    assert (without.status, "groups" in without.body) == (200, False)
    assert without.headers["ETag"] == alone != with_team.headers["ETag"]
    scim.patch(team, op("add", "members", members(ada)))
    assert scim.read(ada, if_none_match=with_team.headers["ETag"]).status == 304
    scim.patch(team, op("replace", "displayName", "Crew"))
    assert scim.read(ada, if_none_match=with_team.headers["ETag"])["groups"][0]["display"] == "Crew"


def test_what_a_client_has_already_is_304(scim, thing):
    version = scim.read(thing).headers["ETag"]

    for header in (version, version.removeprefix("W/"), f'"x", {version}', "*"):
        answer = scim.read(thing, if_none_match=header)
        assert (answer.status, answer.content, answer.headers["ETag"]) == (304, b"", version), header
    assert scim.read(thing, if_none_match='W/"999"').status == 200


def test_a_write_on_the_wrong_version_is_412_and_changes_nothing(scim, unchanged, thing):
    attempts = [
        ("PATCH", {"Operations": [op("replace", "displayName", "Other")]}),
        ("PUT", body_of(thing) | {"displayName": "Other"}),
        ("DELETE", None),
    ]

    for header in ('W/"999"', '"999"', "nonsense", 'W/"x", W/"y"'):
        for method, body in attempts:
            with unchanged():
                answer = scim.send(method, path_of(thing), body, if_match=header)
            assert (answer.status, answer["status"]) == (412, "412"), (method, header)
            assert "Read it again" in answer["detail"]


def test_a_write_that_must_not_find_the_version_is_412_when_it_does(scim, unchanged, thing):
    version = scim.read(thing).headers["ETag"]

    with unchanged():
        for header in (version, "*"):
            assert scim.patch(thing, op("replace", "displayName", "Other"), if_none_match=header).status == 412


def test_a_write_on_the_right_version_is_done(scim, thing):
    version = scim.read(thing).headers["ETag"]

    answer = scim.patch(thing, op("replace", "externalId", "first"), if_match=version)
    assert answer.status in (200, 204)
    assert scim.put(path_of(thing), body_of(thing), if_match=f"{answer.headers['ETag']}, x").status == 200
    assert scim.delete(path_of(thing), if_match="*").status == 204


def test_a_version_can_be_searched_for_as_it_was_given(scim, thing):
    read = scim.read(thing)
    quoted = read["meta"]["version"].replace('"', '\\"')
    path = path_of(thing).rpartition("/")[0]

    assert scim.find(path, f'meta.version eq "{quoted}" and id eq "{read["id"]}"').ids == [read["id"]]
    assert scim.find(path, f'meta.version ne "{quoted}" and id eq "{read["id"]}"').ids == []
