"""Actions that ask before they act, and tell afterwards what they did and what was refused."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget

from teammates.admin.permissions import Role, role_of
from teammates.errors import Refusal
from teammates.services.reasons import REASON_LENGTH

if TYPE_CHECKING:
    from teammates.admin.base import ScopedAdmin

MOST = 200  # rows that one action changes; each is a decision (and a transaction) of its own
SHOWN = 20  # names on the page that asks
Text = str | Promise


@dataclass(frozen=True)
class Spec:
    """What is asked about, what it is called, and to which rows it applies.

    verb: what the permission matrix calls it. consequences: what the person should know before they say yes.
    facts: what else is to be known about these very rows: how many licences it takes, and how many there are.
    offered: whether the row's own page has a button for it; from a list it is refused with the reason.
    look: of the button that confirms: "main", or "danger" for what cannot be undone.
    asks_reason: whether nothing is done without a reason. asks_support: the same for support staff, where an admin
    is not asked. takes_reason: whether one may be given. such_as: an example of one.
    otherwise: why there is nothing to do for a row to which it does not apply, to go on with after a colon.
    form: what is asked besides yes or no; the method then gets the answers in place of the reason.
    """

    name: str
    verb: str
    description: Text
    consequences: Text
    done: Text
    asks_reason: bool
    asks_support: bool
    takes_reason: bool
    applies: Callable[[Any], bool]
    offered: Callable[[Any], bool]
    look: str
    facts: Callable[["ScopedAdmin", HttpRequest, list[Any]], Iterable[Text]]
    form: type[forms.Form] | None
    such_as: Text
    otherwise: Callable[[Any], Text]


def confirmed_action(
    *,
    description: Text,
    consequences: Text,
    done: Text,
    verb: str = "",
    asks_reason: bool = False,
    asks_support: bool = False,
    takes_reason: bool = False,
    applies: Callable[[Any], bool] = lambda row: True,
    offered: Callable[[Any], bool] = lambda row: True,
    look: str = "main",
    facts: Callable[["ScopedAdmin", HttpRequest, list[Any]], Iterable[Text]] = lambda pages, request, chosen: (),
    form: type[forms.Form] | None = None,
    such_as: Text = "",
    otherwise: Callable[[Any], Text] = lambda row: _("it was done already"),
) -> Callable[[Callable[..., str | None]], Callable[..., HttpResponse | None]]:
    """Make an admin action out of a method that deals with one row: `method(self, request, row, reason)`.

    What the method returns is a secret, shown this once only.
    """

    def decorate(work: Callable[..., str | None]) -> Callable[..., HttpResponse | None]:
        name = work.__name__
        spec = Spec(
            name, verb or name, description, consequences, done, asks_reason, asks_support, takes_reason, applies,
            offered, look, facts, form, such_as, otherwise,
        )  # fmt: skip

        @wraps(work)
        def action(pages: "ScopedAdmin", request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
            return _ask_or_act(pages, request, queryset, spec, work)

        action.short_description = description  # type: ignore[attr-defined]
        action.spec = spec  # type: ignore[attr-defined]
        return action

    return decorate


class ConfirmationForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=REASON_LENGTH,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=gettext_lazy("The company's admins are told, with your name, and it stays in their audit log."),
    )

    def __init__(self, data: Any, *, asks_reason: bool, takes_reason: bool = False, such_as: Text = "") -> None:
        super().__init__(data)
        if takes_reason:
            self.fields["reason"].required = False
            self.fields["reason"].label = _("Reason (optional)")
            told = _(
                "Such as “%(reason)s”. Company admins and support read it on the person's page and in the audit log."
            )
            self.fields["reason"].help_text = told % {"reason": such_as}
        elif not asks_reason:
            del self.fields["reason"]


def _ask_or_act(
    pages: "ScopedAdmin", request: HttpRequest, queryset: QuerySet[Any], spec: Spec, work: Callable[..., str | None]
) -> HttpResponse | None:
    chosen = list(queryset[: MOST + 1])
    if len(chosen) > MOST:
        text = _("Choose %(most)s at most at once. Nothing was changed.") % {"most": MOST}
        pages.message_user(request, text, messages.ERROR)
        return None
    if not any(spec.applies(row) for row in chosen):
        _say_why_not(pages, request, chosen, spec)
        return _back(pages, request, chosen)
    sent = request.POST if "confirmed" in request.POST else None
    form = _form(request, spec, sent)
    if not form.is_valid():
        return _ask(pages, request, chosen, spec, form)
    answers = form.cleaned_data if spec.form else form.cleaned_data.get("reason")
    secrets = _act(pages, request, chosen, spec, lambda row: work(pages, request, row, answers))
    if secrets:
        return shown_once(pages, request, secrets)
    return _back(pages, request, chosen)


def _back(pages: "ScopedAdmin", request: HttpRequest, chosen: list[Any]) -> HttpResponse:
    """To the page on which the button was, if it is still there; else to the list."""
    if "from_page" in request.POST and len(chosen) == 1:
        theirs, owner = pages.page_with_buttons(chosen[0])
        if theirs.get_queryset(request).filter(pk=owner.pk).exists():
            return HttpResponseRedirect(theirs.url_of("change", owner.pk) + pages.tab_with_buttons)
    return HttpResponseRedirect(request.get_full_path())


def _form(request: HttpRequest, spec: Spec, sent: Any) -> forms.Form:
    if spec.form:
        return spec.form(sent)
    asks_reason = spec.asks_reason or (spec.asks_support and role_of(request.user) == Role.SUPPORT)
    return ConfirmationForm(sent, asks_reason=asks_reason, takes_reason=spec.takes_reason, such_as=spec.such_as)


def _act(
    pages: "ScopedAdmin", request: HttpRequest, chosen: list[Any], spec: Spec, work: Callable[[Any], str | None]
) -> list[tuple[str, str]]:
    """Deal with each row; the secrets that came of it, by name. A refusal stops nobody else's turn."""
    done: list[str] = []
    passed: list[Any] = []
    refusals: dict[str, None] = {}  # one reason is said once, however many it stood against
    secrets: list[tuple[str, str]] = []
    for row in chosen:
        name = str(row)
        if not spec.applies(row):
            passed.append(row)
            continue
        try:
            secret = work(row)
        except Refusal as refusal:
            refusals[str(refusal)] = None
            continue
        done.append(name)
        if secret:
            secrets.append((name, secret))
    for text in refusals:
        pages.message_user(request, text, messages.ERROR)
    _say_why_not(pages, request, passed, spec)
    if done:
        pages.message_user(request, spec.done % {"names": some(done)}, messages.SUCCESS)
    return secrets


def _say_why_not(pages: "ScopedAdmin", request: HttpRequest, rows: list[Any], spec: Spec) -> None:
    """One message for each reason, with the names of those for whom there is nothing to do."""
    for why, names in _passed(rows, spec, str):
        text = _("Nothing to do for %(names)s: %(why)s.") % {"names": names, "why": why}
        pages.message_user(request, text, messages.WARNING)


def _passed(rows: list[Any], spec: Spec, spelled: Callable[[Any], str]) -> list[tuple[str, str]]:
    """Why there is nothing to do for these, each reason with the names of all it stands for."""
    names: dict[str, list[str]] = {}
    for row in rows:
        names.setdefault(str(spec.otherwise(row)), []).append(spelled(row))
    return [(why, some(whose)) for why, whose in names.items()]


def _ask(pages: "ScopedAdmin", request: HttpRequest, chosen: list[Any], spec: Spec, form: forms.Form) -> HttpResponse:
    from_page = "from_page" in request.POST
    theirs, owner = pages.page_with_buttons(chosen[0])
    name_the_way(theirs if from_page else pages, request, spec.description, owner if from_page else None)
    meant = [row for row in chosen if spec.applies(row)]
    context = {
        **pages.admin_site.each_context(request),
        "title": spec.description,
        "spec": spec,
        "form": form,
        "facts": list(spec.facts(pages, request, meant)),
        "names": [pages.spelled_out(row) for row in meant[:SHOWN]],
        "more": max(0, len(meant) - SHOWN),
        "passed": _passed([row for row in chosen if not spec.applies(row)], spec, pages.spelled_out),
        "keys": [row.pk for row in meant],
        "checkbox": ACTION_CHECKBOX_NAME,
        "from_page": from_page,
        "back": theirs.url_of("change", owner.pk) + pages.tab_with_buttons if from_page else request.get_full_path(),
        "opts": pages.opts,
    }
    return TemplateResponse(request, "admin/teammates/confirm_action.html", context)


def name_the_way(pages: "ScopedAdmin", request: HttpRequest, title: Text, row: Model | None = None) -> None:
    """The line on top of a page beside the usual ones: the list it belongs to, the row, then what it is for."""
    way: list[dict[str, Any]] = [{"title": pages.opts.verbose_name_plural, "link": pages.url_of("changelist")}]
    if row is not None:
        way.append({"title": str(row), "link": pages.url_of("change", row.pk)})
    request.way = [*way, {"title": title}]  # type: ignore[attr-defined]


def shown_once(pages: "ScopedAdmin", request: HttpRequest, secrets: list[tuple[str, str]]) -> HttpResponse:
    """The page with values that are stored nowhere. It is an answer to a POST, so that no address leads to it."""
    name_the_way(pages, request, _("Copy this now"))
    context = {
        **pages.admin_site.each_context(request),
        "title": _("Copy this now"),
        "secrets": secrets,
        "list_url": pages.url_of("changelist"),
        "opts": pages.opts,
        **pages.shown_once_context(request),
    }
    return TemplateResponse(request, pages.shown_once_template, context)


def object_buttons(pages: "ScopedAdmin", request: HttpRequest, row: Model) -> list[Spec]:
    """The actions that can be taken on this row, for the top of its page."""
    specs = [action[0].spec for action in pages.get_actions(request).values()]
    return [spec for spec in specs if spec.applies(row) and spec.offered(row)]


def some(names: Sequence[str], number: int | None = None) -> str:
    """The first of the names, and how many more there are: of all the names, or of `number` when these are a part."""
    shown = names[:SHOWN]
    more = (len(names) if number is None else number) - len(shown)
    return _("%(names)s and %(more)s more") % {"names": ", ".join(shown), "more": more} if more else ", ".join(shown)
