"""The audit log: every event of the company, as it was written, told in plain sentences."""

import json
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from django import forms
from django.apps import apps
from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _

from teammates.admin.changes import changes, own_fields, written
from teammates.admin.links import list_beside
from teammates.admin.logs import LogAdmin, LogForm, query
from teammates.admin.permissions import visible
from teammates.models import ActorKind, Company, Event, Status, Teammate
from teammates.public_ids import decode
from teammates.sentences import leaves, sentence

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
PAGES = {  # what an event is about, by the first part of its kind → the model whose page shows it
    "teammate": "teammates.teammate",
    "group": "teammates.teammategroup",
    "template": "templates_app.teammatetemplate",
    "token": "teammates.apitoken",
    "company": "teammates.company",
    "workspace": "teammates.workspace",
    "inbox": "teammates.inbox",
    "custom_field": "teammates.customfield",
}
NAMED = {"tea": "teammates.teammate", "tim": "teammates.workspace", "inb": "teammates.inbox"}  # ids told by name
MOST_NAMED = 50  # ids of a list; a group may have thousands of members
BLOCKING = ("teammate.blocked", "teammate.removed_by_idp", "teammate.deleted")
LISTS = {
    "granted": _("Access given"),
    "taken": _("Access taken"),
    "members_added": _("Members added"),
    "members_removed": _("Members removed"),
    "members": _("Members it had"),
    "access": _("Access it gave"),
    "left_groups": _("IdP-managed groups left"),
}


class EventForm(LogForm):
    q = forms.CharField(
        label=_("Person or resource"),
        required=False,
        max_length=200,
        help_text=_("A name, an e-mail address or an ID such as tea_6nvkx, of what was changed or of who did it."),
    )
    about = forms.ChoiceField(label=_("About"), required=False, choices=[("", _("Everything")), *ABOUT])
    source = forms.ChoiceField(label=_("Source"), required=False, choices=[("", _("Any")), *ActorKind.choices])
    field_order = ("q", "about", "source", "since", "until")


def blocked_by(teammate: Teammate) -> Event | None:
    """The event that took the access of a teammate who has none now: who did it, and when."""
    if teammate.status == Status.ACTIVE:
        return None
    events = Event.objects.filter(company=teammate.company_id, subject=teammate.public_id, kind__in=BLOCKING)
    event = events.order_by("-pk").first()
    if event is not None:
        _tell(event)
    return event


def _tell(event: Any) -> None:
    """What the pages show of an event besides its columns."""
    event.sentence = sentence(event.kind, event.subject_name or event.subject, event.data)
    event.by, event.by_url = _done_by(event)
    event.request_url = ""
    if event.actor_kind == ActorKind.IDP and event.subject:
        event.request_url = reverse("admin:scim_logentry_of_event", args=[event.public_id])


def _done_by(event: Event) -> tuple[str, str]:
    """Who did it, and the page that says more: the person's, or the API token's."""
    if event.actor_kind == ActorKind.IDP and event.actor_id.isdecimal():
        return event.actor, reverse("admin:teammates_apitoken_change", args=[event.actor_id])
    if event.actor_kind == ActorKind.TEAMMATE and (pk := Teammate.pk_of(event.actor_id)) is not None:
        return event.actor, reverse("admin:teammates_teammate_change", args=[pk])
    return event.actor, ""


@admin.register(Event)
class EventAdmin(LogAdmin):
    key = ("pk",)
    filter_form = EventForm
    list_template = "admin/teammates/events.html"
    file_name = "audit-log"
    file_columns = (
        ("When (UTC)", lambda event: event.at),
        ("Updated by", lambda event: event.actor),
        ("Source", lambda event: event.get_actor_kind_display()),
        ("Event", lambda event: sentence(event.kind, event.subject_name or event.subject, event.data)),
        ("Updated resource", lambda event: event.subject_name),
        ("Updated resource ID", lambda event: event.subject),
        ("Kind", lambda event: event.kind),
        ("Before", lambda event: _as_json(event.data.get("before"))),
        ("After", lambda event: _as_json(event.data.get("after"))),
        ("Reason", lambda event: event.data.get("reason", "")),
        ("Event ID", lambda event: event.public_id),
    )
    filterable: ClassVar = ("subject__exact", "company__id__exact")
    subject = ("subject__exact", "subject")
    linked = ("actor",)

    # --- the list ---

    def condition(self, request: HttpRequest, company: Company | None, given: dict[str, Any]) -> Q:
        condition = Q()
        if "about" in given:
            condition &= Q(kind__startswith=f"{given['about']}.")
        if "source" in given:
            condition &= Q(actor_kind=given["source"])
        if "actor" in given:
            condition &= Q(actor_id=given["actor"])
        if term := given.get("q", "").strip():
            ids = [term, *(meant.public_id for meant in self.meant(request, company, term))]
            words = Q(subject_name__icontains=term) | Q(actor__icontains=term)
            condition &= Q(subject__in=ids) | Q(actor_id__in=ids) | words
        return condition

    def prepare(self, request: HttpRequest, rows: Sequence[Any]) -> None:
        """The sentences, and links to what is still there: one statement for each kind of thing."""
        wanted: dict[str, set[int]] = {}
        for event in rows:
            _tell(event)
            event.subject_label, event.subject_pk = _subject(event)
            if event.subject_pk is not None:
                wanted.setdefault(event.subject_label, set()).add(event.subject_pk)
        there = {label: _existing(request, label, keys) for label, keys in wanted.items()}
        for event in rows:
            is_there = event.subject_pk in there.get(event.subject_label, ())
            event.subject_url = _page(event.subject_label, event.subject_pk) if is_there else ""

    def more_context(self, request: HttpRequest, company: Company | None, form: LogForm) -> dict[str, Any]:
        request.way = [{"title": translated("Audit log")}]  # type: ignore[attr-defined]
        return {**super().more_context(request, company, form), "title": translated("Audit log")}

    def about_subject(self, request: HttpRequest, company: Company | None, subject: str) -> dict[str, Any]:
        """Whom the list is about, and, of somebody without access, who took it."""
        pk = Teammate.pk_of(subject)
        people = visible(Teammate.objects.select_related("company"), request.user)
        person = people.filter(pk=pk).first() if pk is not None else None
        log = ""
        if pk is not None or subject.startswith("cir_"):
            company = company or (person.company if person is not None else None)
            log = list_beside(request, "scim.logentry", company.pk if company else None, resource=subject)
        return {
            "id": subject,
            "name": person.name if person is not None else subject,
            "url": _page("teammates.teammate", person.pk) if person is not None else "",
            "log_url": log,
            "blocked": blocked_by(person) if person is not None else None,
            "status": person.get_status_display() if person is not None else "",
            "all_url": query(request, subject__exact=None, q=None, before=None),
        }

    # --- one event ---

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        self.permit(request)
        event = self.get_object(request, object_id)
        if request.method != "GET":
            return HttpResponse(status=403)
        self.prepare(request, [event])
        names = _names_of(request, event)
        log = list_beside(request, "teammates.event", event.company_id)
        request.way = [  # type: ignore[attr-defined]
            {"title": translated("Audit log"), "link": log},
            {"title": event.sentence},
        ]
        told = {"before", "after", "changed", "remarks", "reason", *LISTS}
        rest = {key: value for key, value in event.data.items() if key not in told and not key.endswith("_count")}
        context = {
            **self.admin_site.each_context(request),
            "title": event.sentence,
            "opts": self.opts,
            "event": event,
            "support": self.shows_company(request),
            "changes": [
                (name, written(was, names), written(now, names))
                for name, was, now in changes(event, own_fields(event.company_id, event))
            ],
            "lists": [
                (title, [names.get(each, each) for each in event.data[key][:MOST_NAMED]], _beyond(event, key))
                for key, title in LISTS.items()
                if isinstance(event.data.get(key), list) and event.data[key]
            ],
            "rest": json.dumps(rest, indent=2, ensure_ascii=False) if rest else "",
            "history_url": list_beside(request, "teammates.event", event.company_id, subject__exact=event.subject)
            if event.subject
            else "",
            "log_url": log,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/teammates/event.html", context)


def _subject(event: Event) -> tuple[str, int | None]:
    """The model and the key of what the event is about; tokens stand in events by their plain key."""
    label = PAGES.get(event.kind.partition(".")[0], "")
    if not label:
        return "", None
    if label == "teammates.apitoken":
        return label, int(event.subject) if event.subject.isdecimal() and len(event.subject) < 19 else None
    model: Any = apps.get_model(label)
    return label, model.pk_of(event.subject)


def _existing(request: HttpRequest, label: str, keys: Iterable[int]) -> set[int]:
    rows = visible(apps.get_model(label)._default_manager.all(), request.user)
    return set(rows.filter(pk__in=keys).values_list("pk", flat=True))


def _page(label: str, pk: int | None) -> str:
    return reverse(f"admin:{label.replace('.', '_')}_change", args=[pk])


def _beyond(event: Event, key: str) -> int:
    """How many there were besides those that are shown."""
    total = event.data.get(f"{key}_count", len(event.data[key]))
    return max(0, total - min(len(event.data[key]), MOST_NAMED))


def _names_of(request: HttpRequest, event: Event) -> dict[str, str]:
    """The names of people and places that the event has by their ids; one statement for each kind."""
    ids: dict[str, dict[int, str]] = {}
    sides = [event.data.get(side) for side in ("before", "after")]
    lists = [event.data.get(key) for key in LISTS]
    lists += [value for side in sides if isinstance(side, dict) for value in leaves(side).values()]
    for each in lists:
        for public_id in each[:MOST_NAMED] if isinstance(each, list) else [each]:
            for prefix in NAMED:
                if (pk := decode(prefix, public_id)) is not None:
                    ids.setdefault(prefix, {})[pk] = public_id
    names: dict[str, str] = {}
    for prefix, known in ids.items():
        rows = visible(apps.get_model(NAMED[prefix])._default_manager.all(), request.user)
        for row in rows.filter(company=event.company_id, pk__in=known):
            names[known[row.pk]] = row.name
    return names


def _as_json(value: Any) -> str:
    """For a cell of the file: whole, for a machine to read."""
    return value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)
