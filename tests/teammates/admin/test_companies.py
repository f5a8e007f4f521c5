"""Company settings: what admins set themselves, and what takes support staff and a reason."""

from typing import Any

import pytest
from django.urls import reverse

from teammates.models import Company, Event, LicencePolicy, Plan, Teammate
from tests.factories import TeammateFactory
from tests.scim.conftest import dump
from tests.teammates.admin.conftest import Browser, entered, text


def save(client: Browser, company: Company, **changes: Any) -> Any:
    """Save the settings with these changes; None leaves a field out, as an unticked box is."""
    sent = entered(client.look("change", company)) | changes
    return client.save("change", company, **{name: value for name, value in sent.items() if value is not None})


def test_an_admin_sets_what_is_theirs(admin: Browser, company: Company) -> None:
    response = save(
        admin, company, name="Initech Ltd", licence_policy="add", single_replace_adds="on", show_member_refs=None,
        requests_per_second="40", masked_attributes="phoneNumbers\nname.familyName\nPHONENUMBERS",
    )  # fmt: skip
    assert response.status_code == 302
    company.refresh_from_db()
    assert (company.name, company.licence_policy) == ("Initech Ltd", LicencePolicy.ADD)
    assert (company.single_replace_adds, company.show_member_refs, company.requests_per_second) == (True, False, 40)
    assert company.masked_attributes == ["phoneNumbers", "name.familyName"]
    event = Event.objects.get()
    assert (event.data["before"]["name"], event.data["after"]["requests_per_second"]) == ("Initech", 40)


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("requests_per_second", "24", "Between 25 (Microsoft Entra ID needs that many) and 500"),
        ("requests_per_second", "501", "Between 25 (Microsoft Entra ID needs that many) and 500"),
        ("masked_attributes", "phone numbers", "'phone numbers' is no attribute"),
        ("name", "   ", "This field is required"),
        ("licence_policy", "whatever", "Select a valid choice"),
    ],
)
def test_a_setting_that_cannot_be_is_an_error_at_its_field(
    admin: Browser, company: Company, field: str, value: str, says: str
) -> None:
    before = dump()
    response = save(admin, company, **{field: value})
    assert says in response.context["adminform"].form.errors[field][0]
    assert dump() == before


def test_the_page_says_what_the_plan_includes_and_how_many_licences_are_left(admin: Browser, company: Company) -> None:
    page = text(admin.look("change", company))
    assert "Teammates and groups can come from the identity provider." in page
    assert "1 of 100 · 99 free" in page
    Company.objects.filter(pk=company.pk).update(plan=Plan.STARTER)
    assert "part of the Scale plan and above" in text(admin.look("change", company))


def test_group_sync_is_not_switched_here_by_an_admin(admin: Browser, company: Company) -> None:
    assert "Turn it on or off under Teammates > User provisioning" in text(admin.look("change", company))
    save(admin, company, group_sync_enabled=None)
    company.refresh_from_db()
    assert company.group_sync_enabled


def test_an_admin_reads_the_plan_and_cannot_set_it(admin: Browser, company: Company) -> None:
    page = admin.look("change", company)
    for word in ("Scale", "1", "100", "Tenant URL", "aadOptscim062020"):
        assert word in page.content.decode()
    before = dump()
    save(admin, company, plan="enterprise", licence_count="5000", scim_override="on")
    assert dump() == before


@pytest.mark.parametrize(
    ("changes", "field", "value"),
    [
        ({"plan": "enterprise"}, "plan", Plan.ENTERPRISE),
        ({"licence_count": "7"}, "licence_count", 7),
        ({"scim_override": "on"}, "scim_override", True),
        ({"requests_per_second": "900"}, "requests_per_second", 900),
    ],
)
def test_staff_act_with_a_reason_which_is_kept(
    support: Browser, support_person: Teammate, company: Company, changes: dict[str, Any], field: str, value: Any
) -> None:
    before = dump()
    assert "This field is required" in text(save(support, company, **changes))
    assert dump() == before
    assert save(support, company, **changes, reason="Ticket 7").status_code == 302
    company.refresh_from_db()
    assert getattr(company, field) == value
    event = Event.objects.get()
    assert (event.actor_kind, event.actor_id, event.data["reason"]) == ("staff", support_person.public_id, "Ticket 7")


def test_a_plan_with_which_provisioning_stops_takes_a_tick(support: Browser, company: Company) -> None:
    before = dump()
    refused = save(support, company, plan="starter", reason="Downgraded")
    assert "user provisioning would stop with this. Tick this too" in text(refused)
    assert 'name="stops_provisioning"' in refused.content.decode()
    assert dump() == before

    assert save(support, company, plan="starter", stops_provisioning="on", reason="Downgraded").status_code == 302

    company.refresh_from_db()
    assert not company.scim_allowed
    assert 'name="stops_provisioning"' not in support.look("change", company).content.decode()


def test_a_plan_that_there_is_not_asks_for_no_tick(support: Browser, company: Company) -> None:
    refused = save(support, company, plan="gold", reason="Ticket 7")
    assert set(refused.context["adminform"].form.errors) == {"plan"}


def test_a_tick_alone_changes_nothing_and_needs_no_reason(support: Browser, company: Company) -> None:
    before = dump()
    assert save(support, company, stops_provisioning="on").status_code == 302
    assert dump() == before


def test_staff_are_led_to_the_reason_that_is_missing(support: Browser, company: Company) -> None:
    page = save(support, company, plan="enterprise").content.decode()
    top, _, below = page.partition('id="submit-row"')
    assert 'role="alert"' in top
    assert '<a href="#id_reason">Reason</a>' in top
    bar = below.partition('name="_save"')[0]
    assert 'id="id_reason"' in bar
    assert 'form="company_form"' in bar
    assert "Say why this is changed; nothing is saved yet." in bar


def test_what_was_refused_is_shown_as_entered_in_its_fields_alone(support: Browser, company: Company) -> None:
    page = save(support, company, plan="enterprise", licence_count="7")
    assert page.context["adminform"].form["licence_count"].value() == "7"
    assert "Teammates and groups can come from the identity provider." in text(page)
    assert "0 of 100 · 100 free" in text(page)


def test_a_name_that_was_refused_is_not_in_the_heading(admin: Browser, company: Company) -> None:
    page = save(admin, company, name="Umbrella", requests_per_second="1")
    assert page.context["original"].name == "Initech"
    assert "Umbrella" not in text(page)


def test_staff_switch_group_sync_where_they_see_what_it_means(support: Browser, company: Company) -> None:
    page = support.look("change", company)
    way = f"{reverse('admin:group_sync')}?company={company.public_id}"
    assert f'href="{way}">Turn off…</a>' in page.content.decode()
    assert "Turn Teammate Group Sync off?" in text(support.get(way))
    assert "group_sync_enabled" not in page.context["adminform"].form.fields
    before = dump()
    save(support, company, group_sync_enabled="", reason="Ticket 7")
    assert dump() == before


def test_staff_are_not_told_to_ask_support(support: Browser, admin: Browser, company: Company) -> None:
    Company.objects.filter(pk=company.pk).update(plan=Plan.STARTER, licence_count=1)
    assert "ask support" in text(admin.look("change", company))
    told = text(support.look("change", company))
    assert "ask support" not in told
    assert "Set another plan here" in told


def test_staff_do_not_set_what_is_the_admins(support: Browser, company: Company) -> None:
    before = dump()
    save(support, company, name="Theirs", licence_policy="add", single_replace_adds="on", reason="Ticket 7")
    assert dump() == before


def test_fewer_licences_than_are_in_use_is_an_error_at_the_field(support: Browser, company: Company) -> None:
    TeammateFactory.create_batch(3, company=company)
    response = save(support, company, licence_count="2", reason="Ticket 7")
    assert response.context["adminform"].form.errors["licence_count"] == [
        "3 teammates use a licence. Keep that many licences at least, or have a company admin block somebody first."
    ]
    company.refresh_from_db()
    assert company.licence_count == 100


def test_companies_are_not_made_or_deleted_here(admin: Browser, support: Browser, company: Company) -> None:
    for client in (admin, support):
        assert client.post("/admin/teammates/company/add/", {"name": "New"}).status_code == 403
        assert client.save("delete", company, post="yes").status_code == 403


def test_staff_get_from_a_company_to_its_rows(support: Browser, company: Company, other_company: Company) -> None:
    mine, theirs = TeammateFactory.create(company=company), TeammateFactory.create(company=other_company)
    page = support.look("change", company).content.decode()
    link = f"/admin/teammates/teammate/?company__id__exact={company.pk}"
    assert link in page
    listed = support.get(link).context["cl"].result_list
    assert mine in listed
    assert theirs not in listed


def test_support_sees_the_connection_and_every_page_of_the_company_first(support: Browser, company: Company) -> None:
    page = support.look("change", company)
    assert "Never connected" in text(page)
    content = page.content.decode()
    ways = [f"{reverse('admin:user_provisioning')}?company={company.public_id}"]
    ways += [
        f"{reverse(f'admin:{name}_changelist')}?company__id__exact={company.pk}"
        for name in ("teammates_teammate", "teammates_apitoken", "scim_logentry", "teammates_event")
    ]
    places = [content.index(f'href="{way}"') for way in ways]
    assert places == sorted(places)
    assert places[-1] < content.index('name="plan"')
    assert "Audit log</a> ·" in content


def test_an_admins_own_page_leads_nowhere_else(admin: Browser, company: Company) -> None:
    assert "Pages of this company" not in text(admin.look("change", company))


def test_who_looks_at_a_company_is_not_asked_to(support: Browser, company: Company) -> None:
    assert "Look at Initech" in text(support.look("change", company))
    support.post(reverse("admin:teammates_company_look_at", args=[company.pk]))
    assert "Look at Initech" not in text(support.look("change", company))


@pytest.mark.parametrize("role", ["admin", "support"])
def test_saving_what_was_there_changes_nothing_and_says_so(
    admin: Browser, support: Browser, company: Company, role: str
) -> None:
    client = admin if role == "admin" else support
    response = save(client, company)
    assert response.status_code == 302
    page = text(client.get(response.headers["Location"]))
    assert "Nothing was changed." in page
    assert "changed successfully" not in page
    assert not Event.objects.exists()
