"""Every page of the web admin, in a real browser: nothing an impaired person could not use, nothing refused."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.e2e.browser import chromium
from tests.e2e.installation import Installation
from tests.e2e.pages import OF_EACH_KIND, PLACES
from tests.e2e.ways import Visitors

# The list that opens below a box to choose in lies beside all landmarks: its script puts it there.
LEFT = {("inbox-add-choosing", "region"), ("inbox-add-nothing-to-choose", "region")}
ALL = {"resultTypes": ["violations"]}
COLOURS: dict[str, Any] = {**ALL, "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
WITHOUT_COLOURS: dict[str, Any] = {**ALL, "rules": {name: {"enabled": False} for name in COLOURS["runOnly"]["values"]}}
# Icons are drawn with words; those of the two search buttons say what the button does.
HEARD = """() => [...document.querySelectorAll(".material-symbols-outlined")]
    .filter(icon => !icon.matches("#searchbar-submit > *, #command-submit > *"))
    .filter(icon => icon.checkVisibility() && !icon.closest("[aria-hidden=true]"))
    .map(icon => icon.textContent.trim())"""
# What stands in an empty field, and is wider than the field.
CUT_OFF = """() => [...document.querySelectorAll("input[placeholder]")].filter(field => {
    const style = getComputedStyle(field), pen = document.createElement("canvas").getContext("2d");
    pen.font = style.font;
    const room = field.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    return field.checkVisibility() && pen.measureText(field.placeholder).width > room;
}).map(field => field.placeholder)"""
RUN = "options => axe.run(document, options).then(found => found.violations)"


@pytest.fixture(scope="module")
def visitors(furnished_server: Installation) -> Iterator[Visitors]:
    with chromium() as browser:
        if browser is None:
            pytest.skip("NO BROWSER WAS FOUND: install Chromium or name one in CHROMIUM to test the web admin's pages.")
        yield Visitors(browser, furnished_server)


@pytest.mark.parametrize("name", PLACES if "WALK_EVERYTHING" in os.environ else sorted(OF_EACH_KIND))
def test_a_page_is_fit_for_everybody_and_complains_of_nothing(visitors: Visitors, name: str) -> None:
    """A page is opened once and looked at in three ways: light, dark, and in a narrow window.

    Contrasts are what takes axe-core longest; they are measured in both colours, and no width has others.
    """
    visitor = visitors.go_to(PLACES[name])
    page = visitor.page
    found = [*barriers(page, "light"), *too_wide(page, "light"), *(("heard", word) for word in page.evaluate(HEARD))]
    visitor.look(dark=True, narrow=PLACES[name].narrow)
    found += barriers(page, "dark", COLOURS)
    visitor.look(dark=False, narrow=True)
    found += [*barriers(page, "narrow", WITHOUT_COLOURS), *too_wide(page, "narrow")]
    assert [each for each in found if (name, each[1]) not in LEFT] == []
    assert not visitor.complaints


def barriers(page: Page, look: str, options: dict[str, Any] = ALL) -> list[tuple[str, ...]]:
    """What axe-core finds: the look, the rule, what it asks for, and the first element that breaks it."""
    expect(page.locator("html")).to_have_class("dark" if look == "dark" else "light")
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    found = page.evaluate(RUN, options)
    return [(look, each["id"], each["help"], each["nodes"][0]["html"]) for each in found]


def too_wide(page: Page, look: str) -> list[tuple[str, ...]]:
    """The page itself, and what is to be read in its fields."""
    width, window = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    found: list[tuple[str, ...]] = (
        [(look, f"the page is {width} wide and the window {window}")] if width > window else []
    )
    return found + [(look, f"“{text}” is cut off") for text in page.evaluate(CUT_OFF)]
