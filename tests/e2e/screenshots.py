"""Pictures of every page of the web admin, light and dark, wide and narrow: `make screenshots`.

Those that the documentation shows go to docs/images; all others beside them into docs/images/looks, which is not kept.
"""

import re
import sys
import tempfile
from functools import cache
from pathlib import Path

from rich.progress import track

from tests.e2e.browser import Visitor, chromium
from tests.e2e.demo import furnish
from tests.e2e.installation import PROJECT, Installation
from tests.e2e.pages import FOR_ADMINS, FOR_SUPPORT, go_to

IMAGES = PROJECT / "docs" / "images"
LOOKS = {"": {}, "dark": {"dark": True}, "narrow": {"narrow": True}, "narrow-dark": {"narrow": True, "dark": True}}


def main() -> None:
    (IMAGES / "looks").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        if browser is None:
            sys.exit("No Chromium was found: install one, or name one in CHROMIUM.")
        server = Installation(Path(folder) / "var")
        try:
            server.start()
            furnish(server)
            card = server.card
            roles = (
                (FOR_ADMINS, card["admin_email"], card["admin_password"]),
                (FOR_SUPPORT, card["support_email"], card["support_password"]),
            )
            for pages, login, password in roles:
                for look, options in LOOKS.items():
                    visitor = Visitor(browser, server, **options)
                    visitor.sign_in(login, password)
                    for name, where in track(pages.items(), description=look or "light"):
                        go_to(visitor.page, server.base_url, where)
                        visitor.page.wait_for_timeout(150)
                        visitor.page.screenshot(path=_place(name, look), animations="disabled")
                    visitor.close()
        finally:
            server.remove()


def _place(name: str, look: str) -> Path:
    file = f"{name}-{look}.png" if look else f"{name}.png"
    return IMAGES / file if file in _shown_in_documents() else IMAGES / "looks" / file


@cache
def _shown_in_documents() -> frozenset[str]:
    texts = (document.read_text() for document in IMAGES.parent.glob("*.md"))
    return frozenset(name for text in texts for name in re.findall(r"\(images/([\w-]+\.png)\)", text))


if __name__ == "__main__":
    main()
