"""The audit log: every event of the company, as it was written."""

import json
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from teammates.admin.base import BoundedPaginator, ScopedAdmin
from teammates.models import ActorKind, Event

FACTS = 3  # in the list; the page of the event has all
ABOUT = [
    ("teammate", _("Teammates")),
    ("group", _("Teammate groups")),
    ("template", _("Teammate templates")),
    ("token", _("API tokens")),
    ("company", _("Company settings")),
    ("workspace", _("Workspaces")),
    ("inbox", _("Inboxes")),
    ("custom_field", _("Custom fields")),
    ("notice", _("Notices")),
]


class AboutFilter(admin.SimpleListFilter):
    title = _("about")
    parameter_name = "about"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return ABOUT

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(kind__startswith=f"{self.value()}.") if self.value() else queryset


@admin.register(Event)
class EventAdmin(ScopedAdmin):
    list_display = ("at", "what", "happened_to", "done_by", "summary")
    list_filter = (AboutFilter, "actor_kind", "at")
    search_fields = ("=subject", "subject_name", "actor", "kind")
    search_help_text = _("The name or the ID of what it happened to, who did it, or what happened.")
    filterable = ("subject__exact", "company__id__exact")
    paginator = BoundedPaginator
    has_history = False
    fieldsets = (
        (None, {"fields": ("at", "what", "id_shown", "kind")}),
        (_("Happened to"), {"fields": ("subject_name", "subject")}),
        (_("Done by"), {"fields": ("actor", "actor_kind", "actor_id")}),
        (_("What changed"), {"fields": ("changes", "details")}),
    )

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"title": _("Audit log"), **(extra_context or {})})

    @admin.display(description=_("what"), ordering="kind")
    def what(self, event: Event) -> str:
        return event.kind.replace(".", " ").replace("_", " ").capitalize()

    @admin.display(description=_("ID"))
    def id_shown(self, event: Event) -> str:
        return event.public_id

    @admin.display(description=_("happened to"), ordering="subject_name")
    def happened_to(self, event: Event) -> str:
        return event.subject_name or event.subject

    @admin.display(description=_("done by"), ordering="actor")
    def done_by(self, event: Event) -> str:
        """Teammates are plain people; who else there is says what it is."""
        if event.actor_kind == ActorKind.TEAMMATE:
            return event.actor
        return f"{event.actor} ({event.get_actor_kind_display()})"

    @admin.display(description=_("summary"))
    def summary(self, event: Event) -> str:
        """What was different before, and why it was changed, short enough for a list."""
        facts = [f"{name}: {_short(old)} → {_short(new)}" for name, old, new in _changes(event) if old is not None]
        if reason := event.data.get("reason"):
            facts.append(f"reason: {_short(reason)}")
        return "; ".join(facts[:FACTS]) + ("; …" if len(facts) > FACTS else "")

    @admin.display(description=_("before and after"))
    def changes(self, event: Event) -> str:
        rows = [(name, _written(old), _written(new)) for name, old, new in _changes(event)]
        if not rows:
            return "—"
        body = format_html_join("", "<tr><td>{}</td><td>{}</td><td>{}</td></tr>", rows)
        head = format_html("<tr><th>{}</th><th>{}</th><th>{}</th></tr>", _("Field"), _("Before"), _("After"))
        return format_html("<table>{}{}</table>", head, body)

    @admin.display(description=_("everything that was kept"))
    def details(self, event: Event) -> SafeString | str:
        rest = {key: value for key, value in event.data.items() if key not in ("before", "after")}
        return format_html("<pre>{}</pre>", json.dumps(rest, indent=2, ensure_ascii=False)) if rest else "—"


def _changes(event: Event) -> list[tuple[str, Any, Any]]:
    before, after = event.data.get("before"), event.data.get("after")
    before, after = (each if isinstance(each, dict) else {} for each in (before, after))
    names = dict.fromkeys([*before, *after])
    return [(name, before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)]


def _written(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)


def _short(value: Any) -> str:
    text = _written(value)
    return text if len(text) <= 60 else f"{text[:59]}…"
