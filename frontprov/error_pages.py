"""What somebody at a browser sees of a request that cannot be served: what it means, and where to go on.

SCIM and the REST API answer in forms of their own (scim.errors, teammates.api.errors).
"""

from dataclasses import dataclass

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from teammates.admin.permissions import Role, role_of


@dataclass(frozen=True)
class Words:
    status: int
    title: str | Promise
    text: str | Promise


NOT_FOUND = Words(
    404,
    _("There is no such page"),
    _(
        "Nothing is at this address: it may be misspelt, what it was about may have been deleted, or it is another "
        "company's. Search for it, or choose from the menu."
    ),
)
REFUSED = Words(
    403,
    _("This is not yours to do"),
    _("Your role does not include this page or this action. Ask a company admin, or support, if you need it."),
)
REFUSED_TO_SUPPORT = Words(
    403,
    REFUSED.title,
    _("This is for the company's admins: support staff read it, and change what the documentation for support names."),
)
UNREADABLE = Words(
    400,
    _("This request cannot be read"),
    _(
        "The browser sent something that no page here sends, or the address in it is not this server's. Open the "
        "company settings under the address you were given, and try again."
    ),
)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(request, NOT_FOUND)


def refused(request: HttpRequest, exception: Exception) -> HttpResponse:
    for_support = hasattr(request, "user") and role_of(request.user) == Role.SUPPORT
    return _page(request, REFUSED_TO_SUPPORT if for_support else REFUSED)


def unreadable(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(request, UNREADABLE)


def _page(request: HttpRequest, words: Words) -> HttpResponse:
    """Inside the frame with the menu for who is signed in and may be there; a card by itself for others.

    A request that is refused on its way in (its host is not this server's) has nobody yet.
    """
    if not hasattr(request, "user"):
        return HttpResponse(render_to_string("error_bare.html", {"words": words}), status=words.status)
    inside = request.path.startswith(reverse("admin:index")) and role_of(request.user) is not None
    request.way = [{"title": words.title}]  # type: ignore[attr-defined]
    context = {**admin.site.each_context(request), "title": words.title, "words": words}
    request.current_app = admin.site.name
    template = "error.html" if inside else "error_outside.html"
    return TemplateResponse(request, template, context, status=words.status).render()
