"""API tokens: made, shown once, rotated, revoked."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from teammates.addresses import tenant_url
from teammates.admin.actions import confirmed_action, shown_once
from teammates.admin.base import ScopedAdmin
from teammates.admin.forms import ServiceForm
from teammates.admin.pieces import badge, link, once, to_copy
from teammates.models import ApiToken, Company, Scope
from teammates.moments import ago, day, moment
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


LIFETIMES = [
    ("", _("Never: until somebody revokes it")),
    ("30", _("In 30 days, for a trial")),
    ("90", _("In 90 days")),
    ("180", _("In 6 months")),
    ("365", _("In a year: rotate it with your other yearly chores")),
]
OVERLAPS = [
    ("0", _("Not at all: it ends now. For a value that got into the wrong hands")),
    ("1", _("1 hour")),
    ("24", _("24 hours")),
    ("168", _("7 days")),
]
LIFETIME_HELP = _(
    "On that day every request with the token is refused and user provisioning stops, unless you rotated it before. "
    "Company admins are reminded in time."
)
RESTING_AFTER = timedelta(days=2)  # unused for so long, nothing is likely to depend on it


def in_days(days: str) -> datetime | None:
    return timezone.now() + timedelta(days=int(days)) if days else None


class TokenForm(ServiceForm):
    scopes = forms.MultipleChoiceField(
        label=_("Scopes"),
        choices=Scope.choices,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        initial=[Scope.PROVISIONING, Scope.AUTO_PROVISIONING],
        help_text=_(
            "Auto-Provisioning lets an identity provider in over SCIM: it may create, change and block teammates and "
            "sync groups. Provisioning lets other systems use the REST API. For Microsoft Entra ID choose both; Okta "
            "needs Auto-Provisioning only."
        ),
    )
    lifetime = forms.ChoiceField(
        label=_("Expires"),
        choices=LIFETIMES,
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text=LIFETIME_HELP,
    )
    expires_on = forms.DateField(
        label=_("Or on a day of your own"),
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"type": "date"}),
        help_text=_("The token works until the end of that day (UTC)."),
    )

    class Meta:
        model = ApiToken
        fields = ("name", "scopes")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "name" in self.fields:
            self.fields["name"].help_text = translated(
                "What uses the token, so that its purpose is plain in a year: Microsoft Entra ID, for example."
            )

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or {}
        if cleaned.get("lifetime") and cleaned.get("expires_on"):
            self.add_error("expires_on", translated("Choose one of the two: a period above, or this day."))
        return cleaned

    def expires_at(self) -> datetime | None:
        day: date | None = self.cleaned_data["expires_on"]
        if day is not None:
            return datetime.combine(day, time.max.replace(microsecond=0), UTC)
        return in_days(self.cleaned_data["lifetime"])


class RotationForm(forms.Form):
    overlap = forms.TypedChoiceField(
        label=_("How long the old token keeps working"),
        choices=OVERLAPS,
        coerce=int,
        initial="24",
        widget=UnfoldAdminRadioSelectWidget,
        help_text=_("Time to enter the new one in the identity provider. Both work until then."),
    )
    lifetime = forms.ChoiceField(
        label=_("The new token expires"),
        choices=LIFETIMES,
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text=LIFETIME_HELP,
    )


def facts_of_revoking(pages: Any, request: HttpRequest, chosen: list[ApiToken]) -> list[str]:
    """Which connections stop."""
    return [connection(token) for token in chosen[:5]]


def connection(token: ApiToken) -> str:
    """What depends on this token, as far as its use tells."""
    if token.last_used_at is None:
        return translated("%(name)s has never been used, so no connection stops.") % {"name": token.name}
    usage = tokens.usage(token)
    words = {
        "name": token.name,
        "client": (usage and usage.client) or token.last_used_by or translated("a client that does not say its name"),
        "ago": ago(token.last_used_at),
        "address": token.last_used_from or translated("an unknown address"),
    }
    if usage is None and timezone.now() - token.last_used_at > RESTING_AFTER:
        text = translated("%(name)s was last used %(ago)s by %(client)s from %(address)s, and not since.")
        return text % words
    many = usage.requests if usage else 0
    counted = ngettext("%(n)s request in the last 24 hours", "%(n)s requests in the last 24 hours", many) % {"n": many}
    text = translated("The connection of %(client)s stops: it used %(name)s %(ago)s from %(address)s")
    return f"{text % words} ({counted})." if usage else f"{text % words}."


@admin.register(ApiToken)
class TokenAdmin(ScopedAdmin):
    form = TokenForm
    list_display = ("name", "state", "shown_scopes", "last_used", "created", "starts_with")
    list_filter = (TokenStateFilter,)
    search_fields = ("name", "hint", "created_by")
    actions = ("rotate", "revoke")
    filterable = ("company__id__exact",)
    about = _(
        "With an API token your identity provider proves that it speaks for your company; Microsoft Entra ID calls it "
        "the Secret Token. It belongs to the company, not to the admin who made it. Use one token for each "
        "system, so that each can be revoked by itself."
    )
    nothing_yet = (
        _("No API token yet"),
        _(
            "Create one with the scopes Provisioning and Auto-Provisioning, copy its value, and paste it into the "
            "Secret Token field of Microsoft Entra ID. User provisioning starts there."
        ),
    )
    shown_once_template = "admin/teammates/token_shown.html"
    add_button = _("Create")
    add_fieldsets = ((None, {"fields": ("name", "scopes", "lifetime", "expires_on")}),)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """What an unused token, or one that nobody replaced or revoked, has nothing to say of is left out."""
        if obj is None:
            return self.add_fieldsets
        replaced = ("successor",) if obj.revoked_at or obj.expires_at else ()
        used = ("used_at", "used_by", "last_used_from", "requests_today") if obj.last_used_at else ("used_at",)
        revoked = ("revoked_at",) if obj.revoked_at else ()
        return (
            (None, {"fields": ("name", "state", "shown_scopes", "starts_with", *replaced)}),
            (_("Last use"), {"fields": used}),
            (_("Where it is entered"), {"fields": ("tenant_url", "secret_token")}),
            (_("Life"), {"fields": ("created", "expires", *revoked)}),
        )

    @admin.display(description=_("starts with"))
    def starts_with(self, token: ApiToken) -> str:
        return format_html('<code class="fp-code">{}…</code>', token.hint)

    @admin.display(description=_("scopes"))
    def shown_scopes(self, token: ApiToken) -> str:
        return ", ".join(str(Scope(scope).label) for scope in token.scopes)

    @admin.display(description=_("state"))
    def state(self, token: ApiToken) -> str:
        if token.revoked_at is not None:
            return badge(translated("Revoked"), "bad")
        if token.expires_at is None:
            return badge(translated("Usable"), "good")
        if not token.is_usable:
            return badge(translated("Expired on %s") % day(token.expires_at), "bad")
        left = token.expires_at - timezone.now()
        if left > tokens.EXPIRING_WITHIN:
            return badge(translated("Usable until %s") % day(token.expires_at), "good")
        when = day(token.expires_at) if left > timedelta(days=2) else moment(token.expires_at)
        return badge(translated("Expires soon: %s") % when, "warn")

    @admin.display(description=_("created"), ordering="created_at")
    def created(self, token: ApiToken) -> str:
        on = day(token.created_at)
        return translated("%(day)s by %(name)s") % {"day": on, "name": token.created_by} if token.created_by else on

    @admin.display(description=_("last used"), ordering="last_used_at")
    def last_used(self, token: ApiToken) -> str:
        return ago(token.last_used_at) if token.last_used_at else translated("Never")

    # --- one token ---

    @admin.display(description=_("time"))
    def used_at(self, token: ApiToken) -> str:
        if token.last_used_at is None:
            return translated("Never")
        return f"{moment(token.last_used_at)} ({ago(token.last_used_at)})"

    @admin.display(description=_("client"))
    @once
    def used_by(self, token: ApiToken) -> str:
        usage = tokens.usage(token)
        known, named = usage.client if usage else "", token.last_used_by
        if not known or not named:
            return known or named or translated("Does not say its name")
        return translated("%(client)s, which calls itself %(name)s") % {"client": known, "name": named}

    @admin.display(description=_("requests in the last 24 hours"))
    @once
    def requests_today(self, token: ApiToken) -> str:
        usage = tokens.usage(token)
        return str(usage.requests if usage else 0)

    @admin.display(description=_("replaced by"))
    @once
    def successor(self, token: ApiToken) -> str:
        new = tokens.successor_of(token)
        if new is None:
            return "—"
        return format_html(
            "{} {} {}", link(self.url_of("change", new.pk), new.name), self.starts_with(new), self.state(new)
        )

    @admin.display(description=_("expires"))
    def expires(self, token: ApiToken) -> str:
        return moment(token.expires_at) if token.expires_at else translated("Never")

    @admin.display(description=_("Tenant URL"))
    def tenant_url(self, token: ApiToken) -> str:
        return to_copy(tenant_url(), "tenant-url", called=translated("Tenant URL"))

    @admin.display(description=_("Secret Token"))
    def secret_token(self, token: ApiToken) -> str:
        return translated(
            "The value was shown once, when the token was made, and is not stored. Is it lost? Rotate the token to get "
            "a new value."
        )

    def shown_once_context(self, request: HttpRequest) -> dict[str, Any]:
        return {"tenant_url": tenant_url(), "old_tokens": getattr(request, "rotated", [])}

    # --- saving ---

    def create(self, request: HttpRequest, company: Company, form: Any) -> ApiToken:
        entered = form.cleaned_data
        token, value = tokens.create_token(
            company, entered["name"], entered["scopes"], actor=self.actor(request), expires_at=form.expires_at()
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
            "A new token with the same name and scopes is made and shown to you once. Enter it in the identity "
            "provider in the place of the old one."
        ),
        done=_("A successor was made for: %(names)s."),
        applies=lambda token: token.is_usable,
        form=RotationForm,
    )
    def rotate(self, request: HttpRequest, token: ApiToken, answers: Any) -> str:
        successor, value = tokens.rotate_token(
            token.company,
            token.pk,
            actor=self.actor(request),
            overlap=timedelta(hours=answers["overlap"]),
            expires_at=in_days(answers["lifetime"]),
        )
        token.refresh_from_db()
        rotated = [*getattr(request, "rotated", []), (token, self.state(token), successor, self.state(successor))]
        request.rotated = rotated  # type: ignore[attr-defined]
        return value

    @confirmed_action(
        description=_("Revoke"),
        consequences=_(
            "The next request with this token is refused. An identity provider that still uses it stops provisioning "
            "until it gets another one: nobody is blocked by that, but nobody is created or blocked any more either. "
            "This cannot be undone."
        ),
        done=_("Revoked: %(names)s."),
        applies=lambda token: token.revoked_at is None,
        facts=facts_of_revoking,
        look="danger",
    )
    def revoke(self, request: HttpRequest, token: ApiToken, reason: str) -> None:
        tokens.revoke_token(token.company, token.pk, actor=self.actor(request))
