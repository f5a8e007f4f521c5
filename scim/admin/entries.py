"""The provisioning log: every write, every refusal and who was looked up in vain, with what was asked and answered."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.http import urlencode
from django.utils.text import Truncator
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _

from scim.cycles import Cycle, recent_cycles
from scim.models import Client, LogBody, LogEntry, Outcome
from teammates.admin import logs
from teammates.admin.events import LONGEST_TITLE, MOST_IN_FILE, blocked_by
from teammates.admin.links import list_beside
from teammates.admin.log_forms import MOMENT, LogForm, query
from teammates.admin.logs import LogAdmin, asked_company, choose_company
from teammates.admin.meant import Meant, in_words
from teammates.admin.names import Names, names_of
from teammates.admin.permissions import visible
from teammates.admin.twins import twins_among
from teammates.models import ApiToken, Company, Event, Teammate, TeammateGroup

MOST_SHOWN = 3  # members of a request, in the list
TOKENS = 100  # of a company, offered as a filter
NEAR = timedelta(minutes=2)  # an entry is written when its request is done, soon after the events of it
CLIENTS, OUTCOMES = dict(Client.choices), dict(Outcome.choices)  # get_…_display() costs more than the rest of a row
BADGES = {
    Outcome.CHANGED: "good", Outcome.UNCHANGED: "", Outcome.NOT_FOUND: "", Outcome.REFUSED: "warn",
    Outcome.FAILED: "bad",
}  # fmt: skip


class EntryForm(LogForm):
    q = forms.CharField(
        label=_("Person, group or words"),
        required=False,
        max_length=200,
        help_text=_("A name, an e-mail address, an ID such as tea_6nvkx, or words of the outcome."),
    )
    outcome = forms.ChoiceField(label=_("Outcome"), required=False)
    client = forms.ChoiceField(label=_("Client"), required=False)
    token = forms.ChoiceField(label=_("API token"), required=False)

    field_order = ("q", "outcome", "client", "token", "since", "until")

    def __init__(self, data: Any, *, tokens: Sequence[tuple[int, str]]) -> None:
        super().__init__(data)
        choices: dict[str, Any] = {"outcome": Outcome.choices, "client": Client.choices, "token": tokens}
        for name, offered in choices.items():
            self.fields[name].choices = [("", _("Any")), *((str(key), text) for key, text in offered)]  # type: ignore[attr-defined]


def _person_or_group(public_id: str) -> tuple[str, int] | None:
    """The kind of page and the primary key that a public id of the log leads to."""
    for model, name in ((Teammate, "teammate"), (TeammateGroup, "teammategroup")):
        if (pk := model.pk_of(public_id)) is not None:
            return name, pk
    return None


@admin.register(LogEntry)
class EntryAdmin(LogAdmin):
    key = ("at", "pk")
    filter_form = EntryForm
    list_template = "admin/scim/entries.html"
    file_name = "provisioning-log"
    needs_company = True
    filterable: ClassVar = ("company__id__exact",)
    subject = ("resource", "resource")
    file_columns = (
        ("When (UTC)", lambda entry: entry.at),
        ("Client", lambda entry: CLIENTS.get(entry.client, entry.client)),
        ("API token", lambda entry: entry.token_named),
        ("What", lambda entry: entry.text),
        ("Outcome", lambda entry: OUTCOMES.get(entry.outcome, entry.outcome)),
        ("Person or group", lambda entry: entry.resource_name),
        ("Person or group ID", lambda entry: entry.resource),
        ("Members", lambda entry: _members(entry)),
        ("Method", lambda entry: entry.method),
        ("Path", lambda entry: entry.path),
        ("Status", lambda entry: entry.status),
        ("Milliseconds", lambda entry: entry.milliseconds),
        ("Entry ID", lambda entry: entry.public_id),
    )

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("cycles/", wrap(self.cycles_view), name="scim_logentry_cycles"),
            path("of-event/<str:public_id>/", wrap(self.of_event), name="scim_logentry_of_event"),
            *super().get_urls(),
        ]

    # --- the list ---

    def parts_about(
        self, request: HttpRequest, company: Company | None, subject: str, rows: QuerySet[Any]
    ) -> list[QuerySet[Any]]:
        """About a person also requests about groups that brought them in, took them out, or were refused that."""
        parts = super().parts_about(request, company, subject, rows)
        if company is not None and Teammate.pk_of(subject) is not None:
            parts.append(rows.naming(company.pk, subject))  # type: ignore[attr-defined]
        return parts

    def make_form(self, request: HttpRequest, company: Company | None) -> LogForm:
        tokens = ApiToken.objects.filter(company=company).order_by("-pk").values_list("pk", "name", "revoked_at")
        offered = list(tokens[:TOKENS])
        twins = twins_among(request.user, [pk for pk, _name, _ended in offered])
        named = []
        for pk, name, ended in offered:
            marks = [mark for mark in (twins.get(pk), translated("revoked") if ended else "") if mark]
            named.append((pk, f"{name} ({', '.join(marks)})" if marks else name))
        return EntryForm(request.GET, tokens=named)

    def asked(self, request: HttpRequest, form: LogForm) -> dict[str, Any]:
        """A search for a person's or a group's id means all about them; another id is looked for in the outcomes."""
        given = super().asked(request, form)
        if (term := given.get("q", "").strip()) and self._is_subject(request, term):
            given["subject"] = given.pop("q").strip()
        return given

    def _is_subject(self, request: Any, public_id: str) -> bool:
        """Whether there is, or was, somebody or a group of this id in the company; asked once for each page."""
        if (place := _person_or_group(public_id)) is None:
            return False
        if not hasattr(request, "is_subject"):
            company = asked_company(request)
            model: Any = {"teammate": Teammate, "teammategroup": TeammateGroup}[place[0]]
            request.is_subject = (
                model.objects.filter(company=company, pk=place[1]).exists()
                or LogEntry.objects.filter(company=company, resource=public_id).exists()
            )
        found: bool = request.is_subject
        return found

    def condition(self, request: HttpRequest, company: Company | None, given: dict[str, Any]) -> Q:
        condition = Q()
        for name, column in (("outcome", "outcome"), ("client", "client"), ("token", "token_id")):
            if name in given:
                condition &= Q(**{column: given[name]})
        if term := given.get("q", "").strip():
            condition &= in_words(term, lambda words: self._about(words, self.meant(request, company, words)))
        return condition

    def _about(self, term: str, meant: Sequence[Meant]) -> Q:
        ids = [term, *(each.public_id for each in meant)]
        named = Q(resource__in=ids) | Q(members__overlap=ids)
        return named | Q(resource_name__icontains=term) | Q(text__icontains=term)

    def prepare(self, request: HttpRequest, rows: Sequence[Any]) -> None:
        """Where the person or the group of each row is to be found, and whom requests about groups named.

        People never vanish, groups may; who is of no name is nobody of this company.
        """
        self.name_members(request, rows, MOST_SHOWN)
        places = {row.resource: _person_or_group(row.resource) for row in rows if row.resource}
        keys = [place[1] for place in places.values() if place and place[0] == "teammategroup"]
        there = set()
        if keys:
            groups = visible(TeammateGroup.objects.all(), request.user)
            there = set(groups.filter(pk__in=keys).values_list("pk", flat=True))
        for row in rows:
            place = places.get(row.resource)
            row.badge = BADGES[row.outcome]
            row.resource_url = ""
            if place is not None and (row.resource_name if place[0] == "teammate" else place[1] in there):
                row.resource_url = reverse(f"admin:teammates_{place[0]}_change", args=[place[1]])

    def name_members(self, request: HttpRequest, rows: Sequence[Any], most: int) -> None:
        """The members of requests about groups by name, the person whom the page is about first."""
        asked_for = request.GET.get("resource", "")
        wanted: dict[int, dict[str, None]] = defaultdict(dict)
        for row in rows:
            row.first_members = sorted(row.members, key=lambda each: each != asked_for)[:most]
            wanted[row.company_id] |= dict.fromkeys(row.first_members)
        names = names_of(request.user, wanted)
        for row in rows:
            known = names.get(row.company_id, Names())
            called = known.short if most == MOST_SHOWN else known.full
            unknown = translated("%(id)s (unknown here)")
            row.members_named = [(each, called.get(each) or unknown % {"id": each}) for each in row.first_members]
            row.members_beyond = len(row.members) - len(row.first_members)

    def prepare_file(self, request: HttpRequest, rows: Sequence[Any]) -> None:
        self.name_members(request, rows, MOST_IN_FILE)
        self.name_tokens(request, rows)

    def name_tokens(self, request: HttpRequest, rows: Sequence[Any]) -> None:
        """The API token of each row, told apart from others of its name."""
        twins = twins_among(request.user, {row.token_id for row in rows})
        for row in rows:
            row.token_named = _told_apart(row.token_name, twins.get(row.token_id))

    def more_context(self, request: HttpRequest, company: Company | None, form: LogForm) -> dict[str, Any]:
        return {**super().more_context(request, company, form), "tab": "entries"}

    def about_subject(self, request: HttpRequest, company: Company | None, subject: str) -> dict[str, Any]:
        """Whom the list is about, and, of somebody who is blocked, who did that."""
        place = _person_or_group(subject)
        model: Any = {"teammate": Teammate, "teammategroup": TeammateGroup}[place[0]] if place else None
        row = model.objects.filter(company=company, pk=place[1]).first() if place and model else None
        return {
            "id": subject,
            "name": row.name if row is not None else subject,
            "url": reverse(f"admin:teammates_{place[0]}_change", args=[row.pk]) if row and place else "",
            "history_url": list_beside(
                request, "teammates.event", company.pk if company else None, subject__exact=subject
            ),
            "blocked": blocked_by(row) if isinstance(row, Teammate) else None,
            "all_url": query(request, resource=None, q=None, before=None),
        }

    # --- one entry ---

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """The index of entries begins with the company: who has one (or names one) gets the entry by it."""
        row = super().get_object(request, object_id, from_field)
        self.prepare(request, [row])
        self.prepare_file(request, [row])
        return row

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        named = Company.pk_of(request.GET.get("company"))
        return rows.filter(company=named) if named is not None else rows

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        self.permit(request)
        entry = self.get_object(request, object_id)
        if request.method != "GET":
            return HttpResponse(status=403)
        body = LogBody.objects.filter(pk=entry.pk, at=entry.at).first()
        around = {"subject__exact": entry.resource, **_around(entry.at)}
        if self.shows_company(request):
            around["company"] = entry.company.public_id
        log = list_beside(request, "scim.logentry", entry.company_id)
        request.way = [  # type: ignore[attr-defined]
            {"title": translated("Provisioning log"), "link": log},
            {"title": Truncator(entry.text).chars(LONGEST_TITLE)},
        ]
        context = {
            **self.admin_site.each_context(request),
            "title": entry.text,
            "opts": self.opts,
            "original": entry,
            "entry": entry,
            "request_text": pretty(body.request) if body else "",
            "answer_text": pretty(body.answer) if body else "",
            "has_body": body is not None,
            "kept_until": kept_until(entry.at.date()),
            "is_kept": kept_until(entry.at.date()) >= timezone.now().date(),
            "token_url": reverse("admin:teammates_apitoken_change", args=[entry.token_id]),
            "of_company": self.company_named(request, entry),
            "about_url": self._all_about(request, entry, entry.resource),
            "members": [(name, self._all_about(request, entry, each)) for each, name in entry.members_named],
            "events_url": _address("admin:teammates_event_changelist", around)
            if entry.resource and entry.kinds
            else "",
            "log_url": log,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/scim/entry.html", context)

    def _all_about(self, request: HttpRequest, entry: LogEntry, resource: str) -> str:
        """The log of a person or a group that an entry names."""
        return list_beside(request, "scim.logentry", entry.company_id, resource=resource)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        self.get_object(request, object_id)
        raise Http404

    def of_event(self, request: HttpRequest, public_id: str) -> HttpResponse:
        """From an event of the identity provider to the request that caused it; else to all about its subject."""
        self.permit(request)
        events = visible(Event.objects.all(), request.user)
        event = events.filter(pk=Event.pk_of(public_id) or 0).select_related("company").first()
        if event is None:
            raise Http404
        rows = LogEntry.objects.filter(company=event.company_id, resource=event.subject)
        rows = rows.filter(at__gte=event.at - timedelta(seconds=1), at__lt=event.at + NEAR)
        entry = rows.filter(kinds__contains=[event.kind]).order_by("at", "pk").first()
        named = {"company": event.company.public_id} if self.shows_company(request) else {}
        if entry is None:
            return HttpResponseRedirect(_address(self.url_of("changelist"), {"resource": event.subject, **named}))
        return HttpResponseRedirect(_address(self.url_of("change", entry.pk), named))

    # --- cycles ---

    def _last_error(self, cycle: Cycle, named: dict[str, str]) -> str:
        """The page of the entry that a cycle was refused last."""
        pk = LogEntry.pk_of(cycle.last_error.public_id) if cycle.last_error is not None else None
        return _address(self.url_of("change", pk), named) if pk is not None else ""

    def cycles_view(self, request: HttpRequest) -> HttpResponse:
        """What each burst of requests of a token came to."""
        self.permit(request)
        company = asked_company(request)
        if company is None:
            return choose_company(self, request, translated("Cycles"))
        before = _moment(request.GET.get("before", ""))
        page = recent_cycles(company, before=before)
        named = {"company": company.public_id} if self.shows_company(request) else {}
        cycles = tell_tokens_apart(request, page.cycles)
        cycles.sort(key=lambda cycle: (cycle.started, cycle.ended), reverse=True)  # no page tears one
        earlier = page.earlier.isoformat() if page.earlier is not None else None
        context = {
            **self.admin_site.each_context(request),
            "title": translated("Cycles"),
            "opts": self.opts,
            "cl": logs.Page(page.cycles, "", None, self.opts, self),
            "tab": "cycles",
            "company": company,
            "support": bool(named),
            "cycles": [(cycle, url_of_cycle(cycle, **named), self._last_error(cycle, named)) for cycle in cycles],
            "earlier_url": query(request, before=earlier) if earlier else "",
            "latest_url": query(request, before=None) if before else "",
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/scim/cycles.html", context)


def _members(entry: Any) -> str:
    """Whom a request about a group brought in, took out or named, as a cell of the file."""
    named = [called if called.endswith(")") else f"{called} ({each})" for each, called in entry.members_named]
    if entry.members_beyond > 0:
        named.append(translated("and %(n)s more") % {"n": entry.members_beyond})
    return "; ".join(named)


def _told_apart(name: str, mark: str | None) -> str:
    return f"{name} ({mark})" if mark else name


def tell_tokens_apart(request: HttpRequest, cycles: Iterable[Cycle]) -> list[Cycle]:
    """The cycles, with how their token begins behind its name where that is not the only one of this name."""
    found = list(cycles)
    twins = twins_among(request.user, {cycle.token_id for cycle in found})
    return [replace(each, token_name=_told_apart(each.token_name, twins.get(each.token_id))) for each in found]


def url_of_cycle(cycle: Cycle, **more: str) -> str:
    """The entries of a cycle in the log; more: further filters, and the company where support staff look."""
    filters = {
        "token": cycle.token_id,
        "since": cycle.started.strftime(MOMENT),
        "until": (cycle.ended + timedelta(seconds=60 if cycle.ended.second == 0 else 0)).strftime(MOMENT),
    }
    return _address("admin:scim_logentry_changelist", {**filters, **more})


def _moment(text: str) -> datetime | None:
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None


def _around(at: datetime) -> dict[str, str]:
    return {
        "since": (at - NEAR).strftime(MOMENT),
        "until": (at + timedelta(seconds=1)).strftime(MOMENT),
    }


def _address(name: str, parts: dict[str, Any]) -> str:
    url = name if name.startswith("/") else reverse(name)
    return f"{url}?{urlencode(parts)}" if parts else url


def kept_until(day: date) -> date:
    """The last day on which the request and the answer of an entry of that day are kept (scim.upkeep)."""
    return day + timedelta(days=settings.LOG_BODY_DAYS)


def pretty(text: str) -> str:
    """A body as people read it: JSON line by line, anything else (one that was cut) as it is."""
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text
