"""The User provisioning tab: how the connection is doing, what to enter where, the guide's steps, and group sync."""

from dataclasses import replace
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _

from scim.admin.adoption import GROUPS, adoptable_groups, group_counts
from scim.admin.chart import chart
from scim.admin.checklist import checklist
from scim.admin.entries import tell_tokens_apart, url_of_cycle
from scim.admin.traffic import traffic_of
from scim.cycles import Connection, Cycle, State, connection_state, day_sums
from scim.models import Outcome
from teammates.addresses import tenant_url
from teammates.admin.actions import ConfirmationForm
from teammates.admin.actors import actor_of
from teammates.admin.forms import usable_pk
from teammates.admin.links import list_beside
from teammates.admin.logs import asked_company, choose_company
from teammates.admin.permissions import COMPANY_SETTINGS, Role, allows, role_of
from teammates.admin.pieces import bar, link
from teammates.admin.teammate_actions import licences_in_words
from teammates.admin.waiting_groups import counted_in_words
from teammates.errors import Refusal
from teammates.models import ApiToken, Company, Scope, Teammate
from teammates.services import companies, tokens
from teammates.support import with_links

LOOKS = {
    State.NEVER: "info", State.HEALTHY: "good", State.QUIET: "warn", State.FAILING: "bad", State.WAITING: "info",
}  # fmt: skip
WORDS = {
    State.NEVER: _(
        "No identity provider has connected yet. Create a token, enter it with the Tenant URL in Microsoft Entra ID "
        "and press Test Connection there; the steps below lead you through it."
    ),
    State.HEALTHY: _("The identity provider is connected, and what it asks for is done. There is nothing to do."),
    State.QUIET: _(
        "Nothing has been heard for two cycles or more. If provisioning was not paused on purpose, open Provisioning "
        "in Microsoft Entra ID: see whether it is on and not in quarantine, and press Start provisioning. If it says "
        "there that the credentials are wrong, enter a new token: a wrong one names no company, so nobody sees it here."
    ),
    State.FAILING: _(
        "More requests are refused than everyday life explains. The latest refusal below says what to correct; "
        "Microsoft Entra ID tries again by itself, and puts the connection into quarantine if this goes on."
    ),
    State.WAITING: _(
        "What kept the identity provider out is put right, and nothing has to be entered anew. Its next request will "
        "be let in: Microsoft Entra ID sends one within 40 minutes, or at once with Test Connection."
    ),
}
DENIED = _(
    "The identity provider is not let in, so nobody is created, changed or blocked. Create a token and enter it as "
    "Secret Token in Microsoft Entra ID, then press Test Connection there; the refusal below says what is wrong."
)
# The same where support staff read it, who create no tokens.
NEVER_TO_SUPPORT = _(
    "No identity provider has connected yet. A company admin creates a token on this page and enters it with the "
    "Tenant URL in Microsoft Entra ID; the steps below lead them through it."
)
DENIED_TO_SUPPORT = _(
    "The identity provider is not let in, so nobody is created, changed or blocked; the refusal below says why. If the "
    "token is at an end, a company admin creates one on this page and enters it as Secret Token in Microsoft Entra ID."
)
NOT_YET = _("No identity provider has connected yet. One can, as soon as the plan includes user provisioning.")
NOT_IN_THE_PLAN = _(
    "Whatever the identity provider asks for is refused until the plan includes user provisioning. Nothing has to be "
    "changed there, and no new token is needed: it goes on by itself then."
)
FIRST_THE_PLAN = _(
    "Once the plan includes user provisioning, this can be done here. To change the plan, or if it is a legacy plan "
    "that had it, %(ask_support)s."
)
SOME_REFUSED = _(
    "The identity provider is connected, and what it asks for is done, but for what was refused in the last cycle: see "
    "whether something is to be corrected. It tries again by itself."
)
TITLE = _("User provisioning")


def user_provisioning(request: HttpRequest) -> HttpResponse:
    """The page, and on POST a token, whose value is in this one answer and nowhere else."""
    company = _company(request)
    if company is None:
        _way(request)
        return choose_company(admin.site.get_model_admin(Teammate), request, str(TITLE))
    if request.method == "POST":
        return _create_token(request, company)
    connection = _named(request, connection_state(company))
    cycle = connection.last
    seen = traffic_of(company)
    query = _query(request, company)
    context = {
        **_context(request, company, TITLE),
        "connection": connection,
        "look": LOOKS[connection.state],
        "words": _words(company, connection, to_support=role_of(request.user) == Role.SUPPORT),
        "cycle": cycle,
        "refused_url": _refused_url(request, company, cycle) if cycle is not None else "",
        "tenant_url": tenant_url(),
        "tokens": seen.provisioning_tokens,
        "had_tokens": any(Scope.AUTO_PROVISIONING in token.scopes for token in seen.tokens),
        "tokens_url": list_beside(request, "teammates.apitoken", company.pk),
        "may_create": allows(request.user, ApiToken, "add"),
        "may_sync": _may_sync(request, company),
        "waiting": _waiting(request, company),
        "first_the_plan": _first_the_plan(request, company),
        "parts": checklist(company, seen, query, list_beside(request, "templates_app.teammatetemplate", company.pk)),
        "chart": chart(day_sums(company)),
        "licences": bar(company.licences_used, company.licence_count, licences_in_words(company, request)),
    }
    return TemplateResponse(request, "admin/scim/user_provisioning.html", context)


def _named(request: HttpRequest, connection: Connection) -> Connection:
    """The connection, its tokens told apart from others of their names."""
    told = iter(tell_tokens_apart(request, filter(None, (connection.last, connection.denied))))
    return replace(
        connection,
        last=next(told) if connection.last is not None else None,
        denied=next(told) if connection.denied is not None else None,
    )


def _words(company: Company, connection: Connection, *, to_support: bool) -> Any:
    """How the connection is doing, and what to do about it."""
    cycle = connection.last
    if not company.scim_allowed:
        return NOT_YET if connection.state == State.NEVER else NOT_IN_THE_PLAN
    if connection.state == State.FAILING and cycle is not None and cycle.is_denied:
        return DENIED_TO_SUPPORT if to_support else DENIED
    if to_support and connection.state == State.NEVER:
        return NEVER_TO_SUPPORT
    if connection.state == State.HEALTHY and cycle is not None and cycle.refused + cycle.failed:
        return SOME_REFUSED
    return WORDS[connection.state]


def _waiting(request: HttpRequest, company: Company) -> str:
    """HTML: the groups that the identity provider has not written to since group sync was turned on again."""
    return counted_in_words(request, company, group_counts(company).dormant) if company.takes_groups else ""


def _first_the_plan(request: HttpRequest, company: Company) -> str:
    """HTML: what comes before a token or group sync where the plan lacks provisioning; they would open nothing yet."""
    if company.scim_allowed:
        return ""
    if role_of(request.user) != Role.SUPPORT:
        return with_links(FIRST_THE_PLAN)
    page = link(reverse("admin:teammates_company_change", args=[company.pk]), translated("the company's page"))
    return format_html(translated("First set a plan that includes user provisioning, or allow it, on {}."), page)


def _refused_url(request: HttpRequest, company: Company, cycle: Cycle) -> str:
    """The log of what was refused in the cycle, or of what failed where nothing was."""
    outcome = Outcome.FAILED if cycle.failed and not cycle.refused else Outcome.REFUSED
    named = {"company": company.public_id} if role_of(request.user) == Role.SUPPORT else {}
    return url_of_cycle(cycle, outcome=outcome.value, **named)


def group_sync(request: HttpRequest) -> HttpResponse:
    """What turning group sync on or off will mean, and the button that does it."""
    company = _company(request)
    if company is None:
        _way(request)
        return choose_company(admin.site.get_model_admin(Teammate), request, translated("Teammate Group Sync"))
    if not _may_sync(request, company):
        raise PermissionDenied
    to_be_on = not company.group_sync_enabled
    if to_be_on and (before := _first_the_plan(request, company)):
        messages.warning(request, before)
        return HttpResponseRedirect(reverse("admin:user_provisioning") + _query(request, company))
    asks_reason = role_of(request.user) == Role.SUPPORT
    sent = request.POST if request.method == "POST" else None
    form = ConfirmationForm(sent, asks_reason=asks_reason)
    if sent is not None and form.is_valid():
        return _set_sync(request, company, sent.get("enable") == "yes", form.cleaned_data.get("reason", ""))
    page = usable_pk(request.GET.get("page")) or 1
    counts = group_counts(company)
    pages = max(1, -(-counts.adoptable // GROUPS))
    page = min(page, pages)
    context = {
        **_context(request, company, _("Teammate Group Sync")),
        "form": form,
        "to_be_on": to_be_on,
        "counts": counts,
        "waiting": counted_in_words(request, company, counts.dormant),
        "groups": adoptable_groups(company, page) if to_be_on else [],
        "page_number": page,
        "pages": pages,
    }
    return TemplateResponse(request, "admin/scim/group_sync.html", context)


def _set_sync(request: HttpRequest, company: Company, enable: bool, reason: str) -> HttpResponse:
    try:
        companies.update_company(company.pk, {"group_sync_enabled": enable}, actor=actor_of(request), reason=reason)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        if enable:
            done = translated("Teammate Group Sync is on: groups arrive with the next cycle.")
            waiting = counted_in_words(request, company, group_counts(company).dormant)
        else:
            done = translated("Teammate Group Sync is off: the groups keep their members and can be edited here.")
            waiting = ""
        messages.success(request, format_html("{} {}", done, waiting) if waiting else done)
    return HttpResponseRedirect(reverse("admin:user_provisioning") + _query(request, company))


def _create_token(request: HttpRequest, company: Company) -> HttpResponse:
    """The identity provider's token, made and shown once; none where the plan would refuse it."""
    if not allows(request.user, ApiToken, "add"):
        raise PermissionDenied
    if before := _first_the_plan(request, company):
        messages.warning(request, before)
        return HttpResponseRedirect(reverse("admin:user_provisioning") + _query(request, company))
    token, value = tokens.create_provisioning_token(company, actor=actor_of(request))
    messages.success(request, translated("The token was created."))
    context = {
        **_context(request, company, _("Copy this now")),
        "token": token,
        "value": value,
        "tenant_url": tenant_url(),
    }
    return TemplateResponse(request, "admin/scim/token_created.html", context)


def _company(request: HttpRequest) -> Company | None:
    if not allows(request.user, Company, "view"):
        raise PermissionDenied
    return asked_company(request)


def _may_sync(request: HttpRequest, company: Company) -> bool:
    role = role_of(request.user)
    settings = COMPANY_SETTINGS[role] if role is not None else frozenset()
    return "group_sync_enabled" in settings and allows(request.user, Company, "change", company)


def _query(request: HttpRequest, company: Company) -> str:
    return f"?company={company.public_id}" if role_of(request.user) == Role.SUPPORT else ""


def _way(request: HttpRequest, title: Any = None) -> None:
    first = {"title": TITLE, "link": reverse("admin:user_provisioning")}
    request.way = [first, {"title": title}] if title is not None else [first]  # type: ignore[attr-defined]


def _context(request: HttpRequest, company: Company, title: Any) -> dict[str, Any]:
    _way(request, title if title != TITLE else None)
    request.current_app = admin.site.name
    return {
        **admin.site.each_context(request),
        "title": title,
        "company": company,
        "support": role_of(request.user) == Role.SUPPORT,
        "company_query": _query(request, company),
    }
