"""A real browser for the web admin: found on this machine, driven by Playwright."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, Request, sync_playwright

from tests.e2e.installation import Installation

# The first is the same browser without a window of its own: it takes half of the time, and is what Playwright brings.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-quic",
]  # fmt: skip
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
PATIENCE_MILLISECONDS = 30_000


def executable(playwright: Playwright) -> str | None:
    """A Chromium of this machine: the one CHROMIUM names, one of NAMES on the PATH, or Playwright's own."""
    own = playwright.chromium.executable_path
    found = [os.environ.get("CHROMIUM"), *map(shutil.which, NAMES), own if Path(own).exists() else None]
    return next((path for path in found if path), None)


@contextmanager
def chromium() -> Iterator[Browser | None]:
    """A headless browser; None where there is none."""
    with sync_playwright() as playwright:
        path = executable(playwright)
        if path is None:
            yield None
            return
        as_root = ["--no-sandbox"] if sys.platform == "linux" and os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=path, args=[*ARGUMENTS, *as_root])
        try:
            yield browser
        finally:
            browser.close()


class Visitor:
    """Somebody at a browser window: signs in, opens pages, and notes whatever the browser complains about.

    complaints: errors and warnings of the console (what the Content-Security-Policy refused is among them), scripts
    that failed, and files that were not served.
    """

    def __init__(
        self, browser: Browser, server: Installation, *, dark: bool = False, narrow: bool = False, **options: Any
    ) -> None:
        self.server = server
        self.complaints: list[str] = []
        self.context: BrowserContext = browser.new_context(
            viewport=NARROW if narrow else WIDE,  # type: ignore[arg-type]
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            locale="en-GB",
            **options,
        )
        self.context.grant_permissions(["clipboard-read", "clipboard-write"])
        self.context.set_default_timeout(PATIENCE_MILLISECONDS)
        self.page: Page = self.context.new_page()
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(f"{self.page.url}: script: {error}"))
        self.page.on("requestfailed", self._missed)

    def _missed(self, request: Request) -> None:
        """A file that did not come; what was left behind by going on to the next page is none."""
        if request.failure != "net::ERR_ABORTED":
            self.complaints.append(f"not loaded: {request.url}: {request.failure}")

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{self.page.url}: {message.text}")

    def open(self, path: str) -> Page:
        self.page.goto(self.server.base_url + path, wait_until="load")
        return self.page

    def look(self, *, dark: bool, narrow: bool) -> None:
        """Change the colours the system asks for and the width of the window; an open page follows."""
        self.page.emulate_media(color_scheme="dark" if dark else "light")
        self.page.set_viewport_size(NARROW if narrow else WIDE)  # type: ignore[arg-type]

    def sign_in(self, login: str, password: str) -> Page:
        page = self.open("/admin/")
        page.locator("[name=username]").fill(login)
        page.locator("[name=password]").fill(password)
        page.locator("[type=submit]").first.click()
        page.wait_for_url(lambda url: "/login" not in url)
        return page

    def close(self) -> None:
        self.context.close()
