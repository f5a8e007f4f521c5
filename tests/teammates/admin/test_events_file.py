"""The audit log as a CSV file."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from teammates.admin import logs
from teammates.models import Company, Teammate, TeammateGroup
from teammates.services import access, events, groups
from teammates.services.events import SYSTEM
from teammates.services.members import MemberChange
from tests.factories import (
    InboxFactory,
    TeammateFactory,
)
from tests.scim.door import Door, op
from tests.teammates.actors import ADMIN
from tests.teammates.admin.audit_log import rows_of
from tests.teammates.admin.conftest import Browser


def test_the_file_has_what_the_filters_find(admin: Browser, company: Company, other_company: Company) -> None:
    events.append(company.pk, "teammate.blocked", SYSTEM, subject="tea_1", name="Ada")
    events.append(company.pk, "group.created", SYSTEM, subject="cir_1", name="Support")
    events.append(other_company.pk, "teammate.blocked", SYSTEM, subject="tea_2", name="Eve")

    response = admin.get(reverse("admin:teammates_event_export"), {"about": "teammate"})

    assert response.headers["Content-Disposition"].startswith('attachment; filename="audit-log-')
    assert [row["Event"] for row in rows_of(response)] == ["Blocked Ada; licence freed"]


def cells(admin: Browser) -> dict[str, str]:
    """The latest event as the file has it."""
    return rows_of(admin.get(reverse("admin:teammates_event_export")))[0]


def test_the_file_names_everybody_who_came_and_went(admin: Browser, company: Company) -> None:
    people = [
        TeammateFactory.create(company=company, login=f"p{n}@initech.example", display_name=f"P {n}") for n in range(5)
    ]
    group = groups.create_group(company, TeammateGroup(name="Desk"), [people[0].public_id], actor=ADMIN)
    step = MemberChange(replace=True, add=[each.public_id for each in people[1:]])
    groups.update_group(company, group.pk, {}, [step], actor=ADMIN)

    row = cells(admin)

    assert row["Event"] == "Group Desk: 4 members added; P 0 removed"
    assert row["Added or given"] == "; ".join(f"P {n} (p{n}@initech.example)" for n in range(1, 5))
    assert row["Removed or taken"] == "P 0 (p0@initech.example)"
    assert (row["Resource type"], row["Updated resource"]) == ("Teammate group", "Desk")


def test_the_file_says_what_was_given_and_what_it_is(admin: Browser, company: Company) -> None:
    inbox = InboxFactory.create(company=company, name="Leads", workspace__name="Care")
    ben = TeammateFactory.create(company=company, display_name="Ben")
    access.set_grants(ben, [inbox.workspace], [inbox], actor=ADMIN)

    row = cells(admin)

    given = f"inbox Leads ({inbox.public_id}); workspace Care ({inbox.workspace.public_id})"
    assert (row["Added or given"], row["Removed or taken"]) == (given, "")


def test_the_file_uses_the_words_of_the_product(admin: Browser, company: Company) -> None:
    data = {"before": {"management": "front"}, "after": {"management": "idp"}}
    events.append(company.pk, "group.updated", SYSTEM, subject="cir_1", name="Desk", data=data)

    row = cells(admin)

    assert (row["Before"], row["After"]) == ("Who manages it: Managed here", "Who manages it: IdP-managed")


def test_the_file_leaves_out_what_reads_the_same_before_and_after(admin: Browser, company: Company) -> None:
    scim = Door.of(company)
    ada = TeammateFactory.create(company=company, login="ada@initech.example")
    scim.patch(ada, op("Replace", 'emails[type eq "work"].value', "king@initech.example"))

    row = cells(admin)

    assert (row["Before"], row["After"]) == ("E-mail: ada@initech.example", "E-mail: king@initech.example")


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx"])
def test_no_cell_of_the_file_is_a_formula(admin: Browser, company: Company, name: str) -> None:
    events.append(company.pk, "teammate.created", SYSTEM, subject="tea_1", name=name)
    assert rows_of(admin.get(reverse("admin:teammates_event_export")))[0]["Updated resource"] == f"'{name}"


def test_the_file_is_read_in_batches(admin: Browser, company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "BATCH", 10)
    events.append_many(company.pk, [("teammate.blocked", "tea_1", f"Ada {n}", {}) for n in range(35)], SYSTEM)
    response = admin.get(reverse("admin:teammates_event_export"))
    with CaptureQueriesContext(connection) as captured:
        rows = rows_of(response)
    assert [row["Updated resource"] for row in rows] == [f"Ada {n}" for n in reversed(range(35))]
    assert len(captured) == 4
    assert all("LIMIT 10" in query["sql"] for query in captured)


def test_nobody_else_gets_the_file(browser: Any, company: Company, other_company: Company, admin: Browser) -> None:
    plain: Teammate = TeammateFactory.create(company=company)
    assert browser(plain).get(reverse("admin:teammates_event_export")).status_code == 302
    foreign = {"company": other_company.public_id}
    assert admin.get(reverse("admin:teammates_event_export"), foreign).status_code == 404
