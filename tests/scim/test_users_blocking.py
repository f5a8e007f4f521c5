"""Blocking and unblocking over SCIM: `active`, DELETE, and the way back (customer guide, "Remove a user")."""

import pytest

from teammates.models import ActorKind, Company, InboxAccess, LicencePolicy, Membership, Notice, NoticeKind, Status
from teammates.services.effects import drain_events
from teammates.services.events import SYSTEM, Actor
from teammates.services.notices import resolve_what_is_over
from teammates.services.teammates import block_teammate, unblock_teammate
from tests.factories import AccessGrantFactory, InboxFactory, TeammateFactory, TeammateGroupFactory
from tests.scim.door import USER, op, path_of, user

pytestmark = pytest.mark.django_db

FALSE = [False, "False", "false", "FALSE"]
TRUE = [True, "True", "true"]


def patches(value):
    """A change of `active` in every shape that was seen on the wire."""
    return {
        "by path": [op("Replace", "active", value)],
        "add": [op("Add", "active", value)],
        "flagged": [op("replace", "active", value)],
        "packed": [op("replace", None, {"active": value})],
        "packed add": [op("add", None, {"active": value})],
        "qualified": [op("replace", f"{USER}:active", value)],
        "other case": [op("REPLACE", "Active", value)],
        "after others": [op("Replace", "title", "x"), op("Add", "nickName", "y"), op("Replace", "active", value)],
        "beside unknown ones": [op("Replace", "shoeSize", 43), op("replace", None, {"active": value, "colour": "red"})],
        "beside an unknown filter": [op("Replace", 'addresses[planet eq "Mars"].locality', "x"),
                                     op("Replace", "active", value)],
    }  # fmt: skip


SHAPES = list(patches(None))


@pytest.fixture
def ada(company):
    return TeammateFactory(company=company, login="ada@example.com")


def licences(company):
    return Company.objects.values_list("licences_used", flat=True).get(pk=company.pk)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("value", FALSE, ids=repr)
def test_active_false_blocks_and_frees_the_licence(scim, company, events, ada, shape, value):
    answer = scim.patch(ada, *patches(value)[shape])

    assert (answer.status, answer["active"]) == (200, False)
    ada.refresh_from_db()
    assert (ada.status, ada.session_epoch, licences(company)) == (Status.BLOCKED, 1, 0)
    kinds = [event.kind for event in events(about=ada)]
    assert kinds[-2:] == ["teammate.blocked", "teammate.conversations_released"]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("value", TRUE, ids=repr)
def test_active_true_unblocks_and_takes_a_licence(scim, company, events, shape, value):
    blocked = TeammateFactory(company=company, blocked=True)

    answer = scim.patch(blocked, *patches(value)[shape])

    assert (answer.status, answer["active"]) == (200, True)
    blocked.refresh_from_db()
    assert (blocked.status, licences(company)) == (Status.ACTIVE, 1)
    assert events("teammate.unblocked", about=blocked)


def test_the_admins_are_told_when_the_provider_undoes_their_block(scim, company, ada):
    grace = TeammateFactory(company=company, admin=True, first_name="Grace", last_name="Hopper")
    block_teammate(
        company.pk, ada.pk, actor=Actor(ActorKind.TEAMMATE, grace.name, grace.public_id), reason="Lost laptop."
    )

    scim.patch(ada, op("Replace", "active", "True"))

    notice = Notice.objects.get(kind=NoticeKind.BLOCK_UNDONE)
    assert notice.subject == ada.public_id
    assert f"unblocked {ada.name}, whom Grace Hopper had blocked on " in notice.text
    assert " for the reason “Lost laptop”: it sent that they are active." in notice.text


def test_a_block_of_the_providers_own_is_undone_without_a_notice(scim, company, ada):
    block_teammate(company.pk, ada.pk, actor=SYSTEM)
    unblock_teammate(company.pk, ada.pk, actor=SYSTEM)

    scim.patch(ada, op("Replace", "active", "False"))
    scim.patch(ada, op("Replace", "active", "True"))

    assert not Notice.objects.exists()


def test_the_notice_of_an_undone_block_closes_when_they_are_blocked_again(scim, company, ada):
    grace = TeammateFactory(company=company, admin=True)
    block_teammate(company.pk, ada.pk, actor=Actor(ActorKind.TEAMMATE, grace.name, grace.public_id))
    scim.patch(ada, op("Replace", "active", "True"))
    resolve_what_is_over()
    assert Notice.objects.get().closed_at is None

    scim.patch(ada, op("Replace", "active", "False"))
    resolve_what_is_over()

    assert Notice.objects.get().closed_at is not None


def test_a_put_blocks_and_unblocks_too(scim, ada):
    for active in (False, True):
        assert scim.put(path_of(ada), user("ada@example.com", active=active))["active"] is active


def test_a_blocked_person_is_found_and_read_as_before(scim, ada):
    scim.patch(ada, op("Replace", "active", "False"))

    assert scim.read(ada)["active"] is False
    for filter_text in ('userName eq "ada@example.com"', 'emails[type eq "work"].value eq "ada@example.com"'):
        (found,) = scim.find("/Users", filter_text)["Resources"]
        assert (found["id"], found["active"]) == (ada.public_id, False)
    assert ada.public_id in scim.get("/Users").ids


def test_groups_access_and_preferences_stay_stored_and_have_no_effect(scim, company, ada):
    inbox = InboxFactory(company=company)
    group = TeammateGroupFactory(company=company, idp=True, with_members=[ada])
    AccessGrantFactory(teammate=ada, inbox=inbox)
    type(ada).objects.filter(pk=ada.pk).update(preferences={"theme": "dark"})
    drain_events()

    scim.patch(ada, op("Replace", "active", "False"))
    drain_events()

    ada.refresh_from_db()
    assert ada.preferences == {"theme": "dark"}
    assert [member["value"] for member in scim.read(group)["members"]] == [ada.public_id]
    assert not Membership.objects.effective().exists()
    assert not InboxAccess.objects.effective().exists()
    assert ada.grants.count() == 1


def test_unblocking_brings_everything_back(scim, company, ada):
    group = TeammateGroupFactory(company=company, idp=True, with_members=[ada])
    scim.patch(ada, op("Replace", "active", "False"))

    answer = scim.patch(ada, op("Replace", "active", "True"))

    assert [entry["value"] for entry in answer["groups"]] == [group.public_id]
    assert Membership.objects.effective().filter(teammate=ada).exists()


def test_blocking_twice_is_one_change(scim, company, events, ada):
    first = scim.patch(ada, op("Replace", "active", "False"))
    second = scim.patch(ada, op("Replace", "active", "False"))

    assert first.body == second.body
    assert len(events("teammate.blocked")) == 1
    assert licences(company) == 0


def test_unblocking_without_a_licence_is_a_400_with_a_plain_text(scim, company, unchanged):
    blocked = TeammateFactory(company=company, blocked=True)
    Company.objects.filter(pk=company.pk).update(licence_count=0)

    with unchanged("Notice"):
        answer = scim.patch(blocked, op("Replace", "title", "x"), op("Replace", "active", "True"))

    assert answer.refusal == (400, None)
    assert "No licence is left" in answer["detail"]
    assert Notice.objects.get(company=company).kind == "no_licence"


def test_unblocking_adds_a_licence_where_the_company_wants_that(scim, company):
    blocked = TeammateFactory(company=company, blocked=True)
    Company.objects.filter(pk=company.pk).update(licence_count=0, licence_policy=LicencePolicy.ADD)

    assert scim.patch(blocked, op("Replace", "active", "True"))["active"] is True


def test_the_freed_licence_goes_to_the_next(scim, company, ada):
    Company.objects.filter(pk=company.pk).update(licence_count=1)
    assert scim.create_user("grace@example.com").status == 400

    scim.patch(ada, op("Replace", "active", "False"))

    assert scim.create_user("grace@example.com").status == 201


@pytest.mark.parametrize(
    "block",
    [
        lambda scim, admin: scim.patch(admin, op("Replace", "active", "False")),
        lambda scim, admin: scim.put(path_of(admin), user(admin.login, active=False)),
        lambda scim, admin: scim.delete(path_of(admin)),
    ],
    ids=["PATCH", "PUT", "DELETE"],
)
@pytest.mark.parametrize("other", [{"blocked": True}, {"password": "!"}], ids=["blocked", "never signed in"])
def test_the_last_admin_who_can_sign_in_cannot_be_blocked(scim, company, unchanged, block, other):
    admin = TeammateFactory(company=company, admin=True)
    TeammateFactory(company=company, admin=True, **other)

    with unchanged("Notice"):
        answer = block(scim, admin)

    assert answer.refusal == (400, None)
    assert "is the last company admin who can sign in" in answer["detail"]
    assert Notice.objects.get(company=company).kind == "last_admin"


# --- DELETE -------------------------------------------------------------------------------------------------------


def test_delete_blocks_and_scim_sees_the_person_no_more(scim, company, events, ada):
    answer = scim.delete(path_of(ada))

    assert answer.status == 204
    ada.refresh_from_db()
    assert (ada.status, licences(company)) == (Status.BLOCKED, 0)
    assert scim.read(ada).status == 404
    assert scim.get("/Users").ids == []
    assert scim.find("/Users", 'userName eq "ada@example.com"')["totalResults"] == 0
    assert scim.find("/Users", "active eq false")["totalResults"] == 0
    assert [event.kind for event in events(about=ada)][:2] == ["teammate.removed_by_idp", "teammate.blocked"]


def test_what_is_deleted_is_404_for_every_method(scim, unchanged, ada):
    scim.delete(path_of(ada))

    with unchanged():
        assert scim.delete(path_of(ada)).status == 404
        assert scim.patch(ada, op("Replace", "active", "True")).status == 404
        assert scim.put(path_of(ada), user()).status == 404


def test_delete_leaves_managed_groups_and_stays_inert_in_the_others(scim, company, ada):
    managed = TeammateGroupFactory(company=company, idp=True, with_members=[ada])
    ours = TeammateGroupFactory(company=company, with_members=[ada])

    scim.delete(path_of(ada))

    assert "members" not in scim.read(managed).body
    assert "members" not in scim.read(ours).body
    assert (managed.memberships.count(), ours.memberships.count()) == (0, 1)
    assert scim.find("/Groups", f'members.value eq "{ada.public_id}"')["totalResults"] == 0


def test_a_removed_person_cannot_be_added_to_a_group(scim, company, unchanged, ada):
    group = TeammateGroupFactory(company=company, idp=True)
    scim.delete(path_of(ada))

    with unchanged():
        assert scim.patch(group, op("Add", "members", [{"value": ada.public_id}])).refusal == (400, "invalidValue")


def test_a_later_post_brings_the_same_person_back_unblocked(scim, company, ada):
    scim.delete(path_of(ada))

    answer = scim.create_user("ADA@example.com", externalId="new", name={"givenName": "Augusta"})

    assert (answer.status, answer["id"], answer["active"]) == (201, ada.public_id, True)
    assert (answer["externalId"], answer["name"]) == ("new", {"givenName": "Augusta"})
    assert licences(company) == 1
    assert company.teammates.count() == 1
    assert scim.read(ada).body == answer.body


def test_coming_back_needs_a_licence(scim, company, ada):
    scim.delete(path_of(ada))
    Company.objects.filter(pk=company.pk).update(licence_count=0)

    assert scim.create_user("ada@example.com").status == 400
    assert scim.read(ada).status == 404


def test_an_admins_unblock_makes_the_person_visible_again(scim, company, ada):
    scim.delete(path_of(ada))

    unblock_teammate(company.pk, ada.pk, actor=SYSTEM)

    assert scim.read(ada)["active"] is True


def test_deleting_a_blocked_person_frees_no_second_licence(scim, company, ada):
    TeammateFactory(company=company)
    scim.patch(ada, op("Replace", "active", "False"))

    scim.delete(path_of(ada))

    assert licences(company) == 1
