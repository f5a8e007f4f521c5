"""Who goes on a journey: one browser for all of them, a company for each, and its admin or support staff in it."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.e2e.browser import chromium
from tests.e2e.installation import Installation
from tests.e2e.journeys.person import Person
from tests.e2e.test_main_job import Company

Come = Callable[..., Person]
MAKE = """
import io, json
from django.core.management import call_command
for slug, options in json.loads({!r}):
    call_command("bootstrap", f"--company={{slug.title()}}", f"--slug={{slug}}", f"--admin-email=admin@{{slug}}.test",
                 "--json", *options)
"""


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "company(*options): what bootstrap is told about the company of this journey")


def is_journey(item: Any) -> bool:
    return "come" in getattr(item, "fixturenames", ())


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """No longer than these tests: while Playwright runs, Django's ORM refuses to work in this process."""
    with chromium() as found:
        if found is None:
            pytest.skip("NO BROWSER WAS FOUND: install Chromium or name one in CHROMIUM to test the web admin's pages.")
        yield found


@pytest.fixture(scope="package")
def cards(request: pytest.FixtureRequest, running_server: Installation) -> dict[str, dict[str, Any]]:
    """The companies of all journeys by the names of the tests, made in one go: to start a process takes longer."""
    wanted: dict[str, tuple[str, tuple[str, ...]]] = {}
    for item in filter(is_journey, request.session.items):
        mark = item.get_closest_marker("company")
        wanted[item.nodeid] = (f"journey-{len(wanted) + 1}", mark.args if mark else ())
    made = running_server.manage("shell", "-v", "0", "-c", MAKE.format(json.dumps(list(wanted.values()))))
    assert made.returncode == 0, made.stderr
    return dict(zip(wanted, map(json.loads, made.stdout.splitlines()), strict=True))


@pytest.fixture
def company(request: pytest.FixtureRequest, running_server: Installation, cards: dict[str, Any]) -> Company:
    """A company of one's own, with an admin, group sync off and no more; see the marker of this name."""
    card = cards[request.node.nodeid]
    return Company(running_server, card["slug"], card=card)


@pytest.fixture
def come(browser: Browser, running_server: Installation) -> Iterator[Come]:
    """Somebody comes with a browser of their own; signed in already, if they say as whom."""
    people: list[Person] = []

    def arrive(login: str = "", password: str = "") -> Person:
        people.append(person := Person(browser, running_server))
        if login:
            person.is_signed_in_as(login, password)
        person.open("/admin/")
        return person

    yield arrive
    complaints = [complaint for person in people for complaint in person.complaints]
    for person in people:
        person.close()
    assert not complaints


@pytest.fixture
def stranger(come: Come) -> Person:
    """At the sign-in page."""
    return come()


@pytest.fixture
def admin(come: Come, company: Company) -> Person:
    """The company's admin, on the first page."""
    return come(company.card["admin_email"], company.card["admin_password"])


@pytest.fixture
def support(come: Come, running_server: Installation) -> Person:
    """Support staff, on the first page."""
    return come(running_server.card["support_email"], running_server.card["support_password"])
