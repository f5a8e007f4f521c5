"""Teammates: the list, one person's page, and what can be done to them."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.crypto import get_random_string
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _

from teammates.admin.actions import confirmed_action
from teammates.admin.base import ScopedAdmin, code
from teammates.admin.custom_values import definitions_of, entered_values, merged, names_of, shown_values, with_values
from teammates.admin.forms import AccessForm, ServiceForm
from teammates.errors import Refusal
from teammates.models import Company, GrantSource, InboxAccess, Membership, Source, Status, Teammate
from teammates.services import access, teammates, two_factor

OWN_COLUMNS = ("login", "email", "first_name", "last_name", "display_name", "username", "is_company_admin")
REACHED = 100  # inboxes shown on a teammate's page
PASSWORD_LENGTH = 16


class StatusFilter(admin.SimpleListFilter):
    """Those who were deleted are shown on request only."""

    title = _("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [*Status.choices, ("any", _("Any, also deleted"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() in Status.values:
            return queryset.filter(status=self.value())
        return queryset if self.value() == "any" else queryset.exclude(status=Status.DELETED)

    def choices(self, changelist: Any) -> Any:
        everyone, *others = super().choices(changelist)
        return [{**everyone, "display": _("Active and blocked")}, *others]


class AddTeammateForm(ServiceForm):
    class Meta:
        model = Teammate
        fields = ("login", "first_name", "last_name", "is_company_admin")
        labels = {"login": _("E-mail")}
        help_texts = {"login": _("What the person signs in with. They take a licence at once.")}


class TeammateForm(AccessForm):
    class Meta:
        model = Teammate
        fields = OWN_COLUMNS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "email" in self.fields:
            self.fields["email"].required = bool(self.instance.email)  # can be corrected, not taken away


@admin.register(Teammate)
class TeammateAdmin(ScopedAdmin):
    list_display = ("name", "e_mail", "shown_status", "group_count", "template", "comes_from")
    list_filter = (StatusFilter, "source", "is_company_admin")
    search_fields = ("login", "email", "first_name", "last_name", "display_name", "username", "external_id")
    ordering = ("login_key", "pk")
    actions = ("block", "unblock", "sign_out", "new_password", "reset_two_factor", "delete", "release_address")
    filterable = ("company__id__exact",)

    form = TeammateForm
    add_fieldsets = ((None, {"fields": ("login", "first_name", "last_name", "is_company_admin")}),)
    _person = (None, {"fields": (*OWN_COLUMNS[:-1], "is_company_admin")})
    _state = (
        _("Overview"),
        {"fields": ("id_to_copy", "shown_status", "source", "external_id", "template", "last_login", "created_at")},
    )
    _reach = ("groups", "from_template", "reaches")
    fieldsets: ClassVar[Any] = (_person, _state, (_("Access"), {"fields": ("workspaces", "inboxes", *_reach)}))
    view_fieldsets = (
        _person, _state, (_("Access"), {"fields": ("own_access", *_reach)}),
        (_("Custom fields"), {"fields": ("custom_values",)}),
    )  # fmt: skip

    # --- the list ---

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        memberships = Membership.objects.filter(company_id=OuterRef("company_id"), teammate_id=OuterRef("pk"))
        counted = memberships.order_by().values("teammate_id").annotate(n=Count("pk")).values("n")
        count = Coalesce(Subquery(counted, output_field=IntegerField()), 0)
        queryset = super().get_queryset(request)
        return queryset.annotate(groups_counted=count) if self.is_list(request) else queryset

    def is_list(self, request: HttpRequest) -> bool:
        match = request.resolver_match
        return match is not None and (match.url_name or "").endswith("_changelist")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        found, duplicates = super().get_search_results(request, queryset, search_term)
        return (found if self.is_list(request) else found.visible_to_idp()), duplicates  # type: ignore[attr-defined]

    @admin.display(description=_("name"), ordering="login_key")
    def name(self, teammate: Teammate) -> str:
        return teammate.name

    @admin.display(description=_("e-mail"), ordering="email")
    def e_mail(self, teammate: Teammate) -> str:
        return teammate.email or teammate.login

    @admin.display(description=_("status"), ordering="status")
    def shown_status(self, teammate: Teammate) -> str:
        if teammate.address_released_at is not None:
            return translated("Deleted; the address was released")
        if teammate.removed_by_idp_at is not None and teammate.is_blocked:
            return translated("Blocked (removed by the identity provider)")
        if teammate.is_active and teammate.is_company_admin:
            return translated("Active, company admin")
        return teammate.get_status_display()

    @admin.display(description=_("source"), ordering="source")
    def comes_from(self, teammate: Teammate) -> str:
        return translated("IdP") if teammate.source == Source.IDP else translated("Hand")

    @admin.display(description=_("groups"), ordering="groups_counted")
    def group_count(self, teammate: Any) -> int:
        count: int = teammate.groups_counted
        return count

    @admin.display(description=_("template"))
    def template(self, teammate: Teammate) -> str:
        return teammate.created_from_template or "—"

    # --- one person ---

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        gone = obj is not None and obj.status == Status.DELETED
        return not gone and super().has_change_permission(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ()
        owned = teammates.FROM_IDP if obj.source == Source.IDP else ("external_id",)
        shown = (*self._state[1]["fields"], *self._reach)
        return tuple(dict.fromkeys((*owned, *shown)))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or not self.has_change_permission(request, obj):
            return fieldsets
        names = names_of(definitions_of(request, obj.company_id))
        return (*fieldsets, (_("Custom fields"), {"fields": names})) if names else fieldsets

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            return super().get_form(request, obj, change=change, form=self.get_add_form(request), **kwargs)
        form = with_values(TeammateForm, definitions_of(request, obj.company_id), obj.custom_fields)
        return super().get_form(request, obj, change=change, form=form, **kwargs)

    def get_add_form(self, request: HttpRequest) -> type[ServiceForm]:
        return AddTeammateForm

    def banner(self, request: HttpRequest, obj: Any) -> str:
        if obj.status == Status.DELETED:
            return translated("This teammate was deleted. The address stays reserved until support releases it.")
        if obj.source == Source.IDP:
            return translated(
                "Provisioned by your identity provider: change the name and the addresses there, and the next cycle "
                "brings them here."
            )
        return ""

    @admin.display(description=_("ID"))
    def id_to_copy(self, teammate: Teammate) -> str:
        return code(teammate.public_id)

    @admin.display(description=_("groups"))
    def groups(self, teammate: Teammate) -> str:
        names = teammate.teammate_groups.filter(company=teammate.company).values_list("name", flat=True)
        return ", ".join(names) or "—"

    @admin.display(description=_("granted by itself"))
    def own_access(self, teammate: Teammate) -> str:
        return self._granted(teammate, GrantSource.OWN)

    @admin.display(description=_("from the template"))
    def from_template(self, teammate: Teammate) -> str:
        return self._granted(teammate, GrantSource.TEMPLATE)

    def _granted(self, teammate: Teammate, source: GrantSource) -> str:
        grants = teammate.grants.filter(source=source).select_related("workspace", "inbox")
        return ", ".join(str(grant.workspace or grant.inbox) for grant in grants) or "—"

    @admin.display(description=_("reaches the inboxes"))
    def reaches(self, teammate: Teammate) -> str:
        """What all grants together come to, as the worker worked it out last."""
        reach = InboxAccess.objects.filter(company=teammate.company, teammate=teammate)
        names = list(reach.order_by("inbox__name").values_list("inbox__workspace__name", "inbox__name")[: REACHED + 1])
        lines = format_html_join("", "<div>{} / {}</div>", names[:REACHED])
        more = translated("and more") if len(names) > REACHED else ""
        none = "" if teammate.is_active else translated("None while not active. Then:")
        return format_html("{}{}{}", none, lines, more) if names else "—"

    @admin.display(description=_("values"))
    def custom_values(self, teammate: Teammate) -> str:
        definitions = teammate.company.custom_fields.all()  # type: ignore[union-attr]
        return shown_values(definitions, teammate.custom_fields)

    # --- saving ---

    def create(self, request: HttpRequest, company: Company, form: Any) -> Teammate:
        form.instance.company = company
        return teammates.create_teammate(form.instance, actor=self.actor(request))

    def update(self, request: HttpRequest, obj: Any, form: Any) -> None:
        actor, plain = self.actor(request), form.changes(*OWN_COLUMNS)
        entered = entered_values(form, obj.company_id, definitions_of(request, obj.company_id))

        def decide(locked: Teammate) -> dict[str, Any]:
            return {**plain, "custom_fields": merged(locked.custom_fields, entered)} if entered else plain

        teammate = teammates.update_teammate(obj.company_id, obj.pk, decide, actor=actor)
        if form.access_changed:
            workspaces, inboxes = form.cleaned_data["workspaces"], form.cleaned_data["inboxes"]
            access.set_grants(teammate, workspaces, inboxes, actor=actor)

    # --- actions ---

    @confirmed_action(
        description=_("Block"),
        consequences=_(
            "They are signed out at once and cannot sign in, and their licence is free for somebody else. "
            "Groups, access and settings stay stored, for when they are unblocked."
        ),
        done=_("Blocked: %(names)s."),
        applies=lambda teammate: teammate.is_active,
    )
    def block(self, request: HttpRequest, teammate: Teammate, reason: str) -> None:
        teammates.block_teammate(teammate.company_id or 0, teammate.pk, actor=self.actor(request))

    @confirmed_action(
        description=_("Unblock"),
        consequences=_("They can sign in again, with everything they had, and take a licence."),
        done=_("Unblocked: %(names)s."),
        applies=lambda teammate: teammate.is_blocked,
    )
    def unblock(self, request: HttpRequest, teammate: Teammate, reason: str) -> None:
        teammates.unblock_teammate(teammate.company_id or 0, teammate.pk, actor=self.actor(request))

    @confirmed_action(
        description=_("Sign out everywhere"),
        consequences=_("Every browser in which they are signed in is signed out. They can sign in again."),
        done=_("Signed out everywhere: %(names)s."),
        applies=lambda teammate: teammate.is_active,
    )
    def sign_out(self, request: HttpRequest, teammate: Teammate, reason: str) -> None:
        teammates.end_sessions(teammate.company_id or 0, teammate.pk, actor=self.actor(request))

    @confirmed_action(
        description=_("Set a new password"),
        consequences=_(
            "Company admins sign in to these pages with it. It is made up at random and shown to you once; the "
            "present password ends, and every session with it."
        ),
        done=_("New password for: %(names)s."),
        applies=lambda teammate: teammate.is_staff,
    )
    def new_password(self, request: HttpRequest, teammate: Teammate, reason: str) -> str:
        password = get_random_string(PASSWORD_LENGTH)
        teammates.set_password(teammate.company_id or 0, teammate.pk, password, actor=self.actor(request))
        return password

    @confirmed_action(
        description=_("Remove the second factor"),
        consequences=_(
            "Do this when they lost their phone and their recovery codes, and you are sure that it is they who ask. "
            "They are signed out everywhere and sign in with the password alone until they set it up again."
        ),
        done=_("Second factor removed: %(names)s."),
        applies=lambda teammate: teammate.is_staff and two_factor.is_on(teammate),
    )
    def reset_two_factor(self, request: HttpRequest, teammate: Teammate, reason: str) -> None:
        if teammate.pk == request.user.pk:
            raise Refusal(translated("Turn off your own second factor on the page Your account."))
        two_factor.reset(teammate, actor=self.actor(request))

    @confirmed_action(
        description=_("Delete"),
        consequences=_(
            "This cannot be undone. They lose all groups, and their address stays reserved: nobody can be created "
            "with it, also not by the identity provider, until support releases it. To keep the door open, block "
            "instead."
        ),
        done=_("Deleted: %(names)s."),
        applies=lambda teammate: teammate.status != Status.DELETED,
    )
    def delete(self, request: HttpRequest, teammate: Teammate, reason: str) -> None:
        teammates.delete_teammate(teammate.company_id or 0, teammate.pk, actor=self.actor(request))

    @confirmed_action(
        description=_("Release the address"),
        consequences=_("The address can be used for a new teammate again. The deleted one stays deleted."),
        done=_("The address can be used again: %(names)s."),
        asks_reason=True,
        applies=lambda teammate: teammate.status == Status.DELETED and teammate.address_released_at is None,
    )
    def release_address(self, request: HttpRequest, teammate: Teammate, reason: str) -> None:
        teammates.release_address(teammate.company_id or 0, teammate.pk, actor=self.actor(request), reason=reason)
