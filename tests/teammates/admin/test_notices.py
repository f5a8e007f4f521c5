"""Notices on the pages: the banner on top of each, what to do, and mail for those who want it."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from teammates.models import Company, Event, Notice, NoticeKind, Plan, Teammate
from tests.factories import TeammateGroupFactory
from tests.teammates.admin.conftest import Browser, text, url_of

BY_EMAIL = "/admin/teammates/notice/by-email/"


def note(company: Company, kind: NoticeKind, words: str, subject: str = "") -> Notice:
    return Notice.objects.create(company=company, kind=kind, text=words, subject=subject)


def banners(page: Any) -> int:
    """How many stand on top, above what the page itself says."""
    return str(page.content.decode()).partition('id="content-main"')[0].count('class="fp-banner')


@pytest.mark.parametrize("page", [url_of("changelist", Teammate), url_of("add", Teammate), BY_EMAIL])
def test_an_urgent_notice_is_on_top_of_every_page_with_what_to_do(admin: Browser, company: Company, page: str) -> None:
    note(company, NoticeKind.PROVISIONING_FAILING, "8 of 9 were refused.")
    note(company, NoticeKind.GROUP_ADOPTED, "Support is managed.", "cir_1")
    shown = admin.get(page)
    assert "8 of 9 were refused. Look at what was refused and why" in text(shown)
    assert "Support is managed." not in text(shown)
    assert banners(shown) == 1


@pytest.mark.parametrize("page", [url_of("changelist", Teammate), url_of("add", Teammate), BY_EMAIL])
def test_several_are_one_line_with_their_number_and_the_way_to_each(
    admin: Browser, company: Company, page: str
) -> None:
    note(company, NoticeKind.TOKEN_LAST_DAYS, "Entra expires.", "1")
    note(company, NoticeKind.NO_LICENCE, "All 5 licences are in use.")
    failing = note(company, NoticeKind.PROVISIONING_FAILING, "8 of 9 were refused.")
    note(company, NoticeKind.GROUP_ADOPTED, "Support is managed.", "cir_1")
    shown = admin.get(page)
    assert (
        "3 notices: User provisioning is failing · No licence left · An API token expires within three days All notices"
        in text(shown)
    )
    assert f'href="{url_of("change", failing)}"' in shown.content.decode()
    assert "8 of 9 were refused." not in text(shown)
    assert banners(shown) == 1


def test_of_many_the_first_are_named(admin: Browser, company: Company) -> None:
    for number in range(5):
        note(company, NoticeKind.TOKEN_EXPIRED, "Expired.", str(number))
    assert "5 notices: An API token has expired" in text(admin.look("changelist", Teammate))
    assert "and 2 more All notices" in text(admin.look("changelist", Teammate))


def test_the_plan_is_one_of_them(admin: Browser, company: Company) -> None:
    Company.objects.filter(pk=company.pk).update(plan=Plan.STARTER)
    alone = admin.look("changelist", Teammate)
    assert "is not part of your company's plan (Starter)" in text(alone)
    assert banners(alone) == 1

    note(company, NoticeKind.NO_LICENCE, "All 5 licences are in use.")
    both = admin.look("changelist", Teammate)
    assert "2 notices: User provisioning is not part of your plan · No licence left" in text(both)
    assert f'href="{url_of("change", company)}"' in both.content.decode()
    assert banners(both) == 1


def test_what_can_wait_is_in_the_list_and_not_in_the_banner(admin: Browser, company: Company) -> None:
    note(company, NoticeKind.GROUP_ADOPTED, "Support is managed.", "cir_1")
    assert "Support is managed." not in text(admin.look("changelist", Teammate))
    assert "Support is managed." in text(admin.look("changelist", Notice))


def test_the_number_in_the_menu_is_that_of_the_list(admin: Browser, admin_person: Teammate, company: Company) -> None:
    note(company, NoticeKind.GROUP_ADOPTED, "Support is managed.", "cir_1")
    own = note(company, NoticeKind.SYNC_SWITCHED, "Ada turned it on.")
    Notice.objects.filter(pk=own.pk).update(by=admin_person)

    shown, everything = admin.look("changelist", Notice), admin.look("changelist", Notice, state="all")

    assert "notifications Notices 1" in text(shown)
    assert [notice.kind for notice in shown.context["cl"].result_list] == [NoticeKind.GROUP_ADOPTED]
    assert len(everything.context["cl"].result_list) == 2
    assert "Open for the other admins" in text(everything)


@pytest.mark.parametrize(
    ("kind", "look"),
    [(NoticeKind.NO_LICENCE, "bad"), (NoticeKind.LAST_ADMIN, "warn"), (NoticeKind.GROUP_ADOPTED, "info")],
)
def test_a_kind_has_the_colour_of_its_weight(admin: Browser, company: Company, kind: NoticeKind, look: str) -> None:
    note(company, kind, "Said.", "cir_1")
    assert f'<span class="fp-badge {look}">{kind.label}</span>' in admin.look("changelist", Notice).content.decode()


def test_another_companys_notice_is_on_no_page(admin: Browser, other_company: Company) -> None:
    note(other_company, NoticeKind.NO_LICENCE, "Globex is full.")
    for page in (url_of("changelist", Teammate), url_of("changelist", Notice)):
        assert "Globex is full." not in text(admin.get(page))


def test_dismissing_closes_it_and_stays_on_the_page(admin: Browser, admin_person: Teammate, company: Company) -> None:
    notice = note(company, NoticeKind.NO_LICENCE, "Full.")
    here = url_of("changelist", Teammate) + "?q=ada"
    response = admin.post(reverse("admin:teammates_notice_dismiss", args=[notice.pk]), {"next": here})
    assert response.headers["Location"] == here
    notice.refresh_from_db()
    assert notice.closed_at is not None
    event = Event.objects.get(kind="notice.closed")
    assert (event.company, event.actor_id) == (company, admin_person.public_id)


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", ""])
def test_dismissing_leads_to_no_other_server(admin: Browser, company: Company, target: str) -> None:
    notice = note(company, NoticeKind.NO_LICENCE, "Full.")
    response = admin.post(reverse("admin:teammates_notice_dismiss", args=[notice.pk]), {"next": target})
    assert response.headers["Location"] == url_of("changelist", Notice)


def test_who_may_not_close_a_notice_cannot_dismiss_it(
    admin: Browser, support: Browser, company: Company, other_company: Company
) -> None:
    foreign, own = note(other_company, NoticeKind.NO_LICENCE, "x"), note(company, NoticeKind.NO_LICENCE, "x")
    assert admin.post(reverse("admin:teammates_notice_dismiss", args=[foreign.pk])).status_code == 404
    assert support.post(reverse("admin:teammates_notice_dismiss", args=[own.pk])).status_code == 403
    assert admin.get(reverse("admin:teammates_notice_dismiss", args=[own.pk])).status_code == 405
    assert Notice.objects.filter(closed_at=None).count() == 2


def test_every_kind_has_a_link_that_its_admin_can_open(admin: Browser, company: Company) -> None:
    group = TeammateGroupFactory.create(company=company)
    for kind in NoticeKind:
        notice = note(company, kind, f"About {kind}.", group.public_id)
        page = admin.look("change", notice)
        assert page.status_code == 200
        assert 'class="fp-link" href="/admin/' in page.content.decode(), kind


@pytest.mark.parametrize("kind", [NoticeKind.PROVISIONING_FAILING, NoticeKind.PROVISIONING_SILENT])
def test_a_connection_that_is_not_well_leads_to_its_page(
    admin: Browser, support: Browser, company: Company, kind: NoticeKind
) -> None:
    notice = note(company, kind, "Look.")
    url = f"{reverse('admin:user_provisioning')}?company={company.public_id}"
    for browser in (admin, support):
        assert (
            f'<a class="fp-link" href="{url}">User provisioning</a>' in browser.look("change", notice).content.decode()
        )
        assert browser.get(url).context["company"] == company


def test_badge_and_banner_take_one_statement(admin: Browser, company: Company) -> None:
    with CaptureQueriesContext(connection) as none:
        admin.look("changelist", Teammate)
    for kind in NoticeKind:
        note(company, kind, "x", "cir_1")
    with CaptureQueriesContext(connection) as many:
        admin.look("changelist", Teammate)
    assert len(many) == len(none)
    assert len([each for each in many if "teammates_notice" in each["sql"]]) == 1


# --- by e-mail ---


def test_an_admin_turns_the_mails_off_for_themselves(admin: Browser, admin_person: Teammate) -> None:
    assert "On" in text(admin.get(BY_EMAIL))
    page = admin.post(BY_EMAIL, {"wanted": "off"}, follow=True)
    assert "You get no more mail." in text(page)
    admin_person.refresh_from_db()
    assert not admin_person.notices_by_email
    assert Event.objects.get().data["after"] == {"notices_by_email": False}


def test_support_staff_get_no_mail_to_turn_off(support: Browser) -> None:
    assert support.get(BY_EMAIL).status_code == 404


def test_on_a_notices_page_close_means_one_thing(admin: Browser, company: Company) -> None:
    """The way back to the list has another name."""
    notice = note(company, NoticeKind.NO_LICENCE, "Full.")
    shown = admin.get(url_of("change", notice)).content.decode()
    action, way_out = shown.split('id="submit-row"')
    assert 'id="action-close"' in action
    assert ">Back to the list</a>" in way_out
    assert ">Close<" not in way_out
