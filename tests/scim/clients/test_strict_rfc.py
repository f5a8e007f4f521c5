"""A client that knows the RFCs and nothing else: scim2-client, which checks every answer against its models."""

from typing import Union

import pytest
from django.test.client import ClientHandler
from scim2_client.engines.wsgi import WSGISCIMClient
from scim2_models import (
    BulkOperation,
    BulkRequest,
    EnterpriseUser,
    Group,
    GroupMember,
    PatchOp,
    PatchOperation,
    ResourceType,
    SCIMException,
    ScimProvider,
    SearchRequest,
    User,
)

from tests.factories import ApiTokenFactory
from tests.scim.clients.provider import logged_clients
from tests.scim.door import ENTERPRISE, TEMPLATE

pytestmark = pytest.mark.django_db

BARBARA = "bjensen@example.com"


def served(environ, start_response):
    """The project as a WSGI application; the test's transaction outlives its requests."""
    response = ClientHandler()(environ)
    start_response(f"{response.status_code} {response.reason_phrase}", list(response.headers.items()))
    return [response.getvalue()]


def connect(company, **options):
    headers = {"Authorization": f"Bearer {ApiTokenFactory.create(company=company).value}"}
    return WSGISCIMClient(served, base_url="http://testserver/v2", headers=headers, **options)


@pytest.fixture
def rfc(company):
    """A client that has discovered the server: it knows what /Schemas, /ResourceTypes and the configuration say."""
    client = connect(company)
    client.discover()
    return client


@pytest.fixture
def model(rfc):
    """The model of a resource as the server describes it."""
    return rfc.get_resource_model


@pytest.fixture
def barbara(rfc, model):
    return rfc.create(
        model("User")(
            user_name=BARBARA,
            name={"givenName": "Barbara", "familyName": "Jensen"},
            emails=[{"value": BARBARA, "type": "work", "primary": True}],
        )
    )


def patch(model, *operations):
    return PatchOp[model](operations=[PatchOperation(**operation) for operation in operations])


def test_what_the_server_publishes_describes_it(rfc, model):
    assert {resource_type.name for resource_type in rfc.provider.resource_types} == {"User", "Group"}
    config = rfc.provider.config
    assert (config.patch.supported, config.filter.supported, config.sort.supported, config.etag.supported) == (
        True, True, True, True,
    )  # fmt: skip
    assert {ENTERPRISE, TEMPLATE} <= model("User").get_extension_models().keys()


def test_a_user_is_created_read_replaced_and_deleted(rfc, model, barbara):
    assert barbara.meta.location == f"http://testserver/v2/Users/{barbara.id}"
    read = rfc.query(model("User"), barbara.id)
    assert read == barbara

    read.title = "Tour guide"
    replaced = rfc.replace(read)

    assert (replaced.title, replaced.id) == ("Tour guide", barbara.id)
    assert replaced.meta.version != barbara.meta.version
    rfc.delete(model("User"), barbara.id)
    with pytest.raises(SCIMException, match="No User"):
        rfc.query(model("User"), barbara.id)


def test_a_user_is_blocked_and_unblocked(rfc, model, company, barbara):
    for active in (False, True):
        user = rfc.modify(
            model("User"), barbara.id, patch(model("User"), {"op": "replace", "path": "active", "value": active})
        )
        assert user.active is active
        assert company.teammates.active().count() == int(active)


def test_the_models_of_the_rfc_fit_as_well(company):
    """A client that discovers nothing and brings its own models, as most do."""
    resource_types = [ResourceType.from_resource(User[EnterpriseUser]), ResourceType.from_resource(Group)]
    client = connect(company, provider=ScimProvider([User, EnterpriseUser, Group], resource_types))
    user = User[EnterpriseUser](user_name=BARBARA)
    user[EnterpriseUser] = EnterpriseUser(department="Tours", manager={"value": "tea_1"})

    made = client.create(user)
    group = client.create(Group(display_name="Guides", members=[GroupMember(value=made.id)]))

    assert made[EnterpriseUser].manager.value == "tea_1"
    assert [member.value for member in group.members] == [made.id]
    assert client.query(Group, group.id).members[0].ref


def test_a_group_gains_and_loses_members(rfc, model, barbara):
    group_type = model("Group")
    group = rfc.create(group_type(display_name="Guides"))

    def change(**operation):
        rfc.modify(group_type, group.id, patch(group_type, operation))
        return [member.value for member in rfc.query(group_type, group.id).members or []]

    assert change(op="add", path="members", value=[{"value": barbara.id}]) == [barbara.id]
    assert change(op="remove", path=f'members[value eq "{barbara.id}"]') == []
    assert change(op="replace", path="members", value=[{"value": barbara.id}]) == [barbara.id]
    rfc.delete(group_type, group.id)


def test_users_are_searched_sorted_paged_and_projected(rfc, model, people):
    query = SearchRequest(
        filter='userName co "@EXAMPLE" and not (userName sw "bob")',
        sort_by="userName",
        sort_order="descending",
        start_index=1,
        count=1,
        attributes=["userName"],
    )

    users = rfc.query(model("User"), query_parameters=query)

    assert users.total_results == 2
    assert users.items_per_page == 1
    assert [user.user_name for user in users.resources] == ["cyd@example.com"]
    assert users.resources[0].name is None


def test_one_search_goes_over_users_and_groups(rfc, model, people):
    rfc.create(model("Group")(display_name="Ann and others"))

    found = rfc.search(SearchRequest(filter='userName sw "ann" or displayName sw "ann"', start_index=1, count=10))

    assert [resource.meta.resource_type for resource in found.resources] == ["User", "Group"]


def test_a_page_follows_a_cursor(rfc, model, people):
    seen, cursor = [], ""
    while cursor is not None:
        page = rfc.query(model("User"), query_parameters=SearchRequest(cursor=cursor, count=2))
        seen += [user.id for user in page.resources]
        cursor = page.next_cursor

    assert seen == people


def test_one_bulk_request_does_several_things(rfc, model, barbara):
    user_type, group_type = model("User"), model("Group")
    guides = group_type(display_name="Guides", members=[{"value": "bulkId:joe"}])
    joe = user_type(user_name="joe@example.com")
    operations = [
        BulkOperation[group_type](method="POST", path="/Groups", bulk_id="guides", data=guides),
        BulkOperation[user_type](method="POST", path="/Users", bulk_id="joe", data=joe),
        BulkOperation[user_type](method="DELETE", path=f"/Users/{barbara.id}"),
    ]

    answer = rfc.bulk(BulkRequest[Union[user_type, group_type]](operations=operations))  # noqa: UP007 - made at run time

    assert [operation.status for operation in answer.operations] == [201, 201, 204]


def test_a_refusal_names_its_kind(rfc, model, barbara):
    with pytest.raises(SCIMException) as taken:
        rfc.create(model("User")(user_name=BARBARA.upper()))
    with pytest.raises(SCIMException) as unreadable:
        rfc.query(model("User"), query_parameters=SearchRequest(filter='shoeSize eq "43"'))

    assert (taken.value.scim_type, unreadable.value.scim_type) == ("uniqueness", "invalidFilter")


def test_the_log_has_it_as_another_client(company, barbara):
    assert logged_clients(company) == {"other"}
