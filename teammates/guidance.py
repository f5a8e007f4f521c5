"""What to do about a notice, and where: for the pages and for the mail."""

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from teammates.models import SECURITY_NOTICES, Company, Event, Notice, NoticeKind, Teammate, TeammateGroup
from teammates.support import plainly, with_links

Text = str | Promise

ADVICE: dict[str, Text] = {
    NoticeKind.NO_LICENCE: _(
        "Block somebody who no longer needs access, set the company to add licences automatically, or %(ask_support)s "
        "for more licences. The identity provider tries again by itself."
    ),
    NoticeKind.PROVISIONING_FAILING: _(
        "Look at what was refused and why; each entry says what to change. After that the identity provider tries "
        "again by itself, unless it has put the job into quarantine: then restart provisioning there."
    ),
    NoticeKind.PROVISIONING_SILENT: _(
        "See in the identity provider whether provisioning is started, and whether it was put into quarantine. People "
        "who leave are not blocked here meanwhile."
    ),
    NoticeKind.TOKEN_EXPIRED: _(
        "Create a new token with the same scopes and enter it as the Secret Token in the identity provider."
    ),
    NoticeKind.TOKEN_LAST_DAYS: _(
        "Rotate the token now and enter the new value as the Secret Token in the identity provider."
    ),
    NoticeKind.TOKEN_EXPIRING: _(
        "Rotate the token, and enter the new value as the Secret Token in the identity provider within 24 hours."
    ),
    NoticeKind.LAST_ADMIN: _(
        "Make another teammate a company admin and wait until they have set their password. After that this one can go."
    ),
    NoticeKind.SUPPORT_ACT: _("Nothing, if you expected it. Otherwise %(ask_support)s."),
    NoticeKind.ADMIN_ADDED: _(
        "Nothing, if you expected it. Otherwise ask whoever did it, and take the tick at Company admin away on their "
        "page, or block them."
    ),
    NoticeKind.ADMIN_REMOVED: _(
        "Nothing, if you expected it. Otherwise ask whoever did it; on their page they can be unblocked or made a "
        "company admin again."
    ),
    NoticeKind.BLOCK_UNDONE: _(
        "If they are not to have access, block them again and disable them in the identity provider, or take them "
        "out of its application: a block that is set here only lasts until it sends that they are active."
    ),
    NoticeKind.SYNC_SWITCHED: _(
        "Nothing, if you expected it. Otherwise ask whoever did it; you can switch it back on the page."
    ),
}
FOR_SUPPORT: dict[str, Text] = {  # where what a company's admins are told is not for support staff
    NoticeKind.NO_LICENCE: _(
        "Set how many licences the company has on its page, or tell its admins to block somebody who no longer needs "
        "access. The identity provider tries again by itself."
    ),
    NoticeKind.SUPPORT_ACT: _("Nothing: this tells the company's admins what one of you did."),
    **dict.fromkeys(SECURITY_NOTICES, _("Nothing: this tells the company's admins what one of them did.")),
}
LINKS: dict[str, Text] = {
    NoticeKind.NO_LICENCE: _("Plan and licences"),
    NoticeKind.PROVISIONING_FAILING: _("User provisioning"),
    NoticeKind.PROVISIONING_SILENT: _("User provisioning"),
    NoticeKind.TOKEN_EXPIRED: _("API tokens"),
    NoticeKind.TOKEN_LAST_DAYS: _("The token"),
    NoticeKind.TOKEN_EXPIRING: _("The token"),
    NoticeKind.LAST_ADMIN: _("The teammate"),
    NoticeKind.GROUP_SHRANK: _("The history of the group"),
    NoticeKind.GROUP_ADOPTED: _("The group and its history"),
    NoticeKind.SUPPORT_ACT: _("The entry in the audit log"),
    NoticeKind.ADMIN_ADDED: _("The teammate"),
    NoticeKind.ADMIN_REMOVED: _("The teammate"),
    NoticeKind.SYNC_SWITCHED: _("User provisioning"),
    NoticeKind.BLOCK_UNDONE: _("The teammate"),
}


@dataclass(frozen=True)
class Guidance:
    """advice: what to do, unless the notice says it itself; HTML or plain. link, path: where to do it."""

    advice: str
    link: Text
    path: str


def guidance(notice: Notice, *, for_support: bool = False, plain: bool = False) -> Guidance:
    """for_support: whether support staff read it. plain: for a mail, not a page."""
    path = _path(notice) or _page("company", notice.company_id)
    advice = ADVICE.get(notice.kind, "")
    if for_support:
        advice = FOR_SUPPORT.get(notice.kind, advice)
    return Guidance((plainly if plain else with_links)(advice), LINKS.get(notice.kind, ""), path)


def _path(notice: Notice) -> str:
    subject = notice.subject
    match notice.kind:
        case NoticeKind.PROVISIONING_FAILING | NoticeKind.PROVISIONING_SILENT | NoticeKind.SYNC_SWITCHED:
            return _user_provisioning(notice.company)
        case NoticeKind.TOKEN_EXPIRED:
            return f"{reverse('admin:teammates_apitoken_changelist')}?company__id__exact={notice.company_id}"
        case NoticeKind.TOKEN_LAST_DAYS | NoticeKind.TOKEN_EXPIRING:
            return _page("apitoken", int(subject) if subject.isdecimal() else None)
        case NoticeKind.LAST_ADMIN | NoticeKind.ADMIN_ADDED | NoticeKind.ADMIN_REMOVED | NoticeKind.BLOCK_UNDONE:
            return _page("teammate", Teammate.pk_of(subject))
        case NoticeKind.GROUP_SHRANK | NoticeKind.GROUP_ADOPTED:
            page = _page("teammategroup", TeammateGroup.pk_of(subject))
            return f"{page}#history" if page else ""
        case NoticeKind.SUPPORT_ACT:
            return _page("event", Event.pk_of(subject))
    return ""


def _page(model: str, pk: int | None) -> str:
    return reverse(f"admin:teammates_{model}_change", args=[pk]) if pk is not None else ""


def _user_provisioning(company: Company) -> str:
    """The SCIM door's page, of this company for support staff too; where that door is not installed there is none."""
    try:
        return f"{reverse('admin:user_provisioning')}?company={company.public_id}"
    except NoReverseMatch:
        return ""
