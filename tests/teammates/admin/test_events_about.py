"""The audit log about one person or thing: what is theirs among everything, and who blocked them."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from teammates.admin import logs
from teammates.models import Company, Event, Membership, TeammateGroup
from teammates.services import access, custom_fields, events, groups, teammates
from teammates.services.events import SYSTEM
from teammates.services.members import MemberChange
from tests.factories import (
    ApiTokenFactory,
    InboxFactory,
    TeammateFactory,
    TeammateGroupFactory,
)
from tests.scim.door import Door, op
from tests.teammates.actors import ADMIN
from tests.teammates.admin.audit_log import listed, listed_on_all_pages, rows_of, sentences
from tests.teammates.admin.conftest import Browser, one_of_each, text, url_of


def test_about_a_person_the_log_tells_what_groups_brought_and_took(admin: Browser, company: Company) -> None:
    ben, ada = (TeammateFactory.create(company=company, display_name=name) for name in ("Ben Okafor", "Ada"))
    desk = groups.create_group(company, TeammateGroup(name="Desk"), [ada.public_id], actor=ADMIN)
    inbox = InboxFactory.create(company=company, name="Leads")
    access.change_grants(desk, grant=[inbox], actor=ADMIN)  # before Ben came
    groups.update_group(company, desk.pk, {}, [MemberChange(add=[ben.public_id])], actor=ADMIN)
    Membership.objects.filter(teammate=ben).update(created_at=Event.objects.latest("pk").at)  # not when the test began
    access.change_grants(desk, take=[inbox], actor=ADMIN)
    club = groups.create_group(company, TeammateGroup(name="Club"), [ben.public_id], actor=ADMIN)
    groups.delete_group(company, club.pk, actor=ADMIN)
    groups.update_group(company, desk.pk, {"description": "Days"}, actor=ADMIN)

    page = admin.look("changelist", Event, subject__exact=ben.public_id)

    assert sentences(page) == [
        "Deleted group Club, which had 1 member",
        "Created group Club with 1 member",
        "Changed the access of group Desk: inbox Leads taken",
        "Group Desk: Ben Okafor added",
    ]
    assert "Deleted group Club, which had 1 member Ben Okafor was removed" in text(page)


def test_a_person_among_many_who_came_to_a_group_is_named(admin: Browser, company: Company) -> None:
    people = TeammateFactory.create_batch(5, company=company)
    group = TeammateGroupFactory.create(company=company, name="Desk")
    groups.update_group(company, group.pk, {}, [MemberChange(add=[each.public_id for each in people])], actor=ADMIN)

    page = admin.look("changelist", Event, subject__exact=people[3].public_id)

    assert f"Group Desk: 5 members added {people[3].name} was added" in text(page)


def test_nothing_of_another_companys_groups_is_about_a_person(
    admin: Browser, support: Browser, company: Company, other_company: Company
) -> None:
    ben = TeammateFactory.create(company=company)
    events.append(
        other_company.pk, "group.updated", SYSTEM, subject="cir_9", name="Theirs",
        data={"members_added": [ben.public_id], "members_added_count": 1},
    )  # fmt: skip

    for browser in (admin, support):
        assert listed(browser.look("changelist", Event, subject__exact=ben.public_id)) == []


def test_the_pages_about_a_person_hold_every_event_once(
    admin: Browser, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "PAGE", 4)
    monkeypatch.setattr(logs, "BATCH", 3)
    ben = TeammateFactory.create(company=company)
    group = TeammateGroupFactory.create(company=company)
    for number in range(5):
        teammates.update_teammate(company.pk, ben.pk, {"last_name": f"King {number}"}, actor=ADMIN)
        for step in (MemberChange(add=[ben.public_id]), MemberChange(remove=[ben.public_id])):
            groups.update_group(company, group.pk, {}, [step], actor=ADMIN)
    about = {"subject__exact": ben.public_id}
    seen = listed_on_all_pages(admin, **about)

    assert seen == list(Event.objects.order_by("-pk"))
    written_down = rows_of(admin.get(reverse("admin:teammates_event_export"), about))
    assert [row["Event ID"] for row in written_down] == [event.public_id for event in seen]


def test_the_log_about_a_person_costs_the_same_for_few_and_for_many(admin: Browser, company: Company) -> None:
    ben = TeammateFactory.create(company=company)

    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert admin.look("changelist", Event, subject__exact=ben.public_id).status_code == 200
        return len(captured)

    def happen() -> None:
        group = TeammateGroupFactory.create(company=company, with_members=[ben])
        inbox = InboxFactory.create(company=company)
        people = [ben, TeammateFactory.create(company=company)]
        groups.update_group(company, group.pk, {}, [MemberChange(add=[each.public_id for each in people])], actor=ADMIN)
        groups.update_group(company, group.pk, {}, [MemberChange(remove=[ben.public_id])], actor=ADMIN)
        groups.update_group(company, group.pk, {}, [MemberChange(add=[ben.public_id])], actor=ADMIN)
        access.change_grants(group, grant=[inbox], actor=ADMIN)

    happen()
    few = cost()
    for _ in range(15):
        happen()
    assert cost() == few <= 15


@pytest.mark.parametrize("noun", ["custom_field", "group", "template", "workspace", "inbox", "token"])
def test_what_the_log_is_about_is_called_by_its_name(admin: Browser, company: Company, noun: str) -> None:
    row = one_of_each(company)[noun]
    subject = getattr(row, "public_id", str(row.pk))

    page = admin.look("changelist", Event, subject__exact=subject)

    assert (page.context["about"]["name"], page.context["about"]["url"]) == (str(row), url_of("change", row))


def test_what_is_gone_is_called_as_it_was_last(admin: Browser, company: Company) -> None:
    field = custom_fields.create_custom_field(company, "Office", "text", actor=ADMIN)
    custom_fields.delete_custom_field(company, field.pk, actor=ADMIN)

    assert admin.look("changelist", Event, subject__exact=field.public_id).context["about"]["name"] == "Office"


@pytest.mark.parametrize("by", ["idp", "admin", "nobody"])
def test_the_history_of_a_blocked_person_says_first_who_blocked_them(
    admin: Browser, support: Browser, company: Company, by: str
) -> None:
    person = TeammateFactory.create(company=company, display_name="Ada Lovelace")
    token = ApiTokenFactory.create(company=company, name="Entra 2026")
    if by == "idp":
        Door(token).patch(person, op("Replace", "active", "False"))
    elif by == "admin":
        admin.act("block", person)

    for browser in (admin, support):
        page = browser.look("changelist", Event, subject__exact=person.public_id)
        said = text(page)
        if by == "idp":
            assert "UTC by Identity provider (Entra 2026) (Identity provider)" in said
            assert url_of("change", token) in page.content.decode()
            request = browser.get(page.context["about"]["blocked"].request_url, follow=True)
            assert '"active"' in request.content.decode() or "&quot;active&quot;" in request.content.decode()
        elif by == "admin":
            assert "UTC by Grace Hopper (Company admin)" in said
        else:
            assert "UTC by" not in said
