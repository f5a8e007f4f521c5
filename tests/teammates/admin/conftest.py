"""Browsers of an admin, of support staff and of a plain teammate, and one row of every noun in two companies."""

from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from scim.models import LogEntry
from teammates.models import ApiToken, Company, Event, Notice, NoticeKind, Teammate
from teammates.services import events
from teammates.services.events import SYSTEM
from tests.factories import (
    AccessGrantFactory,
    ApiTokenFactory,
    CustomFieldFactory,
    InboxFactory,
    MembershipFactory,
    SupportFactory,
    TeammateFactory,
    TeammateTemplateFactory,
)


class Browser(Client):
    """A browser in which somebody is signed in. Pages are named by model and page, as Django names them."""

    def look(self, page: str, row: Model | type[Model], **query: Any) -> Any:
        return self.get(url_of(page, row), query)

    def save(self, page: str, row: Model | type[Model], **fields: Any) -> Any:
        return self.post(url_of(page, row), fields)

    def act(self, action: str, *rows: Model, confirmed: bool = True, **fields: Any) -> Any:
        keys = {"_selected_action": [row.pk for row in rows], "action": action}
        yes = {"confirmed": "yes"} if confirmed else {}
        return self.post(url_of("changelist", rows[0]), keys | yes | fields, follow=confirmed)

    def choices(self, source: str, field: str, term: str = "", **query: Any) -> Any:
        app, _, model = source.partition(".")
        sent = {"app_label": app, "model_name": model, "field_name": field, "term": term, **query}
        return self.get(reverse("admin:autocomplete"), sent)


def url_of(page: str, row: Model | type[Model]) -> str:
    """The address of a page: of a list, of its file or of adding when it has no row."""
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_{page}"
    return reverse(name, args=[] if page in ("changelist", "add", "export") else [row.pk])


def text(response: Any) -> str:
    """What a person reads on the page."""
    return " ".join(unescape(strip_tags(response.content.decode())).split())


def entered(response: Any) -> dict[str, Any]:
    """What the form on this page would send if nothing were changed."""
    form = response.context["adminform"].form
    sent = {}
    for name in form.fields:
        value = form[name].value()
        if value not in (None, "", False):
            sent[name] = "on" if value is True else value
    return sent


def log_entry(company: Company, **facts: Any) -> LogEntry:
    """An entry of the provisioning log, as scim.log writes one."""
    token = ApiToken.objects.filter(company=company).first() or ApiTokenFactory.create(company=company)
    plain = {
        "at": timezone.now(), "client": "entra", "method": "PATCH", "path": "/v2/Users/x", "status": 200,
        "milliseconds": 7, "outcome": "changed", "text": "Changed title of Ada.", "kinds": ["teammate.updated"],
        "resource": "", "resource_name": "Ada",
    }  # fmt: skip
    return LogEntry.objects.create(**{"company": company, "token": token, "token_name": token.name} | plain | facts)


def one_of_each(company: Company) -> dict[str, Model]:
    """A row of every noun that has pages, by its name."""
    membership = MembershipFactory.create(group__company=company)
    inbox = InboxFactory.create(company=company)
    AccessGrantFactory.create(group=membership.group, inbox=inbox)
    events.append(company.pk, "test.happened", SYSTEM, subject=membership.group.public_id, name="Something")
    return {
        "teammate": membership.teammate,
        "group": membership.group,
        "membership": membership,
        "template": TeammateTemplateFactory.create(company=company),
        "workspace": inbox.workspace,
        "inbox": inbox,
        "custom_field": CustomFieldFactory.create(company=company),
        "token": ApiTokenFactory.create(company=company),
        "company": company,
        "log_entry": log_entry(company),
        "event": Event.objects.filter(company=company).latest("pk"),
        "notice": Notice.objects.create(company=company, kind=NoticeKind.NO_LICENCE, text=f"Look at {company.name}"),
    }


@pytest.fixture
def browser(db: None) -> Callable[[Teammate], Browser]:
    def signed_in(teammate: Teammate) -> Browser:
        client = Browser()
        client.force_login(teammate)
        return client

    return signed_in


@pytest.fixture
def admin_person(company: Company) -> Teammate:
    return TeammateFactory.create(company=company, admin=True, first_name="Grace", last_name="Hopper")


@pytest.fixture
def admin(admin_person: Teammate, browser: Callable[[Teammate], Browser]) -> Browser:
    return browser(admin_person)


@pytest.fixture
def support_person(db: None) -> Teammate:
    return SupportFactory.create(first_name="Sam", last_name="Support")


@pytest.fixture
def support(support_person: Teammate, browser: Callable[[Teammate], Browser]) -> Browser:
    return browser(support_person)


@pytest.fixture
def mine(company: Company) -> dict[str, Model]:
    return one_of_each(company)


@pytest.fixture
def foreign(other_company: Company) -> dict[str, Model]:
    return one_of_each(other_company)
