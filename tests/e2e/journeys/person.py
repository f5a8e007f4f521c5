"""A person at the web admin: finds things by what is written on them, as somebody who reads the guide does."""

import re

import httpx
from playwright.sync_api import Download, FilePayload, Locator, Page, expect

from tests.e2e.browser import Visitor


class Person(Visitor):
    """Methods are what a person does; what they look at is a page, or a part of it."""

    def is_signed_in_as(self, login: str, password: str) -> None:
        """Signed in before the journey begins, over the same form, but without drawing its pages."""
        with httpx.Client(base_url=self.server.base_url, timeout=60) as browser:
            form = browser.get("/admin/login/").text
            token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
            assert token is not None
            sent = {"username": login, "password": password, "csrfmiddlewaretoken": token[1]}
            browser.post("/admin/login/", data=sent, headers={"Referer": f"{self.server.base_url}/admin/login/"})
            key = browser.cookies["sessionid"]
        self.context.add_cookies([{"name": "sessionid", "value": key, "url": self.server.base_url}])

    def signs_in(self, login: str, password: str) -> None:
        self.enter({"E-mail": login, "Password": password})
        self.press("Sign in")

    # --- ways around ---

    def go(self, menu: str, tab: str = "") -> None:
        """Through the menu on the left, and the row of pages that belong together."""
        entry = re.compile(rf"^{re.escape(menu)}( \d+)?$")  # some have a number of what is open
        self.page.get_by_role("navigation").first.get_by_role("link", name=entry).click()
        if tab:
            self.page.get_by_role("navigation", name="Pages that belong together").get_by_role(
                "link", name=tab, exact=True
            ).click()

    def search_here(self, term: str) -> None:
        """With the search box of a list."""
        self.page.get_by_role("search").get_by_role("textbox").fill(term)
        self.page.keyboard.press("Enter")

    def search_everything(self, term: str) -> None:
        """With the box that a key opens on every page."""
        self.page.keyboard.press("Control+k")
        self.page.get_by_role("searchbox", name="Type to search").press_sequentially(term)

    def follow(self, link: str | re.Pattern[str], within: Locator | None = None) -> None:
        """A link by all of its words, save the address below a person's name; by some of them, as a pattern."""
        words = re.compile(rf"^{re.escape(link)}( \S+@\S+)?$") if isinstance(link, str) else link
        (within or self.page).get_by_role("link", name=words).first.click()

    def look_at(self, tab: str) -> Locator:
        """A tab of a page; what is shown then."""
        self.page.get_by_role("tab", name=tab, exact=True).click()
        return self.page.get_by_role("tabpanel", name=tab)

    # --- doing ---

    def press(self, button: str, within: Locator | None = None) -> None:
        (within or self.page).get_by_role("button", name=button, exact=True).click()

    def enter(self, fields: dict[str, str]) -> None:
        """By their labels; a star says that one is required."""
        for label, value in fields.items():
            self.field(label).fill(value)

    def field(self, label: str) -> Locator:
        return self.page.get_by_label(re.compile(rf"^\s*{re.escape(label)}\s*\*?\s*$"))

    def choose(self, label: str, *options: str) -> None:
        """By typing, where one cannot list everybody."""
        for option in options:
            box = self.page.get_by_role("searchbox", name=label)
            box.fill(option)
            self.page.get_by_role("option", name=re.compile(re.escape(option))).click()

    def choose_one(self, label: str, option: str) -> None:
        """The same where there is one to choose: what one types into opens first."""
        self.page.get_by_role("combobox", name=label).click()
        self.choose(label, option)

    def attach(self, label: str, name: str, text: str) -> None:
        """Choose a file that has this name and text."""
        file: FilePayload = {"name": name, "mimeType": "text/csv", "buffer": text.encode()}
        self.page.get_by_label(label).set_input_files(file)

    def save(self) -> None:
        self.press("Save")

    def copy(self, what: str) -> str:
        """Press the Copy button of a value; what a paste would give."""
        self.page.get_by_role("button", name=what, exact=True).first.click()
        expect(self.page.get_by_role("button", name="Copied").first).to_be_visible()
        text: str = self.page.evaluate("navigator.clipboard.readText()")
        return text

    def download(self, link: str) -> str:
        """The text of the file behind a link."""
        with self.page.expect_download() as coming:
            self.follow(link)
        file: Download = coming.value
        return file.path().read_text(encoding="utf-8-sig")

    # --- looking ---

    def sees(self, *texts: str, within: Locator | Page | None = None) -> None:
        for text in texts:
            expect((within or self.page).get_by_text(text).first).to_be_visible()

    def does_not_see(self, *texts: str, within: Locator | Page | None = None) -> None:
        """To be asked of a page that was seen to be there."""
        for text in texts:
            expect((within or self.page).get_by_text(text)).to_have_count(0)

    def row(self, text: str) -> Locator:
        return self.page.get_by_role("row").filter(has_text=text)

    def is_told(self, text: str) -> None:
        """What the page says on top after something was done."""
        self.sees(text)

    def forgives(self, words: str) -> None:
        """The browser's own remark on a refusal that was meant to happen."""
        self.complaints = [complaint for complaint in self.complaints if words not in complaint]
