"""How one gets to a page that no address leads to: what is clicked and filled in on the way, by anybody who looks."""

import itertools
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django_otp.oath import totp
from playwright.sync_api import Browser, Locator, Page

from tests.e2e.browser import Visitor
from tests.e2e.demo import PASSWORD
from tests.e2e.installation import Installation

ROWS = "#result_list tbody th a, .fp-log tbody a"
_numbers = itertools.count(1)
Step = Callable[[Visitor], None]


@dataclass(frozen=True)
class Place:
    """A page of the web admin, who opens it, and what they do on it before one looks.

    path: where they begin; without one they stay where signing in brought them. status: what the server answers when
    the page is what it has for a wrong address or a refused person. narrow: it is there in a narrow window only.
    """

    who: str
    path: str = ""
    steps: tuple[Step, ...] = ()
    status: int = 200
    narrow: bool = False


@dataclass
class Visitors:
    """The people of PEOPLE at their browsers, each signed in when first asked for."""

    browser: Browser
    server: Installation
    _here: dict[str, Visitor] = field(default_factory=dict)

    def go_to(self, place: Place, **look: Any) -> Visitor:
        visitor = self._visitor(place.who)
        visitor.look(**{"dark": False, "narrow": place.narrow, **look})
        if place.path:
            visitor.open(place.path)
        for step in place.steps:
            step(visitor)
        if place.status != 200:  # which the browser reports to its console, for the page itself too
            told = f"{visitor.page.url}: Failed to load resource: the server responded with a status of {place.status}"
            visitor.complaints = [each for each in visitor.complaints if not each.startswith(told)]
        return visitor

    def _visitor(self, who: str) -> Visitor:
        """Nobody and newcomers come with an empty browser each time."""
        if who in ("nobody", "newcomer", "strict"):
            if who in self._here:
                self._here[who].close()
            self._here[who] = visitor = Visitor(self.browser, self.server)
            if who != "nobody":
                visitor.sign_in(newcomer(self.server, "strict" if who == "strict" else "hooli"), PASSWORD)
        elif who not in self._here:
            self._here[who] = visitor = Visitor(self.browser, self.server)
            visitor.sign_in(*_login(self.server.card, who))
            if who == "support in demo":
                look_at(visitor, "Demo")
        visitor = self._here[who]
        visitor.complaints.clear()
        return visitor


def _login(card: Mapping[str, str], who: str) -> tuple[str, str]:
    if who in ("admin", "support", "support in demo"):
        role = who.partition(" ")[0]
        return card[f"{role}_email"], card[f"{role}_password"]
    return f"admin@{who}.example", PASSWORD


def newcomer(server: Installation, slug: str) -> str:
    """The login of one more admin of the company `slug`, with PASSWORD."""
    login = f"new{os.getpid()}-{next(_numbers)}@{slug}.example"
    made = server.command("shell", "-v", "0", "-c", NEWCOMER.format(slug=slug, login=login, password=PASSWORD))
    assert made.returncode == 0, made.stderr
    return login


NEWCOMER = """
from teammates.models import Company, Teammate
from teammates.services import teammates
from teammates.services.events import SYSTEM
draft = Teammate(
    company=Company.objects.get(slug="{slug}"), login="{login}", email="{login}", first_name="New", last_name="Comer",
    is_company_admin=True,
)
draft.set_password("{password}")
teammates.create_teammate(draft, actor=SYSTEM)
"""
LINK = """
from teammates.models import Teammate
from teammates.services import passwords
print(passwords.link_for(Teammate.objects.get(login="{login}"), "{purpose}"))
"""


def look_at(visitor: Visitor, company: str) -> None:
    page = visitor.open(f"/admin/teammates/company/?q={company}")
    _leads(page, page.locator(ROWS).first)
    _leads(page, page.get_by_role("button", name=f"Look at {company}"))


# --- steps ---


def first_row(visitor: Visitor) -> None:
    _leads(visitor.page, visitor.page.locator(ROWS).first)


def link(name: str) -> Step:
    return lambda visitor: _leads(visitor.page, visitor.page.get_by_role("link", name=name).first)


def button(name: str) -> Step:
    return lambda visitor: _leads(visitor.page, visitor.page.get_by_role("button", name=name, exact=True).first)


def row(name: str) -> Step:
    return lambda visitor: _leads(visitor.page, visitor.page.locator(ROWS).filter(has_text=name).first)


def leads(selector: str) -> Step:
    """Click what is found there, and wait for the page it leads to."""
    return lambda visitor: _leads(visitor.page, visitor.page.locator(selector).first)


def click(selector: str) -> Step:
    """Click what is found there; one stays on the page."""
    return lambda visitor: visitor.page.locator(selector).first.click()


def fill(**values: str) -> Step:
    def step(visitor: Visitor) -> None:
        for name, value in values.items():
            visitor.page.locator(f"[name={name}]").fill(value)

    return step


def tab(name: str) -> Step:
    return lambda visitor: visitor.page.locator(f'[data-tab="{name}"]').click()


def bulk(action: str, rows: int = 2) -> Step:
    """Choose rows of a list and what to do with them, up to the page that asks."""

    def step(visitor: Visitor) -> None:
        page = visitor.page
        for box in page.locator("#result_list input.action-select").all()[:rows]:
            box.check()
        page.locator("select[name=action]").select_option(action)
        _leads(page, page.locator("button[name=index]").first)

    return step


def sign_in(login: str, password: str = PASSWORD, times: int = 1) -> Step:
    def step(visitor: Visitor) -> None:
        for _ in range(times):
            fill(username=login, password=password)(visitor)
            button("Sign in")(visitor)

    return step


def open_link(purpose: str) -> Step:
    """Open the link of a mail to somebody new."""

    def step(visitor: Visitor) -> None:
        login = newcomer(visitor.server, "hooli")
        made = visitor.server.command("shell", "-v", "0", "-c", LINK.format(login=login, purpose=purpose))
        visitor.page.goto(made.stdout.split()[-1], wait_until="load")

    return step


def file(name: str, text: str) -> Step:
    def step(visitor: Visitor) -> None:
        upload: Any = {"name": name, "mimeType": "text/csv", "buffer": text.encode()}
        visitor.page.locator("input[type=file]").set_input_files(upload)

    return step


def two_factor(visitor: Visitor) -> None:
    """Set it up, up to the page with the recovery codes."""
    page = visitor.open("/admin/account/two-factor/")
    secret = page.locator("#copy-secret").input_value().replace(" ", "")
    fill(code=f"{totp(_key(secret)):06}")(visitor)
    button("Turn on")(visitor)


def forget_who_i_am(visitor: Visitor) -> None:
    visitor.context.clear_cookies()


def goes_to(path: str) -> Step:
    def step(visitor: Visitor) -> None:
        visitor.open(path)

    return step


def search(text: str) -> Step:
    """Search everything, and wait for what is found."""

    def step(visitor: Visitor) -> None:
        page = visitor.page
        page.keyboard.press("Control+k")
        page.locator("#search-input-command").press_sequentially(text)
        page.locator("#command-results a").first.wait_for()

    return step


def _key(secret: str) -> bytes:
    from base64 import b32decode

    return b32decode(secret + "=" * (-len(secret) % 8))


def _leads(page: Page, there: Locator) -> None:
    with page.expect_navigation(wait_until="load"):
        there.click()
