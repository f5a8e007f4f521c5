"""The search over everything: a name, an e-mail address, a public id or a settings page, in one box on every page."""

from collections.abc import Iterator
from typing import Any

from django.contrib.admin import AdminSite
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import strip_tags
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from unfold.dataclasses import SearchResult

from frontprov.admin_directory import pages_named
from scim.models import LogEntry
from teammates.admin.forms import option_label, told_apart
from teammates.admin.permissions import allows, looks_everywhere
from teammates.models import ApiToken, Company, CustomField, Event, Inbox, Teammate, TeammateGroup, Workspace
from teammates.models.base import PublicModel
from teammates.sentences import sentence
from templates_app.models import TeammateTemplate

# In this order, with the icon of each. Memberships and notices are looked for on their own pages.
SEARCHED: dict[type[Model], str] = {
    Teammate: "person",
    TeammateGroup: "group",
    TeammateTemplate: "file_copy",
    Company: "apartment",
    Workspace: "workspaces",
    Inbox: "inbox",
    CustomField: "list_alt",
    ApiToken: "key",
}
BY_ID: dict[type[PublicModel], str] = {Event: "history", LogEntry: "sync_alt"}  # found by nothing else
MOST_OF_A_KIND = 8
SHORTEST = 2


def search(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """The settings pages of that name, then rows that the signed-in person may see; one query for each kind of them."""
    term = request.GET.get("s", "").strip()
    if len(term) < SHORTEST:
        return _answer(request, {"is_short": True, "results": [], "elsewhere": []}) if term else HttpResponse()
    models = list(SEARCHED)
    if looks_everywhere(request.user):  # a company comes before the many people it has
        models.sort(key=lambda model: model is not Company)
    kinds = [_pages(request, term), *(_of_a_kind(site, request, model, SEARCHED[model], term) for model in models)]
    named = [model for model in BY_ID if model.pk_of(term) is not None]
    kinds += [_of_a_kind(site, request, model, BY_ID[model], term) for model in named]
    context = {
        "term": term,
        "elsewhere": [] if any(kinds) else list(_elsewhere(request, term)),
        "results": [hit for kind in kinds for hit in kind[:MOST_OF_A_KIND]],
        "cut": any(len(kind) > MOST_OF_A_KIND for kind in kinds),
        "most": MOST_OF_A_KIND,
    }
    return _answer(request, context)


def _answer(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    return TemplateResponse(request, "unfold/helpers/command_results.html", context, headers={"HX-Trigger": "search"})


def _pages(request: HttpRequest, term: str) -> list[SearchResult]:
    return [
        SearchResult(title=str(page.title), description=str(page.about), link=page.link, icon=page.icon)
        for page in pages_named(request, term)
    ]


def _elsewhere(request: HttpRequest, term: str) -> Iterator[SearchResult]:
    """Where else to look for what was not found: what is gone still stands in the logs, and who never came to be."""
    if looks_everywhere(request.user):  # no index finds a word among the requests of all companies
        requests = _("what the identity provider of one company sent, also refused: you choose the company first")
    else:
        requests = _("what the identity provider sent, also refused")
    ways: list[tuple[type[Model], str, str, str]] = [
        (Event, "history", _("Look in the audit log"), _("names of what was changed, renamed or deleted")),
        (LogEntry, "sync_alt", _("Look in the provisioning log"), requests),
    ]
    for model, icon, title, about in ways:
        if allows(request.user, model, "view"):
            url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
            yield SearchResult(title=title, description=about, link=f"{url}?{urlencode({'q': term})}", icon=icon)


def _of_a_kind(site: AdminSite, request: HttpRequest, model: type[Any], icon: str, term: str) -> list[SearchResult]:
    """One more than is shown, where there are more."""
    pages: Any = site.get_model_admin(model)
    if not pages.has_view_permission(request):
        return []
    rows, _is_repeated = pages.get_search_results(request, pages.get_queryset(request).order_by("pk"), term)
    return [
        SearchResult(
            title=_title(pages, row),
            description=_described(pages, request, row),
            link=reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[row.pk]),
            icon=icon,
        )
        for row in rows[: MOST_OF_A_KIND + 1]
    ]


def _title(pages: Any, row: Any) -> str:
    match row:
        case Event():
            return sentence(row.kind, row.subject_name or row.subject, row.data)
        case LogEntry():
            return row.text
        case ApiToken():  # its name may be that of the value that replaced it
            return str(pages.spelled_out(row))
        case Teammate():  # whose status is told beside
            return told_apart(row)
        case _:
            return option_label(row)


def _described(pages: Any, request: HttpRequest, row: Any) -> str:
    """What it is, how it stands, and whose it is where several companies are searched."""
    facts = [str(pages.opts.verbose_name)]
    match row:
        case Teammate():
            facts.append(row.get_status_display())
        case Company():
            facts.append(row.get_plan_display())
        case ApiToken():
            facts.append(strip_tags(pages.state(row)))
    if pages.shows_company(request):
        facts.append(row.company.name)
    return ", ".join(facts)
