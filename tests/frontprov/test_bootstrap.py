"""manage.py bootstrap: a company that can be connected at once."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from teammates.models import Company, Teammate


def bootstrap(**options: Any) -> dict[str, Any]:
    out = StringIO()
    call_command("bootstrap", company="Initech", json=True, stdout=out, **{"admin_email": "admin@x.test", **options})
    answer: dict[str, Any] = json.loads(out.getvalue())
    return answer


def test_the_first_person_a_client_finds_has_what_clients_expect_of_a_person(db: None) -> None:
    token = bootstrap()["token"]
    answer = Client().get("/v2/Users?count=1&startIndex=1", headers={"Authorization": f"Bearer {token}"}).json()
    (person,) = answer["Resources"]
    assert person["name"]["givenName"] == "Admin"
    assert person["name"]["familyName"] == "Initech"
    assert person["emails"][0]["value"] == person["userName"] == "admin@x.test"


@pytest.mark.parametrize(
    ("email", "name"), [("ann.lee@x.test", "Ann Lee"), ("ann@x.test", "Ann Initech"), ("_@x.test", "_@x.test Initech")]
)
def test_an_admin_is_named_after_the_address(db: None, email: str, name: str) -> None:
    bootstrap(admin_email=email)
    assert Teammate.objects.get(login=email).name == name


def test_an_admin_needs_an_address_that_mail_reaches(db: None) -> None:
    with pytest.raises(CommandError, match=r"@x\.test is no e-mail address"):
        bootstrap(admin_email="@x.test")
    assert not Company.objects.exists()


def test_called_again_it_finds_what_is_there_and_makes_a_new_token(db: None) -> None:
    first, second = bootstrap(template=["Support"]), bootstrap(template=["Support"])
    assert {**first, "token": "", "admin_password": ""} == {**second, "token": "", "admin_password": ""}
    assert first["token"] != second["token"]


def test_called_with_another_address_it_adds_one_more_admin(db: None) -> None:
    bootstrap(), bootstrap(admin_email="second@x.test")
    assert Teammate.objects.filter(is_company_admin=True).count() == 2
