"""Groups managed here and by the identity provider: who may change what (the SCIM side is in tests/scim)."""

import pytest

from teammates.errors import (
    GroupIsManaged,
    GroupNameTaken,
    GroupSyncDisabled,
    InvalidValue,
    NotFoundInCompany,
    UnknownMembers,
)
from teammates.models import Company, Event, Management, Membership, Notice, Plan, Status, TeammateGroup
from teammates.services.companies import update_company
from teammates.services.departures import delete_teammate, remove_by_idp
from teammates.services.groups import create_group, delete_group, update_group
from teammates.services.members import MemberChange, remove_unconfirmed_members
from tests.factories import MembershipFactory, TeammateFactory, TeammateGroupFactory, make_crowd
from tests.teammates.actors import ADMIN, API, STAFF, SYSTEM, idp

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(company):
    return TeammateFactory(company=company)


@pytest.fixture
def managed(company, ada):
    return TeammateGroupFactory(
        company=company, idp=True, name="Support", description="From the IdP", description_from_idp=True,
        with_members=[ada],
    )  # fmt: skip


def members(group):
    return set(group.memberships.values_list("teammate_id", flat=True))


CHANGES = {
    "rename": ({"name": "Other"}, ()),
    "describe": ({"description": "Other"}, ()),
    "add a member": ({}, [MemberChange(add=["{new}"])]),
    "remove a member": ({}, [MemberChange(remove=["{ada}"])]),
    "replace the members": ({}, [MemberChange(replace=True, add=["{new}"])]),
    "add nobody": ({}, [MemberChange()]),
}


@pytest.mark.parametrize("actor", [ADMIN, API, STAFF, SYSTEM], ids=lambda actor: actor.kind)
@pytest.mark.parametrize("change", CHANGES)
def test_a_managed_group_is_locked_for_everybody_but_the_identity_provider(company, ada, managed, actor, change):
    fields, steps = CHANGES[change]
    names = {"{new}": TeammateFactory(company=company).public_id, "{ada}": ada.public_id}
    steps = [
        MemberChange(step.replace, [names[i] for i in step.add], [names[i] for i in step.remove]) for step in steps
    ]

    with pytest.raises(GroupIsManaged, match=r"managed by your identity provider.*Change it in"):
        update_group(company, managed.pk, fields, steps, actor=actor)

    managed.refresh_from_db()
    assert (managed.name, managed.description, members(managed)) == ("Support", "From the IdP", {ada.pk})


def test_a_managed_group_cannot_be_deleted_here(company, managed):
    with pytest.raises(GroupIsManaged, match="it cannot be deleted"):
        delete_group(company, managed.pk, actor=ADMIN)

    assert TeammateGroup.objects.filter(pk=managed.pk).exists()


def test_the_description_of_a_managed_group_is_open_until_the_identity_provider_sends_one(company):
    group = TeammateGroupFactory(company=company, idp=True)

    update_group(company, group.pk, {"description": "Written here"}, actor=ADMIN)
    update_group(company, group.pk, {"description": "From the IdP"}, actor=idp())

    with pytest.raises(GroupIsManaged, match="its description cannot be changed"):
        update_group(company, group.pk, {"description": "Written here again"}, actor=ADMIN)


@pytest.mark.parametrize("override", [True, False])
@pytest.mark.parametrize("plan", [Plan.STARTER, Plan.SCALE])
@pytest.mark.parametrize("sync", [True, False])
@pytest.mark.parametrize("management", Management.values)
def test_a_query_and_a_group_agree_on_who_manages_it(company, management, sync, plan, override):
    Company.objects.filter(pk=company.pk).update(group_sync_enabled=sync, plan=plan, scim_override=override)
    group = TeammateGroupFactory(company=company, management=management)
    group.refresh_from_db()

    assert TeammateGroup.objects.idp_managed().contains(group) == group.is_idp_managed
    assert TeammateGroup.objects.managed_here().contains(group) != group.is_idp_managed


def test_turning_sync_off_opens_managed_groups_and_keeps_everything(company, ada, managed):
    update_company(company.pk, {"group_sync_enabled": False}, actor=ADMIN)
    company.refresh_from_db()

    managed.refresh_from_db()
    assert managed.management == Management.DORMANT
    assert members(managed) == {ada.pk}
    update_group(company, managed.pk, {"name": "Ours"}, [MemberChange(remove=[ada.public_id])], actor=ADMIN)
    delete_group(company, managed.pk, actor=ADMIN)


def test_turning_sync_on_again_leaves_groups_open_until_the_identity_provider_writes(company, managed):
    for enabled in (False, True):
        update_company(company.pk, {"group_sync_enabled": enabled}, actor=ADMIN)
    company.refresh_from_db()

    update_group(company, managed.pk, {"description": "Ours"}, actor=ADMIN)
    update_group(company, managed.pk, {"external_id": "object-1"}, actor=idp())

    with pytest.raises(GroupIsManaged):
        update_group(company, managed.pk, {"name": "Ours"}, actor=ADMIN)


def test_the_identity_provider_cannot_write_groups_while_sync_is_off(company, managed):
    Company.objects.filter(pk=company.pk).update(group_sync_enabled=False)
    company.refresh_from_db()

    for write in (
        lambda: create_group(company, TeammateGroup(name="New"), actor=idp()),
        lambda: update_group(company, managed.pk, {"name": "New"}, actor=idp()),
        lambda: delete_group(company, managed.pk, actor=idp()),
    ):
        with pytest.raises(GroupSyncDisabled, match=r"A company admin can turn it on.*or turn off group provisioning"):
            write()


def test_a_plan_without_provisioning_opens_managed_groups(company, managed):
    Company.objects.filter(pk=company.pk).update(plan=Plan.STARTER)
    company.refresh_from_db()

    update_group(company, managed.pk, {"name": "Ours"}, actor=ADMIN)

    managed.refresh_from_db()
    assert (managed.name, managed.management) == ("Ours", Management.IDP)


@pytest.mark.parametrize("taken", ["support", " Support ", "SUPPORT"])
def test_a_name_is_unique_whatever_its_case_and_spaces(company, taken):
    TeammateGroupFactory(company=company, name="Support")
    other = TeammateGroupFactory(company=company, name="Other")

    with pytest.raises(GroupNameTaken):
        create_group(company, TeammateGroup(name=taken), actor=ADMIN)
    with pytest.raises(GroupNameTaken):
        update_group(company, other.pk, {"name": taken}, actor=ADMIN)

    assert TeammateGroup.objects.filter(company=company).count() == 2


@pytest.mark.parametrize("name", ["", "   "])
def test_a_group_needs_a_name(company, name):
    group = TeammateGroupFactory(company=company)

    with pytest.raises(InvalidValue):
        create_group(company, TeammateGroup(name=name), actor=ADMIN)
    with pytest.raises(InvalidValue):
        update_group(company, group.pk, {"name": name}, actor=ADMIN)


def test_somebody_unknown_or_of_another_company_undoes_the_whole_change(company, other_company, ada):
    group = TeammateGroupFactory(company=company, name="Support")
    deleted = TeammateFactory(company=company, status=Status.DELETED)
    new = TeammateFactory(company=company)

    for stranger in (TeammateFactory(company=other_company).public_id, deleted.public_id, "tea_zzzz", "nonsense", "\0"):
        with pytest.raises(UnknownMembers, match=stranger):
            update_group(company, group.pk, {"name": "X"}, [MemberChange(add=[new.public_id, stranger])], actor=ADMIN)

    group.refresh_from_db()
    assert (group.name, members(group)) == ("Support", set())


def test_adding_a_member_twice_or_removing_a_stranger_changes_nothing(company, ada):
    group = TeammateGroupFactory(company=company, with_members=[ada])
    stranger = TeammateFactory(company=company)
    before = TeammateGroup.objects.filter(pk=group.pk).values().get()

    update_group(company, group.pk, {}, [MemberChange(add=[ada.public_id, ada.public_id])], actor=ADMIN)
    update_group(company, group.pk, {}, [MemberChange(remove=[stranger.public_id, "tea_zz", "x"])], actor=ADMIN)

    assert TeammateGroup.objects.filter(pk=group.pk).values().get() == before
    assert not Event.objects.exists()


def test_another_companys_group_does_not_exist(company, other_company):
    group = TeammateGroupFactory(company=other_company)

    for write in (update_group, delete_group, remove_unconfirmed_members):
        with pytest.raises(NotFoundInCompany):
            write(company, group.pk, *([{"name": "X"}] if write is update_group else []), actor=ADMIN)


def test_unconfirmed_members_can_be_removed_from_a_managed_group_and_nobody_else(company, ada, managed):
    left_over = MembershipFactory(group=managed, teammate=TeammateFactory(company=company)).teammate

    remove_unconfirmed_members(company, managed.pk, actor=ADMIN)

    assert members(managed) == {ada.pk}
    event = Event.objects.get(subject=managed.public_id)
    assert event.data["members_removed"] == [left_over.public_id]
    assert event.data["unconfirmed"] is True


def test_some_of_the_unconfirmed_members_can_be_removed(company, ada, managed):
    one, other = (MembershipFactory(group=managed, teammate=TeammateFactory(company=company)).teammate for _ in "12")

    remove_unconfirmed_members(company, managed.pk, actor=ADMIN, only=[one.pk, ada.pk])

    assert members(managed) == {ada.pk, other.pk}


@pytest.mark.parametrize(("size", "gone", "noticed"), [(10, 6, True), (10, 5, False), (9, 9, False), (20, 11, True)])
def test_losing_more_than_half_of_ten_or_more_is_marked(company, size, gone, noticed):
    group = TeammateGroupFactory(company=company, idp=True)
    make_crowd(company, size, group)
    leavers = list(company.teammates.order_by("pk")[:gone])

    update_group(company, group.pk, {}, [MemberChange(remove=[t.public_id for t in leavers])], actor=idp())

    assert Notice.objects.filter(kind="group_shrank", subject=group.public_id).exists() == noticed
    assert Event.objects.get().data.get("shrank_from") == (size if noticed else None)


def test_a_removed_person_leaves_managed_groups_and_stays_inert_in_the_others(company, ada, managed):
    ours = TeammateGroupFactory(company=company, with_members=[ada])

    remove_by_idp(company.pk, ada.pk, actor=idp())

    assert members(managed) == set()
    assert members(ours) == {ada.pk}
    assert not Membership.objects.effective().filter(group=ours).exists()
    assert not Membership.objects.visible_to_idp().filter(group=ours).exists()


def test_a_deleted_person_leaves_all_groups(company, ada, managed):
    ours = TeammateGroupFactory(company=company, with_members=[ada])

    delete_teammate(company.pk, ada.pk, actor=ADMIN)

    assert members(managed) == members(ours) == set()


def test_a_blocked_person_stays_a_member_without_effect(company, managed):
    blocked = TeammateFactory(company=company, blocked=True)

    update_group(company, managed.pk, {}, [MemberChange(add=[blocked.public_id])], actor=idp())

    assert blocked.pk in members(managed)
    assert not Membership.objects.effective().filter(teammate=blocked).exists()
