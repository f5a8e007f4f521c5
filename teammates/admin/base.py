"""What every page of the web admin shares.

One company's rows and no others, the permission matrix, services as the only writers, and refusals as messages
in the form.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet, TextField
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import Promise, cached_property
from django.utils.html import format_html
from django.utils.translation import gettext as _

from teammates.admin.actions import name_the_way, object_buttons
from teammates.admin.actors import actor_of
from teammates.admin.chosen import everywhere, look_at
from teammates.admin.forms import ServiceForm, usable_pk
from teammates.admin.links import list_beside
from teammates.admin.permissions import Role, allows, looked_at, looks_everywhere, role_of, visible
from teammates.admin.questions import Question, asking
from teammates.errors import Refusal
from teammates.models import Company
from teammates.models.base import PublicModel
from teammates.services.events import Actor
from teammates.services.notices import tell_admins

if TYPE_CHECKING:  # the theme's class is Django's with another look, and has no types
    from django.contrib.admin import ModelAdmin
else:
    from unfold.admin import ModelAdmin

Fieldsets = Sequence[tuple[str | Promise | None, dict[str, Any]]]
COUNTED = 10_000


class BoundedPaginator(Paginator):
    """Counts as far as anybody pages: a table of millions is not counted for each page of it.

    is_cut: there are more rows than it counts, which no page shows; whoever looks for one searches.
    """

    @cached_property
    def _counted(self) -> int:
        rows: Any = self.object_list
        counted: int = rows.order_by()[: COUNTED + 1].count()
        return counted

    @property
    def count(self) -> int:
        return min(self._counted, COUNTED)

    @property
    def is_cut(self) -> bool:
        return self._counted > COUNTED


class ScopedAdmin(ModelAdmin):
    """Pages for one noun. Subclasses say what is shown, and hand what was entered to a service.

    view_fieldsets: shown to those who may not change the row. filterable: lookups allowed in an address besides
    the list filters, for links from other pages. has_history: whether events name these rows.
    about: what these rows are for, above the list. nothing_yet: title and text of a list that has no rows.
    nothing_found_template: says where else to look, when a search or a filter finds no row.
    add_button: what the button that creates a row is called, where Save is not the guide's word for it.
    opens_when_added: whether a new row's page comes next, because it has what one goes on with, such as its ID.
    history_button: whether the page leads to them by a button; not where it has them in a tab.
    tab_with_buttons: where on the page that has a row's buttons they are, as the end of an address.
    """

    form = ServiceForm
    view_fieldsets: ClassVar[Fieldsets | None] = None
    add_fieldsets: ClassVar[Fieldsets | None] = None
    filterable: ClassVar[tuple[str, ...]] = ()
    has_history: ClassVar[bool] = True
    about: ClassVar[str | Promise] = ""
    nothing_yet: ClassVar[tuple[str | Promise, str | Promise] | None] = None
    shown_once_template: ClassVar[str] = "admin/teammates/shown_once.html"
    nothing_found_template: ClassVar[str] = ""
    list_before_template = "admin/teammates/about_list.html"
    add_button: ClassVar[str | Promise] = ""
    opens_when_added: ClassVar[bool] = False
    history_button: ClassVar[bool] = True
    tab_with_buttons: ClassVar[str] = ""
    change_form_template = "admin/teammates/change_form.html"
    change_list_template = "admin/teammates/change_list.html"
    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    view_on_site = False
    save_on_top = False
    compressed_fields = False
    warn_unsaved_form = True
    list_filter_sheet = False

    # --- rows of one company only ---

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        queryset = visible(super().get_queryset(request), request.user)
        return queryset.select_related("company") if self.shows_company(request) else queryset

    def get_field_queryset(self, db: str | None, db_field: Any, request: HttpRequest | None) -> QuerySet[Any] | None:
        """The choices of a foreign key are rows of the company too."""
        assert request is not None
        return visible(db_field.remote_field.model._default_manager.all(), request.user)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """404 for what is not there, and for what is another company's."""
        row = super().get_object(request, object_id, from_field)
        if row is None and looked_at(request.user) is not None:
            with everywhere(request.user):
                row = super().get_object(request, object_id, from_field)
            if row is not None:
                self._follow(request, row)
        if row is None:
            raise Http404
        return row

    def _follow(self, request: HttpRequest, row: Any) -> None:
        """Support staff opened a row of another company than the chosen one, from a link: now they look at that."""
        look_at(request, row.company)
        text = _("%(row)s is of %(company)s, so you look at %(company)s now.")
        messages.info(request, text % {"row": row, "company": row.company})

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """Only what is offered as a filter: a look-up by any other column would tell what the page does not show."""
        filters = [each[0] if isinstance(each, tuple) else each for each in self.list_filter]
        offered = {getattr(each, "parameter_name", each) for each in filters}
        return lookup in self.filterable or lookup.split("__")[0] in offered

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """A public id finds its row."""
        term = search_term.replace("\0", "").strip()
        if issubclass(self.model, PublicModel) and (pk := self.model.pk_of(term)) is not None:
            return queryset.filter(pk=pk), False
        return super().get_search_results(request, queryset, term)

    def is_choice(self, request: HttpRequest) -> bool:
        """Whether a form asks for rows to choose from, and no list."""
        match = request.resolver_match
        return match is not None and match.url_name == "autocomplete"

    def no_choice(self, request: HttpRequest, term: str) -> str:
        """What a form says where there is nothing to choose. term: what was typed, if anything."""
        said = _("Nothing found for “%(term)s”.") if term else _("No %(noun)s yet.")
        return said % {"term": term, "noun": self.opts.verbose_name}

    # --- who may do what ---

    def may(self, request: HttpRequest, verb: str, row: Model | None = None) -> bool:
        return allows(request.user, self.model, verb, row)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, "view", obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "add")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, "change", obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # deleting is an action, with a confirmation that says what goes with it

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions: dict[str, Any] = super().get_actions(request)
        return {name: action for name, action in actions.items() if self.may(request, action[0].spec.verb)}

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any], *args: Any) -> HttpResponse | None:
        """Chosen rows are looked up by themselves, whatever filters the list has; 404 when one is not there."""
        if request.POST.get("select_across") != "1":
            sent = request.POST.getlist("_selected_action")
            keys = {key for key in map(usable_pk, sent) if key is not None}
            with everywhere(request.user):  # a list that was opened before another company was chosen
                queryset = self.get_queryset(request)
            if len(keys) < len(set(sent)) or queryset.filter(pk__in=keys).count() < len(keys):
                raise Http404
        return super().response_action(request, queryset, *args)

    # --- what the pages show ---

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None and self.add_fieldsets is not None:
            return self.add_fieldsets
        if obj is not None and self.view_fieldsets is not None and not self.has_change_permission(request, obj):
            return self.view_fieldsets
        return super().get_fieldsets(request, obj)

    def get_list_display(self, request: HttpRequest) -> Any:
        names = super().get_list_display(request)
        return (*names, "company") if self.shows_company(request) else names

    def get_search_fields(self, request: HttpRequest) -> Any:
        names = super().get_search_fields(request)
        return (*names, "company__name") if names and self.shows_company(request) else names

    def shows_company(self, request: HttpRequest) -> bool:
        """Support staff who look at all companies have to see which one a row is of."""
        return self.model is not Company and looks_everywhere(request.user)

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        if obj is None:
            name_the_way(self, request, _("Add %(noun)s") % {"noun": self.opts.verbose_name})
            context["save_label"] = self.add_button
            context["show_save_and_continue"] = not self.opens_when_added
            context |= self.adding_context(request)
        else:
            context["buttons"] = object_buttons(self, request, obj)
            context["banner"] = self.banner(request, obj)
            context["list_url"] = self.url_of("changelist")
            context["of_company"] = self.company_named(request, obj)
            context["has_history"] = self.has_history and self.history_button
        context["show_save_and_add_another"] = False
        return super().render_change_form(request, context, add, change, form_url, obj)

    def company_named(self, request: HttpRequest, row: Any) -> Company | None:
        """The company that the row's own page names and leads to: support staff come to it from anywhere."""
        if role_of(request.user) != Role.SUPPORT or self.model is Company:
            return None
        chosen = looked_at(request.user)
        of: Company = chosen if chosen is not None and chosen.pk == row.company_id else row.company
        return of

    def adding_context(self, request: HttpRequest) -> dict[str, Any]:
        """What the page for a new row says above the form."""
        return {}

    def shown_once_context(self, request: HttpRequest) -> dict[str, Any]:
        """What the page with a value that is shown once needs besides the value."""
        return {}

    def spelled_out(self, row: Any) -> str:
        """A row where it is asked about, so that nobody takes it for another of the same name."""
        return str(row)

    def page_with_buttons(self, row: Any) -> tuple["ScopedAdmin", Any]:
        """Whose page has the buttons of the row's actions, with the pages it is one of: its own, as a rule."""
        return self, row

    def banner(self, request: HttpRequest, obj: Any) -> str:
        """What has to be known before anything else on this page."""
        return ""

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The audit log of this row: it has what everybody did, not only what was done on these pages."""
        row = self.get_object(request, object_id)
        if not self.has_history or not self.has_view_permission(request, row):
            raise Http404
        company_id = row.pk if self.model is Company else row.company_id
        subject = getattr(row, "public_id", row.pk)
        return HttpResponseRedirect(list_beside(request, "teammates.event", company_id, subject__exact=subject))

    # --- saving ---

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> type[ModelForm]:
        form = super().get_form(request, obj, change=change, **kwargs)
        form.request = request  # type: ignore[attr-defined]
        form.request_refusal = getattr(request, "refusal", None)  # type: ignore[attr-defined]
        return form

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """A refusal undoes everything; the form is shown again, with what was entered and why it was refused.

        So does a question, which is asked on a page of its own.
        """
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except Question as question:
            return asking(self, request, self.get_object(request, object_id or ""), question)
        except Refusal as refusal:
            request.refusal = refusal  # type: ignore[attr-defined]
            company_id = getattr(request.user, "company_id", None)
            if company_id is not None:
                tell_admins(company_id, refusal)
            return super().changeform_view(request, object_id, form_url, extra_context)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            self.update(request, obj, form)
            return
        obj.pk = self.create(request, self.company_of(request), form).pk

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        response = super().response_add(request, obj, post_url_continue)
        leads_on = self.opens_when_added and isinstance(response, HttpResponseRedirect)
        return HttpResponseRedirect(self.url_of("change", obj.pk)) if leads_on else response

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Services have saved everything."""

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Django's own log of these pages stays empty: events say it all, and what the other doors did."""

    log_change = log_addition

    def create(self, request: HttpRequest, company: Company, form: Any) -> Model:
        raise NotImplementedError

    def update(self, request: HttpRequest, obj: Any, form: Any) -> None:
        raise NotImplementedError

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Texts are a sentence or two: the theme's fields for them would hold a page."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(db_field, TextField) and field is not None:
            field.widget.attrs["rows"] = 3
        return field

    # --- small things ---

    def company_of(self, request: HttpRequest) -> Company:
        """The company of the admin who is signed in (support staff create nothing)."""
        company: Company = request.user.company  # type: ignore[union-attr, assignment]
        return company

    def actor(self, request: HttpRequest) -> Actor:
        return actor_of(request)

    def url_of(self, page: str, *args: Any) -> str:
        return reverse(f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_{page}", args=args)

    def tell(self, request: HttpRequest, text: str) -> None:
        self.message_user(request, text, messages.SUCCESS)


def code(text: str) -> str:
    """An id, as something to copy."""
    return format_html('<code class="fp-code">{}</code>', text)
