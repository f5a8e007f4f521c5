"""Every teammate who is neither blocked nor deleted takes one licence, admins too."""

import pytest

from teammates.errors import InvalidValue, NoLicenceLeft
from teammates.models import Event, LicencePolicy, Notice, Status, Teammate
from teammates.sentences import sentence
from teammates.services import departures, teammates
from teammates.services.companies import update_company
from teammates.services.licences import recount_licences
from tests.factories import CompanyFactory, TeammateFactory
from tests.teammates.actors import ADMIN, STAFF, idp

pytestmark = pytest.mark.django_db


def licences(company):
    company.refresh_from_db()
    return company.licences_used, company.licence_count


def create(company, login="ada@example.com", **fields):
    return teammates.create_teammate(Teammate(company=company, login=login, **fields), actor=idp())


@pytest.fixture
def full():
    """A company with one licence, which is taken."""
    company = CompanyFactory(licence_count=1)
    TeammateFactory(company=company)
    return company


def test_a_new_teammate_takes_a_licence():
    company = CompanyFactory(licence_count=2)

    create(company)

    assert licences(company) == (1, 2)


def test_a_company_admin_takes_a_licence_like_anybody():
    company = CompanyFactory(licence_count=2)

    create(company, is_company_admin=True)

    assert licences(company) == (1, 2)


def test_somebody_created_as_blocked_takes_none(full):
    created = create(full, status=Status.BLOCKED)

    assert created.status == Status.BLOCKED
    assert licences(full) == (1, 1)


def test_nobody_is_created_when_every_licence_is_taken(full):
    with pytest.raises(NoLicenceLeft, match=r"No licence is left \(1 of 1 are in use\).*can block somebody"):
        create(full)

    assert full.teammates.count() == 1
    assert licences(full) == (1, 1)


def test_unblocking_makes_the_same_check(full):
    blocked = TeammateFactory(company=full, blocked=True)

    with pytest.raises(NoLicenceLeft):
        teammates.unblock_teammate(full.pk, blocked.pk, actor=ADMIN)

    blocked.refresh_from_db()
    assert blocked.status == Status.BLOCKED
    assert licences(full) == (1, 1)


def test_bringing_back_somebody_the_identity_provider_removed_makes_the_same_check(full):
    gone = TeammateFactory(company=full, login="ada@example.com", blocked=True)
    departures.remove_by_idp(full.pk, gone.pk, actor=idp())

    with pytest.raises(NoLicenceLeft):
        create(full, "ada@example.com")

    gone.refresh_from_db()
    assert gone.removed_by_idp_at is not None


def test_the_admins_are_told_that_no_licence_is_left_once_and_how_often(full):
    for _ in range(3):
        with pytest.raises(NoLicenceLeft):
            create(full)

    notice = Notice.objects.get(company=full)
    assert (notice.kind, notice.times, notice.closed_at) == ("no_licence", 3, None)
    assert "No licence is left (1 of 1 are in use)" in notice.text


def test_blocking_frees_the_licence_for_somebody_else(full):
    teammates.block_teammate(full.pk, full.teammates.get().pk, actor=idp())

    assert licences(full) == (0, 1)
    create(full)
    assert licences(full) == (1, 1)


@pytest.mark.parametrize("leave", [departures.remove_by_idp, departures.delete_teammate, teammates.block_teammate])
def test_whoever_leaves_frees_one_licence_and_no_more(full, leave):
    leaver = TeammateFactory(company=full, blocked=True)
    active = full.teammates.exclude(pk=leaver.pk).get()

    for teammate in (leaver, active):
        leave(full.pk, teammate.pk, actor=idp())

    assert licences(full) == (0, 1)


def test_blocking_twice_frees_one_licence(full):
    TeammateFactory(company=full.__class__.objects.get(pk=full.pk), blocked=True)
    active = full.teammates.get(status=Status.ACTIVE)

    for _ in range(2):
        teammates.block_teammate(full.pk, active.pk, actor=idp())

    assert licences(full) == (0, 1)


def test_a_company_that_adds_licences_automatically_never_refuses(full):
    update_company(full.pk, {"licence_policy": LicencePolicy.ADD}, actor=ADMIN)

    create(full)
    teammates.unblock_teammate(full.pk, TeammateFactory(company=full, blocked=True).pk, actor=ADMIN)

    assert licences(full) == (3, 3)
    assert not Notice.objects.filter(company=full).exists()


def test_adding_automatically_uses_free_licences_first():
    company = CompanyFactory(licence_count=5, licence_policy=LicencePolicy.ADD)

    create(company)

    assert licences(company) == (1, 5)
    assert not Event.objects.filter(kind="company.licence_added").exists()


@pytest.mark.parametrize("act", ["create", "unblock"])
def test_a_licence_that_was_added_is_an_event_that_says_for_whom(full, act):
    update_company(full.pk, {"licence_policy": LicencePolicy.ADD}, actor=ADMIN)

    if act == "create":
        person = create(full, display_name="Ada Lovelace")
    else:
        person = TeammateFactory(company=full, blocked=True, display_name="Ada Lovelace")
        teammates.unblock_teammate(full.pk, person.pk, actor=idp())

    event = Event.objects.get(kind="company.licence_added")
    assert sentence(event.kind, event.subject_name, event.data) == "A licence was added for Ada Lovelace: 2 in all"
    assert (event.subject, event.actor_kind, event.data["teammate"]) == (full.public_id, "idp", person.public_id)


def test_a_licence_for_somebody_who_was_not_created_after_all_leaves_no_event(full):
    update_company(full.pk, {"licence_policy": LicencePolicy.ADD}, actor=ADMIN)

    def fail(created):
        raise InvalidValue("template", "The template cannot be applied.")

    with pytest.raises(InvalidValue):
        teammates.create_teammate(Teammate(company=full, login="a@example.com"), actor=idp(), then=fail)

    assert not Event.objects.filter(kind="company.licence_added").exists()


def test_licences_in_use_cannot_be_taken_away():
    company = CompanyFactory(licence_count=5)
    TeammateFactory.create_batch(3, company=company)

    with pytest.raises(InvalidValue, match="3 teammates use a licence"):
        update_company(company.pk, {"licence_count": 2}, actor=STAFF, reason="downgrade")

    assert licences(company) == (3, 5)


def test_refusing_again_takes_as_many_licences_as_are_in_use(full):
    update_company(full.pk, {"licence_policy": LicencePolicy.ADD}, actor=ADMIN)
    create(full)

    update_company(full.pk, {"licence_policy": LicencePolicy.REFUSE}, actor=ADMIN)

    with pytest.raises(NoLicenceLeft):
        create(full, "grace@example.com")


def test_a_refused_creation_by_template_or_otherwise_takes_no_licence(full):
    """A failure after the licence was taken gives it back, because it is one transaction."""
    update_company(full.pk, {"licence_count": 2}, actor=STAFF, reason="more")

    def fail(created):
        raise InvalidValue("template", "The template cannot be applied.")

    with pytest.raises(InvalidValue):
        teammates.create_teammate(Teammate(company=full, login="a@example.com"), actor=idp(), then=fail)

    assert licences(full) == (1, 2)


def test_the_licences_of_one_company_are_not_those_of_another(full):
    other = CompanyFactory(licence_count=1)

    create(other)

    assert (licences(full), licences(other)) == ((1, 1), (1, 1))


def test_a_recount_sets_the_count_from_the_people():
    company = CompanyFactory(licence_count=5)
    TeammateFactory.create_batch(2, company=company)
    TeammateFactory(company=company, blocked=True)
    type(company).objects.filter(pk=company.pk).update(licences_used=5)

    recount_licences(company.pk)

    assert licences(company) == (2, 5)
