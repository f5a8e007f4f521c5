"""What the database refuses by itself, whatever the code above it does."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from teammates.models import (
    AccessGrant,
    ApiToken,
    Company,
    CustomField,
    FieldKind,
    Inbox,
    InboxAccess,
    Membership,
    Notice,
    Status,
    Teammate,
    TeammateGroup,
    Workspace,
)
from teammates.public_ids import decode
from templates_app.models import TeammateTemplate
from tests.factories import (
    ApiTokenFactory,
    CompanyFactory,
    CustomFieldFactory,
    InboxFactory,
    SupportFactory,
    TeammateFactory,
    TeammateGroupFactory,
    TeammateTemplateFactory,
    WorkspaceFactory,
)

pytestmark = pytest.mark.django_db


def refused(name):
    """The block inside breaks the constraint of that name, at once or at the latest by the end of it."""
    return pytest.raises(IntegrityError, match=name)


def execute(statement, *params):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, params)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def insert(instance):
    with transaction.atomic():
        type(instance)._base_manager.bulk_create([instance])
        execute("SELECT 1")


@pytest.fixture
def ours(company):
    return rows_of(company)


@pytest.fixture
def theirs(other_company):
    return rows_of(other_company)


def rows_of(company):
    workspace = WorkspaceFactory(company=company)
    return {
        "company": company,
        "teammate": TeammateFactory(company=company),
        "group": TeammateGroupFactory(company=company),
        "workspace": workspace,
        "inbox": InboxFactory(company=company, workspace=workspace),
    }


TIES = [
    (Membership, ("group", "teammate")),
    (AccessGrant, ("teammate", "workspace")),
    (AccessGrant, ("teammate", "inbox")),
    (AccessGrant, ("group", "workspace")),
    (AccessGrant, ("group", "inbox")),
    (InboxAccess, ("teammate", "inbox")),
]


@pytest.mark.parametrize(("model", "ends"), TIES, ids=[f"{model.__name__} {ends}" for model, ends in TIES])
def test_no_row_ties_two_companies_together(ours, theirs, model, ends):
    insert(model(company=ours["company"], **{end: ours[end] for end in ends}))

    for foreign in ends:
        mixed = {end: (theirs if end == foreign else ours)[end] for end in ends}
        for company in (ours["company"], theirs["company"]):
            with refused(f"{foreign}_id_same_company|{ends[0]}_id_same_company|{ends[1]}_id_same_company"):
                insert(model(company=company, **mixed))
    with refused("same_company"):
        insert(model(company=theirs["company"], **{end: ours[end] for end in ends}))


def test_an_inbox_is_in_a_workspace_of_its_own_company(ours, theirs):
    with refused("teammates_inbox_workspace_id_same_company"):
        insert(Inbox(company=ours["company"], workspace=theirs["workspace"], name="Shared"))


def test_nothing_can_be_moved_to_another_company_while_it_is_tied(ours, theirs):
    insert(Membership(company=ours["company"], group=ours["group"], teammate=ours["teammate"]))

    with refused("same_company"), transaction.atomic():
        Teammate.objects.filter(pk=ours["teammate"].pk).update(company=theirs["company"])


def test_a_company_with_people_cannot_be_deleted(ours):
    with pytest.raises(IntegrityError):
        execute("DELETE FROM teammates_company WHERE id = %s", ours["company"].pk)


def test_a_deleted_group_takes_its_members_and_grants_along(ours):
    insert(Membership(company=ours["company"], group=ours["group"], teammate=ours["teammate"]))
    insert(AccessGrant(company=ours["company"], group=ours["group"], inbox=ours["inbox"]))

    execute("DELETE FROM teammates_teammategroup WHERE id = %s", ours["group"].pk)

    assert not Membership.objects.exists()
    assert not AccessGrant.objects.exists()


def person(company, **fields):
    login = fields.pop("login", "ada@example.com")
    built = Teammate(company=company, login=login, username=fields.pop("username", "ada"), password="!", **fields)
    built.refresh_keys()
    return built


@pytest.mark.parametrize("login", ["ADA@example.com", " ada@example.com ", "Ada@Example.com"])
def test_a_login_is_unique_in_its_company_whatever_its_case(company, other_company, login):
    insert(person(company))
    insert(person(other_company, login=login))

    with refused("teammate_login_taken"):
        insert(person(company, login=login, username="other"))


def test_a_login_composed_differently_is_the_same(company):
    insert(person(company, login="andr\u00e9@example.com"))

    with refused("teammate_login_taken"):
        insert(person(company, login="andre\u0301@example.com", username="other"))


def test_a_released_address_is_free(company):
    insert(person(company, status=Status.DELETED, address_released_at=timezone.now()))
    insert(person(company, username="second"))


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"login": ""}, "teammate_login_present"),
        ({"is_support": True}, "teammate_of_a_company_or_support"),
        ({"address_released_at": timezone.now()}, "only_a_left_address_is_released"),
        ({"removed_by_idp_at": timezone.now()}, "removed_teammate_is_not_active"),
    ],
)
def test_a_teammate_that_cannot_be_is_refused(company, fields, constraint):
    with refused(constraint):
        insert(person(company, **fields))


def test_nobody_is_of_no_company_unless_support_staff(db):
    SupportFactory()

    with refused("teammate_of_a_company_or_support"):
        insert(person(None))
    with refused("support_is_no_admin"):
        insert(person(None, is_support=True, is_company_admin=True))


def test_an_alias_is_unique_in_its_company(company, other_company):
    insert(person(company))
    insert(person(other_company, login="x"))

    with refused("teammate_username_taken"):
        insert(person(company, login="other@example.com"))


def test_more_licences_cannot_be_in_use_than_there_are(company):
    with refused("company_within_its_licences"), transaction.atomic():
        Company.objects.filter(pk=company.pk).update(licences_used=101)


@pytest.mark.parametrize(
    ("build", "constraint"),
    [
        (lambda c: Company(name="", slug="x"), "company_name_present"),
        (lambda c: Company(name="X", slug=c.slug), "slug"),
        (lambda c: TeammateGroup(company=c, name="Taken", name_key="taken"), "group_name_taken"),
        (lambda c: TeammateGroup(company=c, name=" ", name_key=""), "group_name_present"),
        (lambda c: Workspace(company=c, name="TAKEN"), "workspace_name_taken"),
        (lambda c: CustomField(company=c, name="TAKEN", kind=FieldKind.TEXT), "custom_field_name_taken"),
        (lambda c: CustomField(company=c, name="X", kind=FieldKind.TEXT, options=["a"]), "only_a_dropdown_has_options"),
        (lambda c: TeammateTemplate(company=c, name="TAKEN"), "template_name_taken"),
        (lambda c: AccessGrant(company=c), "grant_to_a_teammate_or_a_group|grant_of_a_workspace_or_an_inbox"),
        (lambda c: ApiToken(company=c, name="x", digest=b"1", scopes=[]), "api_token_has_a_scope"),
        (lambda c: Notice(company=c, kind="no_licence", text="again"), "notice_open_once"),
    ],
)
def test_a_row_that_cannot_be_is_refused(company, build, constraint):
    TeammateGroupFactory(company=company, name="Taken")
    WorkspaceFactory(company=company, name="Taken")
    CustomFieldFactory(company=company, name="Taken")
    TeammateTemplateFactory(company=company, name="Taken")
    Notice.objects.create(company=company, kind="no_licence", text="once")

    with refused(constraint):
        insert(build(company))


def test_names_are_unique_in_a_company_only(company, other_company):
    for each in (company, other_company):
        TeammateGroupFactory(company=each, name="Same")
        WorkspaceFactory(company=each, name="Same")
        CustomFieldFactory(company=each, name="Same")
        TeammateTemplateFactory(company=each, name="Same")


def test_a_grant_has_one_holder_and_one_place(ours):
    whole = {key: ours[key] for key in ("company", "teammate", "group", "workspace", "inbox")}

    with refused("grant_"):
        insert(AccessGrant(**whole))


def test_two_tokens_cannot_share_a_value(company):
    token = ApiTokenFactory(company=company)

    with refused("digest"):
        insert(ApiToken(company=company, name="copy", digest=token.digest, hint="x", scopes=["provisioning"]))


def test_a_templates_id_is_never_a_teammates(company):
    things = [make(company=company) for _ in range(5) for make in (TeammateFactory, TeammateTemplateFactory)]

    ids = [thing.public_id for thing in things]

    assert len(set(ids)) == 10
    assert all(public_id.startswith("tea_") for public_id in ids)


@pytest.mark.parametrize("number", [0, 1, 35, 36, 1295, 11_191_713, 2**31, 2**63 - 1])
def test_the_databases_base36_is_the_public_ids(db, number):
    with connection.cursor() as cursor:
        cursor.execute("SELECT base36(%s)", [number])
        digits = cursor.fetchone()[0]

    assert decode("tea", f"tea_{digits}") == number


def test_migrations_are_complete(db):
    from django.core.management import call_command

    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_a_company_is_made_with_its_defaults(db):
    company = Company.objects.create(name="Initech", slug="initech")

    assert (company.group_sync_enabled, company.licence_policy, company.scim_override) == (False, "refuse", False)
    assert CompanyFactory().public_id.startswith("cmp_")
