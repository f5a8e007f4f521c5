"""Who reaches which inbox: the union of own, template and group grants, worked out after the events."""

import pytest

from teammates.models import GrantSource, InboxAccess, Status
from teammates.services.access import recompute_access, set_grants
from tests.factories import (
    AccessGrantFactory,
    InboxAccessFactory,
    InboxFactory,
    MembershipFactory,
    TeammateFactory,
    TeammateGroupFactory,
    WorkspaceFactory,
)
from tests.teammates.actors import ADMIN

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(company):
    return TeammateFactory(company=company)


@pytest.fixture
def support(company):
    """A workspace with two open inboxes and a private one."""
    workspace = WorkspaceFactory(company=company, name="Support")
    workspace.open = InboxFactory.create_batch(2, company=company, workspace=workspace)
    workspace.private = InboxFactory(company=company, workspace=workspace, is_private=True)
    return workspace


def reached(teammate):
    return set(InboxAccess.objects.filter(teammate=teammate).values_list("inbox_id", flat=True))


def pks(*inboxes):
    return {inbox.pk for inbox in inboxes}


def test_a_workspace_reaches_its_open_inboxes_and_not_the_private_ones(company, ada, support):
    AccessGrantFactory(teammate=ada, workspace=support)

    recompute_access(company.pk)

    assert reached(ada) == pks(*support.open)


def test_a_private_inbox_must_be_granted_by_itself(company, ada, support):
    AccessGrantFactory(teammate=ada, inbox=support.private)

    recompute_access(company.pk)

    assert reached(ada) == pks(support.private)


def test_access_is_the_union_of_own_template_and_group_grants(company, ada, support):
    elsewhere = InboxFactory(company=company)
    group = TeammateGroupFactory(company=company, with_members=[ada])
    AccessGrantFactory(teammate=ada, inbox=elsewhere)
    AccessGrantFactory(teammate=ada, inbox=support.private, source=GrantSource.TEMPLATE)
    AccessGrantFactory(group=group, workspace=support)

    recompute_access(company.pk)

    assert reached(ada) == pks(elsewhere, support.private, *support.open)


def test_leaving_a_group_takes_only_what_no_other_grant_gives(company, ada, support):
    first, second = TeammateGroupFactory.create_batch(2, company=company, with_members=[ada])
    AccessGrantFactory(group=first, workspace=support)
    AccessGrantFactory(group=second, inbox=support.open[0])
    recompute_access(company.pk)

    first.memberships.all().delete()
    won, lost = recompute_access(company.pk, [ada.pk])

    assert reached(ada) == pks(support.open[0])
    assert (won, lost) == (0, 1)


def test_repeating_it_changes_nothing(company, ada, support):
    AccessGrantFactory(teammate=ada, workspace=support)

    assert recompute_access(company.pk) == (2, 0)
    assert recompute_access(company.pk) == (0, 0)
    assert recompute_access(company.pk, [ada.pk]) == (0, 0)


def test_some_can_be_worked_out_without_the_others(company, ada, support):
    grace = TeammateFactory(company=company)
    group = TeammateGroupFactory(company=company, with_members=[ada, grace])
    AccessGrantFactory(group=group, workspace=support)

    recompute_access(company.pk, [ada.pk])

    assert reached(ada) == pks(*support.open)
    assert reached(grace) == set()


def test_what_nothing_grants_any_more_is_lost(company, ada):
    stale = InboxAccessFactory(teammate=ada)

    assert recompute_access(company.pk, [ada.pk]) == (0, 1)
    assert not InboxAccess.objects.filter(pk=stale.pk).exists()


def test_a_blocked_teammate_keeps_the_rows_and_has_no_access(company, support):
    blocked = TeammateFactory(company=company, blocked=True)
    AccessGrantFactory(teammate=blocked, workspace=support)

    recompute_access(company.pk)

    assert reached(blocked) == pks(*support.open)
    assert not InboxAccess.objects.effective().filter(teammate=blocked).exists()


def test_a_deleted_teammate_has_none(company, support):
    deleted = TeammateFactory(company=company, status=Status.DELETED)
    AccessGrantFactory(teammate=deleted, workspace=support)

    recompute_access(company.pk)

    assert reached(deleted) == set()


def test_another_companys_access_is_left_alone(company, other_company, ada):
    theirs = InboxAccessFactory(teammate=TeammateFactory(company=other_company))
    AccessGrantFactory(teammate=theirs.teammate, inbox=InboxFactory(company=other_company))

    recompute_access(company.pk)
    recompute_access(company.pk, [theirs.teammate_id])

    assert reached(theirs.teammate) == {theirs.inbox_id}


def test_a_workspace_without_inboxes_reaches_none_until_one_is_made(company, ada):
    workspace = WorkspaceFactory(company=company)
    AccessGrantFactory(teammate=ada, workspace=workspace)
    assert recompute_access(company.pk) == (0, 0)

    inbox = InboxFactory(company=company, workspace=workspace)
    recompute_access(company.pk)

    assert reached(ada) == pks(inbox)


def test_setting_grants_leaves_those_of_the_template(company, ada, support):
    AccessGrantFactory(teammate=ada, inbox=support.private, source=GrantSource.TEMPLATE)
    AccessGrantFactory(teammate=ada, workspace=support)

    set_grants(ada, [], [support.open[0]], actor=ADMIN)
    recompute_access(company.pk)

    assert reached(ada) == pks(support.private, support.open[0])


def test_access_to_a_managed_group_can_be_granted_here(company, ada, support):
    group = TeammateGroupFactory(company=company, idp=True, with_members=[ada])

    set_grants(group, [support], [], actor=ADMIN)
    recompute_access(company.pk)

    assert reached(ada) == pks(*support.open)


def test_whoever_joins_a_group_reaches_what_it_reaches(company, ada, support):
    group = TeammateGroupFactory(company=company)
    AccessGrantFactory(group=group, workspace=support)
    MembershipFactory(group=group, teammate=ada)

    recompute_access(company.pk, [ada.pk])

    assert reached(ada) == pks(*support.open)
