"""API tokens: made, shown once, rotated, revoked."""

from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from teammates.addresses import tenant_url
from teammates.admin.actions import confirmed_action, shown_once
from teammates.admin.badges import with_note
from teammates.admin.base import ScopedAdmin
from teammates.admin.pieces import badge, link, once, to_copy
from teammates.admin.token_forms import RotationForm, TokenForm, in_days
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


RESTING_AFTER = timedelta(days=2)  # unused for so long, nothing is likely to depend on it


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


def beside(token: ApiToken, which: str) -> ApiToken | None:
    """The "successor" or the "predecessor" of a token, asked once for each page."""
    kept = token.__dict__.setdefault("beside", {})
    if which not in kept:
        kept[which] = tokens.successor_of(token) if which == "successor" else tokens.predecessor_of(token)
    found: ApiToken | None = kept[which]
    return found


class TokenList(ChangeList):
    """The list knows which of its rows were rotated, and which took the place of another, read in one query."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        replaced = tokens.rotations(self.result_list)
        for token in self.result_list:
            token.is_replaced, token.is_successor = token.pk in replaced, token.pk in replaced.values()


@admin.register(ApiToken)
class TokenAdmin(ScopedAdmin):
    form = TokenForm
    list_display = ("named", "state", "shown_scopes", "last_used", "created", "starts_with")
    list_filter = (TokenStateFilter,)
    search_fields = ("name", "hint", "created_by")
    search_help_text = _("Part of a name, maker or beginning")
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
        used = ("used_at", "used_by", "last_used_from", "requests_today") if obj.last_used_at else ("used_at",)
        revoked = ("revoked_at",) if obj.revoked_at else ()
        rotated = [name for name in ("successor", "predecessor") if beside(obj, name) is not None]
        secret = "secret_token" if self.may(request, "rotate", obj) else "secret_token_of_theirs"
        entered = [(_("Where it is entered"), {"fields": ("tenant_url", secret)})] if obj.is_usable else []
        return (
            (None, {"fields": ("name", "state", "shown_scopes", "starts_with", *rotated)}),
            (_("Last use"), {"fields": used}),
            *entered,
            (_("Life"), {"fields": ("created", "expires", *revoked)}),
        )

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return TokenList

    def spelled_out(self, row: Any) -> str:
        """After a rotation there are two of one name."""
        return f"{row.name} ({row.hint}…)"

    @admin.display(description=_("name"), ordering="name")
    def named(self, token: Any) -> str:
        if token.is_replaced and token.is_usable:
            until = moment(token.expires_at)
            return with_note(token.name, translated("Old value, works until %(when)s") % {"when": until})
        if token.is_replaced:
            return with_note(token.name, translated("Old value, a new one took its place"))
        return with_note(token.name, translated("New value")) if token.is_successor else token.name

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

    @admin.display(description=_("new value"))
    def successor(self, token: ApiToken) -> str:
        return self._named_with_state(beside(token, "successor"))

    @admin.display(description=_("old value"))
    def predecessor(self, token: ApiToken) -> str:
        return self._named_with_state(beside(token, "predecessor"))

    def _named_with_state(self, token: ApiToken | None) -> str:
        if token is None:
            return "—"
        page = link(self.url_of("change", token.pk), token.name)
        return format_html("{} {} {}", page, self.starts_with(token), self.state(token))

    def banner(self, request: HttpRequest, obj: Any) -> str:
        """Of a token that opens nothing any more, or not for long: what to do then."""
        new = beside(obj, "successor")
        if obj.is_usable and new is None:
            return ""
        if obj.is_usable:
            said = translated("This is the old value of a token that was rotated. It works until %(when)s.") % {
                "when": moment(obj.expires_at)
            }
        elif obj.revoked_at is not None:
            said = translated("This token was revoked: every request with it is refused, and nothing brings it back.")
        else:
            said = translated("This token has expired: every request with it is refused.")
        if new is not None and new.is_usable:
            next_step = translated("Whatever still uses it needs the new value:")
            way = link(self.url_of("change", new.pk), f"{new.name} {new.hint}…")
        elif self.has_add_permission(request):
            next_step = translated("Whatever still uses it needs another token:")
            way = link(self.url_of("add"), translated("Add API token"))
        else:
            return said
        return format_html("{} {} {}", said, next_step, way)

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

    @admin.display(description=_("Secret Token"))
    def secret_token_of_theirs(self, token: ApiToken) -> str:
        return translated(
            "The value was shown once to whoever made the token, and is not stored. Is it lost? A company admin "
            "rotates the token here, or creates another."
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
        otherwise=lambda token: translated("it was revoked") if token.revoked_at else translated("it has expired"),
        offered=lambda token: beside(token, "successor") is None,
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
        otherwise=lambda token: translated("it was revoked already"),
        facts=facts_of_revoking,
        look="danger",
    )
    def revoke(self, request: HttpRequest, token: ApiToken, reason: str) -> None:
        tokens.revoke_token(token.company, token.pk, actor=self.actor(request))
