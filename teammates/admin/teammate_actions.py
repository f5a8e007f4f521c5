"""What can be done to teammates, one by one or many at once."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from django.utils.crypto import get_random_string
from django.utils.html import format_html
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from teammates.admin.actions import confirmed_action, some
from teammates.admin.permissions import Role, role_of
from teammates.errors import LastAdmin, Refusal
from teammates.models import Company, LicencePolicy, Source, Status, Teammate
from teammates.services import admins, departures, passwords, sessions, teammates, two_factor
from teammates.services.mails import address_of
from teammates.support import with_links

if TYPE_CHECKING:
    from teammates.admin.base import ScopedAdmin

PASSWORD_LENGTH = 16


NONE_LEFT = _("The next person is refused: block somebody who no longer needs access, or %(ask_support)s for more.")
NONE_LEFT_FOR_SUPPORT = _(
    "The next person is refused, until somebody is blocked or more licences are set on the company's page."
)


def licences_in_words(company: Company, request: HttpRequest) -> str:
    """HTML: how many licences there are and are left, and what happens when none is."""
    left = max(0, company.licence_count - company.licences_used)
    numbers = {"used": company.licences_used, "all": company.licence_count, "left": left}
    said = translated("%(used)s of %(all)s licences are taken, %(left)s left.") % numbers
    more = ""
    if company.licence_policy == LicencePolicy.ADD:
        more = translated("When none is left, one is added automatically.")
    elif not left:
        more = str(NONE_LEFT_FOR_SUPPORT) if role_of(request.user) == Role.SUPPORT else with_links(NONE_LEFT)
    return format_html("{} {}", said, more) if more else said


def has_two_factor(teammate: Any) -> bool:
    """Whether they sign in with a code besides the password; asked once for each page."""
    if "has_two_factor" not in teammate.__dict__:
        teammate.__dict__["has_two_factor"] = two_factor.is_on(teammate)
    found: bool = teammate.__dict__["has_two_factor"]
    return found


def why_needed(teammate: Any) -> str:
    """Why this person has to stay an active company admin; empty where they need not. Asked once for each page."""
    if not (teammate.is_active and teammate.is_company_admin):
        return ""
    return str(_needed(teammate) or "")


def why_kept(request: HttpRequest, teammate: Any) -> str:
    """`why_needed` for the top of the person's page, unless the form says it at its field just now.

    Support staff, who make nobody an admin, read who can.
    """
    if isinstance(getattr(request, "refusal", None), LastAdmin):
        return ""
    refusal = _needed(teammate) if teammate.is_active and teammate.is_company_admin else None
    if refusal is None or role_of(request.user) != Role.SUPPORT:
        return str(refusal or "")
    more = translated(
        "Their company needs another admin first: somebody of it makes another teammate a company admin, and that one "
        "sets a password."
    )
    return f"{refusal.fact} {more}"


def _needed(teammate: Any) -> LastAdmin | None:
    if "why_needed" not in teammate.__dict__:
        teammate.__dict__["why_needed"] = admins.why_needed([teammate])
    refusal: LastAdmin | None = teammate.__dict__["why_needed"]
    return refusal


def _kept_of(chosen: list[Any]) -> LastAdmin | None:
    """Why one of these has to stay an active company admin, and which one; None when all may go."""
    leaving = [teammate for teammate in chosen if teammate.is_active and teammate.is_company_admin]
    return admins.why_needed(leaving) if leaving else None


def _licences_freed(chosen: list[Any], kept: LastAdmin | None) -> Iterable[str]:
    number = sum(teammate.is_active for teammate in chosen) - (kept is not None)
    if number:
        yield ngettext("This frees %(number)s licence.", "This frees %(number)s licences.", number) % {"number": number}


def _idp_facts(chosen: list[Any]) -> Iterable[str]:
    """What is decided here holds until the identity provider says otherwise."""
    managed = sum(teammate.source == Source.IDP for teammate in chosen)
    if managed:
        text = ngettext(
            "%(number)s of them is provisioned by your identity provider: change it there too, or what it sends next "
            "decides again.",
            "%(number)s of them are provisioned by your identity provider: change it there too, or what it sends next "
            "decides again.",
            managed,
        )
        alone = translated(
            "They are provisioned by your identity provider: change it there too, or what it sends next decides again."
        )
        yield alone if len(chosen) == 1 else text % {"number": managed}


def _admin_facts(request: HttpRequest, chosen: list[Any], kept: LastAdmin | None, of_oneself: str) -> Iterable[str]:
    """What it means that admins are among them: the last is refused, and one may be whoever asks."""
    if kept is not None and len(chosen) == 1:
        yield str(kept)
        return
    if kept is not None:
        name = next(teammate.name for teammate in chosen if teammate.public_id == kept.subject)
        yield translated(
            "A company needs an admin who can sign in, so %(name)s will be refused. Make another teammate a company "
            "admin first, and wait until they have set their password."
        ) % {"name": name}
    if any(each.pk == request.user.pk and (kept is None or each.public_id != kept.subject) for each in chosen):
        yield of_oneself


def facts_of_blocking(pages: "ScopedAdmin", request: HttpRequest, chosen: list[Any]) -> Iterable[str]:
    kept = _kept_of(chosen)
    yield from _licences_freed(chosen, kept)
    yield from _idp_facts(chosen)
    yield from _admin_facts(
        request,
        chosen,
        kept,
        translated(
            "You are among them: you are signed out at once, and come back only when another company admin lets you in."
        ),
    )


def facts_of_unblocking(pages: "ScopedAdmin", request: HttpRequest, chosen: list[Any]) -> Iterable[str]:
    number = len(chosen)
    company = chosen[0].company
    needed = ngettext("This takes %(number)s licence.", "This takes %(number)s licences.", number)
    yield format_html("{} {}", needed % {"number": number}, licences_in_words(company, request))
    left = company.licence_count - company.licences_used
    if number > left and company.licence_policy == LicencePolicy.REFUSE:
        yield translated("There are not enough: the first %(left)s are unblocked, the others are refused.") % {
            "left": max(0, left)
        }
    if any(teammate.removed_by_idp_at for teammate in chosen):
        yield translated("Those whom your identity provider removed are visible to it again.")
    yield from _returning_admin_facts(chosen)
    yield from _idp_facts(chosen)


def _returning_admin_facts(blocked: list[Any]) -> Iterable[str]:
    """Who was a company admin, or was made one meanwhile, is one at once."""
    returning = [teammate for teammate in blocked if teammate.is_company_admin]
    if not returning:
        return
    if len(blocked) == 1:
        yield translated("They are a company admin again: they may open these company settings and change everything.")
    else:
        yield translated("These are company admins again: %(names)s.") % {"names": some([t.name for t in returning])}
    without = [teammate for teammate in returning if not teammate.has_password]
    if without:
        yield ngettext(
            "%(names)s has not set a password yet and gets an e-mail with a link to set one.",
            "%(names)s have not set a password yet and get an e-mail with a link to set one.",
            len(without),
        ) % {"names": some([teammate.name for teammate in without])}


def facts_of_deleting(pages: "ScopedAdmin", request: HttpRequest, chosen: list[Any]) -> Iterable[str]:
    kept = _kept_of(chosen)
    yield from _licences_freed(chosen, kept)
    if any(teammate.source == Source.IDP for teammate in chosen):
        yield translated(
            "Your identity provider cannot bring them back: what it sends about them from now on is refused. Unassign "
            "them there too."
        )
    yield from _admin_facts(
        request, chosen, kept, translated("You are among them: you are signed out at once, and for good.")
    )


def facts_of_inviting(pages: "ScopedAdmin", request: HttpRequest, chosen: list[Any]) -> Iterable[str]:
    addresses = [address_of(teammate) for teammate in chosen]
    text = ngettext("The e-mail goes to %(addresses)s.", "The e-mails go to %(addresses)s.", len(addresses))
    yield text % {"addresses": some(addresses)}


# --- why there is nothing to do for somebody, after a colon ---


def _only_active(teammate: Any) -> str:
    return translated("they are deleted") if teammate.status == Status.DELETED else translated("they are blocked")


def _only_blocked(teammate: Any) -> str:
    if teammate.status == Status.DELETED:
        return translated("they are deleted, and that cannot be undone")
    return translated("they are active already")


def _only_admins(teammate: Any) -> str:
    if not teammate.is_active:
        return _only_active(teammate)
    return translated("they are no company admin, and only admins sign in to these company settings")


def _only_invited(teammate: Any) -> str:
    if teammate.is_blocked and teammate.is_company_admin and not teammate.has_password:
        return translated("they are blocked, and get an invitation when they are unblocked")
    if not teammate.is_staff:
        return _only_admins(teammate)
    if teammate.has_password:
        return translated("they sign in with a password already")
    return translated("they have no e-mail address to write to; set a new password for them instead")


def _only_with_two_factor(teammate: Any) -> str:
    return translated("they have no second factor") if teammate.is_staff else _only_admins(teammate)


def _only_reserved(teammate: Any) -> str:
    if teammate.status == Status.DELETED:
        return translated("their address was released already")
    return translated("they are not deleted, so their address is in use")


class TeammateActions:
    """The actions of TeammateAdmin."""

    if TYPE_CHECKING:

        def actor(self, request: HttpRequest) -> Any: ...

    @confirmed_action(
        description=_("Block"),
        consequences=_(
            "They are signed out at once and cannot sign in, their shared conversations are released, and their "
            "licence is free for somebody else. Groups, access and settings stay stored, for when they are unblocked."
        ),
        done=_("Blocked: %(names)s."),
        applies=lambda teammate: teammate.is_active,
        offered=lambda teammate: not why_needed(teammate),
        takes_reason=True,
        such_as=_("left the company"),
        facts=facts_of_blocking,
        otherwise=_only_active,
    )
    def block(self, request: HttpRequest, teammate: Teammate, reason: str) -> None:
        teammates.block_teammate(teammate.tenant_id, teammate.pk, actor=self.actor(request), reason=reason)

    @confirmed_action(
        description=_("Unblock"),
        consequences=_("They can sign in again, with everything they had, and take a licence."),
        done=_("Unblocked: %(names)s."),
        applies=lambda teammate: teammate.is_blocked,
        takes_reason=True,
        such_as=_("back from parental leave"),
        facts=facts_of_unblocking,
        otherwise=_only_blocked,
    )
    def unblock(self, request: HttpRequest, teammate: Teammate, reason: str) -> None:
        teammates.unblock_teammate(teammate.tenant_id, teammate.pk, actor=self.actor(request), reason=reason)

    @confirmed_action(
        description=_("Sign out everywhere"),
        consequences=_("Every browser in which they are signed in is signed out. They can sign in again."),
        done=_("Signed out everywhere: %(names)s."),
        applies=lambda teammate: teammate.is_active,
        otherwise=_only_active,
    )
    def sign_out(self, request: HttpRequest, teammate: Teammate, reason: str) -> None:
        sessions.end_sessions(teammate.tenant_id, teammate.pk, actor=self.actor(request))

    @confirmed_action(
        description=_("Send the invitation again"),
        consequences=_(
            "They get an e-mail with a link to set their first password, which works for a week. Until they have, they "
            "cannot sign in here."
        ),
        done=_("Invited again: %(names)s."),
        applies=lambda teammate: teammate.is_staff and not teammate.has_password and bool(address_of(teammate)),
        facts=facts_of_inviting,
        otherwise=_only_invited,
    )
    def invite(self, request: HttpRequest, teammate: Teammate, reason: str) -> None:
        if not passwords.invite_admin(teammate.tenant_id, teammate.pk, actor=self.actor(request)):
            raise Refusal(translated("%(name)s has no e-mail address to write to.") % {"name": teammate.name})

    @confirmed_action(
        description=_("Set a new password"),
        consequences=_(
            "Company admins sign in to these pages with it. It is made up at random and shown to you once; the "
            "present password ends, and every session with it."
        ),
        done=_("New password for: %(names)s."),
        applies=lambda teammate: teammate.is_staff,
        otherwise=_only_admins,
    )
    def new_password(self, request: HttpRequest, teammate: Teammate, reason: str) -> str:
        password = get_random_string(PASSWORD_LENGTH)
        passwords.set_password(teammate.tenant_id, teammate.pk, password, actor=self.actor(request))
        return password

    @confirmed_action(
        description=_("Remove the second factor"),
        consequences=_(
            "Do this when they lost their phone and their recovery codes, and you are sure that it is they who ask. "
            "They are signed out everywhere and sign in with the password alone until they set it up again."
        ),
        done=_("Second factor removed: %(names)s."),
        asks_support=True,
        applies=lambda teammate: teammate.is_staff and has_two_factor(teammate),
        otherwise=_only_with_two_factor,
    )
    def reset_two_factor(self, request: HttpRequest, teammate: Teammate, reason: str) -> None:
        if teammate.pk == request.user.pk:
            raise Refusal(translated("Turn off your own second factor on the page Your account."))
        two_factor.reset(teammate, actor=self.actor(request), reason=reason or "")

    @confirmed_action(
        description=_("Delete"),
        consequences=_(
            "This cannot be undone. They lose all groups, and their address stays reserved: nobody can be created "
            "with it, also not by the identity provider, until support releases it. To keep the door open, block "
            "instead."
        ),
        done=_("Deleted: %(names)s."),
        applies=lambda teammate: teammate.status != Status.DELETED,
        offered=lambda teammate: not why_needed(teammate),
        look="danger",
        takes_reason=True,
        such_as=_("added by mistake"),
        facts=facts_of_deleting,
        otherwise=lambda teammate: translated("they are deleted already"),
    )
    def delete(self, request: HttpRequest, teammate: Teammate, reason: str) -> None:
        departures.delete_teammate(teammate.tenant_id, teammate.pk, actor=self.actor(request), reason=reason)

    @confirmed_action(
        description=_("Release the address"),
        consequences=_("The address can be used for a new teammate again. The deleted one stays deleted."),
        done=_("The address can be used again: %(names)s."),
        asks_reason=True,
        applies=lambda teammate: teammate.status == Status.DELETED and teammate.address_released_at is None,
        otherwise=_only_reserved,
    )
    def release_address(self, request: HttpRequest, teammate: Teammate, reason: str) -> None:
        departures.release_address(teammate.tenant_id, teammate.pk, actor=self.actor(request), reason=reason)
