"""Notices: raised once, closed by people or by the end of what they are about, and never another company's."""

from datetime import timedelta

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from teammates import tasks
from teammates.errors import InvalidValue, LastAdmin, NoLicenceLeft, NotFoundInCompany
from teammates.guidance import guidance
from teammates.models import ApiToken, Company, Event, Notice, NoticeKind, Scope, Status
from teammates.services import departures, groups, notices, teammates, tokens
from teammates.services.companies import update_company
from teammates.services.members import MemberChange, remove_unconfirmed_members
from tests.factories import ApiTokenFactory, CompanyFactory, TeammateFactory, TeammateGroupFactory
from tests.teammates.actors import ADMIN, STAFF, idp

pytestmark = pytest.mark.django_db


def kinds(company: Company) -> list[str]:
    """Of the open notices."""
    return sorted(Notice.objects.filter(company=company, closed_at=None).values_list("kind", flat=True))


def expires(company: Company, **ago_or_in: float) -> ApiToken:
    return ApiTokenFactory.create(company=company, expires_at=timezone.now() + timedelta(**ago_or_in))


# --- conditions ---


def test_a_condition_has_one_notice_however_often_it_is_seen(company):
    for text in ("3 refused", "3 refused", "9 refused"):
        notices.hold([(company.pk, NoticeKind.PROVISIONING_FAILING, "", text)])
    notice = Notice.objects.get()
    assert (notice.text, notice.times) == ("9 refused", 1)


def test_somebody_who_closed_a_condition_is_not_told_again_while_it_goes_on(company):
    condition = (company.pk, NoticeKind.PROVISIONING_FAILING, "", "3 refused")
    notices.hold([condition])
    notices.close_notice(company, Notice.objects.get().pk, actor=ADMIN)
    notices.hold([condition])
    assert kinds(company) == []
    notices.resolve(company.pk, NoticeKind.PROVISIONING_FAILING)
    notices.hold([condition])
    assert kinds(company) == ["provisioning_failing"]


def test_what_is_over_is_closed_as_an_event_by_the_system(company, other_company):
    for each in (company, other_company):
        notices.hold([(each.pk, NoticeKind.PROVISIONING_FAILING, "", "3 refused")])
    notices.resolve(company.pk, NoticeKind.PROVISIONING_FAILING)
    assert (kinds(company), kinds(other_company)) == ([], ["provisioning_failing"])
    event = Event.objects.get()
    assert (event.company, event.kind, event.actor_kind) == (company, "notice.closed", "system")


def test_a_notice_of_another_company_cannot_be_closed(company, other_company):
    notices.raise_notice(other_company.pk, NoticeKind.NO_LICENCE, "Full")
    with pytest.raises(NotFoundInCompany):
        notices.close_notice(company, Notice.objects.get().pk, actor=ADMIN)
    assert kinds(other_company) == ["no_licence"]


# --- licences and admins ---


@pytest.fixture
def full():
    """A company without a licence left, whose admins were told so, and one who has a licence."""
    company = CompanyFactory.create(licence_count=1)
    person = TeammateFactory.create(company=company)
    blocked = TeammateFactory.create(company=company, blocked=True)
    with pytest.raises(NoLicenceLeft):
        teammates.unblock_teammate(company.pk, blocked.pk, actor=ADMIN)
    return company, person


def test_no_licence_stays_open_while_there_is_none(full):
    company, _ = full
    tasks.resolve_notices()
    assert kinds(company) == ["no_licence"]


def test_no_licence_that_was_told_as_one_became_free_closes_within_the_minute(company):
    notices.raise_notice(company.pk, NoticeKind.NO_LICENCE, "Full")
    tasks.resolve_notices()
    assert kinds(company) == []


@pytest.mark.parametrize("leave", [teammates.block_teammate, departures.delete_teammate, departures.remove_by_idp])
def test_no_licence_closes_with_whoever_leaves_one(full, leave):
    company, person = full
    leave(company.pk, person.pk, actor=ADMIN)
    assert kinds(company) == []
    assert Event.objects.filter(company=company, kind="notice.closed").get().data["reason"] == "It is over."


def test_to_leave_a_licence_takes_no_statement_more_when_nobody_was_told(company):
    """One more closes it, one tells of that."""
    first, second = TeammateFactory.create_batch(2, company=company)
    with CaptureQueriesContext(connection) as quiet:
        teammates.block_teammate(company.pk, first.pk, actor=ADMIN)
    notices.raise_notice(company.pk, NoticeKind.NO_LICENCE, "Full")
    with CaptureQueriesContext(connection) as told:
        teammates.block_teammate(company.pk, second.pk, actor=ADMIN)
    assert len(told) - len(quiet) == 4  # with a savepoint around them
    assert not [each for each in quiet if each["sql"].startswith("WITH over")]


def test_more_licences_close_the_notice_at_once():
    company = CompanyFactory.create(licence_count=1)
    TeammateFactory.create(company=company)
    notices.raise_notice(company.pk, NoticeKind.NO_LICENCE, "Full")
    update_company(company.pk, {"licence_count": 2}, actor=STAFF, reason="Bought one")
    assert kinds(company) == ["support_act"]


def test_the_last_admins_notice_closes_when_there_are_two_who_can_sign_in(company, other_company):
    for each in (company, other_company):
        TeammateFactory.create(company=each, admin=True)
        notices.raise_notice(each.pk, NoticeKind.LAST_ADMIN, "The last")
    TeammateFactory.create(company=other_company, admin=True, status=Status.BLOCKED)
    TeammateFactory.create(company=other_company, admin=True, password="!")
    TeammateFactory.create(company=company, admin=True)
    tasks.resolve_notices()
    assert (kinds(company), kinds(other_company)) == ([], ["last_admin"])


def made_plain(company_id, pk, *, actor):
    teammates.update_teammate(company_id, pk, {"is_company_admin": False}, actor=actor)


@pytest.mark.parametrize(
    ("leave", "tried"),
    [
        (teammates.block_teammate, "block Ada"),
        (departures.delete_teammate, "delete Ada"),
        (made_plain, "make Ada a plain teammate"),
    ],
)
def test_the_last_admins_notice_says_what_was_tried_and_by_whom(company, leave, tried):
    ada = TeammateFactory.create(company=company, admin=True, display_name="Ada")
    with pytest.raises(LastAdmin):
        leave(company.pk, ada.pk, actor=ADMIN)
    notice = Notice.objects.get(company=company)
    assert notice.text.startswith(f"{ADMIN.name} wanted to {tried}")
    assert "identity provider" not in notice.text + guidance(notice).advice


@pytest.mark.parametrize(
    ("leave", "tried"), [(teammates.block_teammate, "block Ada"), (departures.remove_by_idp, "remove Ada")]
)
def test_of_the_identity_provider_it_says_to_keep_them_assigned(company, leave, tried):
    ada = TeammateFactory.create(company=company, admin=True, display_name="Ada")
    with pytest.raises(LastAdmin):
        leave(company.pk, ada.pk, actor=idp())
    text = Notice.objects.get(company=company).text
    assert text.startswith(f"{idp().name} wanted to {tried}: refused. Ada is the")
    assert text.endswith("keep them assigned in the identity provider.")


# --- groups ---


@pytest.fixture
def adopted(company):
    """A group that the identity provider took over, with two members whom it did not name, and its admins told."""
    Company.objects.filter(pk=company.pk).update(group_sync_enabled=True)
    company.refresh_from_db()
    group = TeammateGroupFactory.create(company=company, name="Support")
    ada, bob = TeammateFactory.create_batch(2, company=company)
    groups.update_group(company, group.pk, {}, [MemberChange(add=[ada.public_id, bob.public_id])], actor=ADMIN)
    groups.update_group(company, group.pk, {"external_id": "1"}, actor=idp())
    return group, ada, bob


def test_the_notice_of_a_group_closes_when_the_last_member_is_confirmed(company, adopted):
    group, ada, bob = adopted
    groups.update_group(company, group.pk, {}, [MemberChange(add=[ada.public_id])], actor=idp())
    assert kinds(company) == ["group_adopted"]
    groups.update_group(company, group.pk, {}, [MemberChange(add=[bob.public_id])], actor=idp())
    assert kinds(company) == []


def test_the_notice_of_a_group_closes_when_those_who_waited_are_removed(company, adopted):
    group, *_ = adopted
    remove_unconfirmed_members(company, group.pk, actor=ADMIN)
    assert kinds(company) == []


# --- tokens ---


@pytest.mark.parametrize(
    ("days", "expected"), [(15, []), (13, ["token_expiring"]), (2, ["token_last_days"]), (-1, []), (None, [])]
)
def test_a_token_is_told_of_before_it_expires(company, days, expected):
    if days is None:
        ApiTokenFactory.create(company=company)
    else:
        expires(company, days=days)
    tasks.watch_tokens()
    tasks.watch_tokens()
    assert kinds(company) == expected


def test_the_last_days_take_the_place_of_the_first_warning(company):
    token = expires(company, days=13)
    tasks.watch_tokens()
    ApiToken.objects.filter(pk=token.pk).update(expires_at=timezone.now() + timedelta(days=2))
    tasks.watch_tokens()
    assert kinds(company) == ["token_last_days"]


def test_a_token_that_expired_in_use_is_told_of_until_another_one_is_used(company):
    token = expires(company, hours=-1)
    ApiToken.objects.filter(pk=token.pk).update(last_used_at=timezone.now() - timedelta(hours=2))
    tasks.watch_tokens()
    assert kinds(company) == ["token_expired"]
    ApiTokenFactory.create(company=company, scopes=[Scope.PROVISIONING], last_used_at=timezone.now())
    tasks.watch_tokens()
    assert kinds(company) == ["token_expired"]  # that one cannot do what the expired one did
    ApiTokenFactory.create(company=company, last_used_at=timezone.now())
    tasks.watch_tokens()
    assert kinds(company) == []


@pytest.mark.parametrize("deal", [tokens.rotate_token, tokens.revoke_token])
def test_rotating_or_revoking_ends_the_notice_at_once_and_for_good(company, deal):
    token = expires(company, days=2)
    tasks.watch_tokens()
    deal(company, token.pk, actor=ADMIN)
    assert kinds(company) == []
    tasks.watch_tokens()
    assert kinds(company) == []


def test_many_tokens_cost_as_many_statements_as_few(company):
    expires(company, days=2)
    with CaptureQueriesContext(connection) as few:
        tasks.watch_tokens()
    for _ in range(20):
        expires(CompanyFactory.create(), days=5)
    with CaptureQueriesContext(connection) as many:
        tasks.watch_tokens()
    assert len(many) == len(few) <= 8
    assert Notice.objects.count() == 21


# --- support staff ---


def test_what_support_staff_do_is_told_with_the_reason_and_leads_to_the_event(company, other_company):
    update_company(company.pk, {"scim_override": True}, actor=STAFF, reason="Legacy plan, ticket 5")
    notice = Notice.objects.get()
    assert (notice.company, notice.kind) == (company, "support_act")
    for words in (STAFF.name, "Legacy plan, ticket 5", "SCIM allowed on this plan: off → on"):
        assert words in notice.text
    assert notice.subject == Event.objects.get(kind="company.updated").public_id


def test_each_act_has_a_notice_of_its_own(company):
    gone = TeammateFactory.create(company=company, status=Status.DELETED)
    departures.release_address(company.pk, gone.pk, actor=STAFF, reason="Rehired")
    update_company(company.pk, {"group_sync_enabled": False}, actor=STAFF, reason="They asked")
    assert kinds(company) == ["support_act", "support_act"]


def test_what_the_company_does_itself_is_no_support_act(company):
    update_company(company.pk, {"group_sync_enabled": False}, actor=ADMIN)
    assert kinds(company) == []


@pytest.mark.parametrize("reason", ["", "  "])
def test_support_staff_do_nothing_without_a_reason(company, reason):
    gone = TeammateFactory.create(company=company, status=Status.DELETED)
    with pytest.raises(InvalidValue):
        update_company(company.pk, {"plan": "starter"}, actor=STAFF, reason=reason)
    with pytest.raises(InvalidValue):
        departures.release_address(company.pk, gone.pk, actor=STAFF, reason=reason)
    assert not Event.objects.exists()
    with pytest.raises(ObjectDoesNotExist):
        Notice.objects.get()
