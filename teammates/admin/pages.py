"""Pages of the web admin that belong to no model: signing in, passwords, one's own account."""

from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse


def page(
    site: AdminSite, request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """One page with the frame of the site. Nothing keeps a copy: these pages hold links, secrets and states."""
    request.current_app = site.name
    response = TemplateResponse(
        request, f"admin/teammates/{template}", {**site.each_context(request), **context}, status=status
    )
    response.headers["Cache-Control"] = "no-store, private"
    return response
