"""Every page of the web admin, in a real browser: nothing an impaired person could not use, nothing refused."""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.e2e.browser import Visitor, chromium
from tests.e2e.demo import furnish
from tests.e2e.installation import Installation
from tests.e2e.pages import FOR_ADMINS, FOR_SUPPORT, go_to

LOUD = ("serious", "critical")
LOOKS = [{"dark": False}, {"dark": True}, {"narrow": True}]


@pytest.fixture(scope="module")
def visitors(running_server: Installation) -> Iterator[dict[str, Any]]:
    """An admin and a support agent for each look, signed in."""
    with chromium() as browser:
        if browser is None:
            pytest.skip("NO BROWSER WAS FOUND: install Chromium or name one in CHROMIUM to test the web admin's pages.")
        furnish(running_server)
        card = running_server.card
        people = {
            "admin": (card["admin_email"], card["admin_password"]),
            "support": (card["support_email"], card["support_password"]),
        }
        found = {}
        for number, look in enumerate(LOOKS):
            for who, (login, password) in people.items():
                found[f"{who}{number}"] = visitor = Visitor(browser, running_server, **look)
                visitor.sign_in(login, password)
        yield found


@pytest.mark.parametrize("look", range(len(LOOKS)))
@pytest.mark.parametrize("name", [*FOR_ADMINS, *FOR_SUPPORT])
def test_a_page_is_fit_for_everybody_and_complains_of_nothing(visitors: dict[str, Any], name: str, look: int) -> None:
    visitor = visitors[f"{'admin' if name in FOR_ADMINS else 'support'}{look}"]
    visitor.complaints.clear()
    go_to(visitor.page, visitor.server.base_url, {**FOR_ADMINS, **FOR_SUPPORT}[name])
    found = Axe().run(visitor.page).response["violations"]
    loud = [(each["id"], each["help"], each["nodes"][0]["html"]) for each in found if each["impact"] in LOUD]
    assert not loud
    assert not visitor.complaints
    width = visitor.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert width[0] <= width[1], "the page is wider than the window"
