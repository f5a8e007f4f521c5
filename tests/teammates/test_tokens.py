"""API tokens belong to the company: made, shown once, rotated with an overlap, revoked at once."""

from datetime import timedelta

import pytest
from django.test import RequestFactory
from django.utils import timezone

from teammates.errors import InvalidValue, NotFoundInCompany
from teammates.models import ApiToken, Event, Scope
from teammates.services import tokens
from teammates.services.teammates import block_teammate
from tests.factories import ApiTokenFactory, TeammateFactory
from tests.teammates.actors import ADMIN

pytestmark = pytest.mark.django_db

BOTH = [Scope.PROVISIONING, Scope.AUTO_PROVISIONING]


def test_a_token_is_found_by_its_value_with_its_company(company):
    token, value = tokens.create_token(company, "Entra", BOTH, actor=ADMIN)

    found = tokens.find_token(value)

    assert (found, found.company, found.company.name) == (token, company, "Initech")
    assert found.scopes == ["auto_provisioning", "provisioning"]


def test_the_value_is_stored_nowhere(company):
    token, value = tokens.create_token(company, "Entra", BOTH, actor=ADMIN)

    stored = str(ApiToken.objects.filter(pk=token.pk).values().get()) + str(list(Event.objects.values()))

    assert value not in stored
    assert bytes(ApiToken.objects.get(pk=token.pk).digest) != value.encode()
    assert value.startswith(token.hint)
    assert len(value) > 40


def test_two_tokens_are_never_alike(company):
    values = {tokens.create_token(company, "Entra", BOTH, actor=ADMIN)[1] for _ in range(20)}

    assert len(values) == 20


@pytest.mark.parametrize("value", ["", "fpv_", "x" * 5_000, "\ud800", "fpv_\x00", "' OR 1=1 --"])
def test_a_wrong_value_finds_nothing(company, value):
    ApiTokenFactory(company=company)

    assert tokens.find_token(value) is None


def test_a_revoked_token_is_not_found_and_stays_in_the_list(company):
    token = ApiTokenFactory(company=company)

    tokens.revoke_token(company, token.pk, actor=ADMIN)

    assert tokens.find_token(token.value) is None
    assert company.api_tokens.get().revoked_at is not None


def test_an_expired_token_is_not_found(company):
    token = ApiTokenFactory(company=company, expires_at=timezone.now() + timedelta(days=1))
    assert tokens.find_token(token.value) == token

    ApiToken.objects.filter(pk=token.pk).update(expires_at=timezone.now() - timedelta(seconds=1))

    assert tokens.find_token(token.value) is None


def test_rotating_leaves_the_old_token_working_until_the_overlap_ends(company):
    old = ApiTokenFactory(company=company, scopes=[Scope.AUTO_PROVISIONING])

    new, value = tokens.rotate_token(company, old.pk, actor=ADMIN, overlap=timedelta(hours=1))

    assert tokens.find_token(old.value) == old
    assert tokens.find_token(value) == new
    assert (new.name, new.scopes) == (old.name, old.scopes)
    old.refresh_from_db()
    assert timedelta(minutes=59) < old.expires_at - timezone.now() <= timedelta(hours=1)


def test_rotating_never_prolongs_a_token(company):
    soon = timezone.now() + timedelta(minutes=5)
    old = ApiTokenFactory(company=company, expires_at=soon)

    tokens.rotate_token(company, old.pk, actor=ADMIN, overlap=timedelta(hours=24))

    old.refresh_from_db()
    assert old.expires_at == soon


def test_a_token_outlives_the_admin_who_made_it(company):
    TeammateFactory(company=company, admin=True)
    maker = TeammateFactory(company=company, admin=True)
    _, value = tokens.create_token(company, "Entra", BOTH, actor=ADMIN)

    block_teammate(company.pk, maker.pk, actor=ADMIN)

    assert tokens.find_token(value) is not None


@pytest.mark.parametrize(
    ("name", "scopes", "expires", "attribute"),
    [
        (" ", BOTH, None, "name"),
        ("Entra", [], None, "scopes"),
        ("Entra", ["everything"], None, "scopes"),
        ("Entra", BOTH, timedelta(seconds=-1), "expires_at"),
    ],
)
def test_a_token_needs_a_name_a_scope_and_a_future(company, name, scopes, expires, attribute):
    expires_at = timezone.now() + expires if expires else None

    with pytest.raises(InvalidValue) as refusal:
        tokens.create_token(company, name, scopes, actor=ADMIN, expires_at=expires_at)

    assert refusal.value.attribute == attribute
    assert not ApiToken.objects.exists()


def test_another_companys_token_can_be_neither_revoked_nor_rotated(company, other_company):
    token = ApiTokenFactory(company=other_company)

    for act in (tokens.revoke_token, tokens.rotate_token):
        with pytest.raises(NotFoundInCompany):
            act(company, token.pk, actor=ADMIN)

    assert tokens.find_token(token.value) == token


def test_its_use_is_noted_once_a_minute(company):
    token = ApiTokenFactory(company=company)

    tokens.note_use(token, RequestFactory(REMOTE_ADDR="192.0.2.7").get("/", HTTP_USER_AGENT="Entra/1.0"))
    first = ApiToken.objects.get(pk=token.pk)
    tokens.note_use(token, RequestFactory(REMOTE_ADDR="192.0.2.8").get("/", HTTP_USER_AGENT="Somebody else"))

    token.refresh_from_db()
    assert (token.last_used_at, token.last_used_by, token.last_used_from) == (
        first.last_used_at, "Entra/1.0", "192.0.2.7",
    )  # fmt: skip


def test_each_step_of_its_life_is_an_event(company):
    token, _ = tokens.create_token(company, "Entra", BOTH, actor=ADMIN)
    tokens.rotate_token(company, token.pk, actor=ADMIN)
    for _ in range(2):
        tokens.revoke_token(company, token.pk, actor=ADMIN)

    kinds = [event.kind for event in Event.objects.order_by("pk")]
    assert kinds == ["token.created", "token.created", "token.rotated", "token.revoked"]
    assert {event.actor for event in Event.objects.all()} == {ADMIN.name}


def test_tokens_that_expire_soon_are_found_unless_they_have_a_successor(company, other_company):
    now = timezone.now()
    late = ApiTokenFactory(company=company, expires_at=now + timedelta(days=13))
    soon = ApiTokenFactory(company=other_company, expires_at=now + timedelta(days=1))
    rotated = ApiTokenFactory(company=company)
    tokens.rotate_token(company, rotated.pk, actor=ADMIN)
    ApiTokenFactory(company=company)
    ApiTokenFactory(company=company, expires_at=now + timedelta(days=2), revoked_at=now)
    ApiTokenFactory(company=company, expires_at=now - timedelta(days=1))

    assert list(tokens.expiring()) == [soon, late]
    assert list(tokens.expiring(within=timedelta(days=7))) == [soon]


def test_a_token_that_is_over_has_nothing_to_hand_over(company):
    token = ApiTokenFactory(company=company, revoked_at=timezone.now())

    with pytest.raises(InvalidValue):
        tokens.rotate_token(company, token.pk, actor=ADMIN)
