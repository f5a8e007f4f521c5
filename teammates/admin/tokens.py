"""API tokens: made, shown once, rotated, revoked."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from teammates.admin.actions import confirmed_action, shown_once
from teammates.admin.base import ScopedAdmin
from teammates.admin.forms import ServiceForm
from teammates.models import ApiToken, Company, Scope
from teammates.services import tokens


class TokenStateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [("usable", _("Usable")), ("expired", _("Expired")), ("revoked", _("Revoked"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        over = Q(expires_at__lte=timezone.now())
        match self.value():
            case "usable":
                return queryset.filter(revoked_at=None).exclude(over)
            case "expired":
                return queryset.filter(over, revoked_at=None)
            case "revoked":
                return queryset.exclude(revoked_at=None)
        return queryset


class TokenForm(ServiceForm):
    scopes = forms.MultipleChoiceField(
        choices=Scope.choices,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        initial=[Scope.PROVISIONING, Scope.AUTO_PROVISIONING],
        help_text=_(
            "Auto-Provisioning lets an identity provider in over SCIM. Provisioning lets other systems use the REST "
            "API. For Microsoft Entra ID choose both."
        ),
    )

    class Meta:
        model = ApiToken
        fields = ("name", "scopes", "expires_at")
        help_texts = {"name": _("What uses the token, so that its purpose is plain later: Microsoft Entra ID.")}
        labels = {"expires_at": _("Expires at")}


@admin.register(ApiToken)
class TokenAdmin(ScopedAdmin):
    form = TokenForm
    list_display = ("name", "starts_with", "shown_scopes", "state", "created", "last_used")
    list_filter = (TokenStateFilter,)
    search_fields = ("name", "hint", "created_by")
    actions = ("rotate", "revoke")
    filterable = ("company__id__exact",)
    add_fieldsets = ((None, {"fields": ("name", "scopes", "expires_at")}),)
    fieldsets = (
        (None, {"fields": ("name", "starts_with", "shown_scopes", "state")}),
        (_("Life"), {"fields": ("created_at", "created_by", "expires_at", "revoked_at")}),
        (_("Last use"), {"fields": ("last_used_at", "last_used_by", "last_used_from")}),
    )

    @admin.display(description=_("starts with"))
    def starts_with(self, token: ApiToken) -> str:
        return f"{token.hint}…"

    @admin.display(description=_("scopes"))
    def shown_scopes(self, token: ApiToken) -> str:
        return ", ".join(str(Scope(scope).label) for scope in token.scopes)

    @admin.display(description=_("state"))
    def state(self, token: ApiToken) -> str:
        if token.revoked_at is not None:
            return translated("Revoked")
        if token.expires_at is None:
            return translated("Usable")
        day = date_format(token.expires_at, "SHORT_DATE_FORMAT")
        return (translated("Usable until %s") if token.is_usable else translated("Expired on %s")) % day

    @admin.display(description=_("created"), ordering="created_at")
    def created(self, token: ApiToken) -> str:
        day = date_format(token.created_at, "SHORT_DATE_FORMAT")
        return translated("%(day)s by %(name)s") % {"day": day, "name": token.created_by} if token.created_by else day

    @admin.display(description=_("last used"), ordering="last_used_at")
    def last_used(self, token: ApiToken) -> Any:
        return token.last_used_at or translated("Never")

    # --- saving ---

    def create(self, request: HttpRequest, company: Company, form: Any) -> ApiToken:
        entered = form.cleaned_data
        token, value = tokens.create_token(
            company,
            entered["name"],
            entered["scopes"],
            actor=self.actor(request),
            expires_at=entered["expires_at"],
        )
        request.secret = (token.name, value)  # type: ignore[attr-defined]
        return token

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """The value goes into this one answer; a redirect would have to keep it somewhere."""
        self.message_user(request, translated("The token was created."), messages.SUCCESS)
        return shown_once(self, request, [request.secret])  # type: ignore[attr-defined]

    # --- actions ---

    @confirmed_action(
        description=_("Rotate"),
        consequences=_(
            "A new token with the same name and scopes is made and shown to you once. The old one works for 24 more "
            "hours, so that there is time to enter the new one in the identity provider."
        ),
        done=_("A successor was made for: %(names)s."),
        applies=lambda token: token.is_usable,
    )
    def rotate(self, request: HttpRequest, token: ApiToken, reason: str) -> str:
        _successor, value = tokens.rotate_token(token.company, token.pk, actor=self.actor(request))
        return value

    @confirmed_action(
        description=_("Revoke"),
        consequences=_(
            "The next request with this token is refused. An identity provider that still uses it stops provisioning "
            "until it gets another one. This cannot be undone."
        ),
        done=_("Revoked: %(names)s."),
        applies=lambda token: token.revoked_at is None,
    )
    def revoke(self, request: HttpRequest, token: ApiToken, reason: str) -> None:
        tokens.revoke_token(token.company, token.pk, actor=self.actor(request))
