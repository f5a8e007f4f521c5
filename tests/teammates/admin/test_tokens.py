"""API tokens: the value is shown in one answer and nowhere after."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from scim.models import Client as ScimClient
from scim.models import LogEntry, ReadCount
from teammates.models import ActorKind, ApiToken, Company, Event, Scope
from teammates.moments import moment
from teammates.services import teammates
from teammates.services.events import Actor
from teammates.services.tokens import find_token
from tests.factories import ApiTokenFactory, TeammateFactory
from tests.scim.conftest import dump
from tests.teammates.admin.conftest import Browser, text, url_of

ADD = "/admin/teammates/apitoken/add/"
BOTH = [Scope.PROVISIONING, Scope.AUTO_PROVISIONING]


def values_on(response: Any) -> list[str]:
    return re.findall(r"fpv_[\w-]{20,}", response.content.decode())


def test_a_new_token_is_shown_exactly_once(admin: Browser, company: Company) -> None:
    response = admin.post(ADD, {"name": "Entra", "scopes": BOTH})
    (value,) = values_on(response)
    assert response.status_code == 200
    assert "no-store" in response.headers["Cache-Control"]
    assert not any(value in str(cookie) for cookie in response.cookies.values())
    found = find_token(value)
    assert found is not None
    assert (found.company, found.name, set(found.scopes)) == (company, "Entra", set(BOTH))
    for page in ("changelist", "change", "history"):
        assert (
            value
            not in admin.get(
                f"/admin/teammates/apitoken/{'' if page == 'changelist' else f'{found.pk}/{page}/'}", follow=True
            ).content.decode()
        )
    assert value not in admin.get("/admin/").content.decode()
    assert all(value not in str(row) for rows in dump().values() for row in rows)


def test_a_token_is_created_with_the_button_that_the_guide_names(admin: Browser) -> None:
    page = admin.get(ADD).content.decode()
    buttons = re.findall(r'<button[^>]*form="apitoken_form"[^>]*>(.*?)</button>', page, re.DOTALL)
    assert [button.strip() for button in buttons] == ["Create"]


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"name": "", "scopes": BOTH}, "required"),
        ({"name": "   ", "scopes": BOTH}, "required"),
        ({"name": "Entra"}, "required"),
        ({"name": "Entra", "scopes": ["everything"]}, "Select a valid choice"),
        (
            {"name": "Entra", "scopes": BOTH, "expires_on": "2020-01-01"},
            "The expiry lies in the past",
        ),
        ({"name": "Entra", "scopes": BOTH, "expires_on": "2099-01-01", "lifetime": "30"}, "Choose one of the two"),
    ],
)
def test_a_token_that_cannot_be_is_an_error_in_the_form(admin: Browser, sent: dict[str, Any], says: str) -> None:
    response = admin.post(ADD, sent)
    assert says in text(response)
    assert not ApiToken.objects.exists()
    assert not Event.objects.exists()


def test_rotating_shows_the_successor_once_and_lets_the_old_one_run_out(admin: Browser, company: Company) -> None:
    token: Any = ApiTokenFactory.create(company=company)
    response = admin.act("rotate", token, from_page="1", overlap="24")
    (value,) = values_on(response)
    assert find_token(value) is not None
    assert find_token(token.value) is not None
    token.refresh_from_db()
    assert timedelta(hours=23) < token.expires_at - timezone.now() <= timedelta(hours=24)
    assert values_on(admin.look("change", token)) == []


def test_revoking_works_at_once(admin: Browser, company: Company) -> None:
    token: Any = ApiTokenFactory.create(company=company)
    assert "stops provisioning" in text(admin.act("revoke", token, confirmed=False))
    assert "Revoked: Entra." in text(admin.act("revoke", token))
    assert find_token(token.value) is None
    page = admin.look("change", token).content.decode()
    assert "Revoked" in page
    assert 'value="rotate"' not in page


def test_tokens_are_not_edited(admin: Browser, company: Company) -> None:
    token = ApiTokenFactory.create(company=company)
    assert admin.save("change", token, name="Other", scopes=BOTH).status_code == 403


def test_tokens_are_found_by_state(admin: Browser, company: Company) -> None:
    usable, expired, revoked = (ApiTokenFactory.create(company=company) for _ in range(3))
    now = timezone.now()
    ApiToken.objects.filter(pk=expired.pk).update(expires_at=now)
    ApiToken.objects.filter(pk=revoked.pk).update(revoked_at=now)
    for state, token in (("usable", usable), ("expired", expired), ("revoked", revoked)):
        assert list(admin.look("changelist", ApiToken, state=state).context["cl"].result_list) == [token]


@pytest.mark.parametrize(
    ("sent", "days"), [({"lifetime": "90"}, 90), ({"lifetime": ""}, None), ({"expires_on": "2099-01-31"}, 0)]
)
def test_a_token_expires_when_its_maker_said(
    admin: Browser, company: Company, sent: dict[str, str], days: int | None
) -> None:
    admin.post(ADD, {"name": "Entra", "scopes": BOTH, **sent})
    expires = company.api_tokens.get().expires_at
    if days is None:
        assert expires is None
    elif days:
        assert expires is not None
        assert timedelta(days=days - 1) < expires - timezone.now() <= timedelta(days=days)
    else:
        assert str(expires) == "2099-01-31 23:59:59+00:00"


def test_the_page_with_the_value_says_where_it_goes(admin: Browser) -> None:
    page = admin.post(ADD, {"name": "Entra", "scopes": BOTH})
    assert "/v2/?aadOptscim062020" in page.content.decode()
    assert "paste the token into the field Secret Token" in text(page)


@pytest.mark.parametrize(("overlap", "works"), [("0", False), ("1", True), ("168", True)])
def test_the_old_token_works_for_as_long_as_was_chosen(
    admin: Browser, company: Company, overlap: str, works: bool
) -> None:
    token: Any = ApiTokenFactory.create(company=company)
    page = text(admin.act("rotate", token, overlap=overlap, lifetime="365"))
    assert "The old and the new" in page
    assert (find_token(token.value) is not None) == works
    token.refresh_from_db()
    assert token.revoked_at or token.expires_at - timezone.now() <= timedelta(hours=int(overlap))
    successor = company.api_tokens.exclude(pk=token.pk).get()
    assert successor.expires_at is not None
    assert f"/{successor.pk}/change/" in admin.look("change", token).content.decode()


def rotated(admin: Browser, company: Company, overlap: str) -> tuple[ApiToken, ApiToken]:
    """A token that was rotated, and its successor."""
    token = ApiTokenFactory.create(company=company)
    admin.act("rotate", token, overlap=overlap)
    token.refresh_from_db()
    return token, company.api_tokens.exclude(pk=token.pk).get()


def test_two_tokens_of_one_name_are_told_apart_after_a_rotation(admin: Browser, company: Company) -> None:
    old, new = rotated(admin, company, overlap="24")
    page = text(admin.look("changelist", ApiToken))
    assert old.expires_at is not None
    assert f"Old value, works until {moment(old.expires_at)}" in page
    assert page.count("New value") == 1
    page = text(admin.look("change", old))
    assert "This is the old value of a token that was rotated. It works until" in page
    assert f"{new.name} {new.hint}…" in page
    assert f"/{old.pk}/change/" in admin.look("change", new).content.decode()
    assert f"{old.name} ({old.hint}…)" in text(admin.act("revoke", old, confirmed=False))


def test_an_old_value_is_not_rotated_again(admin: Browser, company: Company) -> None:
    old = ApiTokenFactory.create(company=company, name="Entra")
    admin.act("rotate", old, overlap="24", lifetime="")
    new = ApiToken.objects.exclude(pk=old.pk).get()

    page = admin.look("change", old).content.decode()

    assert 'id="action-rotate"' not in page
    assert 'id="action-rotate"' in admin.look("change", new).content.decode()
    assert url_of("change", new) in page
    assert "was rotated already. Rotate its new value" in text(admin.act("rotate", old, overlap="24", lifetime=""))
    assert ApiToken.objects.count() == 2


def test_twins_are_told_apart_in_the_logs_and_by_the_search(admin: Browser, company: Company) -> None:
    old = ApiTokenFactory.create(company=company, name="Entra")
    ada = TeammateFactory.create(company=company)
    teammates.block_teammate(company.pk, ada.pk, actor=Actor(ActorKind.IDP, "Identity provider (Entra)", str(old.pk)))
    before = text(admin.look("changelist", Event))
    admin.act("rotate", old, overlap="24", lifetime="")
    new = ApiToken.objects.exclude(pk=old.pk).get()

    by_idp = admin.look("changelist", Event, source="idp")
    found = text(admin.get("/admin/search/", {"s": "Entra"}))

    assert f"({old.hint}…" not in before
    assert f"Identity provider (Entra) ({old.hint}…, old value)" in text(by_idp)
    assert f"Entra ({old.hint}…, old value)" in text(admin.look("changelist", LogEntry))
    assert f"Entra ({new.hint}…)" in text(admin.look("changelist", LogEntry))
    assert f"Entra ({old.hint}…)" in found
    assert f"Entra ({new.hint}…)" in found


def test_a_token_that_was_replaced_and_ended_leads_to_the_new_one(admin: Browser, company: Company) -> None:
    old, new = rotated(admin, company, overlap="0")
    assert "Old value, a new one took its place" in text(admin.look("changelist", ApiToken))
    page = text(admin.look("change", old))
    assert "This token was revoked" in page
    assert f"Whatever still uses it needs the new value: {new.name} {new.hint}…" in page


@pytest.mark.parametrize(("column", "says"), [("revoked_at", "was revoked"), ("expires_at", "has expired")])
def test_an_ended_token_advises_what_can_still_be_done(
    admin: Browser, support: Browser, company: Company, column: str, says: str
) -> None:
    token = ApiTokenFactory.create(company=company)
    ApiToken.objects.filter(pk=token.pk).update(**{column: timezone.now()})
    page = text(admin.look("change", token))
    assert f"This token {says}" in page
    assert "Whatever still uses it needs another token: Add API token" in page
    assert "Rotate the token" not in page
    assert "needs another token" not in text(support.look("change", token))


def test_support_staff_who_rotate_nothing_are_told_who_does(admin: Browser, support: Browser, company: Company) -> None:
    token = ApiTokenFactory.create(company=company)
    assert "Rotate the token to get a new value." in text(admin.look("change", token))
    page = text(support.look("change", token))
    assert "Rotate the token" not in page
    assert "A company admin rotates the token here, or creates another." in page


def test_revoking_says_which_connection_stops(admin: Browser, company: Company) -> None:
    now = timezone.now()
    fresh, resting, unused = (ApiTokenFactory.create(company=company, name=name) for name in ("A", "B", "C"))
    ApiToken.objects.filter(pk=fresh.pk).update(last_used_at=now, last_used_by="Okta 1.0", last_used_from="192.0.2.7")
    ApiToken.objects.filter(pk=resting.pk).update(last_used_at=now - timedelta(days=40), last_used_by="Okta 1.0")
    ReadCount.objects.create(
        company=company, token=fresh, minute=now, client=ScimClient.OKTA, kind="GET Users", count=1_204
    )
    page = text(admin.act("revoke", fresh, resting, unused, confirmed=False))
    assert (
        "The connection of Okta stops: it used A just now from 192.0.2.7 (1204 requests in the last 24 hours)." in page
    )
    assert "B was last used" in page
    assert "and not since." in page
    assert "C has never been used, so no connection stops." in page


def test_a_token_about_to_expire_is_marked(admin: Browser, company: Company) -> None:
    ApiTokenFactory.create(company=company, expires_at=timezone.now() + timedelta(days=5))
    ApiTokenFactory.create(company=company, expires_at=timezone.now() + timedelta(days=50))
    page = text(admin.look("changelist", ApiToken))
    assert page.count("Expires soon") == 1
    assert page.count("Usable until") == 1


def test_without_a_token_the_list_says_what_to_do_first(admin: Browser) -> None:
    assert "No API token yet" in text(admin.look("changelist", ApiToken))
    assert "No API token yet" not in text(admin.look("changelist", ApiToken, q="nothing"))
