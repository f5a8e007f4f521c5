"""Parts of a page that are no form fields: tables and timelines in the tabs of a row's page."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString


class Panel:
    """Stands as a fieldset's description; worked out when the page shows it, and once only."""

    def __init__(self, request: HttpRequest, template: str, facts: Callable[[], Mapping[str, Any]]) -> None:
        self._request, self._template, self._facts = request, template, facts

    @cached_property
    def _html(self) -> SafeString:
        return render_to_string(f"admin/teammates/{self._template}", dict(self._facts()), self._request)

    def __html__(self) -> SafeString:
        return self._html

    def __str__(self) -> SafeString:
        return self._html


def tab(name: Any, fields: Any = (), panel: Panel | None = None) -> tuple[Any, dict[str, Any]]:
    """A tab of a row's page: a panel, form fields, or both."""
    return name, {"fields": tuple(fields), "classes": ("tab",), **({"description": panel} if panel else {})}
