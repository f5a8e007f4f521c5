"""Teammates from whichever door: created, changed, blocked, unblocked, removed, deleted."""

import pytest
from django.contrib.auth.hashers import make_password

from teammates.errors import AddressReserved, InvalidValue, LastAdmin, LoginTaken, NotFoundInCompany, Refusal
from teammates.models import Notice, Source, Status, Teammate
from teammates.services import departures, passwords, sessions, teammates
from tests.factories import (
    PASSWORD,
    AccessGrantFactory,
    InboxFactory,
    SupportFactory,
    TeammateFactory,
    TeammateGroupFactory,
)
from tests.teammates.actors import ADMIN, STAFF, idp

pytestmark = pytest.mark.django_db


def create(company, login="ada@example.com", actor=None, **fields):
    return teammates.create_teammate(Teammate(company=company, login=login, **fields), actor=actor or idp())


@pytest.fixture
def ada(company):
    return TeammateFactory(company=company, login="ada@example.com")


# --- the alias ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("login", "nickname", "alias"),
    [
        ("Ada.Lovelace@example.com", "", "ada_lovelace"),
        ("ada+test@example.com", "", "ada_test"),
        ("ada@example.com", "The Countess", "the_countess"),
        ("x" * 300, "", "x" * 50),
        ("\u4e2d\u6587", "", "teammate"),
        ("__", "", "teammate"),
    ],
)
def test_the_alias_is_derived_once_from_nickname_or_login(company, login, nickname, alias):
    made = create(company, login, profile={"nickName": nickname} if nickname else {})
    assert made.username == alias

    teammates.update_teammate(company.pk, made.pk, {"login": "other@example.com"}, actor=idp())

    made.refresh_from_db()
    assert made.username == alias


def test_an_alias_that_is_taken_gets_a_number(company):
    aliases = [create(company, f"ada@{host}.example").username for host in ("a", "b", "c", "d")]

    assert aliases == ["ada", "ada_2", "ada_3", "ada_4"]


def test_an_alias_of_another_company_is_not_taken(company, other_company):
    assert create(company).username == create(other_company).username == "ada"


# --- one login, one person ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("login", ["ada@example.com", "ADA@EXAMPLE.COM", " ada@example.com"])
@pytest.mark.parametrize("status", [Status.ACTIVE, Status.BLOCKED])
def test_a_login_that_is_there_is_taken_and_no_second_person_made(company, login, status):
    TeammateFactory(company=company, login="ada@example.com", status=status)

    for actor in (idp(), ADMIN):
        with pytest.raises(LoginTaken):
            create(company, login, actor)

    assert company.teammates.count() == 1


def test_the_same_login_in_another_company_is_another_person(company, other_company, ada):
    assert create(other_company).pk != ada.pk


def test_a_deleted_persons_address_stays_reserved_until_support_releases_it(company, ada):
    departures.delete_teammate(company.pk, ada.pk, actor=ADMIN)
    with pytest.raises(AddressReserved, match="Support can release it"):
        create(company)

    departures.release_address(company.pk, ada.pk, actor=STAFF, reason="Rehired")

    assert create(company).pk != ada.pk


def test_the_address_of_somebody_present_cannot_be_released(company, ada):
    with pytest.raises(Refusal, match="is not deleted"):
        departures.release_address(company.pk, ada.pk, actor=STAFF, reason="Mistake")


def test_whom_the_identity_provider_removed_comes_back_as_the_same_person(company, ada):
    group = TeammateGroupFactory(company=company, with_members=[ada])
    AccessGrantFactory(teammate=ada, inbox=InboxFactory(company=company))
    departures.remove_by_idp(company.pk, ada.pk, actor=idp())

    back = create(company, "ADA@example.com", first_name="Augusta")

    assert (back.pk, back.status, back.removed_by_idp_at) == (ada.pk, Status.ACTIVE, None)
    assert (back.login, back.first_name, back.username) == ("ADA@example.com", "Augusta", ada.username)
    assert group.memberships.get().teammate == ada
    assert ada.grants.count() == 1


def test_an_admin_cannot_create_over_somebody_whom_the_identity_provider_removed(company, ada):
    departures.remove_by_idp(company.pk, ada.pk, actor=idp())

    with pytest.raises(LoginTaken):
        create(company, actor=ADMIN)


def test_somebody_added_by_hand_becomes_the_identity_providers_at_its_first_write(company):
    made = create(company, actor=ADMIN)
    assert (made.source, made.emails[0]["value"]) == (Source.HAND, "ada@example.com")

    teammates.update_teammate(company.pk, made.pk, {"active": True}, actor=idp())

    made.refresh_from_db()
    assert (made.source, made.version) == (Source.IDP, 1)


# --- the last admin -----------------------------------------------------------------------------------------------

ENDS_AN_ADMIN = {
    "block": lambda c, t: teammates.block_teammate(c.pk, t.pk, actor=idp()),
    "remove": lambda c, t: departures.remove_by_idp(c.pk, t.pk, actor=idp()),
    "delete": lambda c, t: departures.delete_teammate(c.pk, t.pk, actor=ADMIN),
    "demote": lambda c, t: teammates.update_teammate(c.pk, t.pk, {"is_company_admin": False}, actor=ADMIN),
}


@pytest.mark.parametrize("how", ENDS_AN_ADMIN)
def test_the_last_admin_who_can_sign_in_stays(company, how):
    admin = TeammateFactory(company=company, admin=True)
    TeammateFactory(company=company, admin=True, blocked=True)
    TeammateFactory(company=company)

    with pytest.raises(LastAdmin, match="Make another teammate a company admin first, and wait until they have set"):
        ENDS_AN_ADMIN[how](company, admin)

    admin.refresh_from_db()
    assert (admin.status, admin.is_company_admin, admin.version) == (Status.ACTIVE, True, 1)
    notice = Notice.objects.get(company=company)
    assert (notice.kind, notice.subject) == ("last_admin", admin.public_id)


@pytest.mark.parametrize("how", ENDS_AN_ADMIN)
def test_an_admin_who_is_not_the_last_may_go(company, how):
    admin, _ = TeammateFactory.create_batch(2, company=company, admin=True)

    ENDS_AN_ADMIN[how](company, admin)

    admin.refresh_from_db()
    assert not (admin.is_company_admin and admin.is_active)


@pytest.mark.parametrize("how", ENDS_AN_ADMIN)
@pytest.mark.parametrize("password", ["", make_password(None)], ids=["none", "unusable"])
def test_an_admin_who_has_never_set_a_password_does_not_count(company, how, password):
    admin = TeammateFactory(company=company, admin=True, display_name="Ada")
    TeammateFactory(company=company, admin=True, display_name="Bob", password=password)

    with pytest.raises(LastAdmin) as refused:
        ENDS_AN_ADMIN[how](company, admin)

    assert str(refused.value) == (
        "Ada is the last company admin who can sign in, and can neither be blocked nor removed nor made a plain "
        "teammate. Bob is a company admin and has not set a password yet. Once they have, with the link in the "
        'invitation or with "Forgotten your '
        'password?" on the sign-in page, Ada can go.'
    )


def test_a_refusal_names_some_of_many_who_have_no_password_yet(company):
    admin = TeammateFactory(company=company, admin=True)
    for name in "ABCD":
        TeammateFactory(company=company, admin=True, display_name=name, password="!")

    with pytest.raises(LastAdmin, match="A, B, C and others are company admins and have not set a password yet"):
        teammates.block_teammate(company.pk, admin.pk, actor=idp())


def test_once_they_have_set_their_password_the_other_may_go(company):
    admin, invited = TeammateFactory(company=company, admin=True), TeammateFactory(company=company, password="!")
    teammates.update_teammate(company.pk, invited.pk, {"is_company_admin": True}, actor=ADMIN)
    passwords.set_password(company.pk, invited.pk, "a horse with a battery", actor=ADMIN)

    teammates.block_teammate(company.pk, admin.pk, actor=ADMIN)

    admin.refresh_from_db()
    assert admin.is_blocked


@pytest.mark.parametrize("how", ENDS_AN_ADMIN)
def test_an_admin_who_cannot_sign_in_may_go(company, how):
    TeammateFactory(company=company, admin=True)
    invited = TeammateFactory(company=company, admin=True, password="!")

    ENDS_AN_ADMIN[how](company, invited)

    invited.refresh_from_db()
    assert not (invited.is_company_admin and invited.is_active)


@pytest.mark.parametrize("how", ENDS_AN_ADMIN)
def test_where_nobody_can_sign_in_yet_one_admin_stays(company, how):
    """A company that is being set up: whoever was invited by mistake can be taken back, but not the last of them."""
    first, second = TeammateFactory.create_batch(2, company=company, admin=True, password="!")

    ENDS_AN_ADMIN[how](company, first)
    with pytest.raises(LastAdmin, match="is the only company admin, and can neither be blocked nor removed"):
        ENDS_AN_ADMIN[how](company, second)


def test_another_companys_admins_do_not_count(company, other_company):
    admin = TeammateFactory(company=company, admin=True)
    TeammateFactory(company=other_company, admin=True)

    with pytest.raises(LastAdmin):
        teammates.block_teammate(company.pk, admin.pk, actor=idp())


# --- what stays and what goes -------------------------------------------------------------------------------------


def test_blocking_keeps_groups_access_and_preferences(company):
    person = TeammateFactory(company=company, preferences={"theme": "dark"}, custom_fields={"fld_1": "red"})
    group = TeammateGroupFactory(company=company, idp=True, with_members=[person])
    AccessGrantFactory(teammate=person, inbox=InboxFactory(company=company))

    teammates.block_teammate(company.pk, person.pk, actor=idp())

    person.refresh_from_db()
    assert (person.status, person.preferences, person.custom_fields) == (
        Status.BLOCKED, {"theme": "dark"}, {"fld_1": "red"},
    )  # fmt: skip
    assert group.memberships.get().teammate == person
    assert person.grants.count() == 1


def test_a_deleted_teammate_can_be_neither_changed_nor_unblocked(company, ada):
    departures.delete_teammate(company.pk, ada.pk, actor=ADMIN)

    with pytest.raises(NotFoundInCompany):
        teammates.update_teammate(company.pk, ada.pk, {"first_name": "X"}, actor=ADMIN)
    with pytest.raises(NotFoundInCompany):
        teammates.unblock_teammate(company.pk, ada.pk, actor=ADMIN)


def test_another_companys_teammates_and_support_staff_do_not_exist(company, other_company):
    for stranger in (TeammateFactory(company=other_company), SupportFactory()):
        for act in (
            teammates.block_teammate, teammates.unblock_teammate, departures.remove_by_idp, departures.delete_teammate,
            sessions.end_sessions,
        ):  # fmt: skip
            with pytest.raises(NotFoundInCompany):
                act(company.pk, stranger.pk, actor=ADMIN)

        stranger.refresh_from_db()
        assert stranger.version == 1


def test_a_new_password_replaces_the_old_one(company, ada):
    passwords.set_password(company.pk, ada.pk, "another long one", actor=ADMIN)

    ada.refresh_from_db()
    assert (ada.check_password("another long one"), ada.check_password(PASSWORD)) == (True, False)


def test_a_teammate_needs_a_login(company):
    with pytest.raises(InvalidValue):
        create(company, "")
