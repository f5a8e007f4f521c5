"""The list of teammates as a CSV file."""

import csv
import io
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from teammates.models import Company, Status, Teammate
from tests.factories import (
    CustomFieldFactory,
    TeammateFactory,
    TeammateGroupFactory,
    TeammateTemplateFactory,
    make_crowd,
)
from tests.teammates.admin.conftest import Browser, text, url_of


def rows_of(answer: Any) -> list[dict[str, str]]:
    content = answer.getvalue().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(content, newline="")))


@pytest.fixture
def ada(company: Company) -> Teammate:
    template = TeammateTemplateFactory.create(company=company, name="Support squad")
    field = CustomFieldFactory.create(company=company, name="Floor")
    ada = TeammateFactory.create(
        company=company,
        display_name="Ada Lovelace",
        custom_fields={field.public_id: "Second"},
        created_from_template=template.public_id,
    )
    for name in ("Sales", "Night shift", "Third"):
        TeammateGroupFactory.create(company=company, name=name, with_members=[ada])
    return ada


def test_the_file_has_what_the_list_has_and_the_companys_own_fields(admin: Browser, ada: Teammate) -> None:
    answer = admin.look("export", Teammate, q="lovelace")
    assert answer.streaming
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="teammates-')
    (row,) = rows_of(answer)
    assert row.items() >= {
        "Name": "Ada Lovelace", "E-mail": ada.email, "Status": "Active", "Licence": "Taken",
        "Source": ada.get_source_display(), "Template": "Support squad", "Floor": "Second", "ID": ada.public_id,
        "Teammate groups": "Sales, Night shift, Third",
    }.items()  # fmt: skip


def test_a_custom_field_named_as_another_column_has_its_id_in_the_heading(
    admin: Browser, company: Company, ada: Teammate
) -> None:
    field = CustomFieldFactory.create(company=company, name="Cost Centre")
    Teammate.objects.filter(pk=ada.pk).update(custom_fields={field.public_id: "K7"})

    (row,) = rows_of(admin.look("export", Teammate, q="lovelace"))

    assert (row["Cost centre"], row[f"Cost Centre ({field.public_id})"]) == ("", "K7")


def test_the_link_on_the_list_keeps_its_search_filters_and_order(
    admin: Browser, company: Company, ada: Teammate
) -> None:
    TeammateFactory.create(company=company, display_name="Bob", status=Status.BLOCKED)
    page = admin.look("changelist", Teammate, status="blocked", o="-1", p="1")
    assert "Export as CSV" in text(page)
    assert f'href="{url_of("export", Teammate)}?status=blocked&amp;o=-1"' in page.content.decode()
    assert [row["Name"] for row in rows_of(admin.look("export", Teammate, status="blocked", o="-1"))] == ["Bob"]
    ordered = [row["Name"] for row in rows_of(admin.look("export", Teammate, o="-1"))]
    assert ordered == sorted(ordered, reverse=True)


def test_those_who_were_deleted_are_left_out_as_in_the_list(admin: Browser, company: Company) -> None:
    TeammateFactory.create(company=company, display_name="Gone", status=Status.DELETED)
    assert "Gone" not in [row["Name"] for row in rows_of(admin.look("export", Teammate))]
    assert [row["Name"] for row in rows_of(admin.look("export", Teammate, status="deleted"))] == ["Gone"]


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@ada", "\t=1"])
def test_no_cell_is_a_formula_to_a_spreadsheet(admin: Browser, company: Company, name: str) -> None:
    TeammateFactory.create(company=company, display_name=name, status=Status.BLOCKED)
    (row,) = rows_of(admin.look("export", Teammate, status="blocked"))
    assert row["Name"] == f"'{name}"


def test_thousands_are_sent_in_pieces_with_as_many_statements_as_one(admin: Browser, company: Company) -> None:
    def cost() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as sent:
            pieces = list(admin.look("export", Teammate).streaming_content)
        return len(sent), len(pieces)

    few = cost()
    make_crowd(company, 4_500)
    many = cost()
    assert many[0] == few[0] <= 10
    assert (few[1], many[1]) == (2, 4)


def test_support_staff_who_look_at_all_companies_see_which_one_a_row_is_of(
    support: Browser, ada: Teammate, foreign: dict[str, Any]
) -> None:
    companies = {row["ID"]: row["Company"] for row in rows_of(support.look("export", Teammate))}
    assert companies[ada.public_id] == str(ada.company)
    assert companies[foreign["teammate"].public_id] == str(foreign["company"])


def test_a_filter_that_does_not_exist_gives_no_file(admin: Browser) -> None:
    assert admin.look("export", Teammate, password__startswith="a").status_code == 400
