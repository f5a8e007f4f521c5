"""Teammates: the list, adding one by hand, and one person's page."""

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import ValidationError
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _

from teammates.admin import teammate_panels as panels
from teammates.admin.actions import some
from teammates.admin.badges import status_badge, with_note
from teammates.admin.base import BoundedPaginator, ScopedAdmin
from teammates.admin.custom_values import definitions_of, entered_values, merged, names_of, with_values
from teammates.admin.endings import in_words, release_in_words
from teammates.admin.forms import TO_GROUP, TO_TEAMMATE, AccessForm, RecordSelect, RecordsField, ServiceForm, told_apart
from teammates.admin.groups import MANAGED_HERE
from teammates.admin.panels import Panel, tab
from teammates.admin.permissions import Role, role_of
from teammates.admin.pieces import badge
from teammates.admin.teammate_actions import TeammateActions, has_two_factor, licences_in_words, why_kept
from teammates.admin.teammate_file import TeammateFile
from teammates.admin.teammate_filters import AdminFilter, CustomFieldFilter, GroupFilter, SourceFilter, StatusFilter
from teammates.errors import GroupIsManaged, InvalidValue
from teammates.models import Company, Membership, Source, Status, Teammate
from teammates.models.teammate import by_name
from teammates.moments import ago
from teammates.services import access, admins, groups, teammates
from teammates.services.mails import address_of
from teammates.services.members import MemberChange
from teammates.services.teammates import FROM_IDP
from teammates.support import with_links

OWN_COLUMNS = ("login", "email", "first_name", "last_name", "display_name", "username", "is_company_admin")
NAMED_GROUPS = 2  # in the list; the person's page has all


def what_a_new_admin_gets(teammate: Teammate) -> str:
    """What follows for somebody who was made a company admin, as the services do it."""
    if teammate.is_blocked and teammate.has_password:
        return translated("They are blocked: they become a company admin when they are unblocked.")
    if teammate.is_blocked:
        return translated(
            "They are blocked: they become a company admin when they are unblocked, and get an e-mail with a link to "
            "set their password then."
        )
    if teammate.has_password:
        return translated("They sign in to these company settings with the password that they have.")
    if address := address_of(teammate):
        return translated("An e-mail with a link to set their password goes to %(address)s.") % {"address": address}
    return translated("They have no e-mail address to send a link to: set a new password for them on this page.")


class AddTeammateForm(ServiceForm):
    class Meta:
        model = Teammate
        fields = ("login", "first_name", "last_name", "is_company_admin")
        labels = {"login": _("E-mail")}
        help_texts = {
            "login": _(
                "What the person signs in with. A teammate who is no company admin gets no e-mail when they are added: "
                "tell them yourself."
            ),
            "is_company_admin": _(
                "May open these company settings and change everything in them. A company admin gets an e-mail with a "
                "link to set a password."
            ),
        }


class TeammateForm(AccessForm):
    join_groups = RecordsField(
        TO_GROUP,
        narrowed=MANAGED_HERE,
        label=_("Add to teammate groups"),
        help_text=_(
            "Type a part of a name. IdP-managed groups are not offered: they get their members from your identity "
            "provider, so add the person to the group there."
        ),
    )

    class Meta:
        model = Teammate
        fields = OWN_COLUMNS
        help_texts = {"is_company_admin": _("May open these company settings and change everything in them.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "email" in self.fields:
            self.fields["email"].required = bool(self.instance.email)  # can be corrected, not taken away

    def clean_join_groups(self) -> Any:
        """The service refuses a managed group as well; here it is said at the field."""
        chosen = self.cleaned_data["join_groups"]
        for group in chosen:
            if group.is_idp_managed:
                raise ValidationError(str(GroupIsManaged(group.name, "its members cannot be changed")))
        return chosen


@admin.register(Teammate)
class TeammateAdmin(TeammateActions, TeammateFile, ScopedAdmin):
    list_display: Any = (
        "person", "shown_status", "licence", "comes_from", "in_groups", "template", "last_seen",
    )  # fmt: skip
    list_filter: ClassVar[Any] = (StatusFilter, SourceFilter, AdminFilter, GroupFilter, CustomFieldFilter)
    search_fields = ("search_key",)
    search_help_text = _("Start of a name, e-mail or alias; or an ID")
    ordering = ("login_key", "pk")
    paginator = BoundedPaginator
    nothing_found_template = "admin/teammates/deleted_people.html"
    show_facets = admin.ShowFacets.NEVER  # they count the whole company for each choice
    actions = (
        "block", "unblock", "sign_out", "invite", "new_password", "reset_two_factor", "delete", "release_address",
    )  # fmt: skip
    filterable = ("company__id__exact",)
    history_button = False

    form = TeammateForm
    change_form_template = "admin/teammates/teammate.html"
    add_fieldsets = ((None, {"fields": ("login", "first_name", "last_name", "is_company_admin")}),)

    @property
    def media(self) -> Any:
        return super().media + RecordSelect(TO_TEAMMATE, self.admin_site).media

    # --- the list ---

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        queryset = super().get_queryset(request)
        if not self.is_list(request):
            return queryset.select_related("company")
        memberships = Membership.objects.filter(company_id=OuterRef("company_id"), teammate_id=OuterRef("pk"))
        counted = memberships.order_by().values("teammate_id").annotate(n=Count("pk")).values("n")
        named = memberships.order_by("group_id").values("group__name")[:NAMED_GROUPS]
        return queryset.annotate(
            groups_counted=Coalesce(Subquery(counted, output_field=IntegerField()), 0),
            groups_named=ArraySubquery(named),
        )

    def is_list(self, request: HttpRequest) -> bool:
        match = request.resolver_match
        return match is not None and (match.url_name or "").endswith("_changelist")

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """An address is released of the deleted, so a list without them offers nothing of the kind."""
        actions = super().get_actions(request)
        shows_deleted = request.GET.get("status") in (Status.DELETED, "any")
        if request.method == "GET" and self.is_list(request) and not shows_deleted:
            actions.pop("release_address", None)
        return actions

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Words of names and addresses, by their beginnings. Choices are those whom SCIM can see."""
        term = search_term.replace("\0", "").strip()
        if self.is_choice(request):
            queryset = queryset.visible_to_idp()  # type: ignore[attr-defined]
        if not term or Teammate.pk_of(term) is not None:
            return super().get_search_results(request, queryset, term)
        return queryset.found_by(term, getattr(request.user, "company_id", None)), False  # type: ignore[attr-defined]

    @admin.display(description=_("name and e-mail"), ordering=by_name())
    def person(self, teammate: Teammate) -> str:
        address = teammate.email or teammate.login
        return with_note(teammate.name, address) if teammate.name != address else address

    @admin.display(description=_("status"), ordering="status")
    def shown_status(self, teammate: Teammate) -> str:
        return status_badge(teammate)

    @admin.display(description=_("licence"))
    def licence(self, teammate: Teammate) -> str:
        return translated("Taken") if teammate.is_active else translated("Free")

    @admin.display(description=_("source"), ordering="source")
    def comes_from(self, teammate: Teammate) -> str:
        return (
            badge(translated("Identity provider"), "info") if teammate.source == Source.IDP else translated("By hand")
        )

    @admin.display(description=_("groups"))
    def in_groups(self, teammate: Any) -> str:
        return some(teammate.groups_named, teammate.groups_counted) or "—"

    @admin.display(description=_("template"))
    def template(self, teammate: Teammate) -> str:
        return teammate.created_from_template or "—"

    @admin.display(description=_("last seen"))
    def last_seen(self, teammate: Teammate) -> str:
        return ago(teammate.last_seen_at) if teammate.last_seen_at else translated("Never")

    # --- adding ---

    def get_add_form(self, request: HttpRequest) -> type[ServiceForm]:
        return AddTeammateForm

    def adding_context(self, request: HttpRequest) -> dict[str, Any]:
        company = self.company_of(request)
        return {
            "title": translated("Add teammate"),
            "banner": format_html(
                "{} {}", translated("A new teammate takes a licence."), licences_in_words(company, request)
            ),
            "banner_look": "warn" if company.licences_used >= company.licence_count else "",
        }

    # --- one person ---

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        gone = obj is not None and obj.status == Status.DELETED
        return not gone and super().has_change_permission(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return FROM_IDP if obj is not None and obj.source == Source.IDP else ()

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return self.add_fieldsets
        edits = self.has_change_permission(request, obj)
        definitions = definitions_of(request, obj.company_id)
        fields = [name for name in OWN_COLUMNS if obj.source != Source.IDP or name not in FROM_IDP] if edits else []
        values = names_of(definitions) if edits else []
        places = ("workspaces", "inboxes") if edits else ()
        joins = ("join_groups",) if edits and obj.removed_by_idp_at is None else ()
        shown = None if values else panels.custom_values(request, obj, definitions)
        may_end = self.may(request, "sign_out", obj) and obj.is_active
        return (
            tab(_("Overview"), fields, self._overview(request, obj, edits)),
            tab(_("Custom fields"), values, shown),
            tab(_("Teammate groups"), joins, panels.groups(request, obj, edits=edits)),
            tab(_("Workspaces & inboxes"), places, panels.access(request, obj)),
            tab(_("Sessions"), panel=panels.sessions(request, obj, may_end=may_end)),
            tab(_("History"), panel=panels.history(request, obj)),
        )

    def _overview(self, request: HttpRequest, obj: Any, edits: bool) -> Panel:
        return panels.overview(
            request, obj, template=lambda: self.template(obj), edits=edits, two_factor=lambda: has_two_factor(obj)
        )

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            return super().get_form(request, obj, change=change, form=self.get_add_form(request), **kwargs)
        definitions, provisioned = definitions_of(request, obj.company_id), obj.source == Source.IDP
        form = with_values(TeammateForm, definitions, obj.custom_fields, provisioned=provisioned)
        return super().get_form(request, obj, change=change, form=form, **kwargs)

    def spelled_out(self, row: Any) -> str:
        """Namesakes are told apart by their logins."""
        return told_apart(row)

    def banner(self, request: HttpRequest, obj: Any) -> str:
        """Why somebody has no access and what is left to do about it, or why an admin has to keep theirs."""
        if obj.is_active:
            return why_kept(request, obj)
        ended, address = in_words(obj), ""
        if obj.address_released_at:
            address = release_in_words(obj)
        elif obj.status == Status.DELETED and role_of(request.user) == Role.SUPPORT:
            address = translated("The address stays reserved until you release it, with a reason.")
        elif obj.status == Status.DELETED:
            address = with_links(
                _("The address stays reserved until support releases it: %(ask_support)s, if it is to be used again.")
            )
        return format_html("{}{}", ended, format_html("<div>{}</div>", address) if address else "")

    # --- saving ---

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        becomes_admin = "is_company_admin" in form.changed_data and form.cleaned_data["is_company_admin"]
        if becomes_admin:
            request.besides = what_a_new_admin_gets(obj)  # type: ignore[attr-defined]
        elif not change:
            told = _("No e-mail was sent to them: tell them yourself that they can sign in to Front with %(login)s.")
            request.besides = told % {"login": obj.login}  # type: ignore[attr-defined]

    def message_user(self, request: HttpRequest, message: Any, *args: Any, **kwargs: Any) -> None:
        """What follows from saving somebody stands in the message that names them."""
        besides = request.__dict__.pop("besides", "")
        super().message_user(request, format_html("{} {}", message, besides) if besides else message, *args, **kwargs)

    def create(self, request: HttpRequest, company: Company, form: Any) -> Teammate:
        form.instance.company = company
        return teammates.create_teammate(form.instance, actor=self.actor(request))

    def update(self, request: HttpRequest, obj: Any, form: Any) -> None:
        actor, plain = self.actor(request), form.changes(*OWN_COLUMNS)
        if obj.pk == request.user.pk and plain.get("is_company_admin") is False and not admins.why_needed([obj]):
            raise InvalidValue(
                "is_company_admin", translated("It would sign you out of these settings: ask another company admin.")
            )
        entered = entered_values(form, obj.company_id, definitions_of(request, obj.company_id))

        def decide(locked: Teammate) -> dict[str, Any]:
            return {**plain, "custom_fields": merged(locked.custom_fields, entered)} if entered else plain

        teammate = teammates.update_teammate(obj.company_id, obj.pk, decide, actor=actor)
        if form.access_changed:
            workspaces, inboxes = form.cleaned_data["workspaces"], form.cleaned_data["inboxes"]
            access.set_grants(teammate, workspaces, inboxes, actor=actor)
        for group in form.cleaned_data["join_groups"]:
            groups.update_group(obj.company, group.pk, {}, [MemberChange(add=[teammate.public_id])], actor=actor)
