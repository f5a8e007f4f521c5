"""Members of a group from and to CSV files: the pages around teammates.services.imports."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.functional import lazy
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from teammates.admin.actions import name_the_way, some
from teammates.errors import GroupIsManaged, Refusal
from teammates.models import TeammateGroup
from teammates.services import imports, member_rows

if TYPE_CHECKING:
    from teammates.admin.base import ScopedAdmin as Base
else:
    Base = object
MOST_SHOWN = 500  # lines of a report; those that are wrong come first


class FileForm(forms.Form):
    file = forms.FileField(
        label=_("CSV file"),
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
        error_messages={"required": _("Choose a file first."), "empty": lazy(member_rows.empty, str)()},
    )


class MemberFiles(Base):
    """Import, export and the template file, as further pages of GroupAdmin."""

    def get_urls(self) -> list[Any]:
        pages: list[tuple[str, Any, str]] = [
            ("members-template.csv", self.template_view, "import_template"),
            ("<path:object_id>/import/", self.import_view, "import"),
            ("<path:object_id>/members.csv", self.export_view, "export"),
        ]
        return [
            *(path(route, self.admin_site.admin_view(view), name=self._named(name)) for route, view, name in pages),
            *super().get_urls(),
        ]

    def _named(self, page: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{page}"

    def _group(self, request: HttpRequest, object_id: str, *, to_change: bool) -> TeammateGroup:
        """404 for what is not there or another company's; 403 for what this person may not do."""
        group: TeammateGroup = self.get_object(request, object_id)
        if not (self.has_change_permission if to_change else self.has_view_permission)(request, group):
            raise PermissionDenied
        return group

    def template_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return _as_file(HttpResponse(imports.TEMPLATE_CSV), "members-template")

    def export_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        group = self._group(request, object_id, to_change=False)
        rows = StreamingHttpResponse(imports.members_csv(group))
        return _as_file(rows, f"{slugify(group.name) or group.public_id}-members-{group.company.slug}")

    def import_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        group = self._group(request, object_id, to_change=True)
        refusal: Refusal | None = None
        if group.is_idp_managed:
            refusal = GroupIsManaged(group.name, "its members cannot be changed")
        form = FileForm(request.POST, request.FILES) if request.method == "POST" else FileForm()
        if refusal is None and request.method == "POST" and form.is_valid():
            try:
                report = imports.import_members(
                    group.company, group.pk, form.cleaned_data["file"], actor=self.actor(request)
                )
            except Refusal as error:
                refusal = error
            else:
                self.message_user(request, _in_words(report), messages.SUCCESS)
                return HttpResponseRedirect(f"{self.url_of('change', group.pk)}#members")
        return self._import_page(request, group, form, refusal)

    def _import_page(
        self, request: HttpRequest, group: TeammateGroup, form: FileForm, refusal: Refusal | None
    ) -> HttpResponse:
        name_the_way(self, request, _("Import members"), group)
        report = getattr(refusal, "report", imports.Report())
        lines = sorted(report.lines, key=lambda line: (not line.is_wrong, line.number))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Import members into %(group)s") % {"group": group.name},
            "opts": self.opts,
            "group": group,
            "form": form,
            "refusal": refusal,
            "lines": lines[:MOST_SHOWN],
            "more": max(0, len(lines) - MOST_SHOWN),
            "wrong": len(report.wrong),
            "column": member_rows.COLUMN,
            "most": member_rows.MOST_ROWS,
            "group_url": f"{self.url_of('change', group.pk)}#members",
            "template_url": self.url_of("import_template"),
        }
        return TemplateResponse(request, "admin/teammates/import_members.html", context)


def _in_words(report: imports.Report) -> str:
    blocked = report.of(imports.Outcome.BLOCKED)
    added = len(report.of(imports.Outcome.ADDED)) + len(blocked)
    rest = len(report.lines) - added
    text = ngettext("%(added)s member was added.", "%(added)s members were added.", added) % {"added": added}
    if blocked:
        waiting = ngettext(
            "%(names)s is blocked, and gets what the group gives when unblocked.",
            "%(n)s of them are blocked, and get what the group gives when they are unblocked: %(names)s.",
            len(blocked),
        )
        text = f"{text} {waiting % {'n': len(blocked), 'names': some([line.value for line in blocked])}}"
    if rest:
        already = ngettext(
            "%(rest)s row named somebody who is a member already, or was in the file before.",
            "%(rest)s rows named people who are members already, or were in the file before.",
            rest,
        )
        text = f"{text} {already % {'rest': rest}}"
    return text


def _as_file(response: Any, name: str) -> Any:
    response.headers["Content-Type"] = "text/csv; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response
