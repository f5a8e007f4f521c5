"""Importing members from CSV, exporting them, and the file to start from."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from teammates.models import Company, Event, Teammate, TeammateGroup
from teammates.services.departures import delete_teammate
from tests.factories import MembershipFactory, TeammateFactory, TeammateGroupFactory
from tests.scim.conftest import dump
from tests.teammates.actors import ADMIN
from tests.teammates.admin.conftest import Browser, text

PAGES = ["import", "export"]


@pytest.fixture
def group(company: Company) -> TeammateGroup:
    return TeammateGroupFactory.create(company=company, name="Front desk")


def address(page: str, group: TeammateGroup) -> str:
    return reverse(f"admin:teammates_teammategroup_{page}", args=[group.pk])


def upload(client: Browser, group: TeammateGroup, *lines: str, follow: bool = True) -> Any:
    content = "\n".join(["teammate_login_email", *lines]).encode()
    return client.post(address("import", group), {"file": SimpleUploadedFile("m.csv", content)}, follow=follow)


def test_the_template_file_can_be_filled_in_and_imported(
    admin: Browser, company: Company, group: TeammateGroup
) -> None:
    ada = TeammateFactory.create(company=company)
    answer = admin.get(reverse("admin:teammates_teammategroup_import_template"))
    assert answer.headers["Content-Type"].startswith("text/csv")
    file = SimpleUploadedFile("m.csv", answer.content + ada.login.encode())
    page = text(admin.post(address("import", group), {"file": file}, follow=True))
    assert "1 member was added." in page
    assert group.members.get() == ada


def test_an_import_is_told_in_the_history_with_who_did_it(
    admin: Browser, admin_person: Teammate, company: Company, group: TeammateGroup
) -> None:
    upload(admin, group, TeammateFactory.create(company=company).login)
    assert Event.objects.get(kind="group.updated").actor_id == admin_person.public_id


def test_one_wrong_line_changes_nothing_and_every_line_is_reported(
    admin: Browser, company: Company, group: TeammateGroup
) -> None:
    ada = TeammateFactory.create(company=company)
    before = dump()
    page = text(upload(admin, group, ada.login, "nobody@example.com"))
    assert "1 of 2 rows cannot be imported, so nobody was added." in page
    assert "3 nobody@example.com Wrong No teammate of this company" in page
    assert f"2 {ada.login} Added." in page
    assert dump() == before


def test_of_the_deleted_a_line_says_what_adding_them_by_hand_says(
    admin: Browser, company: Company, group: TeammateGroup
) -> None:
    ada = TeammateFactory.create(company=company)
    delete_teammate(company.pk, ada.pk, actor=ADMIN)

    by_hand = text(admin.save("add", Teammate, login=ada.login, email=ada.login))
    imported = text(upload(admin, group, ada.login))

    said = f"{ada.login} belonged to a teammate who was deleted, so the address cannot be used again yet."
    assert said in by_hand
    assert said in imported


def test_who_is_blocked_joins_and_is_named(admin: Browser, company: Company, group: TeammateGroup) -> None:
    eve = TeammateFactory.create(company=company, blocked=True)
    ada = TeammateFactory.create(company=company)

    asked = text(upload(admin, group, eve.login, "nobody@example.com"))
    done = text(upload(admin, group, eve.login, ada.login))

    assert "Added. They are blocked: they get what the group gives when they are unblocked." in asked
    assert f"2 members were added. {eve.login} is blocked, and gets what the group gives when unblocked." in done


def test_without_a_file_the_form_says_what_to_do(admin: Browser, group: TeammateGroup) -> None:
    assert "Choose a file first." in text(admin.post(address("import", group)))


def test_an_empty_file_says_what_belongs_in_it(admin: Browser, group: TeammateGroup) -> None:
    page = admin.post(address("import", group), {"file": SimpleUploadedFile("m.csv", b"")})
    assert "The file is empty. It needs the heading teammate_login_email" in text(page)


def test_a_managed_group_refuses_with_the_reason_and_has_no_form(admin: Browser, company: Company) -> None:
    managed = TeammateGroupFactory.create(company=company, idp=True, name="Sales")
    ada = TeammateFactory.create(company=company)
    page = admin.get(address("import", managed))
    assert "Sales is managed by your identity provider" in text(page)
    assert 'type="file"' not in page.content.decode()
    before = dump()
    assert "its members cannot be changed here" in text(upload(admin, managed, ada.login))
    assert dump() == before


def test_the_export_has_every_member_in_the_column_of_the_import(
    admin: Browser, company: Company, group: TeammateGroup
) -> None:
    people = TeammateFactory.create_batch(3, company=company)
    for person in people:
        MembershipFactory.create(group=group, teammate=person)
    answer = admin.get(address("export", group))
    assert answer.streaming
    assert answer.headers["Content-Disposition"] == f'attachment; filename="front-desk-members-{company.slug}.csv"'
    assert answer.getvalue().decode().split() == ["teammate_login_email", *(person.login for person in people)]


@pytest.mark.parametrize("page", PAGES)
def test_another_companys_group_is_not_there(admin: Browser, foreign: dict[str, Any], page: str) -> None:
    before = dump()
    assert admin.get(address(page, foreign["group"])).status_code == 404
    assert upload(admin, foreign["group"], "a@example.com", follow=False).status_code == 404
    assert dump() == before


def test_support_staff_export_and_do_not_import(support: Browser, group: TeammateGroup) -> None:
    assert support.get(address("export", group)).status_code == 200
    assert support.get(address("import", group)).status_code == 403
    assert upload(support, group, "a@example.com", follow=False).status_code == 403


@pytest.mark.parametrize("page", PAGES)
def test_who_may_not_open_the_admin_gets_no_file(
    browser: Any, company: Company, group: TeammateGroup, page: str
) -> None:
    assert browser(TeammateFactory.create(company=company)).get(address(page, group)).status_code == 302
