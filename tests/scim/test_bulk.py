"""POST /Bulk: many writes in one request, in the order their references need (RFC 7644 §3.7)."""

from typing import Any

import pytest

from scim.bulk import BULK_REQUEST, BULK_RESPONSE
from scim.models import LogEntry
from teammates.models import Status, Teammate, TeammateGroup
from tests.factories import TeammateFactory, TeammateGroupFactory
from tests.scim.door import ERROR, PATCH_OP, group, op, path_of, user

pytestmark = pytest.mark.django_db


def bulk(scim, *operations, **more):
    return scim.post("/Bulk", {"schemas": [BULK_REQUEST], "Operations": list(operations), **more})


def post(path, bulk_id, data):
    return {"method": "POST", "path": path, "bulkId": bulk_id, "data": data}


def new_user(bulk_id, **attributes):
    return post("/Users", bulk_id, user(f"{bulk_id}@example.com", **attributes))


def patch(path, *operations, **more):
    return {"method": "PATCH", "path": path, "data": {"schemas": [PATCH_OP], "Operations": list(operations)}, **more}


def statuses(answer):
    assert answer.status == 200, answer.body
    assert answer["schemas"] == [BULK_RESPONSE]
    return [operation["status"] for operation in answer["Operations"]]


def id_of(operation):
    return operation["location"].rsplit("/", 1)[-1]


@pytest.fixture
def ada(company):
    return TeammateFactory(company=company, login="ada@example.com")


# --- what is done --------------------------------------------------------------------------------------------------


def test_every_method_works_and_says_where_and_which_version(scim, company, ada):
    gone, team = TeammateFactory(company=company), TeammateGroupFactory(company=company, idp=True)

    answer = bulk(
        scim,
        new_user("grace"),
        {"method": "PUT", "path": path_of(ada), "data": user("ada@example.com", displayName="Ada King")},
        patch(path_of(ada), op("replace", "title", "Countess")),
        patch(path_of(team), op("replace", "displayName", "Engines")),
        {"method": "DELETE", "path": path_of(gone)},
        {"method": "DELETE", "path": path_of(team)},
    )

    assert statuses(answer) == ["201", "200", "200", "204", "204", "204"]
    created, put, patched, renamed, *deleted = answer["Operations"]
    read = scim.get(f"/Users/{id_of(created)}")
    assert created["bulkId"] == "grace"
    assert (created["location"], created["version"]) == (read["meta"]["location"], read["meta"]["version"])
    assert (put["location"], patched["location"]) == (scim.read(ada)["meta"]["location"],) * 2
    assert patched["version"] == scim.read(ada).headers["ETag"]
    assert renamed["version"]
    assert [entry["method"] for entry in deleted] == ["DELETE", "DELETE"]
    assert all("location" in entry and "version" not in entry for entry in deleted)
    assert scim.read(ada)["title"] == "Countess"
    assert {scim.read(gone).status, scim.read(team).status} == {404}


def test_methods_are_read_in_any_case(scim):
    assert statuses(bulk(scim, {**new_user("grace"), "method": "post"})) == ["201"]


def test_what_failed_does_not_undo_the_rest(scim, ada):
    answer = bulk(scim, new_user("grace"), new_user("ada"), new_user("joan"))

    assert statuses(answer) == ["201", "409", "201"]
    refused = answer["Operations"][1]
    assert refused["response"]["schemas"] == [ERROR]
    assert (refused["response"]["status"], refused["response"]["scimType"]) == ("409", "uniqueness")
    assert "location" not in refused
    assert scim.get("/Users")["totalResults"] == 3


def test_a_refused_change_names_the_resource_it_was_about(scim, ada):
    nobody = "/Users/tea_zzzzz"

    answer = bulk(
        scim,
        {"method": "PUT", "path": path_of(ada), "data": {"userName": ""}},
        patch(path_of(ada), op("replace", "active", "perhaps")),
        patch(nobody, op("replace", "active", False)),
        {"method": "DELETE", "path": nobody},
    )

    assert statuses(answer) == ["400", "400", "404", "404"]
    here, there = scim.read(ada)["meta"]["location"], answer["Operations"][3]["location"]
    assert [entry["location"] for entry in answer["Operations"]] == [here, here, there, there]
    assert there.endswith("/v2" + nobody)


# --- references ----------------------------------------------------------------------------------------------------


def test_references_are_resolved_whatever_the_order(scim):
    members = [{"value": "bulkId:grace"}, {"value": "bulkId:ada", "type": "User"}]

    answer = bulk(scim, post("/Groups", "team", group("Team", members=members)), new_user("grace"), new_user("ada"))

    assert statuses(answer) == ["201", "201", "201"]
    team, grace, ada = answer["Operations"]  # in the order in which they were sent
    assert [entry["bulkId"] for entry in answer["Operations"]] == ["team", "grace", "ada"]
    read = scim.get(f"/Groups/{id_of(team)}")
    assert {member["value"] for member in read["members"]} == {id_of(grace), id_of(ada)}


def test_references_are_resolved_in_paths(scim, company):
    answer = bulk(
        scim,
        patch("/Users/bulkId:grace", op("replace", "title", "Rear admiral")),
        {"method": "DELETE", "path": "/Users/bulkId:joan"},
        {"method": "PUT", "path": "/Groups/bulkId:team", "data": group("Renamed")},
        new_user("grace"),
        new_user("joan"),
        post("/Groups", "team", group("Team")),
    )

    assert statuses(answer) == ["200", "204", "200", "201", "201", "201"]
    patched, _, renamed, grace, joan, team = answer["Operations"]
    assert (patched["location"], renamed["location"]) == (grace["location"], team["location"])
    assert scim.get(f"/Users/{id_of(grace)}")["title"] == "Rear admiral"
    assert scim.get(f"/Users/{id_of(joan)}").status == 404
    assert TeammateGroup.objects.get(company=company).name == "Renamed"


def test_references_are_resolved_in_values_filters_and_urls(scim, company, ada):
    team = TeammateGroupFactory(company=company, idp=True, with_members=[ada])

    answer = bulk(
        scim,
        patch(path_of(team), op("add", "members", [{"value": "bulkId:grace"}, {"$ref": "../Users/bulkId:joan"}])),
        patch(path_of(team), op("remove", 'members[value eq "bulkId:joan"]')),
        new_user("joan", **{"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"manager": "bulkId:grace"}}),
        new_user("grace"),
    )

    assert statuses(answer) == ["204", "204", "201", "201"]
    joan, grace = map(id_of, answer["Operations"][2:])
    assert {member["value"] for member in scim.read(team)["members"]} == {ada.public_id, grace}
    manager = scim.get(f"/Users/{joan}")["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"]["manager"]
    assert manager["value"] == grace


def test_a_text_that_merely_mentions_bulk_ids_is_a_text(scim):
    answer = bulk(scim, new_user("grace", displayName="see bulkId:nobody", title="bulkId is a word"))

    assert statuses(answer) == ["201"]
    assert scim.get(f"/Users/{id_of(answer['Operations'][0])}")["displayName"] == "see bulkId:nobody"


MANAGER = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def managed_by(name, manager):
    return new_user(name, **{MANAGER: {"department": "Hens", "manager": {"value": f"bulkId:{manager}"}}})


def test_people_who_refer_to_each_other_in_a_circle_are_created_with_their_references(scim, company):
    """RFC 7644 §3.7.1: the circle is to be resolved."""
    answer = bulk(
        scim,
        managed_by("hen", "egg"),
        managed_by("egg", "hen"),
        managed_by("cock", "hen"),
        managed_by("narcissus", "narcissus"),
        post("/Groups", "barn", group("Barn", members=[{"value": "bulkId:egg"}])),
    )

    assert statuses(answer) == ["201"] * 5
    hen, egg, cock, narcissus, barn = (id_of(operation) for operation in answer["Operations"])
    people = {found["id"]: found for found in scim.get("/Users")["Resources"]}
    managers = {public_id: person[MANAGER]["manager"]["value"] for public_id, person in people.items()}
    assert managers == {hen: egg, egg: hen, cock: hen, narcissus: narcissus}
    assert scim.get(f"/Groups/{barn}")["members"][0]["value"] == egg
    assert answer["Operations"][0]["version"] == scim.get(f"/Users/{hen}")["meta"]["version"]


def test_a_circle_that_cannot_be_closed_says_so(scim, company):
    TeammateFactory(company=company, login="egg@example.com")

    answer = bulk(scim, managed_by("hen", "egg"), managed_by("egg", "hen"))

    assert statuses(answer) == ["409", "409"]
    created, refused = answer["Operations"]
    assert "without the reference to bulkId egg" in created["response"]["detail"]
    assert refused["response"]["scimType"] == "uniqueness"
    assert "manager" not in scim.get(f"/Users/{id_of(created)}")[MANAGER]


def test_any_other_circle_is_409_and_the_other_operations_are_done(scim, company):
    answer = bulk(
        scim,
        post("/Groups", "a", group("A", members=[{"value": "bulkId:b"}])),
        post("/Groups", "b", group("B", members=[{"value": "bulkId:a"}])),
        post("/Groups", "c", group("C", members=[{"value": "bulkId:a"}])),
        new_user("farmer"),
    )

    assert statuses(answer) == ["409", "409", "400", "201"]
    assert "circle" in answer["Operations"][0]["response"]["detail"]
    assert list(Teammate.objects.filter(company=company).values_list("login", flat=True)) == ["farmer@example.com"]


def test_what_refers_to_nothing_or_to_what_failed_is_400(scim, unchanged, ada):
    with unchanged():
        answer = bulk(
            scim,
            post("/Groups", "team", group("Team", members=[{"value": "bulkId:ada"}])),
            post("/Groups", "other", group("Other", members=[{"value": "bulkId:never"}])),
            patch("/Users/bulkId:ada", op("replace", "title", "x")),
            new_user("ada"),
        )

    assert statuses(answer) == ["400", "400", "400", "409"]
    assert [entry["response"].get("scimType") for entry in answer["Operations"][:3]] == ["invalidValue"] * 3
    assert "location" not in answer["Operations"][2]


# --- limits --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("limit", "done"), [(1, ["409"]), (2, ["409", "201", "409"]), (9, ["409", "201"] * 2)])
def test_fail_on_errors_stops_at_that_many(scim, ada, limit, done):
    operations = [new_user("ada"), new_user("grace"), new_user("ada"), new_user("joan")]
    for number, operation in enumerate(operations):
        operation["bulkId"] = str(number)

    answer = bulk(scim, *operations, failOnErrors=limit)

    assert statuses(answer) == done
    assert [entry["bulkId"] for entry in answer["Operations"]] == [str(number) for number in range(len(done))]


def test_limits_are_those_that_are_published(scim, settings, unchanged):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE, settings.SCIM_MAX_BULK_OPERATIONS = 200_000, 50
    published = scim.get("/ServiceProviderConfig")["bulk"]
    assert published == {"supported": True, "maxOperations": 50, "maxPayloadSize": 200_000}

    with unchanged():
        many = bulk(scim, *[{"method": "DELETE", "path": "/Users/tea_zzzzz"}] * 51)
        long = bulk(scim, new_user("grace", nickName="x" * 200_000))

    assert (many.status, long.status) == (413, 413)
    assert "at most 50" in many["detail"]


NO_LIMITS: list[Any] = [0, -1, "1", True, 1.5, []]


@pytest.mark.parametrize(
    "change",
    [
        {"schemas": []},
        {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"]},
        {"schemas": BULK_REQUEST},
        {"Operations": []},
        {"Operations": {}},
        {"Operations": [None]},
        {"Operations": [new_user("a"), new_user("a")]},
        *[{"failOnErrors": limit} for limit in NO_LIMITS],
    ],
    ids=lambda change: str(change)[:70],
)
def test_what_is_no_bulk_request_is_refused_as_a_whole(scim, unchanged, change):
    with unchanged():
        answer = scim.post("/Bulk", {"schemas": [BULK_REQUEST], "Operations": [new_user("grace")], **change})

    assert answer.refusal == (400, "invalidSyntax")


@pytest.mark.parametrize(
    "faulty",
    [
        {},
        {"method": "GET", "path": "/Users"},
        {"method": "POST", "path": "/Users", "data": {"userName": "a"}},
        post("/Users", "a", None),
        post("/Users", 5, {"userName": "a"}),
        post("/Nowhere", "a", {"userName": "a"}),
        post("/Users/.search", "a", {"filter": "id pr"}),
        post("/Bulk", "a", {"schemas": [BULK_REQUEST]}),
        post("/Users?attributes=id", "a", {"userName": "a"}),
        post("/Users\n", "a", {"userName": "a"}),
        post("https://elsewhere.example/v2/Users", "a", {"userName": "a"}),
        {"method": "DELETE", "path": ["/Users/tea_1"]},
        {"method": "DELETE", "path": "/Users/tea_1", "version": 5},
    ],
    ids=lambda faulty: str(faulty)[:70],
)
def test_an_operation_that_cannot_be_read_does_not_stop_the_others(scim, company, faulty):
    """RFC 7644 §3.7: as many changes as possible."""
    answer = bulk(scim, new_user("grace"), faulty, new_user("joan"))

    assert statuses(answer) == ["201", "400", "201"]
    assert answer["Operations"][1]["response"]["scimType"] == "invalidSyntax"
    assert "location" not in answer["Operations"][1]
    assert Teammate.objects.filter(company=company).count() == 2
    told = LogEntry.objects.get(company=company, path="/v2/Bulk")
    assert (told.status, told.outcome) == (400, "refused")
    assert answer["Operations"][1]["response"]["detail"] in told.text


def test_an_operation_that_cannot_be_read_counts_as_an_error(scim):
    assert statuses(bulk(scim, {"method": "GET"}, new_user("grace"), failOnErrors=1)) == ["400"]


# --- each operation is a request like any other --------------------------------------------------------------------


def test_each_operation_keeps_the_rules(scim, company, ada):
    company.licence_count, company.group_sync_enabled = 1, False
    company.save()
    team = TeammateGroupFactory(company=company, idp=True)

    answer = bulk(
        scim,
        new_user("grace"),
        new_user("joan", active="False"),
        post("/Groups", "team", group("Team")),
        patch(path_of(team), op("replace", "displayName", "x")),
        patch(path_of(ada), op("Replace", "active", "False")),
        new_user("betty"),
    )

    assert statuses(answer) == ["400", "201", "400", "400", "200", "201"]
    assert "No licence is left (1 of 1 are in use)" in answer["Operations"][0]["response"]["detail"]
    assert "Teammate Group Sync" in answer["Operations"][2]["response"]["detail"]
    ada.refresh_from_db()
    assert ada.status == Status.BLOCKED


def test_a_version_is_a_condition(scim, ada):
    current = scim.read(ada).headers["ETag"]

    answer = bulk(
        scim,
        patch(path_of(ada), op("replace", "title", "first"), version=current),
        patch(path_of(ada), op("replace", "title", "second"), version=current),
        {"method": "DELETE", "path": path_of(ada), "version": current},
    )

    assert statuses(answer) == ["200", "412", "412"]
    assert scim.read(ada)["title"] == "first"


def test_preconditions_of_the_request_itself_mean_nothing_to_its_operations(scim, ada):
    body = {"schemas": [BULK_REQUEST], "Operations": [patch(path_of(ada), op("replace", "title", "x"))]}

    answer = scim.post("/Bulk", body, if_match='W/"999"', if_none_match="*")

    assert statuses(answer) == ["200"]


def test_each_operation_is_one_log_entry_and_the_request_itself_none(scim, ada):
    bulk(scim, new_user("grace"), patch(path_of(ada), op("replace", "active", "perhaps")))

    entries = LogEntry.objects.filter(company=scim.token.company).order_by("id")
    assert [(entry.method, entry.path, entry.status, entry.outcome) for entry in entries] == [
        ("POST", "/v2/Users", 201, "changed"),
        ("PATCH", f"/v2{path_of(ada)}", 400, "refused"),
    ]
    assert {entry.token_id for entry in entries} == {scim.token.pk}


def test_a_bulk_request_that_is_refused_as_a_whole_is_one_log_entry(scim):
    bulk(scim)

    entry = LogEntry.objects.get(company=scim.token.company)
    assert (entry.path, entry.status, entry.outcome) == ("/v2/Bulk", 400, "refused")


def test_nothing_of_another_company_can_be_reached(scim, other_company, unchanged):
    stranger = TeammateFactory(company=other_company)
    team = TeammateGroupFactory(company=other_company, idp=True, with_members=[stranger])

    with unchanged():
        answer = bulk(
            scim,
            patch(path_of(stranger), op("replace", "active", False)),
            {"method": "PUT", "path": path_of(team), "data": group("Mine")},
            {"method": "DELETE", "path": path_of(stranger)},
            {"method": "DELETE", "path": path_of(team)},
            post("/Groups", "team", group("Team", members=[{"value": stranger.public_id}])),
        )

    assert statuses(answer) == ["404", "404", "404", "404", "400"]


def test_the_flag_and_other_parameters_in_the_url_change_nothing(scim):
    answer = scim.send(
        "POST", "/Bulk?aadOptscim062020&x=1", {"schemas": [BULK_REQUEST], "Operations": [new_user("grace")]}
    )

    assert statuses(answer) == ["201"]
    assert "?" not in answer["Operations"][0]["location"]
