"""Members from a CSV file: one column, all or nothing, and a report line by line; and back into one."""

import csv
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from teammates.errors import GroupIsManaged, NotFoundInCompany
from teammates.models import Event, Membership, Status, Teammate
from teammates.services.companies import update_company
from teammates.services.departures import delete_teammate, remove_by_idp
from teammates.services.imports import TEMPLATE_CSV, Outcome, import_members, members_csv
from teammates.services.member_rows import LARGEST_FILE, MOST_ROWS, FileRefused
from tests.factories import TeammateFactory, TeammateGroupFactory, make_crowd
from tests.scim.conftest import dump
from tests.teammates.actors import ADMIN, idp

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(company):
    return TeammateFactory.create(company=company, login="ada@example.com")


@pytest.fixture
def grace(company):
    return TeammateFactory.create(company=company, login="grace@example.com")


@pytest.fixture
def group(company):
    return TeammateGroupFactory.create(company=company, name="Support")


def load(group, content, actor=ADMIN):
    data = content if isinstance(content, bytes) else content.encode()
    return import_members(group.company, group.pk, io.BytesIO(data), actor=actor)


def refused(group, content):
    """The refusal of a file, which has changed nothing."""
    before = dump()
    with pytest.raises(FileRefused) as refusal:
        load(group, content)
    assert dump() == before
    return refusal.value


def file(*values):
    return "\n".join(["teammate_login_email", *values, ""])


def members(group):
    return set(Membership.objects.filter(group=group).values_list("teammate_id", flat=True))


def outcomes(report):
    return [(line.number, line.value, line.outcome) for line in report.lines]


def test_members_are_added_and_the_report_says_so_line_by_line(group, ada, grace):
    report = load(group, file("ada@example.com", "grace@example.com"))

    assert members(group) == {ada.pk, grace.pk}
    assert outcomes(report) == [(2, "ada@example.com", Outcome.ADDED), (3, "grace@example.com", Outcome.ADDED)]
    assert (len(report.of(Outcome.ADDED)), report.wrong, report.lines[0].text) == (2, [], "Added.")


def test_an_import_is_one_event_by_whom_it_was_done(group, ada, grace):
    load(group, file("ada@example.com", "grace@example.com"))

    event = Event.objects.get()
    assert (event.kind, event.actor, event.data["members_added_count"]) == ("group.updated", "Grace Hopper", 2)


def test_who_is_a_member_or_stands_in_the_file_twice_is_ignored(company, ada, grace):
    group = TeammateGroupFactory.create(company=company, with_members=[ada])

    report = load(group, file("ada@example.com", "grace@example.com", "GRACE@example.com", " ada@example.com "))

    assert [line.outcome for line in report.lines] == ["member", "added", "repeated", "repeated"]
    assert members(group) == {ada.pk, grace.pk}


def test_a_file_of_members_changes_nothing(company, ada):
    group = TeammateGroupFactory.create(company=company, with_members=[ada])
    before = dump()

    load(group, file("ada@example.com"))

    assert dump() == before


def test_nobody_leaves_by_an_import(company, ada, grace):
    group = TeammateGroupFactory.create(company=company, with_members=[ada])

    load(group, file("grace@example.com"))

    assert members(group) == {ada.pk, grace.pk}


def test_one_unknown_row_refuses_the_file_and_every_row_is_told(company, group, ada):
    refusal = refused(group, file("ada@example.com", "eve@example.com", "", "mallory@example.com"))

    assert outcomes(refusal.report) == [
        (2, "ada@example.com", Outcome.ADDED),
        (3, "eve@example.com", Outcome.UNKNOWN),
        (5, "mallory@example.com", Outcome.UNKNOWN),
    ]
    assert [line.number for line in refusal.report.wrong] == [3, 5]
    assert str(refusal) == "2 of 3 rows cannot be imported, so nobody was added."


def test_another_companys_teammate_is_unknown(other_company, group):
    TeammateFactory.create(company=other_company, login="eve@example.com")

    assert refused(group, file("eve@example.com")).report.wrong[0].outcome == Outcome.UNKNOWN


def test_who_was_deleted_and_whom_the_identity_provider_removed_are_told_apart(company, group, ada, grace):
    delete_teammate(company.pk, ada.pk, actor=ADMIN)
    remove_by_idp(company.pk, grace.pk, actor=idp())

    refusal = refused(group, file("ada@example.com", "grace@example.com"))

    assert [line.outcome for line in refusal.report.lines] == [Outcome.DELETED, Outcome.REMOVED]


def test_an_email_of_somebody_gone_tells_that_they_are(company, group):
    for login, mail in (("a.lovelace", "ada@example.com"), ("g.hopper", "grace@example.com")):
        TeammateFactory.create(company=company, login=login, email=mail)
    delete_teammate(company.pk, Teammate.objects.get(login="a.lovelace").pk, actor=ADMIN)
    remove_by_idp(company.pk, Teammate.objects.get(login="g.hopper").pk, actor=idp())

    refusal = refused(group, file("ada@example.com", "grace@example.com"))

    assert [line.outcome for line in refusal.report.lines] == [Outcome.LEFT, Outcome.REMOVED]


def test_an_address_that_somebody_has_now_names_them_whoever_had_it_before(company, group, ada, grace):
    delete_teammate(company.pk, ada.pk, actor=ADMIN)
    successor = TeammateFactory.create(company=company, login="a.lovelace", email="ada@example.com")

    load(group, file("ada@example.com"))

    assert members(group) == {successor.pk}


def test_the_blocked_may_be_members_and_are_told_apart(company, group, ada):
    blocked = TeammateFactory.create(company=company, login="eve@example.com", blocked=True)

    report = load(group, file("eve@example.com", "ada@example.com"))

    assert members(group) == {blocked.pk, ada.pk}
    assert [line.outcome for line in report.lines] == [Outcome.BLOCKED, Outcome.ADDED]


def test_an_email_that_one_person_has_names_them(company, group):
    ada = TeammateFactory.create(company=company, login="a.lovelace", email="ada@example.com")

    report = load(group, file("Ada@Example.com", "a.lovelace"))

    assert members(group) == {ada.pk}
    assert [line.outcome for line in report.lines] == [Outcome.ADDED, Outcome.REPEATED]


def test_an_email_that_two_people_have_names_neither(company, group):
    TeammateFactory.create_batch(2, company=company, email="shared@example.com")

    assert refused(group, file("shared@example.com")).report.wrong[0].outcome == Outcome.AMBIGUOUS


def test_a_login_goes_before_somebody_elses_email(company, group, ada):
    TeammateFactory.create(company=company, email="ada@example.com")

    load(group, file("ada@example.com"))

    assert members(group) == {ada.pk}


# --- groups that are managed elsewhere -------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [file("ada@example.com"), file("eve@example.com"), file(), "", "nonsense"])
def test_a_managed_group_takes_no_file_and_says_where_to_go(company, ada, content):
    managed = TeammateGroupFactory.create(company=company, idp=True, name="Sales")
    before = dump()

    with pytest.raises(GroupIsManaged, match="Change it in the identity provider"):
        load(managed, content)

    assert dump() == before


def test_without_group_sync_the_group_takes_a_file_again(company, ada):
    managed = TeammateGroupFactory.create(company=company, idp=True)
    update_company(company.pk, {"group_sync_enabled": False}, actor=ADMIN)
    managed.company.refresh_from_db()

    load(managed, file("ada@example.com"))

    assert members(managed) == {ada.pk}


def test_another_companys_group_is_not_there(other_company, group, ada):
    with pytest.raises(NotFoundInCompany):
        import_members(other_company, group.pk, io.BytesIO(file("ada@example.com").encode()), actor=ADMIN)


# --- files -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
@pytest.mark.parametrize("last", [True, False])
def test_any_newline_and_a_byte_order_mark(group, ada, grace, newline, start, last):
    lines = ["teammate_login_email", "ada@example.com", "", "grace@example.com", *([""] if last else [])]

    report = load(group, start + newline.join(lines))

    assert [line.number for line in report.lines] == [2, 4]
    assert members(group) == {ada.pk, grace.pk}


def test_quotes_and_spaces_and_the_case_of_the_header_mean_nothing(group, ada):
    load(group, '" Teammate_Login_Email "\n" ada@example.com "\n')

    assert members(group) == {ada.pk}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "The file is empty."),
        ("\n\n", "The file is empty."),
        ("\x00", "This is no CSV file."),
        ("ada@example.com\n", "Write teammate_login_email above the addresses."),
        ("email\nada@example.com\n", "The heading is “email”, and has to be teammate_login_email."),
        ("teammate_login_email,name\nada@example.com,Ada\n", "Delete all but teammate_login_email"),
        ("name;teammate_login_email\nAda;a\n", "The file has 2 columns: name, teammate_login_email."),
        ("name\te-mail\nAda\ta\n", "Keep the one with the login e-mails, and name it teammate_login_email"),
        ("teammate_login_email,teammate_login_email\n", "The file has 2 columns"),
        (b"PK\x03\x04\x14\x00\x06\x00", "This is a workbook (.xlsx, .xls, .ods or .numbers) and no CSV file."),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * LARGEST_FILE, "This is a workbook"),
        (b"teammate_login_email\n\xe9@example.com\n", "Save it again as “CSV UTF-8”"),
        ("teammate_login_email\n".encode("utf-16-le"), "This is no CSV file."),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "This is no CSV file."),
    ],
)
def test_a_file_that_is_none_of_members_says_what_it_is_and_what_to_do(group, ada, content, says):
    assert says in str(refused(group, content))


@pytest.mark.parametrize(
    "content",
    [
        "teammate_login_email;\nada@example.com;\n",
        "teammate_login_email,,\nada@example.com,,\n,,\n",
        "sep=;\nteammate_login_email\nada@example.com\n",
        "teammate_login_email\t\nada@example.com\t\n",
        "teammate_login_email\r\nada@example.com\r\n".encode("utf-16"),
        b"\xfe\xff" + "teammate_login_email\nada@example.com".encode("utf-16-be"),
    ],
)
def test_what_spreadsheet_programs_write_for_one_column_is_read(group, ada, content):
    load(group, content)

    assert members(group) == {ada.pk}


def test_the_line_that_names_the_separator_counts_as_one(group):
    (line,) = refused(group, "sep=;\nteammate_login_email\nnobody@example.com").report.wrong

    assert line.number == 3


def test_a_file_without_rows(group):
    assert "no rows" in str(refused(group, TEMPLATE_CSV))


@pytest.mark.parametrize(
    "row", ["ada@example.com,Ada", "ada@example.com,grace@example.com", "ada@example.com;grace@example.com"]
)
def test_a_row_with_a_second_cell(group, ada, grace, row):
    (line,) = refused(group, file(row)).report.wrong

    assert (line.number, line.value, line.outcome) == (2, row, Outcome.UNREADABLE)


@pytest.mark.parametrize("row", ["\x00", "ada@example.com\x00", "x" * 5000, "=1+1"])
def test_a_row_that_is_nobodys_login(group, ada, row):
    (line,) = refused(group, file(row)).report.wrong

    assert line.outcome == Outcome.UNKNOWN
    assert len(line.value) <= 500


@pytest.mark.parametrize("content", ['teammate_login_email\n"ada@example.com\n', 'teammate_login_email\n"a"b\n'])
def test_quotes_that_do_not_match_are_named_by_line(group, content):
    assert "Line 2 cannot be read" in str(refused(group, content))


def test_a_file_that_is_too_large(group):
    assert "larger than 5 MB" in str(refused(group, b"x" * (LARGEST_FILE + 1)))


def test_a_file_with_too_many_rows(group):
    assert "50001 rows" in str(refused(group, file(*["a"] * (MOST_ROWS + 1))))


def test_an_upload_is_read_no_further_than_it_may_be_long(group):
    class Endless(io.RawIOBase):
        def read(self, size=-1):
            assert 0 <= size <= LARGEST_FILE + 1
            return b"x" * size

    with pytest.raises(FileRefused):
        import_members(group.company, group.pk, Endless(), actor=ADMIN)


def test_thousands_cost_as_many_queries_as_one(company, group):
    make_crowd(company, 3000)
    first, *rest = company.teammates.values_list("login", flat=True)
    counts = []
    for logins in ([first], rest):
        with CaptureQueriesContext(connection) as sent:
            load(group, file(*logins))
        counts.append(len(sent))

    assert counts[0] == counts[1]
    assert len(members(group)) == 3000


# --- exporting -------------------------------------------------------------------------------------------------------


def exported(group):
    return "".join(members_csv(group))


def test_the_export_has_the_column_of_the_import_and_the_blocked_but_not_the_deleted(company, ada):
    blocked = TeammateFactory.create(company=company, login="eve@example.com", blocked=True)
    gone = TeammateFactory.create(company=company)
    group = TeammateGroupFactory.create(company=company, with_members=[blocked, ada, gone])
    gone.status = Status.DELETED
    gone.save()

    assert exported(group) == "teammate_login_email\r\nada@example.com\r\neve@example.com\r\n"


def test_a_group_without_members_exports_the_template(group):
    assert exported(group) == TEMPLATE_CSV


ODD = [
    "=HYPERLINK(1)@x", "+1@example.com", "-1@example.com", "@ada", "'=ada", "''@ada", "'ada", 'quo"ted@x', "com,ma@x",
    "semi;colon", "ünïcode@x", "two words", "new\nline", "\tada",
]  # fmt: skip


def test_no_value_of_the_export_is_a_formula_to_a_spreadsheet(company):
    people = [TeammateFactory.create(company=company, login=login) for login in ODD]
    group = TeammateGroupFactory.create(company=company, with_members=people)

    cells = [row[0] for row in csv.reader(io.StringIO(exported(group), newline=""))]

    assert len(cells) == len(ODD) + 1
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


def test_what_was_exported_can_be_imported(company, group):
    people = [TeammateFactory.create(company=company, login=login) for login in ODD]
    source = TeammateGroupFactory.create(company=company, with_members=people)

    load(group, exported(source))

    assert members(group) == {teammate.pk for teammate in people}


def test_an_export_streams(company, group):
    make_crowd(company, 50, group)

    assert len(list(members_csv(group))) == 51
