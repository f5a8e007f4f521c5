"""The pages of the web admin by name, for those who look at all of them."""

from collections.abc import Mapping

from playwright.sync_api import Page

# name → the page, or the list whose first row leads to it.
FOR_ADMINS: Mapping[str, str] = {
    "teammates": "/admin/teammates/teammate/",
    "teammate": "/admin/teammates/teammate/ >",
    "teammate-add": "/admin/teammates/teammate/add/",
    "groups": "/admin/teammates/teammategroup/",
    "group": "/admin/teammates/teammategroup/ >",
    "group-add": "/admin/teammates/teammategroup/add/",
    "user-provisioning": "/admin/user-provisioning/",
    "group-sync": "/admin/user-provisioning/group-sync/",
    "templates": "/admin/templates_app/teammatetemplate/",
    "template": "/admin/templates_app/teammatetemplate/ >",
    "template-add": "/admin/templates_app/teammatetemplate/add/",
    "workspaces": "/admin/teammates/workspace/",
    "inboxes": "/admin/teammates/inbox/",
    "custom-fields": "/admin/teammates/customfield/",
    "custom-field-add": "/admin/teammates/customfield/add/",
    "company": "/admin/teammates/company/ >",
    "notices": "/admin/teammates/notice/",
    "notices-by-email": "/admin/teammates/notice/by-email/",
    "tokens": "/admin/teammates/apitoken/",
    "token": "/admin/teammates/apitoken/ >",
    "token-add": "/admin/teammates/apitoken/add/",
    "provisioning-log": "/admin/scim/logentry/",
    "provisioning-log-entry": "/admin/scim/logentry/ >",
    "cycles": "/admin/scim/logentry/cycles/",
    "audit-log": "/admin/teammates/event/",
    "audit-log-entry": "/admin/teammates/event/ >",
    "account": "/admin/account/",
    "two-factor": "/admin/account/two-factor/",
    "password": "/admin/password_change/",
}
FOR_SUPPORT: Mapping[str, str] = {
    "support-companies": "/admin/teammates/company/",
    "support-company": "/admin/teammates/company/ >",
    "support-teammates": "/admin/teammates/teammate/",
}


def go_to(page: Page, base_url: str, where: str) -> None:
    path, _, first_row = where.partition(" ")
    page.goto(base_url + path, wait_until="load")
    rows = page.locator("#result_list tbody a, .fp-log tbody a")
    if first_row and rows.count():
        rows.first.click()
        page.wait_for_load_state("load")
