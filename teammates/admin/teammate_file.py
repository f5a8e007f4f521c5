"""Teammates as a CSV file: those that the list shows under its search and filters, in its order."""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, QuerySet
from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.urls import path
from django.utils.translation import gettext as _

from teammates.admin.forms import usable_pk
from teammates.admin.links import COMPANY
from teammates.admin.logs import csv_pieces, file_named
from teammates.admin.permissions import looked_at
from teammates.admin.profiles import ATTRIBUTES, MANAGER, Where, in_words, managers_of, sent_manager, value_at
from teammates.models import Company, CustomField, Membership, Teammate

if TYPE_CHECKING:
    from teammates.admin.base import ScopedAdmin as Base
else:
    Base = object
BATCH = 2_000
Column = tuple[str, Callable[[Any], Any]]


class TeammateFile(Base):
    """The page with the file, for TeammateAdmin."""

    def get_urls(self) -> list[Any]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_export"
        return [path("export.csv", self.admin_site.admin_view(self.export_view), name=name), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        asked = request.GET.copy()
        asked.pop("p", None)
        url = f"{self.url_of('export')}?{asked.urlencode()}" if self.may(request, "export") else ""
        return super().changelist_view(request, {"export_url": url, **(extra_context or {})})

    def export_view(self, request: HttpRequest) -> StreamingHttpResponse:
        """Everybody whom the list's own search and filters find, read in batches and sent as they are read."""
        if not self.may(request, "export"):
            raise PermissionDenied
        try:
            people = self.get_changelist_instance(request).queryset
        except IncorrectLookupParameters as error:
            raise Http404 from error
        columns = self._columns(request)
        name = file_named("teammates", self._company_of_file(request))
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        pieces = csv_pieces([title for title, _read in columns], _batches(people, columns))
        return StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8", headers=headers)

    def _company_of_file(self, request: HttpRequest) -> Company | None:
        """The company that all rows are of; None for those of several."""
        if not self.shows_company(request):
            return looked_at(request.user) or request.user.company  # type: ignore[union-attr]
        pk = usable_pk(request.GET.get(COMPANY))
        return Company.objects.filter(pk=pk).first() if pk is not None else None

    def template_names(self, request: HttpRequest) -> Mapping[str, str]:
        """What templates are called, by their ids."""
        return {}

    def _columns(self, request: HttpRequest) -> list[Column]:
        """Each with its heading. Custom fields are one company's, and rows of several stand beside each other."""
        columns = self._common_columns(request)
        if self.shows_company(request):
            return columns
        fields: Any = self.admin_site.get_model_admin(CustomField)
        own = list(fields.get_queryset(request).order_by("name", "pk"))
        taken = {title.casefold() for title, _read in columns}

        def title(field: CustomField) -> str:
            return f"{field.name} ({field.public_id})" if field.name.casefold() in taken else field.name

        return [*columns, *((title(field), _value_of(field)) for field in own)]

    def _common_columns(self, request: HttpRequest) -> list[Column]:
        templates = self.template_names(request)
        return [
            (_("Name"), lambda person: person.name),
            (_("E-mail"), lambda person: person.email),
            (_("Login"), lambda person: person.login),
            (_("Status"), Teammate.get_status_display),
            (_("Licence"), lambda person: _("Taken") if person.is_active else _("Free")),
            (_("Company admin"), lambda person: _yes_or_no(person.is_company_admin)),
            (_("Source"), Teammate.get_source_display),
            (_("Teammate groups"), lambda person: ", ".join(person.all_groups)),
            (_("Template"), lambda person: templates.get(person.created_from_template, person.created_from_template)),
            (_("Last seen (UTC)"), lambda person: person.last_seen_at or ""),
            (_("Added (UTC)"), lambda person: person.created_at),
            (_("ID"), lambda person: person.public_id),
            (_("ID at the identity provider"), lambda person: person.external_id),
            *((str(label), _sent(where)) for where, label in ATTRIBUTES.items()),
            (_("Manager's login"), lambda person: person.manager.login if person.manager else ""),
            *([(_("Company"), lambda person: person.company.name)] if self.shows_company(request) else []),
        ]


def _batches(people: QuerySet[Any], columns: list[Column]) -> Iterator[list[list[Any]]]:
    memberships = Membership.objects.filter(company_id=OuterRef("company_id"), teammate_id=OuterRef("pk"))
    names = memberships.order_by("group_id").values("group__name")
    rows = people.annotate(all_groups=ArraySubquery(names)).iterator(chunk_size=BATCH)
    while batch := list(islice(rows, BATCH)):
        managers = managers_of(batch)
        for person in batch:
            person.manager = managers.get((person.company_id, sent_manager(person)))
        yield [[read(person) for _title, read in columns] for person in batch]


def _sent(where: Where) -> Callable[[Any], str]:
    """Reads what the identity provider sent; the manager by name, if they are known."""

    def read(person: Any) -> str:
        if where == MANAGER and person.manager:
            return str(person.manager.name)
        value = value_at(person.profile, where)
        return "" if value is None else in_words(where, value)

    return read


def _value_of(field: CustomField) -> Callable[[Any], Any]:
    """Reads a value; a teammate or an inbox by its id."""

    def read(person: Any) -> Any:
        value = person.custom_fields.get(field.public_id)
        return _yes_or_no(value) if isinstance(value, bool) else "" if value is None else value

    return read


def _yes_or_no(value: bool) -> str:
    return _("Yes") if value else _("No")
