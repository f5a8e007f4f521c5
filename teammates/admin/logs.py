"""What the logs share: the latest rows first, filters, pages that cost the same wherever they are, and a file.

A page goes on where the one before it ended (the last row's key), so that the thousandth costs what the first does.
What no index helps to find is looked for among so many rows and no more; the page says how far back that was, and has
a link that looks further.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone

from teammates.admin.base import ScopedAdmin
from teammates.admin.company_search import companies_of, company_with
from teammates.admin.forms import usable_pk
from teammates.admin.log_forms import LogForm, periods, query
from teammates.admin.meant import Meant, found_by_search, meant_by
from teammates.admin.permissions import Role, looked_at, role_of, visible
from teammates.models import Company
from teammates.spreadsheets import guarded

PAGE = 50
LOOKED_AT = 50_000  # rows that one page looks through for what no index finds
Columns = Sequence[tuple[str, Callable[[Any], Any]]]  # of a file: the heading of each, and what reads its cells
BATCH = 2_000  # rows of the file at a time


@dataclass
class Page:
    """Rows of a log. earlier: the cursor of the next page, if there is one. back_to: how far back was looked."""

    result_list: Sequence[Any]
    earlier: str
    back_to: datetime | None
    opts: Any
    model_admin: Any


class LogAdmin(ScopedAdmin):
    """Pages of a log. Subclasses name the key of its order, the filters, the columns of the file and the template.

    key: what the rows are ordered by, the latest first; an index begins with the company and goes on with it.
    subject: the parameter of an address, and the column, that name the person, group … that rows are about.
    linked: further parameters that links from other pages have, and the filter form has no field for.
    """

    key: ClassVar[tuple[str, ...]] = ("pk",)
    subject: ClassVar[tuple[str, str]]
    linked: ClassVar[tuple[str, ...]] = ()
    filter_form: ClassVar[type[LogForm]] = LogForm
    list_template: ClassVar[str]
    file_name: ClassVar[str]
    file_columns: ClassVar[Columns]
    searched: ClassVar[Sequence[str]] = ("teammates.teammate", "teammates.teammategroup")  # what a search can mean
    needs_company: ClassVar[bool] = False  # where no index serves rows of all companies at once
    has_history = False

    # --- addresses ---

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_export"
        return [path("export/", self.admin_site.admin_view(self.export), name=name), *super().get_urls()]

    # --- the list ---

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        self.permit(request)
        if self.needs_company and (onwards := company_told_by_id(request)) is not None:
            return onwards
        company = asked_company(request)
        if company is None and self.needs_company:
            return choose_company(self, request)
        form = self.make_form(request, company)
        page = self.page(request, company, form)
        self.prepare(request, page.result_list)
        context = {
            **self.admin_site.each_context(request),
            "title": self.opts.verbose_name_plural,
            "opts": self.opts,
            "cl": page,
            "page": page,
            "form": form,
            "company": company,
            "support": role_of(request.user) == Role.SUPPORT,
            "is_filtered": bool(self.asked(request, form)),
            "export_url": f"{self.url_of('export')}{query(request, before=None)}",
            "earlier_url": query(request, before=page.earlier) if page.earlier else "",
            "latest_url": query(request, before=None) if "before" in request.GET else "",
            "clear_url": query(request, keep=("company", "company__id__exact")),
            "periods": periods(request),
            "kept": [(name, request.GET[name]) for name in self.kept_fields(request)],
            **self.more_context(request, company, form),
            **(extra_context or {}),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, self.list_template, context)

    def permit(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    def make_form(self, request: HttpRequest, company: Company | None) -> LogForm:
        return self.filter_form(request.GET)

    def asked(self, request: HttpRequest, form: LogForm) -> dict[str, Any]:
        """What is asked for, by name: "subject", what the form and links name, "row" where a search names one by id."""
        given = form.given()
        parameter, _column = self.subject
        for name, sent in {"subject": parameter, **{name: name for name in self.linked}}.items():
            if value := request.GET.get(sent, "").replace("\0", "").strip()[:30]:
                given[name] = value
        if (pk := self.model.pk_of(given.get("q", "").strip())) is not None:
            given["row"] = pk
            del given["q"]
        return given

    def kept_fields(self, request: HttpRequest) -> list[str]:
        """What the filter form sends on although it has no field for it."""
        names = ("company", "company__id__exact", self.subject[0], *self.linked)
        return [name for name in names if name in request.GET]

    def more_context(self, request: HttpRequest, company: Company | None, form: LogForm) -> dict[str, Any]:
        """Whom or what the list is about, and whom a search means, each with the address of all about them."""
        given = self.asked(request, form)
        if "q" in given:
            self.meant(request, company, given["q"])
        meant = {each.public_id: each for each in found_by_search(request)}
        links = [query(request, q=None, before=None, **{self.subject[0]: public_id}) for public_id in meant]
        return {
            "about": self.about_subject(request, company, given["subject"]) if "subject" in given else None,
            "meant": list(zip(meant.values(), links, strict=True)),
        }

    def about_subject(self, request: HttpRequest, company: Company | None, subject: str) -> dict[str, Any]:
        raise NotImplementedError

    def meant(self, request: Any, company: Company | None, term: str) -> list[Meant]:
        """Whom and what a search means; asked once for each page and term."""
        kept: dict[str, list[Meant]] = request.__dict__.setdefault("meant", {})
        if term not in kept:
            kept[term] = meant_by(request, company, term, self.searched)
        return kept[term]

    def prepare(self, request: HttpRequest, rows: Sequence[Any]) -> None:
        """Read what the rows of a page need beside themselves, in as many statements whatever their number."""

    def rows_of(self, request: HttpRequest, company: Company | None, given: dict[str, Any]) -> list[QuerySet[Any]]:
        """The rows of the company in the time asked for, and whatever else an index finds.

        In parts where several indexes do: no row is in two of them, and the log is all of them together.
        """
        queryset = self.get_queryset(request)
        if company is not None:
            queryset = queryset.filter(company=company)
        if since := given.get("since"):
            queryset = queryset.filter(at__gte=since)
        if until := given.get("until"):
            queryset = queryset.filter(at__lt=until)
        if "row" in given:
            queryset = queryset.filter(pk=given["row"])
        parts = self.parts_about(request, company, given["subject"], queryset) if "subject" in given else [queryset]
        return [part.order_by(*(f"-{name}" for name in self.key)) for part in parts]

    def parts_about(
        self, request: HttpRequest, company: Company | None, subject: str, rows: QuerySet[Any]
    ) -> list[QuerySet[Any]]:
        """Those of the rows that are about a person, a group …"""
        return [rows.filter(**{self.subject[1]: subject})]

    def condition(self, request: HttpRequest, company: Company | None, given: dict[str, Any]) -> Q:
        """What the rows must be besides, which no index finds."""
        return Q()

    def page(self, request: HttpRequest, company: Company | None, form: LogForm) -> Page:
        given = self.asked(request, form)
        cursor = request.GET.get("before", "")
        parts = [before(rows, self.key, cursor) for rows in self.rows_of(request, company, given)]
        condition = self.condition(request, company, given)
        floor = None
        if condition:
            floors = [row for rows in parts if (row := rows[LOOKED_AT : LOOKED_AT + 1].first()) is not None]
            floor = max(floors, key=attrgetter(*self.key), default=None)
        if floor is not None:
            parts = [rows.filter(at__gte=floor.at) for rows in parts]
        found = latest([rows.filter(condition) for rows in parts], self.key, PAGE + 1)
        has_more = len(found) > PAGE
        shown = found[:PAGE]
        earlier = cursor_of(shown[-1], self.key) if has_more else cursor_of(floor, self.key) if floor else ""
        back_to = floor.at if floor is not None and not has_more else None
        return Page(shown, earlier, back_to, self.opts, self)

    # --- the file ---

    def export(self, request: HttpRequest) -> StreamingHttpResponse:
        """Everything the filters find, as CSV, read in batches and sent as it is read."""
        self.permit(request)
        company = asked_company(request)
        if company is None and self.needs_company:
            raise Http404
        given = self.asked(request, self.make_form(request, company))
        condition = self.condition(request, company, given)
        parts = [rows.filter(condition) for rows in self.rows_of(request, company, given)]
        name = file_named(self.file_name, company)
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        columns = [*self.file_columns]
        if company is None:  # rows of several stand beside each other
            columns.append(("Company", lambda row: row.company.name))
        pieces = csv_pieces([title for title, _ in columns], self._batches(request, parts, columns))
        return StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8", headers=headers)

    def prepare_file(self, request: HttpRequest, rows: Sequence[Any]) -> None:
        """Read what the rows of a batch of the file need beside themselves, as `prepare` does for a page."""

    def _batches(self, request: HttpRequest, parts: list[QuerySet[Any]], columns: Columns) -> Iterator[list[list[Any]]]:
        cursor = ""
        while True:
            batch = latest([before(rows, self.key, cursor) for rows in parts], self.key, BATCH)
            self.prepare_file(request, batch)
            yield [[read(row) for _, read in columns] for row in batch]
            if len(batch) < BATCH:
                return
            cursor = cursor_of(batch[-1], self.key)


def asked_company(request: HttpRequest) -> Company | None:
    """The company a page is about: an admin's own; for support staff the one that the address names, if any.

    404 for a company that is not there, and for another one than the admin's.
    """
    public_id, key = request.GET.get("company"), request.GET.get("company__id__exact")
    user: Any = request.user
    if public_id is None and key is None:
        return user.company if role_of(user) == Role.COMPANY_ADMIN else looked_at(user)
    pk = Company.pk_of(public_id) if public_id is not None else usable_pk(key)
    company = visible(Company.objects.all(), user).filter(pk=pk).first() if pk is not None else None
    if company is None:
        raise Http404
    found: Company = company
    return found


def company_told_by_id(request: HttpRequest) -> HttpResponseRedirect | None:
    """Where support staff, and nobody else, go on who ask for an ID: to the same page of the company that has it.

    None where the address names a company, or the page is that company's anyway.
    """
    if role_of(request.user) != Role.SUPPORT or {"company", "company__id__exact"} & request.GET.keys():
        return None
    asked = (request.GET.get(name, "").strip() for name in ("q", "resource"))
    keys = [key for public_id in asked if (key := company_with(public_id)) is not None]
    company = Company.objects.filter(pk=keys[0]).first() if keys else None
    if company is None or company == looked_at(request.user):
        return None
    return HttpResponseRedirect(request.path + query(request, company=company.public_id))


COMPANIES = 50


def choose_company(pages: Any, request: HttpRequest, title: str = "") -> HttpResponse:
    """Support staff say whose page they want to see."""
    term = request.GET.get("name", "").replace("\0", "").strip()[:200]
    companies = visible(Company.objects.order_by("name", "pk"), request.user)
    if term:
        pk = Company.pk_of(term)
        named = Q(name__icontains=term) | Q(slug__icontains=term) | Q(pk=pk or 0)
        companies = companies.filter(companies_of(term) or named)
    site = pages.admin_site
    found = list(companies[:COMPANIES])
    context = {
        **site.each_context(request),
        "title": title or pages.opts.verbose_name_plural,
        "opts": pages.opts,
        "companies": found,
        "there_are_more": len(found) == COMPANIES,
        "ways": [(each, query(request, name=None, company=each.public_id)) for each in found],
        "kept": [(name, value) for name, value in request.GET.items() if name not in ("name", "company")],
        "searched": request.GET.get("q", "").strip()[:200],
        "term": term,
        "cl": Page(found, "", None, pages.opts, pages),
    }
    return TemplateResponse(request, "admin/teammates/choose_company.html", context)


# --- where a page ends and the next begins ---


def cursor_of(row: Model, key: Sequence[str]) -> str:
    return "-".join(str(_number(getattr(row, name))) for name in key)


def before(rows: QuerySet[Any], key: Sequence[str], cursor: str) -> QuerySet[Any]:
    """The rows that come after the one the cursor names, in the order of the log; all of them for no cursor."""
    numbers = [usable_pk(part) for part in cursor.split("-")] if cursor else []
    if len(numbers) != len(key) or None in numbers:
        return rows
    *times, pk = numbers
    if not times:
        return rows.filter(pk__lt=pk)
    try:
        at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=times[0] or 0)
    except OverflowError:
        return rows
    return rows.filter(Q(at__lt=at) | Q(pk__lt=pk), at__lte=at)


def latest(parts: Sequence[QuerySet[Any]], key: Sequence[str], most: int) -> list[Any]:
    """The first rows of parts that are each in the order of the log, in that order."""
    found = [row for rows in parts for row in rows[:most]]
    return found if len(parts) == 1 else sorted(found, key=attrgetter(*key), reverse=True)[:most]


def _number(value: Any) -> int:
    if isinstance(value, datetime):
        return (value - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    return int(value)


# --- files ---


def file_named(what: str, company: Company | None) -> str:
    """What a file is called that somebody keeps beside those of other companies and other days."""
    of = company.slug if company is not None else "all-companies"
    return f"{what}-{of}-{timezone.now():%Y-%m-%d}.csv"


def csv_pieces(titles: Sequence[str], batches: Iterable[Iterable[Sequence[Any]]]) -> Iterator[str]:
    """CSV, a piece for each batch of rows; it begins with the mark that tells spreadsheets it is UTF-8."""
    yield "\ufeff" + _csv([titles])
    for batch in batches:
        yield _csv(batch)


def _csv(rows: Iterable[Sequence[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([harmless(cell) for cell in row] for row in rows)
    return text.getvalue()


def harmless(cell: Any) -> Any:
    """A text that a spreadsheet does not take for a formula."""
    if isinstance(cell, datetime):
        return cell.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    return guarded(cell if isinstance(cell, str) else str(cell))
