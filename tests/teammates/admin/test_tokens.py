"""API tokens: the value is shown in one answer and nowhere after."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from teammates.models import ApiToken, Company, Event, Scope
from teammates.services.tokens import find_token
from tests.factories import ApiTokenFactory
from tests.scim.conftest import dump
from tests.teammates.admin.conftest import Browser, text

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


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"name": "", "scopes": BOTH}, "required"),
        ({"name": "   ", "scopes": BOTH}, "required"),
        ({"name": "Entra"}, "required"),
        ({"name": "Entra", "scopes": ["everything"]}, "Select a valid choice"),
        (
            {"name": "Entra", "scopes": BOTH, "expires_at_0": "2020-01-01", "expires_at_1": "00:00"},
            "The expiry lies in the past",
        ),
    ],
)
def test_a_token_that_cannot_be_is_an_error_in_the_form(admin: Browser, sent: dict[str, Any], says: str) -> None:
    response = admin.post(ADD, sent)
    assert says in text(response)
    assert not ApiToken.objects.exists()
    assert not Event.objects.exists()


def test_rotating_shows_the_successor_once_and_lets_the_old_one_run_out(admin: Browser, company: Company) -> None:
    token: Any = ApiTokenFactory.create(company=company)
    response = admin.act("rotate", token, from_page="1")
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
    page = text(admin.look("change", token))
    assert "Revoked" in page
    assert "Rotate" not in page


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
