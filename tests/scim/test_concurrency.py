"""Many clients at once: no licence too many, no lost member, no second person, no deadlock, no server error.

Each worker is a thread with a connection and a client of its own, and all begin at the same moment.
"""

import threading
from collections import Counter

import pytest
from django.db import connection

from teammates.models import Company, Membership, Status, Teammate
from tests.factories import CompanyFactory, TeammateFactory, TeammateGroupFactory
from tests.scim.door import Door, members, op, path_of, user

pytestmark = pytest.mark.django_db(transaction=True)

WORKERS = 20


@pytest.fixture
def company(transactional_db):
    return CompanyFactory(licence_count=200)


@pytest.fixture
def at_once(company):
    """Does one piece of work in each of as many threads; their results, and no exception goes unseen."""
    token = Door.of(company).token

    def run(*pieces):
        start = threading.Barrier(len(pieces), timeout=60)
        results, failures = [None] * len(pieces), []

        def work(number, piece):
            try:
                door = Door(token)
                start.wait()
                results[number] = piece(door)
            except BaseException as error:
                failures.append(error)
            finally:
                connection.close()

        threads = [threading.Thread(target=work, args=pair) for pair in enumerate(pieces)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        if failures:
            raise failures[0]
        assert not any(thread.is_alive() for thread in threads)
        return results

    return run


def statuses(answers):
    return Counter(answer.status for answer in answers)


def deadlocks():
    """How many deadlocks the database resolved so far; each would have been a request run again."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return cursor.fetchone()[0]


def consistent(company):
    """Whether the count of licences is what the people say."""
    company.refresh_from_db()
    return company.licences_used == company.teammates.filter(status=Status.ACTIVE).count() <= company.licence_count


def test_five_licences_left_make_five_of_twenty_creations(company, at_once):
    TeammateFactory.create_batch(3, company=company)
    Company.objects.filter(pk=company.pk).update(licence_count=8)

    answers = at_once(*[lambda door, n=n: door.create_user(f"new{n}@example.com") for n in range(WORKERS)])

    assert statuses(answers) == {201: 5, 400: 15}
    assert consistent(company)
    assert company.licences_used == 8
    assert company.teammates.count() == 8


def test_unblocking_and_creating_compete_for_the_same_licences(company, at_once):
    blocked = TeammateFactory.create_batch(10, company=company, blocked=True)
    Company.objects.filter(pk=company.pk).update(licence_count=5)

    answers = at_once(
        *[lambda door, b=b: door.patch(b, op("Replace", "active", "True")) for b in blocked],
        *[lambda door, n=n: door.create_user(f"new{n}@example.com") for n in range(10)],
    )

    assert statuses(answers)[400] == 15
    assert consistent(company)
    assert company.licences_used == 5


def test_a_licence_that_is_freed_meanwhile_is_given_once(company, at_once):
    leavers = TeammateFactory.create_batch(5, company=company)
    Company.objects.filter(pk=company.pk).update(licence_count=5)

    answers = at_once(
        *[lambda door, t=t: door.patch(t, op("Replace", "active", "False")) for t in leavers],
        *[lambda door, n=n: door.create_user(f"new{n}@example.com") for n in range(10)],
    )

    assert consistent(company)
    assert statuses(answers)[200] == 5
    assert company.licences_used == statuses(answers)[201] <= 5


def test_blocking_one_person_many_times_at_once_frees_one_licence(company, at_once):
    TeammateFactory(company=company)
    ada = TeammateFactory(company=company)

    answers = at_once(*[lambda door: door.patch(ada, op("Replace", "active", "False"))] * 10)

    assert statuses(answers) == {200: 10}
    assert consistent(company)
    assert company.licences_used == 1


def test_a_company_that_adds_licences_counts_right(company, at_once):
    Company.objects.filter(pk=company.pk).update(licence_count=0, licence_policy="add")

    answers = at_once(*[lambda door, n=n: door.create_user(f"new{n}@example.com") for n in range(WORKERS)])

    assert statuses(answers) == {201: WORKERS}
    assert consistent(company)
    assert company.licence_count == WORKERS


def test_one_user_name_makes_one_person(company, at_once):
    spellings = ["ada@example.com", "ADA@example.com", "Ada@Example.com"]

    answers = at_once(*[lambda door, n=n: door.create_user(spellings[n % 3]) for n in range(12)])

    assert statuses(answers) == {201: 1, 409: 11}
    assert consistent(company)
    assert company.teammates.count() == 1


def test_similar_logins_get_aliases_of_their_own(company, at_once):
    answers = at_once(*[lambda door, n=n: door.create_user(f"ada@host{n}.example") for n in range(12)])

    assert statuses(answers) == {201: 12}
    assert len(set(company.teammates.values_list("username", flat=True))) == 12


def test_one_group_name_makes_one_group(company, at_once):
    answers = at_once(*[lambda door: door.create_group("Support")] * 10)

    assert statuses(answers) == {201: 1, 409: 9}
    assert company.groups.count() == 1


def test_two_renames_to_one_name_leave_one(company, at_once):
    groups = TeammateGroupFactory.create_batch(6, company=company, idp=True)

    answers = at_once(*[lambda door, g=g: door.patch(g, op("Replace", "displayName", "Support")) for g in groups])

    assert statuses(answers) == {204: 1, 409: 5}


def test_members_added_and_removed_at_once_are_exactly_the_right_ones(company, at_once):
    stay, leave, come = (TeammateFactory.create_batch(n, company=company) for n in (5, 10, 10))
    group = TeammateGroupFactory(company=company, idp=True, with_members=[*stay, *leave])

    answers = at_once(
        *[lambda door, t=t: door.patch(group, op("Add", "members", members(t))) for t in come],
        *[lambda door, t=t: door.patch(group, op("remove", f'members[value eq "{t.public_id}"]')) for t in leave[:5]],
        *[lambda door, t=t: door.patch(group, op("Remove", "members", members(t))) for t in leave[5:]],
    )

    assert statuses(answers) == {204: WORKERS}
    assert set(Membership.objects.values_list("teammate_id", flat=True)) == {t.pk for t in [*stay, *come]}
    group.refresh_from_db()
    assert group.version == 1 + WORKERS


def test_a_group_of_one_name_is_adopted_once_and_loses_nobody(company, at_once):
    people = TeammateFactory.create_batch(8, company=company)
    group = TeammateGroupFactory(company=company, name="Support")

    answers = at_once(
        lambda door: door.create_group("Support"),
        *[lambda door, t=t: door.patch(group, op("Add", "members", members(t))) for t in people],
    )

    assert statuses(answers)[204] == 8
    assert group.memberships.count() == 8


def test_changes_of_different_attributes_are_all_kept(company, at_once):
    ada = TeammateFactory(company=company)
    names = ["title", "nickName", "locale", "timezone", "userType", "preferredLanguage", "displayName", "externalId"]

    answers = at_once(*[lambda door, name=name: door.patch(ada, op("Replace", name, f"new {name}")) for name in names])

    assert statuses(answers) == {200: 8}
    body = Door.of(company).read(ada).body
    assert {name: body[name] for name in names} == {name: f"new {name}" for name in names}
    assert body["meta"]["version"] == f'W/"{1 + len(names)}"'


def test_of_many_writers_that_read_one_version_one_succeeds(company, at_once):
    ada = TeammateFactory(company=company)

    answers = at_once(
        *[lambda door, n=n: door.patch(ada, op("Replace", "title", f"{n}"), if_match='W/"1"') for n in range(10)]
    )

    assert statuses(answers) == {200: 1, 412: 9}


def test_two_last_admins_cannot_both_go(company, at_once):
    admins = TeammateFactory.create_batch(4, company=company, admin=True)
    TeammateFactory(company=company, admin=True, password="!")  # cannot sign in, so takes nobody's place

    answers = at_once(*[lambda door, a=a: door.patch(a, op("Replace", "active", "False")) for a in admins])

    assert statuses(answers) == {200: 3, 400: 1}
    assert company.teammates.filter(status=Status.ACTIVE, is_company_admin=True).with_password().count() == 1


def test_nothing_deadlocks_when_people_groups_and_licences_change_at_once(company, at_once):
    """Removals lock groups and people, member changes lock groups, blocks lock people: in one order all of them."""
    people = TeammateFactory.create_batch(12, company=company)
    groups = TeammateGroupFactory.create_batch(4, company=company, idp=True, with_members=people)
    ids = [person.public_id for person in people]

    before = deadlocks()

    def rounds(piece):
        return lambda door: [piece(door, n) for n in range(6)]

    batches = at_once(
        rounds(lambda door, n: door.patch(groups[n % 4], op("Replace", "members", members(*people[6:])))),
        rounds(lambda door, n: door.patch(groups[3 - n % 4], op("Add", "members", members(*reversed(people[6:]))))),
        rounds(lambda door, n: door.patch(groups[n % 4], op("Remove", "members", members(*ids[:6])))),
        rounds(lambda door, n: door.delete(path_of(people[n]))),
        rounds(lambda door, n: door.create_user(people[n].login)),
        rounds(lambda door, n: door.patch(people[6 + n], op("Replace", "active", "False"))),
        rounds(lambda door, n: door.patch(people[11 - n], op("Replace", "active", "True"))),
        rounds(lambda door, n: door.put(path_of(people[6 + n]), user(people[6 + n].login, title=str(n)))),
        rounds(lambda door, n: door.get("/Groups", {"count": 10})),
    )

    seen = statuses(answer for batch in batches for answer in batch)
    assert set(seen) <= {200, 201, 204, 404, 409}
    assert consistent(company)
    assert Teammate.objects.filter(company=company).count() == 12
    assert deadlocks() == before
