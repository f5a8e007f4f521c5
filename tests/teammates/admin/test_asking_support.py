"""How company admins reach support: one link everywhere, once the operator has named it."""

from typing import Any

import pytest
from django.core import mail
from django.test import Client

from teammates import support as asking
from teammates import tasks
from teammates.errors import AddressReserved
from teammates.models import Company, LicencePolicy, Notice, NoticeKind, Plan, Status, Teammate
from tests.factories import PASSWORD, TeammateFactory
from tests.teammates.admin.conftest import Browser, text, url_of
from tests.teammates.admin.test_two_factor import with_second_factor

MAIL = "mailto:help@example.com"
PAGE = "https://help.example.com/new?product=a&b"


@pytest.fixture(params=["nothing", "address", "page", "both"])
def link(request: Any, settings: Any) -> str:
    """What was named, and where "ask support" leads then."""
    named = request.param
    settings.SUPPORT_EMAIL = "help@example.com" if named in ("address", "both") else ""
    settings.SUPPORT_URL = PAGE if named in ("page", "both") else ""
    return {"nothing": "", "address": MAIL}.get(named, PAGE)


def asks(page: Any, link: str, words: str = "ask support") -> bool:
    written = f'<a class="fp-link" href="{link.replace("&", "&amp;")}">{words}</a>' if link else words
    return written in page.content.decode() and (bool(link) or f">{words}</a>" not in page.content.decode())


@pytest.fixture
def full(company: Company) -> Company:
    """On a plan without provisioning, with all licences in use, and a notice of that."""
    Company.objects.filter(pk=company.pk).update(
        plan=Plan.STARTER, licence_count=1, licence_policy=LicencePolicy.REFUSE
    )
    Notice.objects.create(company=company, kind=NoticeKind.NO_LICENCE, text="Full.")
    return company


@pytest.mark.parametrize("name", ["company", "notices", "adding a teammate", "user provisioning"])
def test_it_is_a_link_wherever_it_is_said(admin: Browser, full: Company, link: str, name: str) -> None:
    urls = {
        "company": url_of("change", full),
        "notices": url_of("changelist", Notice),
        "adding a teammate": url_of("add", Teammate),
        "user provisioning": "/admin/user-provisioning/",
    }
    page = admin.get(urls[name])
    assert asks(page, link)
    assert "%(" not in text(page)


def test_a_deleted_teammates_page_says_whom_to_ask(
    admin: Browser, support: Browser, company: Company, link: str
) -> None:
    gone = TeammateFactory.create(company=company, status=Status.DELETED)
    assert asks(admin.look("change", gone), link)
    assert "until you release it" in text(support.look("change", gone))


def test_who_lost_phone_and_codes_is_told_whom_to_ask(admin_person: Teammate, link: str) -> None:
    with_second_factor(admin_person)
    browser = Client()
    page = browser.post("/admin/login/", {"username": admin_person.login, "password": PASSWORD}, follow=True)
    assert asks(page, link)


def test_a_mail_writes_the_address_out(full: Company, admin_person: Teammate, link: str) -> None:
    tasks.mail_notices()
    [message] = mail.outbox
    where = f" ({link.removeprefix('mailto:')})" if link else ""
    assert f"or ask support{where} for more licences" in message.body


def test_a_refusal_names_it(link: str) -> None:
    where = f" ({link.removeprefix('mailto:')})" if link else ""
    assert f"Support{where} can release it." in str(AddressReserved("gone@example.com"))


def test_it_is_in_the_menu_under_ones_own_name(admin: Browser, support: Browser, link: str) -> None:
    assert ("Ask support" in text(admin.look("changelist", Teammate))) == bool(link)
    assert "Ask support" not in text(support.look("changelist", Teammate))


def test_support_staff_are_told_what_they_can_do(support: Browser, full: Company, link: str) -> None:
    support.post(f"/admin/teammates/company/{full.pk}/look-at/")
    for url in (url_of("change", full), url_of("changelist", Notice), "/admin/user-provisioning/"):
        page = text(support.get(url)).lower()
        assert "ask support" not in page
        assert "licence" in page
    assert "Set how many licences the company has on its page" in text(support.look("changelist", Notice))


def test_words_around_it_are_escaped(settings: Any) -> None:
    settings.SUPPORT_URL = 'https://help.example.com/"><script>'
    assert "<script>" not in asking.with_links("%(name)s: %(ask_support)s", name="<b>")
    assert "&lt;b&gt;" in asking.with_links("%(name)s: %(ask_support)s", name="<b>")
