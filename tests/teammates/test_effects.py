"""What the worker does after events, read from the database: nothing is lost, nothing happens twice."""

import threading

import pytest
from django.core.cache import cache
from django.db import connection

from teammates.models import Event, InboxAccess
from teammates.services import effects, events
from teammates.services.access import set_grants
from teammates.services.departures import delete_teammate, remove_by_idp
from teammates.services.groups import delete_group, update_group
from teammates.services.members import MemberChange, remove_unconfirmed_members
from teammates.tasks import drain_events
from tests.factories import (
    AccessGrantFactory,
    CompanyFactory,
    InboxFactory,
    MembershipFactory,
    TeammateFactory,
    TeammateGroupFactory,
    WorkspaceFactory,
    make_crowd,
)
from tests.teammates.actors import ADMIN, idp

pytestmark = pytest.mark.django_db


@pytest.fixture
def inbox(company):
    return InboxFactory(company=company)


@pytest.fixture
def ada(company):
    return TeammateFactory(company=company)


@pytest.fixture
def team(company, inbox):
    """An IdP-managed group that reaches the inbox."""
    group = TeammateGroupFactory(company=company, idp=True)
    AccessGrantFactory(group=group, inbox=inbox)
    return group


def reach(inbox):
    return set(inbox.access.values_list("teammate_id", flat=True))


def test_a_new_member_reaches_the_inboxes_of_the_group(company, inbox, ada, team):
    update_group(company, team.pk, {}, [MemberChange(add=[ada.public_id])], actor=idp())
    assert reach(inbox) == set()

    assert effects.drain_events() == 1

    assert reach(inbox) == {ada.pk}
    assert not Event.objects.pending().exists()


def test_somebody_who_left_reaches_them_no_more(company, inbox, ada, team):
    update_group(company, team.pk, {}, [MemberChange(add=[ada.public_id])], actor=idp())
    effects.drain_events()

    update_group(company, team.pk, {}, [MemberChange(remove=[ada.public_id])], actor=idp())
    effects.drain_events()

    assert reach(inbox) == set()


LEAVING = {
    "the group is deleted": lambda company, ada, team: delete_group(company, team.pk, actor=idp()),
    "the identity provider removes them": lambda company, ada, team: remove_by_idp(company.pk, ada.pk, actor=idp()),
    "they are deleted": lambda company, ada, team: delete_teammate(company.pk, ada.pk, actor=ADMIN),
    "unconfirmed members are removed": lambda company, ada, team: remove_unconfirmed_members(
        company, team.pk, actor=ADMIN
    ),
    "the group loses the access": lambda company, ada, team: set_grants(team, [], [], actor=ADMIN),
    "the members are replaced": lambda company, ada, team: update_group(
        company, team.pk, {}, [MemberChange(replace=True)], actor=idp()
    ),
}


@pytest.mark.parametrize("how", LEAVING)
def test_access_is_lost_when(company, inbox, ada, team, how):
    MembershipFactory(group=team, teammate=ada, confirmed=False)
    effects.recompute_access(company.pk)
    assert reach(inbox) == {ada.pk}

    LEAVING[how](company, ada, team)
    effects.drain_events()

    assert reach(inbox) == set()


def test_a_change_of_more_members_than_an_event_names_is_worked_out_for_everybody(company, inbox, team, monkeypatch):
    monkeypatch.setattr("teammates.services.members.MEMBERS_IN_EVENT", 2)
    make_crowd(company, 5)
    crowd = list(company.teammates.all())

    update_group(company, team.pk, {}, [MemberChange(add=[t.public_id for t in crowd])], actor=idp())
    effects.drain_events()

    assert reach(inbox) == {teammate.pk for teammate in crowd}


def test_draining_again_does_nothing(company, inbox, ada, team):
    update_group(company, team.pk, {}, [MemberChange(add=[ada.public_id])], actor=idp())

    assert (effects.drain_events(), effects.drain_events()) == (1, 0)
    assert reach(inbox) == {ada.pk}


def test_doing_an_event_a_second_time_is_harmless(company, inbox, ada, team):
    update_group(company, team.pk, {}, [MemberChange(add=[ada.public_id])], actor=idp())
    (event,) = Event.objects.pending()

    for _ in range(2):
        effects._apply(company.pk, [event])

    assert reach(inbox) == {ada.pk}


def test_events_of_old_work_even_when_the_world_moved_on(company, inbox, ada, team):
    update_group(company, team.pk, {}, [MemberChange(add=[ada.public_id])], actor=idp())
    team.memberships.all().delete()

    effects.drain_events()

    assert reach(inbox) == set()


def test_more_events_than_one_batch_are_all_done(company, monkeypatch):
    monkeypatch.setattr(effects, "BATCH", 3)
    for _ in range(8):
        events.append(company.pk, "access.structure_changed", ADMIN)

    assert effects.drain_events() == 8


def test_a_company_whose_effects_fail_holds_up_no_other(company, other_company, monkeypatch):
    for each in (company, other_company):
        events.append(each.pk, "access.structure_changed", ADMIN)
    real = effects.recompute_access

    def fail_for_one(company_id, *args):
        if company_id == company.pk:
            raise RuntimeError("broken")
        return real(company_id, *args)

    monkeypatch.setattr(effects, "recompute_access", fail_for_one)
    assert effects.drain_events() == 1

    assert [event.company for event in Event.objects.pending()] == [company]
    monkeypatch.undo()
    assert effects.drain_events() == 1


def test_events_without_effects_are_never_pending(company):
    events.append(company.pk, "teammate.updated", ADMIN)

    assert not Event.objects.pending().exists()


def test_the_task_drains(company, inbox, ada, team):
    update_group(company, team.pk, {}, [MemberChange(add=[ada.public_id])], actor=idp())

    drain_events.apply().get()

    assert reach(inbox) == {ada.pk}


def test_many_changes_send_one_nudge(company, ada, team, django_capture_on_commit_callbacks):
    cache.delete(events.NUDGED)
    queue = len_of_queue()

    for step in [MemberChange(add=[ada.public_id]), MemberChange(remove=[ada.public_id])] * 3:
        with django_capture_on_commit_callbacks(execute=True):
            update_group(company, team.pk, {}, [step], actor=idp())

    assert len_of_queue() == queue + 1
    effects.drain_events()
    assert cache.get(events.NUDGED) is None


def len_of_queue():
    from celery import current_app

    with current_app.connection_for_read() as broker:
        return broker.default_channel.client.llen("celery")


@pytest.mark.django_db(transaction=True)
def test_workers_that_drain_at_once_do_each_event_once_and_come_to_the_same():
    company = CompanyFactory()
    workspace = WorkspaceFactory(company=company)
    inboxes = InboxFactory.create_batch(3, company=company, workspace=workspace)
    people = TeammateFactory.create_batch(6, company=company)
    groups = TeammateGroupFactory.create_batch(6, company=company, idp=True)
    for number, group in enumerate(groups):
        AccessGrantFactory(group=group, inbox=inboxes[number % 3])
        for person in people:
            update_group(company, group.pk, {}, [MemberChange(add=[person.public_id])], actor=idp())
    done, start = [], threading.Barrier(4)

    def work():
        try:
            start.wait()
            done.append(effects.drain_events())
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert sum(done) == 36
    assert len(done) == 4
    assert InboxAccess.objects.filter(company=company).count() == 18
