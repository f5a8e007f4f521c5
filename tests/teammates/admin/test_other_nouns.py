"""Workspaces, inboxes, custom fields, templates, the audit log and notices."""

import json
import re
from html import unescape
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from teammates.models import Company, CustomField, Event, Inbox, Notice, NoticeKind, Teammate, Workspace
from teammates.services.departures import delete_teammate
from templates_app import app_roles
from templates_app.models import TeammateTemplate
from tests.factories import (
    AccessGrantFactory,
    CustomFieldFactory,
    InboxAccessFactory,
    InboxFactory,
    TeammateFactory,
    TeammateGroupFactory,
    TeammateTemplateFactory,
    WorkspaceFactory,
)
from tests.scim.conftest import dump
from tests.teammates.actors import ADMIN
from tests.teammates.admin.conftest import Browser, entered, text, url_of


def test_workspaces_and_inboxes(admin: Browser, company: Company) -> None:
    assert admin.save("add", Workspace, name="Support").status_code == 302
    workspace = company.workspaces.get()
    assert admin.save("add", Inbox, name="Mail", workspace=workspace.pk, is_private="on").status_code == 302
    inbox = company.inboxes.get()
    assert inbox.is_private
    sent = entered(admin.look("change", inbox)) | {"name": "Post"}
    assert admin.save("change", inbox, **sent).status_code == 302
    assert admin.save("change", workspace, name="Care").status_code == 302
    inbox.refresh_from_db()
    assert (inbox.name, inbox.is_private, inbox.workspace.name) == ("Post", True, "Care")
    assert "Its inboxes are deleted with it" in text(admin.act("delete", workspace, confirmed=False))
    admin.act("delete", workspace)
    assert not Inbox.objects.exists()


def test_a_place_tells_who_has_it_and_through_what(admin: Browser, company: Company) -> None:
    inbox = InboxFactory.create(company=company, name="Refunds", is_private=True)
    ada = TeammateFactory.create(company=company, display_name="Ada")
    bob = TeammateFactory.create(company=company, display_name="Bob", blocked=True)
    group = TeammateGroupFactory.create(company=company, name="Night shift", with_members=[ada, bob])
    AccessGrantFactory.create(group=group, workspace=inbox.workspace)
    AccessGrantFactory.create(teammate=bob, inbox=inbox)
    AccessGrantFactory.create(teammate=ada, inbox=inbox, source="template")
    InboxAccessFactory.create(teammate=ada, inbox=inbox)
    InboxAccessFactory.create(teammate=bob, inbox=inbox)
    page = text(admin.look("change", inbox))
    assert "1 active teammate" in page
    assert "Nobody: it is private." in page
    assert "Adatheir template" in page
    assert "Bobgiven to them (blocked: no effect)" in page
    page = text(admin.look("change", inbox.workspace))
    assert "Night shiftteammate group, 2 members" in page
    assert "Refunds" in page
    (workspace,) = admin.look("changelist", Workspace).context["cl"].result_list
    assert (workspace.holders.groups, workspace.holders.teammates) == (1, 0)
    page = text(admin.act("delete", inbox.workspace, confirmed=False))
    assert "was given to 1 teammate group and 0 teammates. Its inbox goes with it: Refunds." in page
    assert "Refunds: 1 active teammate can open it now." in text(admin.act("delete", inbox, confirmed=False))


@pytest.mark.parametrize("place", ["workspace", "inbox"])
def test_who_was_given_a_place_twice_counts_once_and_the_deleted_do_not_count(
    admin: Browser, company: Company, place: str
) -> None:
    inbox = InboxFactory.create(company=company)
    given = inbox if place == "inbox" else inbox.workspace
    ada, gone = TeammateFactory.create_batch(2, company=company)
    for source in ("own", "template"):
        AccessGrantFactory.create(teammate=ada, source=source, **{place: given})
    AccessGrantFactory.create(teammate=gone, **{place: given})
    delete_teammate(company.pk, gone.pk, actor=ADMIN)

    asked = text(admin.act("delete", given, confirmed=False))
    (listed,) = admin.look("changelist", type(given)).context["cl"].result_list

    assert f"{given.name} was given to 0 teammate groups and 1 teammate." in asked
    assert (listed.holders.groups, listed.holders.teammates) == (0, 1)


def test_a_page_names_some_of_many_who_have_a_place(admin: Browser, company: Company) -> None:
    workspace = WorkspaceFactory.create(company=company)
    for teammate in TeammateFactory.create_batch(25, company=company):
        AccessGrantFactory.create(teammate=teammate, workspace=workspace)
    with CaptureQueriesContext(connection) as captured:
        page = text(admin.look("change", workspace))
    assert len(captured) <= 12
    assert page.count("given to them") == 20
    assert "25 teammates by themselves in all; the first of them are shown." in page


@pytest.mark.parametrize(
    ("model", "says"),
    [
        (Workspace, "No workspace yet"),
        (Inbox, "No inbox yet"),
        (CustomField, "No custom field yet"),
        (TeammateTemplate, "No teammate template yet"),
    ],
)
def test_an_empty_list_says_what_the_thing_is(admin: Browser, company: Company, model: Any, says: str) -> None:
    assert says in text(admin.look("changelist", model))
    assert "Nothing found" in text(admin.look("changelist", model, q="x"))


@pytest.mark.parametrize("model", [Workspace, CustomField, TeammateTemplate])
def test_a_name_that_is_taken_is_an_error_at_the_field(admin: Browser, company: Company, model: Any) -> None:
    for factory in (WorkspaceFactory, CustomFieldFactory, TeammateTemplateFactory):
        factory.create(company=company, name="Taken")
    before = dump()
    response = admin.save("add", model, name="Taken", kind="text", preferences="{}")
    assert "already. Use another name." in response.context["adminform"].form.errors["name"][0]
    assert dump() == before


def test_the_first_inbox_leads_to_the_workspace_it_needs(admin: Browser, company: Company) -> None:
    assert "there is none yet. Add a workspace" in text(admin.look("add", Inbox))
    WorkspaceFactory.create(company=company)
    assert "there is none yet" not in text(admin.look("add", Inbox))


def test_the_kind_of_a_custom_field_is_chosen_when_it_is_added_and_only_then(admin: Browser, company: Company) -> None:
    form = admin.look("add", CustomField).context["adminform"]
    assert form.fieldsets[0][1]["fields"] == ("name", "kind", "description", "options")
    assert "kind" not in form.readonly_fields
    field = CustomFieldFactory.create(company=company)
    assert "kind" not in admin.look("change", field).context["adminform"].form.fields


def test_without_a_custom_field_a_template_says_where_one_is_added(admin: Browser, company: Company) -> None:
    assert "The company has none yet." in text(admin.look("add", TeammateTemplate))
    CustomFieldFactory.create(company=company)
    assert "The company has none yet." not in text(admin.look("add", TeammateTemplate))


def test_options_of_a_field_that_is_no_dropdown_are_refused_where_they_stand(admin: Browser, company: Company) -> None:
    page = admin.save("add", CustomField, name="Buddy", kind="teammate", options="Ada")
    assert page.context["adminform"].form.errors == {"options": ["Only a dropdown has options."]}
    assert not company.custom_fields.exists()


def test_custom_fields(admin: Browser, company: Company) -> None:
    sent = {"name": "Floor", "kind": "dropdown", "options": "Ground\r\n\r\n First \r\nGround"}
    assert admin.save("add", CustomField, **sent).status_code == 302
    field = company.custom_fields.get()
    assert field.options == ["Ground", "First"]
    sent = entered(admin.look("change", field)) | {"options": "Ground", "kind": "text"}
    assert admin.save("change", field, **sent).status_code == 302
    field.refresh_from_db()
    assert (field.options, field.kind) == (["Ground"], "dropdown")
    response = admin.save("change", field, **(sent | {"options": ""}))
    assert "A dropdown needs at least one option." in text(response)
    page = admin.look("change", field).content.decode()
    assert f"teammate_custom_fields:{field.public_id}" in page
    assert "Copy custom field ID" in page


def test_a_custom_field_tells_who_has_a_value_before_it_is_deleted(admin: Browser, company: Company) -> None:
    field = CustomFieldFactory.create(company=company, name="Floor", kind="dropdown", options=["First"])
    for value in ("First", "First", "Roof"):
        TeammateFactory.create(company=company, custom_fields={field.public_id: value})
    assert "3 teammates have a value for Floor." in text(admin.act("delete", field, confirmed=False))
    page = text(admin.look("change", field))
    assert "First2" in page
    assert "Roof1no longer offered" in page
    assert admin.look("changelist", CustomField).context["cl"].result_list[0].values_counted == 3


@pytest.fixture
def office(company: Company) -> CustomField:
    """Two teammates are in Paris, nobody is in Rome."""
    field = CustomFieldFactory.create(
        company=company, name="Office", kind="dropdown", options=["Paris", "Rome", "Dublin"]
    )
    TeammateFactory.create_batch(2, company=company, custom_fields={field.public_id: "Paris"})
    TeammateFactory.create(company=company, custom_fields={field.public_id: "Dublin"})
    return field


def test_taking_away_an_option_in_use_asks_first_and_says_who_has_it(admin: Browser, office: CustomField) -> None:
    sent = entered(admin.look("change", office)) | {"options": "Rome\r\nDublin", "name": "Site"}
    page = admin.save("change", office, **sent)
    assert "2 teammates have “Paris”." in text(page)
    assert "Whoever has it keeps it" in text(page)
    office.refresh_from_db()
    assert (office.name, len(office.options)) == ("Office", 3)
    (way,) = re.findall(r'href="([^"]*custom_field=[^"]*)"', page.content.decode())
    listed = admin.get(unescape(way))
    assert len(listed.context["cl"].result_list) == 2
    assert "Only teammates who have “Paris” as Office." in text(listed)

    again = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page.content.decode()))
    assert admin.save("change", office, **again).status_code == 302
    office.refresh_from_db()
    assert (office.name, office.options) == ("Site", ["Rome", "Dublin"])


def test_taking_away_an_option_that_nobody_has_asks_nothing(admin: Browser, office: CustomField) -> None:
    sent = entered(admin.look("change", office)) | {"options": "Paris\r\nDublin"}
    assert admin.save("change", office, **sent).status_code == 302


@pytest.mark.parametrize(("asked", "found"), [("{}", 3), ("{}:Paris", 2), ("{}:Lyon", 0), ("fld_zzzz", 0), ("x", 0)])
def test_teammates_are_listed_by_the_value_of_a_custom_field(
    admin: Browser, office: CustomField, asked: str, found: int
) -> None:
    page = admin.look("changelist", Teammate, custom_field=asked.format(office.public_id))
    assert len(page.context["cl"].result_list) == found


def test_another_companys_custom_field_finds_nobody(admin: Browser, company: Company, foreign: dict[str, Any]) -> None:
    field = foreign["custom_field"]
    TeammateFactory.create(company=company, custom_fields={field.public_id: "x"})
    page = admin.look("changelist", Teammate, custom_field=field.public_id)
    assert list(page.context["cl"].result_list) == []
    assert field.name not in text(page)


def test_deleting_what_is_in_use_says_where_it_is_used(admin: Browser, company: Company) -> None:
    inbox = InboxFactory.create(company=company, name="Refunds")
    field = CustomFieldFactory.create(company=company, name="Front desk", kind="inbox")
    TeammateFactory.create(company=company, custom_fields={field.public_id: inbox.public_id})
    template = TeammateTemplateFactory.create(
        company=company, name="Support squad", custom_fields={field.public_id: inbox.public_id}
    )
    template.inboxes.add(inbox)
    template.workspaces.add(inbox.workspace)
    for row in (inbox, inbox.workspace, field):
        page = text(admin.act("delete", row, confirmed=False))
        assert "A template gives it to new teammates, and will not any more: Support squad" in page
    for row in (inbox, inbox.workspace):
        page = text(admin.act("delete", row, confirmed=False))
        assert "1 teammate has it as Front desk, which is emptied." in page


def test_templates(admin: Browser, company: Company) -> None:
    inbox, field = InboxFactory.create(company=company), CustomFieldFactory.create(company=company)
    custom = f"custom_{field.public_id}"
    sent: dict[str, Any] = {
        "name": "Support squad", "inboxes": [inbox.pk], custom: "Second floor",
        "preference_theme": "dark", "preference_time_zone": "Europe/Paris",
    }  # fmt: skip
    assert admin.save("add", TeammateTemplate, **sent).status_code == 302
    template = company.templates.get()
    assert template.custom_fields == {field.public_id: "Second floor"}
    assert template.preferences == {"theme": "dark", "time_zone": "Europe/Paris"}
    assert template.inboxes.get() == inbox
    page = admin.look("change", template)
    assert f'value="Support squad: {template.public_id}"' in page.content.decode()
    sent = entered(page) | {"workspaces": [inbox.workspace_id], custom: ""}
    assert admin.save("change", template, **sent).status_code == 302
    template.refresh_from_db()
    assert (template.custom_fields, template.workspaces.get()) == ({}, inbox.workspace)
    response = admin.save("change", template, **(sent | {"preference_theme": "pink"}))
    assert response.context["adminform"].form.errors["preference_theme"]
    admin.act("delete", template)
    assert not TeammateTemplate.objects.exists()


def test_preferences_that_the_form_does_not_know_are_kept(admin: Browser, company: Company) -> None:
    stored = {"theme": "dark", "sidebar": ["inb_1"]}
    template = TeammateTemplateFactory.create(company=company, preferences=stored)
    sent = entered(admin.look("change", template)) | {"preference_theme": "", "preference_language": "fr"}
    admin.save("change", template, **sent)
    template.refresh_from_db()
    assert template.preferences == {"sidebar": ["inb_1"], "language": "fr"}


def test_a_template_gives_the_app_role_to_enter_in_entra(admin: Browser, company: Company) -> None:
    template = TeammateTemplateFactory.create(company=company, name="Support <squad>")
    page = admin.look("change", template)
    shown = re.search(r'id="copy-role-json">(.*?)</pre>', page.content.decode(), re.DOTALL)
    assert shown is not None
    role = json.loads(unescape(shown[1]))
    uuid = role.pop("id")
    assert role == {
        "allowedMemberTypes": ["User"],
        "description": "Creates teammates from the template Support <squad>.",
        "displayName": f"Support <squad>: {template.public_id}",
        "isEnabled": True,
        "value": template.public_id,
    }
    assert uuid == app_roles.manifest_entry(template)["id"] == str(UUID(uuid))
    assert uuid != app_roles.manifest_entry(TeammateTemplateFactory.create(company=company))["id"]


def test_a_template_says_whom_it_made(
    admin: Browser, support: Browser, company: Company, other_company: Company
) -> None:
    template = TeammateTemplateFactory.create(company=company, name="Support squad")
    ada = TeammateFactory.create(company=company, display_name="Ada", created_from_template=template.public_id)
    TeammateFactory.create(company=company, display_name="Bob")
    TeammateFactory.create(company=other_company, created_from_template=template.public_id)
    for client in (admin, support):
        page = client.look("change", template)
        assert "Show 1 in the list of teammates" in text(page)
        named = f"company__id__exact={company.pk}&amp;template={template.pk}&amp;status=any"
        link = f"/admin/teammates/teammate/?{named}"
        assert link in page.content.decode()
    listed = admin.get(unescape(link)).context["cl"].result_list
    assert list(listed) == [ada]
    assert "1 teammate was created from Support squad" in text(admin.act("delete", template, confirmed=False))
    assert admin.look("changelist", TeammateTemplate).context["cl"].result_list[0].used_counted == 1


def test_an_only_template_asks_for_a_second_one(admin: Browser, support: Browser, company: Company) -> None:
    template = TeammateTemplateFactory.create(company=company)
    for page in (admin.look("change", template), admin.look("changelist", TeammateTemplate)):
        assert "Create the second template" in text(page)
        offered = re.search(
            r'href="(/admin/templates_app/teammatetemplate/add/[^"]*name=[^"]*)"', page.content.decode()
        )
        assert offered is not None
        assert entered(admin.get(unescape(offered[1]))) == {"name": "No template"}
    assert "Create the second template" not in text(support.look("change", template))
    TeammateTemplateFactory.create(company=company)
    for page in (admin.look("change", template), admin.look("changelist", TeammateTemplate)):
        assert "Create the second template" not in text(page)


# --- history ---


def test_the_history_of_a_row_is_its_part_of_the_audit_log(admin: Browser, company: Company) -> None:
    workspace = WorkspaceFactory.create(company=company)
    admin.save("change", workspace, name="Care")
    page = admin.get(url_of("history", workspace), follow=True)
    assert list(page.context["cl"].result_list) == list(Event.objects.filter(kind="workspace.updated"))


# --- notices ---


def test_notices_are_open_until_closed(admin: Browser, company: Company) -> None:
    notice = Notice.objects.create(company=company, kind=NoticeKind.NO_LICENCE, text="All licences are in use")
    assert notice.text in text(admin.look("changelist", Notice))
    admin.act("close", notice)
    assert list(admin.look("changelist", Notice).context["cl"].result_list) == []
    assert list(admin.look("changelist", Notice, state="closed").context["cl"].result_list) == [notice]
    assert Event.objects.get().kind == "notice.closed"
