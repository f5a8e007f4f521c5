"""The audit log: every event of the company, as it was written, told in plain sentences."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar

from django import forms
from django.apps import apps
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _

from teammates.admin.audit_search import search
from teammates.admin.changes import WHOLE, changes, facts
from teammates.admin.forms import usable_pk
from teammates.admin.links import list_beside, request_behind
from teammates.admin.log_forms import LogForm, query
from teammates.admin.logs import LogAdmin
from teammates.admin.meant import Meant, found_by_search
from teammates.admin.names import LISTS, MOST_NAMED, Names, lists_of, names_in
from teammates.admin.permissions import visible
from teammates.admin.twins import twins_among
from teammates.models import ActorKind, Company, Event, Status, Teammate
from teammates.sentences import reason, sentence

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
NOUNS = {  # what an event is about, in a word
    "teammate": _("Teammate"),
    "group": _("Teammate group"),
    "template": _("Teammate template"),
    "token": _("API token"),
    "company": _("Company settings"),
    "workspace": _("Workspace"),
    "inbox": _("Inbox"),
    "custom_field": _("Custom field"),
    "notice": _("Notice"),
    "access": _("Workspace or inbox"),
}
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
LONGEST_TITLE = 90  # characters, on the way to a page
MOST_IN_FILE = 500  # names in a cell of the file: spreadsheets take 32,767 characters
BLOCKING = ("teammate.blocked", "teammate.removed_by_idp", "teammate.deleted")


class EventForm(LogForm):
    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=200,
        help_text=_(
            "A name, an e-mail address or an ID of anybody or anything; what happened, such as “blocked” or “token "
            "revoked”; or both: “Ada blocked”."
        ),
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


def _twins(request: HttpRequest, rows: Iterable[Event]) -> dict[int, str]:
    """The tokens that these events were done with and that share their name with another, and what tells them apart."""
    return twins_among(request.user, {int(event.actor_id) for event in rows if _by_token(event)})


def _by_token(event: Event) -> bool:
    return event.actor_kind in (ActorKind.IDP, ActorKind.API) and bool(usable_pk(event.actor_id))


def _tell(event: Any, names: Names | None = None, twins: Mapping[int, str] = MappingProxyType({})) -> None:
    """What the pages show of an event besides its columns. names: of what it has ids for. twins: see `_twins`."""
    event.names = names or Names()
    event.sentence = sentence(event.kind, event.subject_name or event.subject, event.data, event.names.short)
    event.reason = reason(event.data)
    event.by, event.by_url = _done_by(event)
    if twins and _by_token(event) and (mark := twins.get(int(event.actor_id))):
        event.by = f"{event.by} ({mark})"
    event.request_url = request_behind(event)


def _note(event: Any, people: Iterable[Meant]) -> str:
    """What a change of a group was for people who are looked for, where its sentence only counts the members."""
    texts = (
        ("members_added", translated("%(name)s was added")),
        ("members_removed", translated("%(name)s was removed")),
    )
    told = [
        text % {"name": person.name}
        for key, text in texts
        for person in people
        if person.public_id in event.data.get(key, []) and person.name not in event.sentence
    ]
    return ". ".join(told)


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
        ("Updated by", lambda event: event.by),
        ("Source", lambda event: event.get_actor_kind_display()),
        ("Event", lambda event: event.sentence),
        ("Before", lambda event: _side(event, 1)),
        ("After", lambda event: _side(event, 2)),
        ("Added or given", lambda event: _in_lists(event, "members_added", "granted")),
        ("Removed or taken", lambda event: _in_lists(event, "members_removed", "taken", "left_groups", "access")),
        ("Details", lambda event: _details(event)),
        ("Reason", lambda event: reason(event.data)),
        ("Remarks", lambda event: " ".join(event.data.get("remarks", []))),
        ("Resource type", lambda event: NOUNS.get(event.kind.partition(".")[0], "")),
        ("Updated resource", lambda event: event.subject_name),
        ("Updated resource ID", lambda event: event.subject),
        ("Kind", lambda event: event.kind),
        ("Event ID", lambda event: event.public_id),
    )
    filterable: ClassVar = ("subject__exact", "company__id__exact")
    subject = ("subject__exact", "subject")
    linked = ("actor",)
    searched = tuple(PAGES[noun] for noun in PAGES if noun != "company")

    # --- the list ---

    def parts_about(
        self, request: HttpRequest, company: Company | None, subject: str, rows: QuerySet[Any]
    ) -> list[QuerySet[Any]]:
        """About a person also what happened in groups: who came and left, and what a group they are in gave them."""
        parts = super().parts_about(request, company, subject, rows)
        person = self._person(request, subject)
        if person is not None and person.company_id is not None:
            parts.append(rows.of_member(person.company_id, subject))  # type: ignore[attr-defined]
            parts.append(rows.of_access_through_groups(person.company_id, person.pk))  # type: ignore[attr-defined]
        return parts

    def _person(self, request: Any, subject: str) -> Teammate | None:
        """The teammate whom an id names, if there is one for this user; asked once for each page."""
        if (pk := Teammate.pk_of(subject)) is None:
            return None
        if not hasattr(request, "person"):
            people = visible(Teammate.objects.select_related("company"), request.user)
            request.person = people.filter(pk=pk).first()
        found: Teammate | None = request.person
        return found

    def condition(self, request: HttpRequest, company: Company | None, given: dict[str, Any]) -> Q:
        condition = Q()
        if "about" in given:
            condition &= Q(kind__startswith=f"{given['about']}.")
        if "source" in given:
            condition &= Q(actor_kind=given["source"])
        if "actor" in given:
            condition &= Q(actor_id=given["actor"])
        if term := given.get("q", "").strip():
            condition &= search(term, lambda words: self.meant(request, company, words))
        return condition

    def prepare(self, request: HttpRequest, rows: Sequence[Any]) -> None:
        """The sentences, and links to what is still there: one statement for each kind of thing."""
        names = names_in(request.user, rows)
        twins = _twins(request, rows)
        wanted: dict[str, set[int]] = {}
        for event in rows:
            _tell(event, names.get(event.company_id), twins)
            event.subject_label, event.subject_pk = _subject(event)
            if event.subject_pk is not None:
                wanted.setdefault(event.subject_label, set()).add(event.subject_pk)
        there = {label: _existing(request, label, keys) for label, keys in wanted.items()}
        people = self._looked_for(request)
        for event in rows:
            is_there = event.subject_pk in there.get(event.subject_label, ())
            event.subject_url = _page(event.subject_label, event.subject_pk) if is_there else ""
            event.note = _note(event, people)

    def _looked_for(self, request: HttpRequest) -> list[Meant]:
        """The people whom the page is about, or whom its search means."""
        person = self._person(request, request.GET.get(self.subject[0], ""))
        if person is not None:
            return [Meant(person.public_id, person.name, "")]
        return [each for each in found_by_search(request) if each.public_id.startswith(f"{Teammate.prefix}_")]

    def prepare_file(self, request: HttpRequest, rows: Sequence[Any]) -> None:
        names = names_in(request.user, rows, MOST_IN_FILE)
        twins = _twins(request, rows)
        for event in rows:
            _tell(event, names.get(event.company_id), twins)

    def more_context(self, request: HttpRequest, company: Company | None, form: LogForm) -> dict[str, Any]:
        request.way = [{"title": translated("Audit log")}]  # type: ignore[attr-defined]
        return {**super().more_context(request, company, form), "title": translated("Audit log")}

    def about_subject(self, request: HttpRequest, company: Company | None, subject: str) -> dict[str, Any]:
        """Whom or what the list is about, and, of somebody without access, who took it."""
        person = self._person(request, subject)
        row, label = person, PAGES["teammate"]
        if person is None:
            row, label = _row_of(request, subject)
        log = ""
        if subject.startswith(("tea_", "cir_")):
            company = company or (person.company if person is not None else None)
            log = list_beside(request, "scim.logentry", company.pk if company else None, resource=subject)
        return {
            "id": subject,
            "name": row.name if row is not None else self._last_called(request, company, subject),
            "url": _page(label, row.pk) if row is not None else "",
            "log_url": log,
            "blocked": blocked_by(person) if person is not None else None,
            "status": person.get_status_display() if person is not None else "",
            "all_url": query(request, subject__exact=None, q=None, before=None),
        }

    def _last_called(self, request: HttpRequest, company: Company | None, subject: str) -> str:
        """The name of something that is gone: its last event has it."""
        rows = visible(Event.objects.filter(subject=subject).exclude(subject_name=""), request.user)
        if company is not None:
            rows = rows.filter(company=company)
        last = rows.order_by("-pk").first()
        return last.subject_name if last is not None else subject

    # --- one event ---

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        self.permit(request)
        event = self.get_object(request, object_id)
        if request.method != "GET":
            return HttpResponse(status=403)
        self.prepare(request, [event])
        names = names_in(request.user, [event], MOST_NAMED).get(event.company_id, Names())
        log = list_beside(request, "teammates.event", event.company_id)
        request.way = [  # type: ignore[attr-defined]
            {"title": translated("Audit log"), "link": log},
            {"title": Truncator(event.sentence).chars(LONGEST_TITLE)},
        ]
        context = {
            **self.admin_site.each_context(request),
            "title": event.sentence,
            "opts": self.opts,
            "event": event,
            "of_company": self.company_named(request, event),
            "changes": list(changes(event, names)),
            "lists": [
                (LISTS[key], [names.full.get(each, each) for each in event.data[key][:MOST_NAMED]], _beyond(event, key))
                for key in lists_of(event)
            ],
            "facts": facts(event, names),
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
    return _key_of(label, event.subject) if label else ("", None)


def _row_of(request: HttpRequest, subject: str) -> tuple[Any, str]:
    """What an id of the log names, if it is there, and its model; people and templates share their prefix."""
    for label in PAGES.values():
        _label, pk = _key_of(label, subject)
        rows = visible(apps.get_model(label)._default_manager.all(), request.user)
        if pk is not None and (row := rows.filter(pk=pk).first()) is not None:
            return row, label
    return None, ""


def _key_of(label: str, subject: str) -> tuple[str, int | None]:
    if label == "teammates.apitoken":
        return label, int(subject) if subject.isdecimal() and len(subject) < 19 else None
    model: Any = apps.get_model(label)
    return label, model.pk_of(subject)


def _existing(request: HttpRequest, label: str, keys: Iterable[int]) -> set[int]:
    rows = visible(apps.get_model(label)._default_manager.all(), request.user)
    return set(rows.filter(pk__in=keys).values_list("pk", flat=True))


def _page(label: str, pk: int | None) -> str:
    return reverse(f"admin:{label.replace('.', '_')}_change", args=[pk])


def _beyond(event: Event, key: str) -> int:
    """How many there were besides those that are shown."""
    total = event.data.get(f"{key}_count", len(event.data[key]))
    return max(0, total - min(len(event.data[key]), MOST_NAMED))


# --- the cells of the file ---


def _side(event: Any, side: int) -> str:
    """What was before (1) or is after (2), field by field; nothing before a creation and after a deletion."""
    if not event.data.get("before" if side == 1 else "after"):
        return ""
    told = changes(event, event.names, WHOLE)
    return "; ".join(f"{change[0]}: {change[side]}" for change in told)


def _details(event: Any) -> str:
    return "; ".join(f"{name}: {value}" for name, value in facts(event, event.names))


def _in_lists(event: Any, *keys: str) -> str:
    """Who or what stands in these lists of the event: each by name, and by address or id."""
    named: list[str] = []
    for key in keys:
        ids = event.data.get(key)
        if not isinstance(ids, list):
            continue
        named += [_with_id(event.names.full.get(each, ""), each) for each in ids[:MOST_IN_FILE]]
        total = event.data.get(f"{key}_count", len(ids))
        if total > MOST_IN_FILE:
            named.append(translated("and %(n)s more") % {"n": total - MOST_IN_FILE})
    return "; ".join(named)


def _with_id(name: str, public_id: str) -> str:
    return name if name.endswith(")") else f"{name} ({public_id})" if name else public_id
