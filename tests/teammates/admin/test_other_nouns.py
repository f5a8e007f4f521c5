"""Workspaces, inboxes, custom fields, templates, the audit log and notices."""

from typing import Any

import pytest

from teammates.models import Company, CustomField, Event, Inbox, Notice, NoticeKind, Workspace
from templates_app.models import TeammateTemplate
from tests.factories import CustomFieldFactory, InboxFactory, TeammateTemplateFactory, WorkspaceFactory
from tests.scim.conftest import dump
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


@pytest.mark.parametrize("model", [Workspace, CustomField, TeammateTemplate])
def test_a_name_that_is_taken_is_an_error_at_the_field(admin: Browser, company: Company, model: Any) -> None:
    for factory in (WorkspaceFactory, CustomFieldFactory, TeammateTemplateFactory):
        factory.create(company=company, name="Taken")
    before = dump()
    response = admin.save("add", model, name="Taken", kind="text", preferences="{}")
    assert "already. Use another name." in response.context["adminform"].form.errors["name"][0]
    assert dump() == before


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
    assert field.public_id in text(admin.look("change", field))


def test_templates(admin: Browser, company: Company) -> None:
    inbox, field = InboxFactory.create(company=company), CustomFieldFactory.create(company=company)
    custom = f"custom_{field.public_id}"
    sent: dict[str, Any] = {
        "name": "Support squad", "inboxes": [inbox.pk], custom: "Second floor", "preferences": '{"theme": "dark"}',
    }  # fmt: skip
    assert admin.save("add", TeammateTemplate, **sent).status_code == 302
    template = company.templates.get()
    assert template.custom_fields == {field.public_id: "Second floor"}
    assert template.preferences == {"theme": "dark"}
    assert template.inboxes.get() == inbox
    page = admin.look("change", template)
    assert f"Support squad: {template.public_id}" in text(page)
    sent = entered(page) | {"workspaces": [inbox.workspace_id], custom: ""}
    assert admin.save("change", template, **sent).status_code == 302
    template.refresh_from_db()
    assert (template.custom_fields, template.workspaces.get()) == ({}, inbox.workspace)
    for wrong in ("[1]", "nonsense"):
        response = admin.save("change", template, **(sent | {"preferences": wrong}))
        assert response.context["adminform"].form.errors["preferences"]
    admin.act("delete", template)
    assert not TeammateTemplate.objects.exists()


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
