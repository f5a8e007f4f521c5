"""Whole runs against a real server on a socket: a good one, and ones with the mistakes that are known."""

from collections import Counter
from urllib.parse import unquote_plus

import pytest

from frontprov.simulator.history import licences_needed
from tests.simulator.scim_server import Refusal, ScimServer


class Watched(ScimServer):
    """Notes how many were active at once."""

    peak = 0

    def handle(self, method, target, body):
        answer = super().handle(method, target, body)
        self.peak = max(self.peak, sum(one["active"] for one in self.users.values()))
        return answer


@pytest.mark.parametrize("dialect", ["flag", "noflag", "mixed"])
def test_a_good_server_shows_no_differences(play, dialect):
    with Watched() as server:
        report = play(server, dialect=dialect, cycles=5, templates=("Squad: tea_1",), descriptions=True)
    assert report.ok, report.cycles
    done: Counter[str] = sum((cycle.done for cycle in report.cycles), Counter())
    for what in ("created", "updated", "disabled", "restored", "deleted"):
        assert done[f"users {what}"], what
    for what in ("groups created", "groups updated", "groups deleted", "members added", "members removed"):
        assert done[what], what
    assert server.peak <= licences_needed(24)
    flagged = ["aadOptscim062020" in target for _, target, _ in server.requests]
    # Provision on demand ignores the flag, so even a tenant that has it sends some requests without.
    assert any(flagged) == (dialect != "noflag")
    assert not all(flagged)


class EmptiesGroups(ScimServer):
    """Takes the list of a Remove for no list, and clears."""

    def set_members(self, group, op, named):
        if op == "remove":
            group["members"] = []
        else:
            super().set_members(group, op, named)


class KeepsTheFirstOnly(ScimServer):
    """Adds one member of several."""

    def set_members(self, group, op, named):
        super().set_members(group, op, named[:1])


class LosesEveryTenth(ScimServer):
    """Loses an update now and then, as read-modify-write without a lock does."""

    def set_members(self, group, op, named):
        if next(self.numbers) % 10:
            super().set_members(group, op, named)


class TakesFalseForTrue(ScimServer):
    """Any string that is not empty is true."""

    def boolean(self, value):
        return bool(value)


class StoresDottedKeys(ScimServer):
    def apply(self, resource, op, path, value):
        if path.startswith("name."):
            resource[path] = value
        else:
            super().apply(resource, op, path, value)


class DropsTitles(ScimServer):
    def create(self, table, body):
        body.pop("title", None)
        return super().create(table, body)

    def apply(self, resource, op, path, value):
        if path != "title":
            super().apply(resource, op, path, value)


class LowersNames(ScimServer):
    def show(self, resource, query):
        shown = super().show(resource, query)
        return shown | {"userName": shown["userName"].lower()} if "userName" in shown else shown


class SaysTrueInText(ScimServer):
    def show(self, resource, query):
        shown = super().show(resource, query)
        return shown | {"active": str(shown["active"])} if "active" in shown else shown


class ShowsMembersAlways(ScimServer):
    def show(self, resource, query):
        return resource


class OnlyBlocksOnDelete(ScimServer):
    def delete(self, table, scim_id):
        if table is self.users:
            table[scim_id]["active"] = False
        else:
            super().delete(table, scim_id)


class LeavesTheDeadInGroups(ScimServer):
    def delete(self, table, scim_id):
        del table[scim_id]


class HidesBlockedPeople(ScimServer):
    def matches(self, resource, wanted):
        return super().matches(resource, wanted) and resource.get("active", True)


class IgnoresStartIndex(ScimServer):
    page_limit = 10

    def search(self, table, query):
        return super().search(table, query | {"startIndex": "1"})


class ForgetsManagers(ScimServer):
    def apply(self, resource, op, path, value):
        if not path.endswith(":manager"):
            super().apply(resource, op, path, value)


class KeepsManagersBare(ScimServer):
    def apply(self, resource, op, path, value):
        super().apply(resource, op, path, value)
        extension = resource.get("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", {})
        if isinstance(extension.get("manager"), dict):
            extension["manager"] = extension["manager"]["value"]


class WipesOnBlock(ScimServer):
    def apply(self, resource, op, path, value):
        super().apply(resource, op, path, value)
        if path == "active" and not resource["active"]:
            resource.pop("phoneNumbers", None)
            for group in self.groups.values():
                kept = [one for one in group.get("members", []) if one["value"] != resource["id"]]
                group["members"] = kept


class EchoesTheFlag(ScimServer):
    def show(self, resource, query):
        meta = {"location": f"{self.base}/Users/{resource['id']}?{'&'.join(query)}"}
        return super().show(resource, query) | {"meta": meta}


@pytest.mark.parametrize(
    ("mistake", "dialect", "attribute"),
    [
        (EmptiesGroups, "noflag", "members"),
        (KeepsTheFirstOnly, "mixed", "members"),
        (LosesEveryTenth, "flag", "members"),
        (TakesFalseForTrue, "noflag", "active"),
        (StoresDottedKeys, "flag", "name.familyName"),
        (DropsTitles, "mixed", "title"),
        (LowersNames, "mixed", "userName"),
        (SaysTrueInText, "mixed", "active"),
        (ShowsMembersAlways, "mixed", "members"),
        (OnlyBlocksOnDelete, "mixed", "resource"),
        (LeavesTheDeadInGroups, "mixed", "members"),
        (HidesBlockedPeople, "mixed", "id found by the matching query"),
        (IgnoresStartIndex, "mixed", "pages"),
        (ForgetsManagers, "mixed", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager"),
        (KeepsManagersBare, "mixed", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager"),
        (WipesOnBlock, "mixed", 'phoneNumbers[type eq "work"].value'),
        (WipesOnBlock, "mixed", "members"),
        (EchoesTheFlag, "flag", "meta.location"),
    ],
)
def test_a_mistake_is_found_and_named(play, mistake, dialect, attribute):
    with mistake() as server:
        report = play(server, dialect=dialect)
    assert not report.ok
    assert attribute in {one.attribute for cycle in report.cycles for one in cycle.differences}


def test_what_would_be_sent_again_in_every_cycle_is_counted(play):
    with DropsTitles() as server:
        quiet = play(server).cycles[-1]
    assert quiet.kind == "quiet"
    assert quiet.resent == sum(one.attribute == "title would be written again" for one in quiet.differences) > 0


def test_a_quiet_cycle_sends_no_writes(play):
    with ScimServer() as server:
        quiet = play(server).cycles[-1]
    assert set(quiet.statistics.operations) == {
        "test_connection", "match_user", "read_user", "match_group", "read_group",
    }  # fmt: skip


def test_a_server_that_ignores_filters_is_not_given_anybody(play):
    class IgnoresFilters(ScimServer):
        def matches(self, resource, wanted):
            return True

    with IgnoresFilters() as server:
        server.create(server.users, {"userName": "boss@company.example", "active": True})
        report = play(server)
        assert report.stopped.reason == "test connection failed"
        assert {method for method, _, _ in server.requests} == {"GET"}


def test_revoked_credentials_end_the_run(play):
    class Revokes(ScimServer):
        def handle(self, method, target, body):
            if len(self.requests) > 60:
                raise Refusal(401, "This token was revoked")
            return super().handle(method, target, body)

    with Revokes() as server:
        report = play(server)
        assert report.stopped.reason == "quarantine"
        assert len(server.requests) < 70
    assert not report.ok


def test_a_refusal_is_reported_and_tried_again_in_the_next_cycle(play):
    class NoLicence(ScimServer):
        refusing = True

        def create(self, table, body):
            if self.refusing and body.get("userName", "").startswith("ada."):
                self.refusing = False
                raise Refusal(400, "All licences are taken")
            return super().create(table, body)

    with NoLicence() as server:
        report = play(server)
        assert any(one["userName"].startswith("ada.") for one in server.users.values())
    (failure,) = report.cycles[0].failures
    assert (failure.method, failure.path, failure.status) == ("POST", "/Users", 400)
    assert failure.detail == "All licences are taken"
    assert report.ok


def test_an_object_that_never_comes_through_fails_the_run(play):
    class Broken(ScimServer):
        def create(self, table, body):
            if body.get("userName", "").startswith("ada."):
                raise Refusal(500, "Out of order")
            return super().create(table, body)

    with Broken() as server:
        report = play(server, users=12, cycles=2, clean_up=True)
    assert [failure.object for failure in report.escrow] == ["user ada.lovelace1@tenant1.example"]
    assert not report.differences  # what has failed is known, and not counted twice
    assert not report.ok


def test_a_busy_server_is_waited_for(play):
    class Busy(ScimServer):
        def handle(self, method, target, body):
            if len(self.requests) % 7 == 0:
                raise Refusal(429, "Slow down", Retry_After="2")
            return super().handle(method, target, body)

    with Busy() as server:
        report = play(server)
    assert report.ok
    assert report.cycles[0].statistics.retries
    assert set(play.waits) == {2.0}


def test_a_cached_id_that_is_gone_is_matched_again(play):
    class LosesSomebody(ScimServer):
        lost = ""

        def handle(self, method, target, body):
            scim_id = target.partition("/v2/Users/")[2]
            if method == "GET" and scim_id in self.users and not self.lost:
                self.lost = scim_id
                self.delete(self.users, scim_id)
            return super().handle(method, target, body)

    with LosesSomebody() as server:
        report = play(server, cycles=4)
    (failure,) = report.cycles[1].failures
    assert (failure.status, failure.code) == (404, "InvalidAnchor")
    assert server.lost in failure.path
    assert report.ok


def test_a_second_run_takes_over_what_the_first_left(play):
    with ScimServer() as server:
        assert play(server, cycles=4).ok
        people = len(server.users)
        report = play(server, cycles=4, dialect="flag")
        assert report.ok
        assert report.cycles[0].done["users created"] < 5
        assert len(server.users) <= people + 3


def test_people_and_groups_of_others_are_left_alone(play):
    with ScimServer() as server:
        boss = server.create(server.users, {"userName": "boss@company.example", "active": True})
        team = server.create(server.groups, {"displayName": "Support Tier 1 (tenant 1)"})
        team["members"] = [{"value": boss["id"]}]
        before = dict(boss)
        report = play(server)
        assert report.ok
        assert boss == before
        assert {"value": boss["id"]} in team["members"]
        assert not any(target.endswith(f"/{boss['id']}") for _, target, _ in server.requests)


def test_clean_up_leaves_nothing_behind(play):
    with ScimServer() as server:
        boss = server.create(server.users, {"userName": "boss@company.example", "active": True})
        report = play(server, clean_up=True)
        assert report.ok
        assert report.cycles[-1].kind == "clean-up"
        assert (list(server.users), server.groups) == ([boss["id"]], {})


def test_provision_on_demand_sends_one_person_without_the_flag(play):
    with ScimServer() as server:
        report = play(server, on_demand="jane.doe@company.example", dialect="flag", templates=("Squad: tea_1",))
        assert report.ok
        (jane,) = server.users.values()
        (post,) = [(target, body) for method, target, body in server.requests if method == "POST"]
    assert (jane["userName"], jane["displayName"]) == ("jane.doe@company.example", "Jane Doe")
    assert post[0] == "/v2/Users"
    assert post[1]["active"] == "true"
    assert post[1]["urn:ietf:params:scim:schemas:extension:frontapp:teammate"] == {"template": "Squad: tea_1"}


def test_people_come_before_groups_and_references_after_people(play):
    with ScimServer() as server:
        play(server, cycles=1)
        steps = [
            "manager" if "manager" in str(body) else "members" if "members" in str(body) else target.split("/")[2]
            for method, target, body in server.requests
            if method in ("POST", "PATCH")
        ]
    assert list(dict.fromkeys(steps)) == ["Users", "manager", "Groups", "members"]


def test_awkward_names_reach_the_filters(play):
    with ScimServer() as server:
        play(server, groups=12, cycles=4)
        asked = {unquote_plus(target) for _, target, _ in server.requests if "filter=" in target}
    text = "\n".join(asked)
    for piece in (r"\"A\"", "R&D + Lab", "営業部", "o'", "+front@partner", r"Ops\\Infra"):
        assert piece in text, piece


def test_the_same_seed_plays_the_same_changes(play):
    def writes(server):
        return sorted(str(body) for method, _, body in server.requests if method == "POST")

    with ScimServer() as first, ScimServer() as second:
        play(first)
        play(second)
        assert writes(first) == writes(second)
