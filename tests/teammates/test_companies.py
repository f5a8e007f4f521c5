"""A company's settings: what the plan allows, what changes with group sync, and what is told of it."""

import pytest

from teammates.errors import InvalidValue
from teammates.models import Company, Event, LicencePolicy, Management, Plan
from teammates.services.companies import ADMIN_SETTINGS, STAFF_SETTINGS, create_company, update_company
from tests.factories import TeammateFactory, TeammateGroupFactory
from tests.teammates.actors import ADMIN, STAFF, SYSTEM

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("plan", "override", "allowed"),
    [
        (Plan.STARTER, False, False),
        (Plan.PROFESSIONAL, False, False),
        (Plan.SCALE, False, True),
        (Plan.ENTERPRISE, False, True),
        (Plan.STARTER, True, True),
    ],
)
def test_provisioning_is_on_scale_and_above_or_where_support_staff_said_so(plan, override, allowed):
    assert Company(plan=plan, scim_override=override).scim_allowed is allowed


def test_a_new_company_has_sync_off_and_refuses_when_full(db):
    company = create_company("Initech", "initech", plan=Plan.SCALE, licences=5, actor=SYSTEM)

    assert (company.group_sync_enabled, company.single_replace_adds) == (False, False)
    assert (company.licence_policy, company.licence_count) == (LicencePolicy.REFUSE, 5)
    assert Event.objects.get().kind == "company.created"


def test_plan_override_and_licences_take_support_staff():
    assert {"plan", "scim_override", "licence_count"} <= STAFF_SETTINGS
    assert not {"plan", "scim_override", "licence_count", "licences_used"} & ADMIN_SETTINGS


@pytest.mark.parametrize(("actor", "kind"), [(ADMIN, "teammate"), (STAFF, "staff")])
def test_toggling_group_sync_is_an_event_with_a_name(company, actor, kind):
    update_company(company.pk, {"group_sync_enabled": False}, actor=actor, reason="Trial over")
    update_company(company.pk, {"group_sync_enabled": True}, actor=actor, reason="They asked for it")

    found = list(Event.objects.order_by("pk").values_list("kind", "actor_kind", "actor"))
    assert found == [
        ("company.group_sync_disabled", kind, actor.name),
        ("company.group_sync_enabled", kind, actor.name),
    ]
    assert Event.objects.earliest("pk").data["reason"] == "Trial over"


def test_turning_sync_off_makes_managed_groups_dormant_and_touches_no_others(company, other_company):
    managed = TeammateGroupFactory(company=company, idp=True, external_id="object-1")
    ours = TeammateGroupFactory(company=company)
    theirs = TeammateGroupFactory(company=other_company, idp=True)

    update_company(company.pk, {"group_sync_enabled": False}, actor=ADMIN)

    for group in (managed, ours, theirs):
        group.refresh_from_db()
    assert (managed.management, managed.external_id, managed.version) == (Management.DORMANT, "object-1", 2)
    assert (ours.management, theirs.management) == (Management.FRONT, Management.IDP)
    assert (ours.version, theirs.version) == (1, 1)


def test_nothing_set_is_no_event(company):
    update_company(company.pk, {"group_sync_enabled": True, "name": "Initech"}, actor=ADMIN)

    assert not Event.objects.exists()


def test_a_downgrade_blocks_nobody(company):
    ada = TeammateFactory(company=company)
    group = TeammateGroupFactory(company=company, idp=True, with_members=[ada])

    update_company(company.pk, {"plan": Plan.STARTER}, actor=STAFF, reason="Downgrade")

    ada.refresh_from_db()
    group.refresh_from_db()
    assert ada.is_active
    assert group.management == Management.IDP
    group.company.refresh_from_db()
    assert not group.is_idp_managed


@pytest.mark.parametrize(
    ("changes", "attribute"),
    [
        ({"requests_per_second": 24}, "requests_per_second"),
        ({"requests_per_second": 5_000}, "requests_per_second"),
        ({"masked_attributes": ["phone numbers"]}, "masked_attributes"),
        ({"masked_attributes": [f"a{n}" for n in range(51)]}, "masked_attributes"),
        ({"licence_policy": "whatever"}, "licence_policy"),
        ({"plan": "gold"}, "plan"),
        ({"name": "  "}, "name"),
    ],
)
def test_a_setting_that_cannot_be_changes_nothing(company, changes, attribute):
    with pytest.raises(InvalidValue) as refusal:
        update_company(company.pk, changes, actor=ADMIN)

    assert refusal.value.attribute == attribute
    assert not Event.objects.exists()


def test_support_staff_may_raise_the_limit_above_the_servers_own(company):
    update_company(company.pk, {"requests_per_second": 5_000}, actor=STAFF, reason="A migration")

    company.refresh_from_db()
    assert company.requests_per_second == 5_000
