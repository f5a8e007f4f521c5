"""The main job, over the served endpoint: a directory provisions a company, and what follows from it."""

import json
import re
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.e2e.installation import Installation, wait_until

SEEN_BY_AN_ADMIN = [
    "teammates/teammate",
    "teammates/teammategroup",
    "templates_app/teammatetemplate",
    "teammates/apitoken",
]
INBOXES_OF = """
from teammates.models import InboxAccess, Teammate
print(sorted(InboxAccess.objects.filter(teammate_id=Teammate.pk_of("{}")).values_list("inbox__name", flat=True)))
"""
GRANT_TO_GROUP = """
from teammates.models import Inbox, TeammateGroup, Workspace
from teammates.services.access import set_grants
from teammates.services.events import SYSTEM
group = TeammateGroup.objects.get(pk=TeammateGroup.pk_of("{}"))
workspace = Workspace.objects.create(company=group.company, name="Support")
inbox = Inbox.objects.create(company=group.company, workspace=workspace, name="Help desk")
set_grants(group, [], [inbox], actor=SYSTEM)
"""


class Company:
    """A company of its own on the running installation, with a token to write with."""

    def __init__(self, server: Installation, slug: str, *options: str, card: dict[str, Any] | None = None) -> None:
        """card: what bootstrap answered, where the company was made before."""
        self.card = card or self._made(server, slug, *options)
        self.base = server.scim_base_url
        self.headers = {"Authorization": f"Bearer {self.card['token']}"}

    def _made(self, server: Installation, slug: str, *options: str) -> dict[str, Any]:
        made = server.command(
            "bootstrap", "--company", slug.title(), "--slug", slug, "--admin-email", f"admin@{slug}.test",
            "--group-sync", "--json", *options,
        )  # fmt: skip
        assert made.returncode == 0, made.stderr
        card: dict[str, Any] = json.loads(made.stdout)
        return card

    def send(self, method: str, path: str, body: Any = None, **query: Any) -> httpx.Response:
        return httpx.request(method, self.base + path, headers=self.headers, json=body, params=query, timeout=60)

    def create_user(self, login: str) -> httpx.Response:
        return self.send("POST", "/Users", {"userName": login})

    def patch(self, path: str, op: str, attribute: str, value: Any) -> httpx.Response:
        return self.send("PATCH", path, {"Operations": [{"op": op, "path": attribute, "value": value}]})


def sign_in(server: Installation, login: str, password: str) -> httpx.Client:
    browser = httpx.Client(base_url=server.base_url, follow_redirects=True, timeout=60)
    page = browser.get("/admin/login/")
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert token is not None
    form = {"username": login, "password": password, "csrfmiddlewaretoken": token[1], "next": "/admin/"}
    answer = browser.post("/admin/login/", data=form, headers={"Referer": f"{server.base_url}/admin/login/"})
    assert "login" not in answer.url.path, "could not sign in"
    return browser


@pytest.mark.parametrize("dialect", ["flag", "noflag"])
def test_a_directory_of_fifty_people_and_five_groups_is_provisioned_without_a_difference(running_server, dialect):
    company = Company(running_server, f"directory-{dialect}", "--seats", "80", "--template", "Support squad")
    played = running_server.manage(
        "entra_simulate", "--base", running_server.scim_base_url, "--token", company.card["token"],
        "--users", "50", "--groups", "5", "--cycles", "2", "--dialect", dialect, "--descriptions", "--json",
        "--template", f"Support squad: {company.card['templates']['Support squad']}",
    )  # fmt: skip
    assert played.returncode == 0, played.stdout[-3000:] + played.stderr[-3000:]


def test_a_company_admin_sees_what_was_provisioned(running_server):
    company = Company(running_server, "seen", "--template", "Dummy")
    company.create_user("ann@seen.test")
    company.send("POST", "/Groups", {"displayName": "Sales"})
    browser = sign_in(running_server, company.card["admin_email"], company.card["admin_password"])
    pages = [browser.get(f"/admin/{page}/") for page in SEEN_BY_AN_ADMIN]
    assert [page.status_code for page in pages] == [200] * 4
    for page, name in zip(pages, ["ann@seen.test", "Sales", "Dummy", "Provisioning"], strict=True):
        assert name in page.text


def test_blocking_over_scim_refuses_the_next_request_of_a_signed_in_person(running_server):
    company = Company(running_server, "sessions")
    second = Company(running_server, "sessions", "--admin-email", "second@sessions.test")
    browser = sign_in(running_server, "second@sessions.test", second.card["admin_password"])
    found = company.send("GET", "/Users", filter='userName eq "second@sessions.test"').json()
    person = found["Resources"][0]["id"]
    company.patch(f"/Users/{person}", "Replace", "active", "False")
    refused = [browser.get("/admin/").url.path for _ in range(6)]  # enough for each web process to be asked
    company.patch(f"/Users/{person}", "Replace", "active", "True")
    afterwards = browser.get("/admin/").url.path
    assert set(refused) == {"/admin/login/"}
    assert afterwards == "/admin/login/", "a session that was ended stays ended"


def test_with_five_licences_left_exactly_five_of_twenty_concurrent_creates_succeed(running_server):
    company = Company(running_server, "licences", "--seats", "6")  # the admin has one
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda n: company.create_user(f"person{n}@licences.test"), range(20)))
    assert sorted(answer.status_code for answer in answers) == [201] * 5 + [400] * 15
    assert company.send("GET", "/Users", count=0, filter="active eq true").json()["totalResults"] == 6


def _change_member(base: str, token: str, group: str, op: str, member: str) -> int:
    body = {"Operations": [{"op": op, "path": "members", "value": [{"value": member}]}]}
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.patch(f"{base}/Groups/{group}", headers=headers, json=body, timeout=60).status_code


def test_twenty_processes_changing_one_group_at_once_leave_exactly_the_right_members(running_server):
    company = Company(running_server, "crowd")
    people = [company.create_user(f"person{n}@crowd.test").json()["id"] for n in range(40)]
    leaving, coming = people[:20], people[20:]
    group = company.send(
        "POST", "/Groups", {"displayName": "Everybody", "members": [{"value": person} for person in leaving]}
    ).json()["id"]
    changes = [("remove", person) for person in leaving] + [("add", person) for person in coming]
    with ProcessPoolExecutor(20) as pool:
        statuses = list(
            pool.map(
                _change_member,
                *zip(
                    *[(company.base, company.card["token"], group, op, person) for op, person in changes], strict=True
                ),
            )
        )
    assert set(statuses) == {204}
    members = company.send("GET", f"/Groups/{group}").json()["members"]
    assert {member["value"] for member in members} == set(coming)


def test_the_worker_gives_a_new_member_the_access_of_the_group_and_takes_it_back(running_server):
    company = Company(running_server, "access")
    person = company.create_user("ann@access.test").json()["id"]
    group = company.send("POST", "/Groups", {"displayName": "Desk"}).json()["id"]
    granted = running_server.command("shell", "-c", GRANT_TO_GROUP.format(group))
    assert granted.returncode == 0, granted.stderr

    def inboxes() -> str:
        return running_server.command("shell", "-v", "0", "-c", INBOXES_OF.format(person)).stdout

    company.patch(f"/Groups/{group}", "Add", "members", [{"value": person}])
    wait_until(lambda: "Help desk" in inboxes(), "the worker gave the new member the group's inbox")
    company.patch(f"/Groups/{group}", "Remove", "members", [{"value": person}])
    wait_until(lambda: "[]" in inboxes(), "the worker took the inbox back")
