"""Every page of the web admin by name, for those who look at all of them.

Who opens them is in tests/e2e/demo.py: an admin of the furnished company, support staff, admins of a company with
nothing in it (hooli), of one whose plan lapsed (umbrella), of one with notices (globex), of one with somebody blocked
(initech) and of one with many people (stark), newcomers, and nobody, who has not signed in.
"""

from collections.abc import Mapping

from tests.e2e.ways import (
    Place,
    bulk,
    button,
    click,
    file,
    fill,
    first_row,
    forget_who_i_am,
    goes_to,
    leads,
    link,
    open_link,
    row,
    search,
    sign_in,
    tab,
    two_factor,
)

LOGIN = "/admin/login/"
TEAMMATES = "/admin/teammates/teammate/"
GROUPS = "/admin/teammates/teammategroup/"
TEMPLATES = "/admin/templates_app/teammatetemplate/"
WORKSPACES = "/admin/teammates/workspace/"
INBOXES = "/admin/teammates/inbox/"
FIELDS = "/admin/teammates/customfield/"
TOKENS = "/admin/teammates/apitoken/"
COMPANIES = "/admin/teammates/company/"
NOTICES = "/admin/teammates/notice/"
EVENTS = "/admin/teammates/event/"
LOG = "/admin/scim/logentry/"
BAD_FILE = "teammate_login_email\nadmin@demo.example\nnobody@demo.example\n\nadmin@demo.example\n"
NEW_TOKEN = (fill(name="Microsoft Entra ID"), button("Create"))

SIGNING_IN: Mapping[str, Place] = {
    "sign-in": Place("nobody", LOGIN),
    "sign-in-wrong": Place("nobody", LOGIN, (sign_in("admin@initech.example", "wrong"),)),
    "sign-in-company": Place("nobody", LOGIN, (sign_in("both@example.com"),)),
    "sign-in-code": Place("nobody", LOGIN, (sign_in("careful@initech.example"),)),
    "sign-in-code-wrong": Place(
        "nobody", LOGIN, (sign_in("careful@initech.example"), fill(code="000000"), leads("[type=submit]"))
    ),
    "sign-in-recovery-code": Place(
        "nobody", LOGIN, (sign_in("careful@initech.example"), goes_to("/admin/login/code/?recovery=1"))
    ),
    "sign-in-blocked": Place("nobody", LOGIN, (sign_in("blocked@initech.example"),), status=403),
    "sign-in-no-admin": Place("nobody", LOGIN, (sign_in("plain@initech.example"),), status=403),
    "sign-in-locked": Place("nobody", LOGIN, (sign_in("locked@initech.example", "wrong", times=5),), status=429),
    "sign-in-stale": Place(
        "nobody", LOGIN, (fill(username="a", password="b"), forget_who_i_am, button("Sign in")), status=403
    ),
    "signed-out": Place("newcomer", "", (click(".fp-user > button"), button("Sign out"))),
    "password-forgotten": Place("nobody", "/admin/password/"),
    "password-mail-sent": Place("nobody", "/admin/password/", (fill(login="a@b.example"), leads("[type=submit]"))),
    "password-link": Place("nobody", "", (open_link("reset"),)),
    "password-link-wrong": Place(
        "nobody",
        "",
        (open_link("reset"), fill(new_password1="short", new_password2="other"), leads("[type=submit]")),
    ),
    "password-set": Place(
        "nobody",
        "",
        (
            open_link("reset"),
            fill(new_password1="a long new password", new_password2="a long new password"),
            leads("[type=submit]"),
        ),
    ),
    "password-link-over": Place("nobody", "/admin/password/of-long-ago/", status=410),
    "two-factor-required": Place("strict"),
}

ACCOUNT: Mapping[str, Place] = {
    "account": Place("admin", "/admin/account/"),
    "two-factor": Place("admin", "/admin/account/two-factor/"),
    "password": Place("admin", "/admin/password_change/"),
    "password-refused": Place("admin", "/admin/password_change/", (leads("#content [type=submit]"),)),
    "recovery-codes": Place("newcomer", "", (two_factor,)),
    "account-two-factor": Place("newcomer", "", (two_factor, goes_to("/admin/account/"))),
    "two-factor-off": Place("newcomer", "", (two_factor, goes_to("/admin/account/two-factor/off/"))),
    "recovery-codes-new": Place("newcomer", "", (two_factor, goes_to("/admin/account/two-factor/recovery-codes/"))),
}

PEOPLE: Mapping[str, Place] = {
    "teammates": Place("admin", TEAMMATES),
    "teammates-none-found": Place("admin", TEAMMATES + "?q=nobody-at-all"),
    "teammates-filters": Place("admin", TEAMMATES, (click("[aria-controls=changelist-filter]"),), narrow=True),
    "teammates-chosen": Place("admin", TEAMMATES, (click("#result_list input.action-select"),)),
    "teammates-block": Place("admin", TEAMMATES, (bulk("block"),)),
    "teammates-delete": Place("admin", TEAMMATES, (bulk("delete"),)),
    "teammate-add": Place("admin", TEAMMATES + "add/"),
    "teammate-add-refused": Place("admin", TEAMMATES + "add/", (button("Save"),)),
    "teammate": Place("admin", TEAMMATES, (first_row,)),
    **{
        f"teammate-{name}": Place("admin", TEAMMATES, (row("Lovelace"), tab(name)))
        for name in ("custom-fields", "teammate-groups", "workspaces-inboxes", "sessions", "history")
    },
    "teammate-admin": Place("admin", TEAMMATES + "?q=admin", (row("Admin"),)),
    "teammate-block": Place("admin", TEAMMATES, (row("Lovelace"), leads("#action-block button"))),
    "teammate-sign-out": Place("admin", TEAMMATES, (row("Lovelace"), leads("#action-sign_out button"))),
    "teammate-delete": Place("admin", TEAMMATES, (row("Lovelace"), leads("#action-delete button"))),
    "teammate-blocked": Place("initech", TEAMMATES, (row("Blocked"),)),
    "teammate-unblock": Place("initech", TEAMMATES, (row("Blocked"), leads("#action-unblock button"))),
    "teammate-new-password": Place("initech", TEAMMATES, (row("Careful"), leads("#action-new_password button"))),
    "teammate-reset-two-factor": Place(
        "initech", TEAMMATES, (row("Careful"), leads("#action-reset_two_factor button"))
    ),
    "groups": Place("admin", GROUPS),
    "groups-delete": Place("admin", GROUPS, (bulk("delete"),)),
    "group": Place("admin", GROUPS, (row("On call"),)),
    **{
        f"group-{name}": Place("admin", GROUPS, (row("On call"), tab(name)))
        for name in ("members", "access", "history")
    },
    "group-of-the-idp": Place("admin", GROUPS, (row("Sales EMEA"),)),
    "group-of-the-idp-members": Place("admin", GROUPS, (row("Sales EMEA"), tab("members"))),
    "group-all-members": Place("admin", GROUPS, (row("On call"), tab("members"), link("Search, page through"))),
    "group-remove-members": Place(
        "admin", GROUPS, (row("On call"), tab("members"), link("Search, page through"), bulk("remove"))
    ),
    "group-members-paged": Place("stark", GROUPS, (first_row, tab("members"), link("Search, page through"))),
    "group-members-second-page": Place(
        "stark", GROUPS, (first_row, tab("members"), link("Search, page through"), link("2"))
    ),
    "group-unconfirmed-members": Place("globex", GROUPS, (row("Field sales"), tab("members"))),
    "group-remove-unconfirmed": Place(
        "globex", GROUPS, (row("Field sales"), leads("#action-remove_unconfirmed button"))
    ),
    "group-import": Place("admin", GROUPS, (row("On call"), tab("members"), link("Import from CSV"))),
    "group-import-report": Place(
        "admin",
        GROUPS,
        (
            row("On call"),
            tab("members"),
            link("Import from CSV"),
            file("members.csv", BAD_FILE),
            button("Import"),
        ),
    ),
    "group-delete": Place("admin", GROUPS, (row("On call"), leads("#action-delete button"))),
    "group-add": Place("admin", GROUPS + "add/"),
    "group-add-refused": Place("admin", GROUPS + "add/", (button("Save"),)),
}

SETTINGS: Mapping[str, Place] = {
    "user-provisioning": Place("admin", "/admin/user-provisioning/"),
    "group-sync": Place("admin", "/admin/user-provisioning/group-sync/"),
    "templates": Place("admin", TEMPLATES),
    "template": Place("admin", TEMPLATES, (first_row,)),
    **{
        f"template-{name}": Place("admin", TEMPLATES, (row("Support squad"), tab(name)))
        for name in ("access", "custom-fields", "preferences", "used-by")
    },
    "template-history": Place("admin", TEMPLATES, (row("Support squad"), link("History"))),
    "template-delete": Place("admin", TEMPLATES, (row("Support squad"), leads("#action-delete button"))),
    "template-add": Place("admin", TEMPLATES + "add/"),
    "template-add-refused": Place("admin", TEMPLATES + "add/", (button("Save"),)),
    "workspaces": Place("admin", WORKSPACES),
    "workspace": Place("admin", WORKSPACES, (first_row,)),
    "workspace-add": Place("admin", WORKSPACES + "add/"),
    "workspace-delete": Place("admin", WORKSPACES, (first_row, leads("#action-delete button"))),
    "workspace-history": Place("admin", WORKSPACES, (first_row, link("History"))),
    "inboxes": Place("admin", INBOXES),
    "inbox": Place("admin", INBOXES, (first_row,)),
    "inbox-add": Place("admin", INBOXES + "add/"),
    "inbox-add-nothing-to-choose": Place("hooli", INBOXES + "add/", (click(".select2-selection"),)),
    "inbox-add-choosing": Place("admin", INBOXES + "add/", (click(".select2-selection"),)),
    "inbox-delete": Place("admin", INBOXES, (first_row, leads("#action-delete button"))),
    "inbox-history": Place("admin", INBOXES, (first_row, link("History"))),
    "custom-fields": Place("admin", FIELDS),
    "custom-field": Place("admin", FIELDS, (first_row,)),
    "custom-field-add": Place("admin", FIELDS + "add/"),
    "custom-field-option": Place("admin", FIELDS, (row("Office"), fill(options="Nowhere"), button("Save"))),
    "custom-field-delete": Place("admin", FIELDS, (first_row, leads("#action-delete button"))),
    "custom-field-history": Place("admin", FIELDS, (first_row, link("History"))),
    "company": Place("admin", COMPANIES),
    "notices": Place("admin", NOTICES),
    "notices-open": Place("globex", NOTICES),
    "notice": Place("globex", NOTICES, (first_row,)),
    "notices-close": Place("globex", NOTICES, (bulk("close"),)),
    "notices-closed": Place("stark", NOTICES + "?state=closed"),
    "notice-in-the-banner": Place("globex", TEAMMATES),
    "notices-by-email": Place("admin", NOTICES + "by-email/"),
    "tokens": Place("admin", TOKENS),
    "token": Place("admin", TOKENS, (first_row,)),
    "token-history": Place("admin", TOKENS, (first_row, link("History"))),
    "token-rotate": Place("admin", TOKENS, (first_row, leads("#action-rotate button"))),
    "token-revoke": Place("admin", TOKENS, (first_row, leads("#action-revoke button"))),
    "token-add": Place("admin", TOKENS + "add/"),
    "token-shown-once": Place("hooli", TOKENS + "add/", NEW_TOKEN),
    "token-revoked": Place(
        "hooli",
        TOKENS + "add/",
        (*NEW_TOKEN, goes_to(TOKENS), first_row, leads("#action-revoke button"), button("Revoke")),
    ),
    "token-rotated": Place(
        "hooli",
        TOKENS + "add/",
        (*NEW_TOKEN, goes_to(TOKENS), first_row, leads("#action-rotate button"), button("Rotate")),
    ),
    "token-replaced": Place(
        "hooli",
        TOKENS + "add/",
        (
            *NEW_TOKEN,
            goes_to(TOKENS),
            first_row,
            leads("#action-rotate button"),
            button("Rotate"),
            goes_to(TOKENS),
            leads("#result_list tr:has-text('Expires soon') th a"),
        ),
    ),
}

LOGS: Mapping[str, Place] = {
    "provisioning-log": Place("admin", LOG),
    "provisioning-log-refused": Place("admin", LOG + "?outcome=refused"),
    "provisioning-log-entry": Place("admin", LOG, (first_row,)),
    "cycles": Place("admin", LOG + "cycles/"),
    "audit-log": Place("admin", EVENTS),
    "audit-log-entry": Place("admin", EVENTS, (leads(".fp-log tbody a[href*='/event/']"),)),
}

FRAME: Mapping[str, Place] = {
    "search": Place("admin", TEAMMATES, (search("ada"),)),
    "search-settings": Place("admin", TEAMMATES, (search("token"),)),
    "search-nothing": Place("admin", TEAMMATES, (search("zzzz"),)),
    "menu": Place("admin", TEAMMATES, (click("[aria-controls=nav-sidebar]"),), narrow=True),
    "menu-of-the-account": Place("admin", TEAMMATES, (click(".fp-user > button"),)),
    "not-found": Place("admin", TEAMMATES + "999999999/change/", status=404),
    "no-such-page": Place("admin", "/admin/nowhere/", status=404),
    "not-allowed": Place("admin", COMPANIES + "add/", status=403),
}

NOTHING_YET: Mapping[str, Place] = {
    "first-day-teammates": Place("hooli", TEAMMATES),
    "first-day-groups": Place("hooli", GROUPS),
    "first-day-templates": Place("hooli", TEMPLATES),
    "first-day-workspaces": Place("hooli", WORKSPACES),
    "first-day-custom-fields": Place("hooli", FIELDS),
    "first-day-tokens": Place("umbrella", TOKENS),
    "first-day-user-provisioning": Place("hooli", "/admin/user-provisioning/"),
    "first-day-group-sync": Place("hooli", "/admin/user-provisioning/group-sync/"),
    "first-day-provisioning-log": Place("hooli", LOG),
    "first-day-cycles": Place("hooli", LOG + "cycles/"),
    "plan-lapsed": Place("umbrella", TEAMMATES),
    "plan-lapsed-user-provisioning": Place("umbrella", "/admin/user-provisioning/"),
    "plan-lapsed-company": Place("umbrella", COMPANIES),
}

SUPPORT: Mapping[str, Place] = {
    "support-companies": Place("support", COMPANIES),
    "support-company": Place("support", COMPANIES + "?q=demo", (first_row,)),
    "support-company-refused": Place(
        "support", COMPANIES + "?q=demo", (first_row, fill(licence_count="501"), button("Save"))
    ),
    "support-company-history": Place("support", COMPANIES + "?q=demo", (first_row, link("History"))),
    "support-teammates": Place("support", TEAMMATES + "?q=demo"),
    "support-teammate": Place("support", TEAMMATES, (row("Lovelace"),)),
    "support-groups": Place("support", GROUPS),
    "support-tokens": Place("support", TOKENS),
    "support-user-provisioning": Place("support", "/admin/user-provisioning/"),
    "support-provisioning-log": Place("support", LOG),
    "support-cycles": Place("support", LOG + "cycles/"),
    "support-audit-log": Place("support", EVENTS),
    "support-search": Place("support", COMPANIES, (search("ada"),)),
    "support-in-company-teammates": Place("support in demo", TEAMMATES),
    "support-in-company-group": Place("support in demo", GROUPS, (row("On call"),)),
    "support-in-company-token": Place("support in demo", TOKENS, (first_row,)),
    "support-in-company-user-provisioning": Place("support in demo", "/admin/user-provisioning/"),
    "support-in-company-group-sync": Place("support in demo", "/admin/user-provisioning/group-sync/"),
    "support-in-company-provisioning-log": Place("support in demo", LOG),
    "support-in-company-audit-log": Place("support in demo", EVENTS),
    "support-in-company-notices": Place("support in demo", NOTICES),
    "support-in-company-release": Place("support in demo", f"{TEAMMATES}?status=any", (bulk("release_address"),)),
}

PLACES: Mapping[str, Place] = {
    **SIGNING_IN, **ACCOUNT, **PEOPLE, **SETTINGS, **LOGS, **FRAME, **NOTHING_YET, **SUPPORT,
}  # fmt: skip

# One of each kind, for every run of the tests; all of them are walked by `make walk`.
OF_EACH_KIND = frozenset({
    "sign-in-wrong", "sign-in-blocked", "password-link", "two-factor", "teammates", "teammates-filters",
    "teammates-block", "teammate", "teammate-workspaces-inboxes", "teammate-history", "group-members",
    "group-of-the-idp", "group-import-report", "user-provisioning", "group-sync", "template", "inbox-add", "company",
    "token", "token-shown-once", "provisioning-log", "provisioning-log-entry", "audit-log", "search", "menu",
    "custom-field-option", "notices-open", "notice-in-the-banner", "not-found",
    "support-companies", "support-company-refused",
})  # fmt: skip
