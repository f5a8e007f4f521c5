"""Pictures of every page of the web admin, light and dark, wide and narrow: `make screenshots`.

Those that the documentation shows go to docs/images; all others beside them into docs/images/looks, which is not kept.
Names on the command line choose pages: `python -m tests.e2e.screenshots teammates token-add`.
"""

import re
import sys
import tempfile
from functools import cache
from pathlib import Path

from playwright.sync_api import Page
from rich.progress import track

from tests.e2e.browser import chromium
from tests.e2e.demo import furnish
from tests.e2e.installation import PROJECT, Installation
from tests.e2e.pages import PLACES
from tests.e2e.ways import Visitors

IMAGES = PROJECT / "docs" / "images"
LOOKS = {
    "": {"dark": False, "narrow": False},
    "dark": {"dark": True, "narrow": False},
    "narrow": {"dark": False, "narrow": True},
    "narrow-dark": {"dark": True, "narrow": True},
}


def main(wanted: list[str]) -> None:
    (IMAGES / "looks").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        if browser is None:
            sys.exit("No Chromium was found: install one, or name one in CHROMIUM.")
        server = Installation(Path(folder) / "var")
        try:
            server.start()
            furnish(server)
            visitors = Visitors(browser, server)
            for name in track(wanted or list(PLACES)):
                visitor = visitors.go_to(PLACES[name])
                for look, options in LOOKS.items():
                    if options["narrow"] or not PLACES[name].narrow:
                        visitor.look(**options)
                        file = _place(name, look)
                        if file.parent != IMAGES:
                            _grow(visitor.page)
                        visitor.page.wait_for_timeout(150)  # the page follows its window and its colours
                        visitor.page.screenshot(path=file, animations="disabled")
        finally:
            server.remove()


def _grow(page: Page) -> None:
    """Make the window as high as the page, so that what stays at its edges is in nobody's way."""
    height = page.evaluate("document.documentElement.scrollHeight")
    window = page.viewport_size
    assert window is not None
    page.set_viewport_size({"width": window["width"], "height": max(height, window["height"])})


def _place(name: str, look: str) -> Path:
    file = f"{name}-{look}.png" if look else f"{name}.png"
    return IMAGES / file if file in _shown_in_documents() else IMAGES / "looks" / file


@cache
def _shown_in_documents() -> frozenset[str]:
    texts = (document.read_text() for document in IMAGES.parent.glob("*.md"))
    return frozenset(name for text in texts for name in re.findall(r"\(images/([\w-]+\.png)\)", text))


if __name__ == "__main__":
    main(sys.argv[1:])
