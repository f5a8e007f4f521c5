"""The settings pages by what people call them: what the search over everything finds besides rows."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from scim.models import LogEntry
from teammates.admin.permissions import Role, allows, role_of
from teammates.models import ApiToken, Company, CustomField, Event, Inbox, Notice, Teammate, TeammateGroup, Workspace
from teammates.models.teammate import words_of
from templates_app.models import TeammateTemplate


@dataclass(frozen=True)
class Page:
    """name: of its address. words: what else it is looked for by. about: what one does there, in a few words.

    model, verb: what one has to be allowed; without a model it is a page of one's own account. query: of its address.
    """

    title: str | Promise
    about: str | Promise
    words: str | Promise
    icon: str
    name: str
    model: type[Any] | None = None
    verb: str = "view"
    query: str = ""
    only: Role | None = None

    def is_open_to(self, request: HttpRequest) -> bool:
        role = role_of(request.user)
        if role is None or self.only not in (None, role):
            return False
        return self.model is None or allows(request.user, self.model, self.verb)

    @property
    def link(self) -> str:
        return f"{reverse(f'admin:{self.name}')}{self.query}"


ADMINS = Role.COMPANY_ADMIN
PAGES = (
    Page(
        _("Teammates"),
        _("people, their state and licence; block and unblock; export as CSV"),
        _("people users members list block unblock blocked licences seats export CSV download"),
        "group", "teammates_teammate_changelist", Teammate,
    ),
    Page(
        _("Add teammate"),
        _("invite somebody by hand"),
        _("invite new user person create by hand"),
        "person_add", "teammates_teammate_add", Teammate, "add",
    ),
    Page(
        _("Company admins"),
        _("who may change these settings"),
        _("administrators roles permissions owners rights"),
        "shield_person", "teammates_teammate_changelist", Teammate, query="?is_company_admin=yes",
    ),
    Page(
        _("Deleted teammates"),
        _("who was deleted for good; their addresses stay reserved"),
        _("deleted people users removed release address reserved"),
        "person_off", "teammates_teammate_changelist", Teammate, query="?status=deleted",
    ),
    Page(
        _("Teammate groups"),
        _("members and what they reach; import and export as CSV"),
        _("members access IdP-managed managed import export CSV upload teams"),
        "groups", "teammates_teammategroup_changelist", TeammateGroup,
    ),
    Page(
        _("Teammate templates"),
        _("what new teammates start with; app roles"),
        _("app roles defaults preferences template ID"),
        "file_copy", "templates_app_teammatetemplate_changelist", TeammateTemplate,
    ),
    Page(
        _("User provisioning"),
        _("the connection of your identity provider, the Tenant URL, step by step"),
        _(
            "SCIM Tenant URL Secret Token connection test connect endpoint set up setup guide steps identity provider "
            "IdP directory Microsoft Entra ID Azure Active Directory AD Okta OneLogin Google Workspace JumpCloud "
            "Rippling attribute mappings SSO"
        ),
        "sync", "user_provisioning", Company,
    ),
    Page(
        _("Teammate Group Sync"),
        _("turn it on or off"),
        _("Enable Teammate Group Sync from your Identity Provider groups adopt push IdP-managed switch toggle"),
        "sync_lock", "group_sync", Company,
    ),
    Page(
        _("Workspaces"),
        _("places of teams, with their inboxes"),
        _("teams access"),
        "workspaces", "teammates_workspace_changelist", Workspace,
    ),
    Page(
        _("Inboxes"),
        _("shared inboxes, private ones, who opens them"),
        _("shared private access mailboxes"),
        "inbox", "teammates_inbox_changelist", Inbox,
    ),
    Page(
        _("Custom fields"),
        _("facts about teammates, and their SCIM attributes"),
        _("attributes extension dropdown options field ID"),
        "list_alt", "teammates_customfield_changelist", CustomField,
    ),
    Page(
        _("Company"),
        _("plan, licences, two-factor sign-in of admins, advanced settings"),
        _(
            "plan licences seats billing price limits requests a second rate hidden attributes required second factor "
            "2FA MFA settings advanced name"
        ),
        "apartment", "teammates_company_changelist", Company, only=ADMINS,
    ),
    Page(
        _("Companies"),
        _("all of them, with plan and licences"),
        _("customers tenants plan override licences"),
        "apartment", "teammates_company_changelist", Company, only=Role.SUPPORT,
    ),
    Page(
        _("API tokens"),
        _("create, rotate and revoke; last use"),
        _("Secret Token bearer scopes provisioning rotate revoke expiry expires keys developers REST"),
        "key", "teammates_apitoken_changelist", ApiToken,
    ),
    Page(
        _("Add API token"),
        _("its value is shown once"),
        _("create new Secret Token key scopes"),
        "add", "teammates_apitoken_add", ApiToken, "add",
    ),
    Page(
        _("Provisioning log"),
        _("what the identity provider asked, and was answered"),
        _("SCIM requests refused refusals errors failures entries"),
        "sync_alt", "scim_logentry_changelist", LogEntry,
    ),
    Page(
        _("Cycles"),
        _("what came of each run of the identity provider"),
        _("provisioning log runs sums sync last"),
        "cycle", "scim_logentry_cycles", LogEntry,
    ),
    Page(
        _("Audit log"),
        _("who changed what, and when"),
        _("history events changes who why blocked deleted trail"),
        "history", "teammates_event_changelist", Event,
    ),
    Page(
        _("Notices"),
        _("what needs an admin's eye"),
        _("warnings alerts problems notifications"),
        "notifications", "teammates_notice_changelist", Notice,
    ),
    Page(
        _("Notices by e-mail"),
        _("turn the mails to you on or off"),
        _("email mail notifications digest alerts unsubscribe"),
        "mail", "teammates_notice_by_email", Notice, only=ADMINS,
    ),
    Page(
        _("Your account"),
        _("password, two-factor sign-in, where you are signed in"),
        _("profile sessions browsers sign out everywhere else log out"),
        "account_circle", "account",
    ),
    Page(
        _("Password"),
        _("change your own"),
        _("change your password sign in login"),
        "password", "password_change",
    ),
    Page(
        _("Two-factor sign-in"),
        _("set it up for yourself, or turn it off"),
        _("second factor authenticator app recovery codes 2FA MFA TOTP phone"),
        "phonelink_lock", "account",
    ),
)  # fmt: skip


def pages_named(request: HttpRequest, term: str) -> Iterator[Page]:
    """The pages that are open to the person and have a word for each of the term's; by their titles first."""
    asked = words_of(term)
    if not asked or "_" in term:  # an ID names no page
        return
    by_title, by_other_words = [], []
    for page in PAGES:
        title = words_of(str(page.title))
        if _begins_each(asked, title):
            by_title.append(page)
        elif _begins_each(asked, [*title, *words_of(str(page.words))]):
            by_other_words.append(page)
    yield from (page for page in [*by_title, *by_other_words] if page.is_open_to(request))


def _begins_each(asked: list[str], words: list[str]) -> bool:
    return all(any(word.startswith(beginning) for word in words) for beginning in asked)
