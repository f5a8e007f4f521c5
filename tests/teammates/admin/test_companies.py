"""Company settings: what admins set themselves, and what takes support staff and a reason."""

from typing import Any

import pytest

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
        admin, company, name="Initech Ltd", licence_policy="add", group_sync_enabled=None, single_replace_adds="on"
    )
    assert response.status_code == 302
    company.refresh_from_db()
    assert (company.name, company.licence_policy) == ("Initech Ltd", LicencePolicy.ADD)
    assert (company.group_sync_enabled, company.single_replace_adds) == (False, True)
    assert Event.objects.get().data["before"]["name"] == "Initech"


def test_an_admin_reads_the_plan_and_cannot_set_it(admin: Browser, company: Company) -> None:
    page = admin.look("change", company)
    for word in ("Scale", "1", "100", "Tenant URL", "aadOptscim062020"):
        assert word in text(page)
    before = dump()
    save(admin, company, plan="enterprise", licence_count="5000", scim_override="on")
    assert dump() == before


@pytest.mark.parametrize(
    ("changes", "field", "value"),
    [
        ({"plan": "enterprise"}, "plan", Plan.ENTERPRISE),
        ({"licence_count": "7"}, "licence_count", 7),
        ({"scim_override": "on"}, "scim_override", True),
        ({"group_sync_enabled": None}, "group_sync_enabled", False),
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


def test_staff_do_not_set_what_is_the_admins(support: Browser, company: Company) -> None:
    before = dump()
    save(support, company, name="Theirs", licence_policy="add", single_replace_adds="on", reason="Ticket 7")
    assert dump() == before


def test_fewer_licences_than_are_in_use_is_an_error_at_the_field(support: Browser, company: Company) -> None:
    TeammateFactory.create_batch(3, company=company)
    response = save(support, company, licence_count="2", reason="Ticket 7")
    assert response.context["adminform"].form.errors["licence_count"] == [
        "3 teammates use a licence. Block some first, or keep that many licences."
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
