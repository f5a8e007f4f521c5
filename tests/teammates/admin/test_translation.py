"""Every word that a page says of itself is marked for translation."""

import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from django.db.models import Model
from django.utils import translation

from tests.e2e.pages import PLACES
from tests.teammates.admin.conftest import Browser, url_of

SILENT = {"script", "style", "code", "pre", "textarea"}
VOID = {"input", "img", "br", "hr", "meta", "link"}
ICON = "material-symbols-outlined"
# What no language changes: names of products, of the rows of this test, and of places in the world.
UNCHANGED = re.compile(
    r"Microsoft Entra ID|Google Workspace|Okta|OneLogin|Rippling|JumpCloud|Frontprov|Scale|Enterprise|company-\d+"
    r"|Look at Initech|Initech|Changed title of Ada\."
    r"|(Ada|Grace)[\w .']*|(Template|Group|Field|Workspace|Inbox) \d+|Something( happened)?|Test|Entra|Ctrl K|esc|UTC"
    r"|\w+_[\w-]+…?|\S+@\S+|https?:\S+|urn:\S+|(GET|PATCH|POST) \S+|[\w+-]+(/[\w+ -]+)+|\w+\.\w+\S*"
    r"|\{.*\}|members\.\$ref",
    re.DOTALL,
)


class Texts(HTMLParser):
    """What a person reads or hears of a page: texts and labels, without icons, values and code."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        self.found += [named[name] for name in ("aria-label", "placeholder", "title") if named.get(name)]
        is_silent = self._silent or tag in SILENT or ICON in named.get("class", "")
        if is_silent and tag not in VOID:
            self._silent.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._silent:
            self._silent.pop()

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.found.append(" ".join(data.split()))


@pytest.fixture
def marked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every translated text stands in brackets, as a translator's test language would have it."""

    catalogue: Any = translation._trans  # type: ignore[attr-defined]

    def in_brackets(name: str) -> Callable[..., str]:
        translate = getattr(catalogue, name)
        return lambda *args: f"⟦{translate(*args)}⟧" if args[0] else ""

    for name in ("gettext", "ngettext", "pgettext", "npgettext"):
        monkeypatch.setattr(catalogue, name, in_brackets(name))


def unmarked(page: Any) -> list[str]:
    texts = Texts()
    texts.feed(page.content.decode())
    left = []
    for text in texts.found:
        rest = text
        while rest != (rest := re.sub(r"⟦[^⟦⟧]*⟧", "", rest)):
            continue
        rest = UNCHANGED.sub("", rest)
        if re.search(r"[A-Za-z]{3}", rest):
            left.append(text)
    return left


@pytest.mark.parametrize(
    "path",
    sorted({place.path.partition("?")[0] for place in PLACES.values() if place.who == "admin" and place.status == 200}),
)
def test_lists_and_forms_are_marked(admin: Browser, mine: dict[str, Model], marked: None, path: str) -> None:
    assert unmarked(admin.get(path, follow=True)) == []


def test_pages_of_rows_are_marked(admin: Browser, mine: dict[str, Model], marked: None) -> None:
    pages = {noun: unmarked(admin.get(url_of("change", row), follow=True)) for noun, row in mine.items()}

    assert {noun: left for noun, left in pages.items() if left} == {}
