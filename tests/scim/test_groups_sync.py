"""Groups of the identity provider: made, adopted, locked here, and what happens while sync is off (guide, part 5)."""

import pytest

from teammates.errors import GroupIsManaged
from teammates.models import Company, Management, Notice, TeammateGroup
from teammates.sentences import sentence
from teammates.services.companies import update_company
from teammates.services.events import SYSTEM
from teammates.services.groups import update_group
from tests.factories import (
    AccessGrantFactory,
    MembershipFactory,
    TeammateFactory,
    TeammateGroupFactory,
    WorkspaceFactory,
)
from tests.scim.door import DESCRIPTION, GROUP, group, members, op, path_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(company):
    return TeammateFactory(company=company)


@pytest.fixture
def ours(company, ada):
    """A group that an admin made, with a member and access."""
    made = TeammateGroupFactory(company=company, name="Support", description="Made here", with_members=[ada])
    AccessGrantFactory(group=made, workspace=WorkspaceFactory(company=company))
    return made


def set_sync(company, enabled):
    update_company(company.pk, {"group_sync_enabled": enabled}, actor=SYSTEM)


# --- names that cannot be ---


@pytest.mark.parametrize("name", ["x" * 1001, "".join(chr(0x20000 + n * 7) for n in range(1000))])
def test_a_name_longer_than_can_be_compared_is_refused(scim, company, unchanged, name):
    """The second has 1,000 characters of four bytes each, none twice: more than an index of PostgreSQL takes."""
    TeammateGroupFactory(company=company, name="Support")
    with unchanged():
        answer = scim.post("/Groups", group(name, externalId="g-1"))
        renamed = scim.patch(path_of(TeammateGroup.objects.get()), op("replace", "displayName", name))

    assert answer.refusal == renamed.refusal == (400, "invalidValue")
    assert "1000" in answer["detail"]


# --- creating -----------------------------------------------------------------------------------------------------


def test_a_new_group_is_idp_managed(scim, company, events):
    answer = scim.create_group("Support")

    assert answer.status == 201
    made = TeammateGroup.objects.get()
    assert (made.company, made.name, made.external_id, made.management) == (
        company, "Support", "object-id-of-Support", Management.IDP,
    )  # fmt: skip
    assert answer["id"] == made.public_id
    assert answer.headers["Location"] == answer["meta"]["location"] == f"http://testserver/v2/Groups/{made.public_id}"
    assert answer.headers["ETag"] == answer["meta"]["version"]
    assert [event.kind for event in events(about=made)] == ["group.created"]
    company.refresh_from_db()
    with pytest.raises(GroupIsManaged):
        update_group(company, made.pk, {"name": "Ours"}, actor=SYSTEM)


def test_a_group_can_be_created_with_members(scim, company):
    people = TeammateFactory.create_batch(3, company=company)

    answer = scim.create_group(members=[{"value": p.public_id, "display": p.name} for p in people])

    assert [member["value"] for member in answer["members"]] == [p.public_id for p in people]
    assert answer["members"][0]["type"] == "User"
    assert answer["members"][0]["$ref"].endswith(f"/v2/Users/{people[0].public_id}")


def test_a_group_without_members_shows_none(scim):
    assert "members" not in scim.create_group().body


@pytest.mark.parametrize(
    "extension",
    [
        {DESCRIPTION: {"description": "Helps"}},
        {f"{DESCRIPTION}:description": "Helps"},
        {f"{DESCRIPTION}:2.0:Group": {"description": "Helps"}},
        {"urn:ietf:params:scim:schemas:extension:frontapp:2.0:Group": {"description": "Helps"}},
    ],
    ids=["nested", "flat", "with a version", "short"],
)
def test_the_description_comes_in_the_extension(scim, extension):
    answer = scim.create_group(**extension)

    assert answer[DESCRIPTION] == {"description": "Helps"}
    assert answer["schemas"] == [GROUP, DESCRIPTION]
    assert TeammateGroup.objects.get().description == "Helps"


@pytest.mark.parametrize("name", ["", None, "  "])
def test_a_group_needs_a_name(scim, unchanged, name):
    with unchanged():
        assert scim.create_group(name).refusal == (400, "invalidValue")


@pytest.mark.parametrize("name", ["Support", "SUPPORT", " support "])
def test_a_name_that_is_managed_already_is_409(scim, company, unchanged, name):
    TeammateGroupFactory(company=company, name="Support", idp=True)

    with unchanged():
        assert scim.create_group(name).refusal == (409, "uniqueness")


@pytest.mark.parametrize("managed", [True, False])
def test_renaming_to_a_name_that_exists_is_409(scim, company, unchanged, managed):
    TeammateGroupFactory(company=company, name="Support", idp=managed)
    other = TeammateGroupFactory(company=company, name="Other", idp=True)

    with unchanged():
        answer = scim.patch(other, op("Replace", "displayName", "SUPPORT"), op("Replace", "externalId", "x"))

    assert answer.refusal == (409, "uniqueness")


def test_the_spelling_of_a_name_can_change(scim, company):
    mine = TeammateGroupFactory(company=company, name="support", idp=True)

    assert scim.patch(mine, op("Replace", "displayName", "Support")).status == 204
    assert scim.read(mine)["displayName"] == "Support"


def test_the_same_name_in_another_company_is_another_group(scim, other_scim):
    assert scim.create_group()["id"] != other_scim.create_group()["id"]


# --- adoption -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["Support", "support", "  SUPPORT "])
def test_a_post_of_the_same_name_adopts_the_group_that_is_there(scim, company, events, ours, name):
    answer = scim.create_group(name, externalId="object-1")

    assert (answer.status, answer["id"], answer["displayName"]) == (201, ours.public_id, name)
    ours.refresh_from_db()
    assert (ours.management, ours.external_id) == (Management.IDP, "object-1")
    assert TeammateGroup.objects.count() == 1
    assert events("group.adopted", about=ours)
    assert Notice.objects.get(company=company).kind == "group_adopted"


def test_adoption_by_a_list_tells_admins_whom_it_removed(scim, company, events, ours, ada):
    gone = [TeammateFactory(company=company, display_name=name) for name in ("Ben", "Cleo", "Dan", "Eve")]
    for person in gone:
        MembershipFactory(group=ours, teammate=person)

    scim.create_group("Support", members=members(ada))

    text = Notice.objects.get(company=company, kind="group_adopted").text
    assert "4 members were removed by the request that took it over" in text
    assert "Ben, Cleo, Dan and 1 more" in text
    (adopted,) = events("group.adopted", about=ours)
    assert adopted.data["removed"] == 4
    told = sentence(adopted.kind, adopted.subject_name, adopted.data)
    assert told.endswith("from now on; 4 members were removed by its first request (Ben, Cleo, Dan and 1 more)")
    (updated,) = events("group.updated", about=ours)
    assert updated.data["members_removed"] == [person.public_id for person in gone]


def test_adoption_that_removes_nobody_says_nothing_of_it(scim, company, ours, ada):
    scim.create_group("Support", members=members(ada))

    assert Notice.objects.get(company=company).text == "Support is now managed by your identity provider."


FIRST_WRITES = {
    "PATCH of the link": lambda scim, ours: scim.patch(ours, op("Replace", "externalId", "object-1")),
    "PATCH that adds": lambda scim, ours: scim.patch(ours, op("Add", "members", [])),
    "PATCH of the same name": lambda scim, ours: scim.patch(ours, op("Replace", "displayName", "Support")),
    "PUT": lambda scim, ours: scim.put(path_of(ours), group("Support")),
}


@pytest.mark.parametrize("write", FIRST_WRITES)
def test_the_first_write_to_a_group_that_was_found_adopts_it(scim, events, ours, write):
    assert scim.find("/Groups", 'displayName eq "support"').ids == [ours.public_id]

    assert FIRST_WRITES[write](scim, ours).status in (200, 204)

    ours.refresh_from_db()
    assert ours.management == Management.IDP
    assert events("group.adopted", about=ours)


def test_reading_never_adopts(scim, unchanged, ours):
    with unchanged():
        scim.find("/Groups", 'displayName eq "Support"')
        scim.read(ours)
        scim.get("/Groups")
        scim.post("/Groups/.search", {"filter": 'displayName eq "Support"'})


def test_a_refused_write_does_not_adopt(scim, unchanged, ours):
    with unchanged():
        assert scim.patch(ours, op("Add", "members", members("tea_zzzz"))).status == 400
        assert scim.create_group(members=members("tea_zzzz")).status == 400


def test_adoption_keeps_access_and_description(scim, ours):
    scim.create_group("Support")

    ours.refresh_from_db()
    assert ours.description == "Made here"
    assert ours.grants.count() == 1


@pytest.mark.parametrize("write", FIRST_WRITES)
def test_adoption_without_a_list_keeps_members_as_not_confirmed(scim, ours, ada, write):
    FIRST_WRITES[write](scim, ours)

    assert list(ours.memberships.values_list("teammate_id", "confirmed")) == [(ada.pk, False)]
    assert [member["value"] for member in scim.read(ours)["members"]] == [ada.public_id]


def test_a_member_is_confirmed_once_the_identity_provider_adds_them(scim, ours, ada):
    scim.create_group("Support")

    scim.patch(ours, op("Add", "members", members(ada)))

    assert ours.memberships.get().confirmed


@pytest.mark.parametrize("adopt", ["POST", "PUT"])
def test_adoption_with_a_list_replaces_the_members(scim, company, ours, adopt):
    new = TeammateFactory(company=company)
    body = group("Support", members=members(new))

    answer = scim.send(adopt, "/Groups" if adopt == "POST" else path_of(ours), body)

    assert [member["value"] for member in answer["members"]] == [new.public_id]
    assert list(ours.memberships.values_list("teammate_id", "confirmed")) == [(new.pk, True)]


def test_adoption_with_an_empty_list_empties_the_group(scim, ours):
    assert "members" not in scim.create_group("Support", members=[]).body
    assert not ours.memberships.exists()


def test_a_put_without_members_keeps_them(scim, ours, ada):
    scim.patch(ours, op("add", "members", members(ada)))

    answer = scim.put(path_of(ours), {"schemas": [GROUP], "displayName": "Support"})

    assert answer.status == 200
    assert ada.public_id in [member["value"] for member in answer["members"]]


def test_a_put_that_knows_no_description_keeps_the_one_written_here(scim, ours):
    answer = scim.put(path_of(ours), group("Support"))

    assert answer[DESCRIPTION] == {"description": "Made here"}
    ours.refresh_from_db()
    assert not ours.description_from_idp


def test_a_put_that_leaves_out_its_own_description_clears_it(scim, ours):
    scim.put(path_of(ours), group("Support", **{DESCRIPTION: {"description": "From the IdP"}}))

    assert DESCRIPTION not in scim.put(path_of(ours), group("Support")).body


# --- sync off -----------------------------------------------------------------------------------------------------


def test_while_sync_is_off_groups_can_be_read_and_not_written(scim, company, unchanged, ours):
    Company.objects.filter(pk=company.pk).update(group_sync_enabled=False)

    assert scim.get("/Groups").ids == [ours.public_id]
    assert scim.find("/Groups", 'displayName eq "nobody"')["totalResults"] == 0
    assert scim.read(ours).status == 200
    with unchanged():
        answers = [
            scim.create_group("New"),
            scim.patch(ours, op("Add", "members", [])),
            scim.put(path_of(ours), group("Support")),
            scim.delete(path_of(ours)),
        ]

    assert [answer.refusal for answer in answers] == [(400, None)] * 4
    for answer in answers:
        assert "Company settings > Teammates > User provisioning" in answer["detail"]
        assert "turn off group provisioning in the identity provider" in answer["detail"]


def test_while_sync_is_off_users_are_provisioned_as_ever(scim, company):
    Company.objects.filter(pk=company.pk).update(group_sync_enabled=False)

    made = scim.create_user()

    assert made.status == 201
    assert scim.patch(f"/Users/{made['id']}", op("Replace", "active", "False")).status == 200


def test_turning_sync_off_keeps_members_access_and_the_link(scim, company, ada):
    made = scim.create_group("Support", members=members(ada))
    before = scim.get(f"/Groups/{made['id']}").body

    set_sync(company, False)

    after = scim.get(f"/Groups/{made['id']}").body
    assert {**after, "meta": None} == {**before, "meta": None}


def test_turning_it_on_again_picks_the_link_up_at_the_next_write(scim, company, events):
    made = scim.create_group("Support")
    for enabled in (False, True):
        set_sync(company, enabled)
    mine = TeammateGroup.objects.get()
    assert (mine.management, mine.external_id) == (Management.DORMANT, "object-id-of-Support")

    assert scim.patch(f"/Groups/{made['id']}", op("Replace", "displayName", "Support 2")).status == 204

    mine.refresh_from_db()
    assert mine.management == Management.IDP
    assert events("group.adopted", about=mine)


def test_a_post_after_sync_was_off_finds_the_dormant_group_by_name(scim, company):
    made = scim.create_group("Support")
    for enabled in (False, True):
        set_sync(company, enabled)

    again = scim.create_group("SUPPORT")

    assert (again.status, again["id"]) == (201, made["id"])


# --- deleting -----------------------------------------------------------------------------------------------------


def test_delete_removes_the_group_and_its_access_and_blocks_nobody(scim, events, ours, ada):
    assert scim.delete(path_of(ours)).status == 204

    assert scim.read(ours).status == 404
    assert scim.delete(path_of(ours)).status == 404
    ada.refresh_from_db()
    assert ada.is_active
    assert "groups" not in scim.read(ada).body
    data = events("group.deleted")[0].data
    assert (data["before"]["name"], data["members"], len(data["access"])) == ("Support", [ada.public_id], 1)


def test_a_deleted_name_is_free_for_a_new_group(scim):
    first = scim.create_group("Support")
    scim.delete(f"/Groups/{first['id']}")

    second = scim.create_group("Support")

    assert second.status == 201
    assert second["id"] != first["id"]
