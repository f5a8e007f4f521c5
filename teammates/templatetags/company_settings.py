"""What every page of the web admin shows of the company it is about.

The admin's own modules are imported when a page is drawn: the template engine reads this one while they are loaded.
"""

from typing import Any

from django import template
from django.template.context import RequestContext
from django.utils.text import capfirst

from teammates import support
from teammates.guidance import guidance
from teammates.models import URGENT_NOTICES, Notice

register = template.Library()
register.simple_tag(support.ask_support, name="ask_support")


@register.simple_tag(takes_context=True)
def page_title(context: RequestContext) -> str:
    """What a browser's tab is called: the way to the page (see header_title.html), what it is about first."""
    opts, row, title = context.get("opts"), context.get("original"), context.get("title", "")
    way: list[Any] = [each["title"] for each in getattr(context.get("request"), "way", ())]
    if not way and opts is not None:
        of_list = (getattr(context.get("cl"), "title", ""), opts.verbose_name_plural)  # Django's own, and ours
        way = [opts.verbose_name_plural, *([row] if row is not None else [title] if title not in of_list else [])]
    return " | ".join([*(capfirst(str(title)) for title in reversed(way or [title])), context["site_title"]])


@register.inclusion_tag("admin/teammates/notice_banner.html", takes_context=True)
def notice_banner(context: RequestContext) -> dict[str, Any]:
    """What cannot wait, in one banner: the whole of it when it is one thing, else a line that names the first."""
    from teammates.admin.permissions import Role, allows, role_of
    from teammates.admin.waiting import waiting

    request = context.get("request")
    if request is None or context.get("is_popup") or not hasattr(request, "user") or _lists_companies(request):
        return {}
    found, plan = waiting(request), context.get("plan_banner")
    for_support = role_of(request.user) == Role.SUPPORT
    number = found.urgent + bool(plan)
    return {
        "number": number,
        "plan": plan,
        "company_id": getattr(request.user, "company_id", None),
        "notices": found.first,
        "guidance": guidance(found.first[0], for_support=for_support) if found.urgent == number == 1 else None,
        "more": found.urgent - len(found.first),
        "is_bad": any(notice.kind in URGENT_NOTICES for notice in found.first),
        "may_close": allows(request.user, Notice, "close"),
        "here": request.get_full_path(),
        "request": request,
        "csrf_token": context.get("csrf_token"),
    }


@register.inclusion_tag("admin/teammates/chosen_company.html", takes_context=True)
def chosen_company(context: RequestContext, as_name: bool = False) -> dict[str, Any]:
    """For support staff: which company's rows are shown, and the way out of it (or in).

    as_name: only which one, for the banner of a narrow screen, whose menu is closed.
    """
    from teammates.admin.permissions import Role, looked_at, role_of

    request = context.get("request")
    user = getattr(request, "user", None)
    if user is None or role_of(user) != Role.SUPPORT:
        return {}
    return {
        "is_support": True,
        "as_name": as_name,
        "company": looked_at(user),
        "lists_companies": _lists_companies(request),
        "csrf_token": context.get("csrf_token"),
    }


def _lists_companies(request: Any) -> bool:
    """Whether the page is the list of all companies, which stays that whichever of them is looked at."""
    match = request.resolver_match
    return match is not None and match.url_name == "teammates_company_changelist"
