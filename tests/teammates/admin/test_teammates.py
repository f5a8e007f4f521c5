"""The teammates' pages."""

import re
from html import unescape
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.messages import get_messages
from django.utils.html import strip_tags

from teammates.models import (
    AccessGrant,
    Company,
    Event,
    FieldKind,
    InboxAccess,
    Notice,
    Source,
    Status,
    Teammate,
)
from teammates.services.effects import drain_events
from tests.factories import (
    CustomFieldFactory,
    InboxFactory,
    TeammateFactory,
    TeammateGroupFactory,
    TeammateTemplateFactory,
)
from tests.scim.conftest import dump
from tests.teammates.admin.conftest import Browser, entered, text, url_of

ADD = "/admin/teammates/teammate/add/"


def kinds(company: Company) -> list[str]:
    return list(Event.objects.filter(company=company).order_by("pk").values_list("kind", flat=True))


def listed(response: Any) -> set[Teammate]:
    return set(response.context["cl"].result_list)


# --- the list ---


def test_the_list_says_who_is_who(admin: Browser, company: Company) -> None:
    template = TeammateTemplateFactory.create(company=company, name="Support squad")
    ada = TeammateFactory.create(
        company=company, first_name="Ada", last_name="King", source=Source.IDP, created_from_template=template.public_id
    )
    TeammateGroupFactory.create_batch(2, company=company, with_members=[ada])
    page = text(admin.look("changelist", Teammate))
    for word in ("Ada King", ada.email, "Active", "Identity provider", "Support squad"):
        assert word in page
    row = next(row for row in admin.look("changelist", Teammate).context["cl"].result_list if row == ada)
    assert row.groups_counted == 2


def test_the_list_leaves_out_the_deleted_until_asked(admin: Browser, admin_person: Teammate, company: Company) -> None:
    active = TeammateFactory.create(company=company)
    blocked = TeammateFactory.create(company=company, blocked=True)
    deleted = TeammateFactory.create(company=company, status=Status.DELETED)
    assert listed(admin.look("changelist", Teammate)) == {admin_person, active, blocked}
    assert listed(admin.look("changelist", Teammate, status="blocked")) == {blocked}
    assert listed(admin.look("changelist", Teammate, status="deleted")) == {deleted}
    assert len(listed(admin.look("changelist", Teammate, status="any"))) == 4


def test_a_search_that_finds_nobody_says_where_the_deleted_are(admin: Browser, company: Company) -> None:
    gone = TeammateFactory.create(company=company, last_name="Adler", status=Status.DELETED)
    page = admin.look("changelist", Teammate, q="Adler")
    assert "Look among them, too" in text(page)
    (link,) = re.findall(r'href="(\?[^"]*status=any[^"]*)"[^>]*>Look among', page.content.decode())
    found = admin.get(url_of("changelist", Teammate) + unescape(link))
    assert list(found.context["cl"].result_list) == [gone]
    assert "Look among them" not in text(admin.look("changelist", Teammate, q="Nobody", status="any"))


def test_search_finds_by_name_address_and_id(admin: Browser, company: Company) -> None:
    ada = TeammateFactory.create(company=company, first_name="Zelda", login="zz@example.com")
    for term in ("zelda", "ZZ@", ada.public_id):
        assert listed(admin.look("changelist", Teammate, q=term)) == {ada}


def test_people_are_put_in_order_by_the_name_that_is_shown(
    admin: Browser, admin_person: Teammate, company: Company
) -> None:
    zoe = TeammateFactory.create(company=company, display_name="zoë", login="a@example.com")
    elsa = TeammateFactory.create(company=company, first_name="Elsa", last_name="", login="z@example.com")
    emile = TeammateFactory.create(company=company, first_name="Émile", last_name="Zola", login="b@example.com")
    nameless = TeammateFactory.create(company=company, first_name="", last_name="", login="fay@example.com")
    people = [elsa, emile, nameless, admin_person, zoe]
    assert list(admin.look("changelist", Teammate, o="1").context["cl"].result_list) == people
    assert list(admin.look("changelist", Teammate, o="-1").context["cl"].result_list) == people[::-1]


# --- adding ---


def test_adding_somebody_takes_a_licence_and_tells_who_did_it(
    admin: Browser, admin_person: Teammate, company: Company
) -> None:
    response = admin.post(ADD, {"login": "new@example.com", "first_name": "New"})
    assert response.status_code == 302
    new = Teammate.objects.get(login="new@example.com")
    assert (new.company, new.email, new.source, new.is_company_admin) == (company, new.login, Source.HAND, False)
    company.refresh_from_db()
    assert company.licences_used == 2
    event = Event.objects.get(company=company, kind="teammate.created")
    assert (event.actor_kind, event.actor_id) == ("teammate", admin_person.public_id)


def test_adding_with_a_template_applies_it(admin: Browser, company: Company, foreign: dict[str, Any]) -> None:
    inbox = InboxFactory.create(company=company)
    template = TeammateTemplateFactory.create(company=company, preferences={"theme": "dark"})
    template.inboxes.add(inbox)
    page = admin.get(ADD).content.decode()
    assert template.name in page
    assert foreign["template"].name not in page
    admin.post(ADD, {"login": "new@example.com", "template": template.pk})
    new = Teammate.objects.get(login="new@example.com")
    assert (new.created_from_template, new.preferences) == (template.public_id, {"theme": "dark"})
    drain_events()
    assert InboxAccess.objects.filter(teammate=new, inbox=inbox).exists()
    response = admin.post(ADD, {"login": "two@example.com", "template": foreign["template"].pk})
    assert "Select a valid choice" in text(response)


@pytest.mark.parametrize(
    ("login", "says"),
    [
        ("PERSON@example.com", "already exists"),
        ("gone@example.com", "Support can release it"),
        ("", "required"),
        ("x" * 321, "at most 320"),
    ],
)
def test_a_refused_addition_is_an_error_in_the_form(admin: Browser, company: Company, login: str, says: str) -> None:
    TeammateFactory.create(company=company, login="person@example.com")
    TeammateFactory.create(company=company, login="gone@example.com", status=Status.DELETED)
    before = dump()
    response = admin.post(ADD, {"login": login, "first_name": "New"})
    assert response.status_code == 200
    assert says in text(response)
    assert 'value="New"' in response.content.decode(), "what was entered is still there"
    assert dump() == before


def test_no_licence_left_is_an_error_in_the_form_and_a_notice(admin: Browser, company: Company) -> None:
    Company.objects.filter(pk=company.pk).update(licence_count=1)
    response = admin.post(ADD, {"login": "new@example.com"})
    assert "No licence is left (1 of 1 are in use)" in text(response)
    assert response.content.decode().count('role="alert"') == 1, "no field is to blame, so none is to be corrected"
    assert Teammate.objects.count() == 1
    assert kinds(company) == []
    assert Notice.objects.get().times == 1


# --- one person ---


def test_changing_a_person_changes_just_that(admin: Browser, company: Company) -> None:
    ada = TeammateFactory.create(company=company)
    sent = entered(admin.look("change", ada)) | {"first_name": "Augusta", "email": "augusta@example.com"}
    assert admin.save("change", ada, **sent).status_code == 302
    ada.refresh_from_db()
    assert (ada.first_name, ada.email, ada.emails[0]["value"]) == ("Augusta", *["augusta@example.com"] * 2)
    assert ada.version == 2
    assert kinds(company) == ["teammate.updated"]


def test_what_is_done_on_the_pages_is_in_the_audit_log_only(admin: Browser, company: Company) -> None:
    person = TeammateFactory.create(company=company)
    admin.save("change", person, **entered(admin.look("change", person)) | {"last_name": "King"})
    admin.act("block", person)
    assert kinds(company)[:2] == ["teammate.updated", "teammate.blocked"]
    assert not LogEntry.objects.exists()


def test_saving_without_a_change_changes_nothing(admin: Browser, company: Company) -> None:
    inbox, template = InboxFactory.create(company=company), TeammateTemplateFactory.create(company=company)
    definitions = [
        CustomFieldFactory.create(company=company, kind=kind) for kind in FieldKind.values if kind != "dropdown"
    ]
    values = {FieldKind.TEXT: "Hi", FieldKind.NUMBER: 2.5, FieldKind.YES_NO: False, FieldKind.INBOX: inbox.public_id}
    ada = TeammateFactory.create(
        company=company,
        custom_fields={each.public_id: values[each.kind] for each in definitions if each.kind in values},  # type: ignore[index]
        created_from_template=template.public_id,
    )
    AccessGrant.objects.create(company=company, teammate=ada, inbox=inbox)
    before = dump()
    assert admin.save("change", ada, **entered(admin.look("change", ada))).status_code == 302
    assert dump() == before


def test_what_the_identity_provider_manages_is_read_only(admin: Browser, company: Company) -> None:
    ada = TeammateFactory.create(company=company, source=Source.IDP, login="ada@example.com", first_name="Ada")
    page = admin.look("change", ada)
    assert "Provisioned by the identity provider" in text(page)
    sent = entered(page)
    assert {"username", "is_company_admin"} <= set(page.context["adminform"].form.fields)
    assert not {"login", "email", "first_name", "last_name", "display_name"} & set(sent)
    admin.save("change", ada, **sent, first_name="Hacked", login="mine@example.com", is_company_admin="on")
    ada.refresh_from_db()
    assert (ada.first_name, ada.login, ada.is_company_admin) == ("Ada", "ada@example.com", True)


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("username", "Not An Alias", "lower-case letters"),
        ("username", "taken", "is taken"),
        ("login", "taken@example.com", "already exists"),
    ],
)
def test_a_refused_change_is_an_error_in_the_form(
    admin: Browser, company: Company, field: str, value: str, says: str
) -> None:
    TeammateFactory.create(company=company, username="taken", login="taken@example.com")
    ada = TeammateFactory.create(company=company)
    sent = entered(admin.look("change", ada)) | {field: value}
    before = dump()
    response = admin.save("change", ada, **sent)
    assert response.status_code == 200
    assert says in text(response)
    assert dump() == before


def test_the_last_admin_stays_one(admin: Browser, admin_person: Teammate) -> None:
    sent = entered(admin.look("change", admin_person))
    del sent["is_company_admin"]
    response = admin.save("change", admin_person, **sent)
    form = response.context["adminform"].form
    assert list(form.errors) == ["is_company_admin"], "it stands at the field that it concerns"
    assert text(response).count("is the last company admin who can sign in") == 1, "and nowhere else"
    page = response.content.decode()
    (box,) = re.findall(r'<input[^>]*name="is_company_admin"[^>]*>', page)
    for described_by in re.findall(r'aria-describedby="([^"]*)"', box)[0].split():
        assert f'id="{described_by}"' in page
    assert 'aria-invalid="true"' in box
    assert '<a href="#id_is_company_admin">' in page
    admin_person.refresh_from_db()
    assert admin_person.is_company_admin


def test_nobody_signs_themselves_out_of_the_settings_by_a_tick(
    admin: Browser, admin_person: Teammate, company: Company
) -> None:
    TeammateFactory.create(company=company, admin=True)
    sent = entered(admin.look("change", admin_person))
    del sent["is_company_admin"]
    assert "ask another company admin" in text(admin.save("change", admin_person, **sent))
    admin_person.refresh_from_db()
    assert admin_person.is_company_admin


@pytest.mark.parametrize("address", ["not an address", "ada@", "@example.com", "a b@example.com"])
def test_an_address_that_no_mail_reaches_is_refused(admin: Browser, company: Company, address: str) -> None:
    ada = TeammateFactory.create(company=company)
    sent = entered(admin.look("change", ada))
    before = dump()
    assert "is no e-mail address" in text(admin.save("add", Teammate, login=address))
    assert "is no e-mail address" in text(admin.save("change", ada, **(sent | {"email": address})))
    assert dump() == before


def test_access_is_granted_and_the_worker_told(admin: Browser, company: Company) -> None:
    ada, inbox = TeammateFactory.create(company=company), InboxFactory.create(company=company)
    sent = entered(admin.look("change", ada)) | {"workspaces": [inbox.workspace_id]}
    admin.save("change", ada, **sent)
    drain_events()
    assert InboxAccess.objects.filter(teammate=ada, inbox=inbox).exists()
    assert kinds(company) == ["teammate.access_changed"]
    assert f"{inbox.workspace.name} {inbox.name} Own (whole workspace)" in text(admin.look("change", ada))


def test_custom_fields_take_what_their_kind_takes(admin: Browser, company: Company, other_company: Company) -> None:
    ada = TeammateFactory.create(company=company)
    inbox = InboxFactory.create(company=company)
    definitions = {
        kind: CustomFieldFactory.create(company=company, kind=kind, options=["A"] if kind == "dropdown" else [])
        for kind in FieldKind.values
    }
    sent = entered(admin.look("change", ada))
    values: dict[str, Any] = {
        "text": "Hello", "number": "5", "yes_no": "true", "dropdown": "A", "teammate": ada.pk, "inbox": inbox.pk,
    }  # fmt: skip
    sent |= {f"custom_{definitions[kind].public_id}": value for kind, value in values.items()}
    assert admin.save("change", ada, **sent).status_code == 302
    ada.refresh_from_db()
    stored = {kind: ada.custom_fields[field.public_id] for kind, field in definitions.items()}
    assert stored == {**values, "number": 5, "yes_no": True, "teammate": ada.public_id, "inbox": inbox.public_id}

    number = f"custom_{definitions['number'].public_id}"
    response = admin.save("change", ada, **(sent | {number: "many"}))
    assert "takes a number" in text(response)
    stranger = InboxFactory.create(company=other_company)
    response = admin.save("change", ada, **(sent | {f"custom_{definitions['inbox'].public_id}": stranger.pk}))
    assert "Select a valid choice" in text(response)
    admin.save("change", ada, **(sent | {number: ""}))
    ada.refresh_from_db()
    assert definitions["number"].public_id not in ada.custom_fields


# --- actions ---


def test_blocking_asks_first(admin: Browser, company: Company) -> None:
    ada = TeammateFactory.create(company=company)
    page = text(admin.act("block", ada, confirmed=False))
    assert "signed out at once" in page
    assert ada.name in page
    ada.refresh_from_db()
    assert ada.status == Status.ACTIVE


@pytest.mark.parametrize(
    ("action", "of_the_idp"),
    [("block", "They are provisioned by your identity provider"), ("delete", "Your identity provider cannot bring")],
)
def test_who_is_asked_about_is_told_from_namesakes(
    admin: Browser, company: Company, action: str, of_the_idp: str
) -> None:
    ada = TeammateFactory.create(company=company, display_name="Ada Lovelace", login="ada2@example.com", source="idp")
    page = text(admin.act(action, ada, confirmed=False))
    assert "Ada Lovelace (ada2@example.com)" in page
    assert of_the_idp in page


def test_of_a_deletion_the_identity_provider_decides_nothing_again(admin: Browser, company: Company) -> None:
    ada = TeammateFactory.create(company=company, source=Source.IDP)

    asked = text(admin.act("delete", ada, confirmed=False))

    assert "Your identity provider cannot bring them back: what it sends about them from now on is refused." in asked
    assert "decides again" not in asked


@pytest.mark.parametrize(("action", "means"), [("block", "lets you in"), ("delete", "for good")])
def test_one_who_is_among_those_asked_about_is_told_what_it_means(
    admin: Browser, admin_person: Teammate, company: Company, action: str, means: str
) -> None:
    other, plain = TeammateFactory.create(company=company, admin=True), TeammateFactory.create(company=company)
    told = text(admin.act(action, admin_person, plain, confirmed=False))
    assert "You are among them: you are signed out at once" in told
    assert means in told
    assert "You are among them" not in text(admin.act(action, other, confirmed=False))


@pytest.mark.parametrize("action", ["block", "delete"])
def test_the_last_admin_is_told_that_they_stay(admin: Browser, admin_person: Teammate, action: str) -> None:
    told = text(admin.act(action, admin_person, confirmed=False))
    assert "is the last company admin who can sign in" in told
    assert "You are among them" not in told


def test_the_last_admin_among_many_is_told_to_be_refused(
    admin: Browser, admin_person: Teammate, company: Company
) -> None:
    told = text(admin.act("block", admin_person, TeammateFactory.create(company=company), confirmed=False))
    assert f"A company needs an admin who can sign in, so {admin_person.name} will be refused." in told
    assert "This frees 1 licence." in told


@pytest.mark.parametrize("action", ["block", "delete"])
def test_of_all_admins_the_one_who_is_named_stays(
    admin: Browser, admin_person: Teammate, company: Company, action: str
) -> None:
    second = TeammateFactory.create(company=company, admin=True, first_name="Ann", last_name="Second")

    asked = text(admin.act(action, admin_person, second, confirmed=False))
    admin.act(action, admin_person, second)

    stays = Teammate.objects.active().get(company=company, is_company_admin=True)
    assert f"so {stays.name} will be refused" in asked
    assert "This frees 1 licence." in asked


def test_blocking_and_unblocking(admin: Browser, company: Company) -> None:
    people = TeammateFactory.create_batch(3, company=company)
    page = text(admin.act("block", *people))
    assert f"Blocked: {', '.join(person.name for person in people)}." in page
    assert set(Teammate.objects.exclude(is_company_admin=True).values_list("status", flat=True)) == {Status.BLOCKED}
    company.refresh_from_db()
    assert company.licences_used == 1
    page = text(admin.act("unblock", people[0], from_page="1"))
    assert f"Unblocked: {people[0].name}." in page
    people[0].refresh_from_db()
    assert people[0].is_active


def test_each_of_many_is_a_decision_of_its_own(admin: Browser, admin_person: Teammate, company: Company) -> None:
    ada = TeammateFactory.create(company=company)
    page = text(admin.act("block", admin_person, ada))
    assert "the last company admin who can sign in" in page
    assert f"Blocked: {ada.name}." in page
    admin_person.refresh_from_db()
    assert admin_person.is_active


def test_an_action_is_bounded(admin: Browser, company: Company) -> None:
    Company.objects.filter(pk=company.pk).update(licence_count=300)
    people = TeammateFactory.create_batch(201, company=company)
    page = text(admin.act("block", people[0], select_across="1"))
    assert "Choose 200 at most" in page
    assert not Teammate.objects.filter(status=Status.BLOCKED).exists()


def test_deleting_says_what_it_means_and_keeps_the_address(admin: Browser, company: Company) -> None:
    ada = TeammateFactory.create(company=company)
    assert "stays reserved" in text(admin.act("delete", ada, confirmed=False))
    admin.act("delete", ada)
    page = text(admin.look("change", ada))
    assert "The address stays reserved until support releases it" in page
    assert "Save" not in page
    assert admin.save("change", ada, first_name="Back").status_code == 403


def test_a_new_password_is_shown_once_and_works(admin: Browser, company: Company) -> None:
    second = TeammateFactory.create(company=company, admin=True)
    page = admin.act("new_password", second)
    password = re.findall(r'value="(\w{16})" readonly', page.content.decode())[0]
    assert password not in text(admin.look("change", second))
    second.refresh_from_db()
    assert second.check_password(password)


def test_the_password_of_somebody_without_web_admin_is_not_set(admin: Browser, company: Company) -> None:
    ada = TeammateFactory.create(company=company)
    assert "they are no company admin" in text(admin.act("new_password", ada))
    assert "Set a new password" not in text(admin.look("change", ada))


def test_releasing_an_address_says_who_is_told(support: Browser, company: Company) -> None:
    gone = TeammateFactory.create(company=company, status=Status.DELETED)
    page = text(support.act("release_address", gone, confirmed=False))
    assert "The company's admins are told, with your name, and it stays in their audit log." in page


def test_staff_release_an_address_with_a_reason(
    support: Browser, support_person: Teammate, admin: Browser, company: Company
) -> None:
    gone = TeammateFactory.create(company=company, status=Status.DELETED)
    assert "Reason" in text(support.act("release_address", gone, confirmed=False))
    assert "This field is required" in text(support.act("release_address", gone))
    assert not Event.objects.exists()
    support.act("release_address", gone, reason="Ticket 7", from_page="1")
    event = Event.objects.get(company=company)
    assert (event.kind, event.actor_kind, event.actor) == ("teammate.address_released", "staff", support_person.name)
    assert event.data["reason"] == "Ticket 7"
    assert admin.post(ADD, {"login": gone.login}).status_code == 302
    assert "Release the address" not in text(support.look("change", gone))


@pytest.mark.parametrize("is_admin", [True, False])
def test_who_is_added_as_a_company_admin_gets_a_link_to_set_a_password(
    admin: Browser, company: Company, is_admin: bool
) -> None:
    answer = admin.save("add", Teammate, login="new@example.com", **({"is_company_admin": "on"} if is_admin else {}))
    added = Teammate.objects.get(login="new@example.com")
    invited = Event.objects.filter(company=company, kind="teammate.invited", subject=added.public_id)
    assert invited.exists() is is_admin
    [told] = [each.message for each in get_messages(answer.wsgi_request)]
    name, what_follows = strip_tags(told).split(" was added successfully. ")
    assert "new@example.com" in name
    assert what_follows == (
        "An e-mail with a link to set their password goes to new@example.com."
        if is_admin
        else "No e-mail was sent to them: tell them yourself that they can sign in to Front with new@example.com."
    )


def test_adding_says_beforehand_who_gets_an_e_mail(admin: Browser, company: Company) -> None:
    page = text(admin.get(ADD))
    assert "A teammate who is no company admin gets no e-mail when they are added: tell them yourself." in page
    assert "A company admin gets an e-mail with a link to set a password." in page


@pytest.mark.parametrize("action", ["block", "unblock"])
def test_who_is_provisioned_is_said_to_be_the_identity_providers_to_change_too(
    admin: Browser, company: Company, action: str
) -> None:
    is_blocked = action == "unblock"
    provisioned, by_hand = (TeammateFactory.create(company=company, source=s, blocked=is_blocked) for s in Source)

    asked = text(admin.act(action, provisioned, by_hand, confirmed=False))

    assert "1 of them is provisioned by your identity provider: change it there too" in asked
