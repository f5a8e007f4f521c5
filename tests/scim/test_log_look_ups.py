"""Look-ups by id that find nobody: in the log with whom they meant, and no refusals."""

import pytest
from django.utils import timezone
from django.utils.formats import date_format

from scim import upkeep
from scim.cycles import State, connection_state, day_sums
from scim.models import LogEntry, Outcome, ReadCount
from scim.usage import usage_of
from teammates.services.departures import delete_teammate
from tests.factories import TeammateFactory, TeammateGroupFactory
from tests.scim.door import op, path_of, user
from tests.teammates.actors import SYSTEM

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_log")]


@pytest.fixture
def bjork(company):
    return TeammateFactory(company=company, login="bjork@example.com", display_name="Björk")


def latest():
    return LogEntry.objects.latest("pk")


def about(found):
    return found.outcome, found.resource, found.resource_name


def today():
    return date_format(timezone.now())


def test_looking_up_whom_the_client_has_just_deleted_says_who_it_was_and_who_removed_them(scim, bjork):
    scim.delete(path_of(bjork))

    answer = scim.read(bjork)

    assert (answer.status, answer["detail"]) == (404, f"No User {bjork.public_id} in this company.")
    assert about(latest()) == (Outcome.NOT_FOUND, bjork.public_id, "Björk")
    assert latest().text.startswith(f"Looked up Björk, who was removed on {today()}")
    assert latest().text.endswith("by Identity provider (Entra): answered that there is no such User.")


def test_looking_up_whom_an_admin_deleted_says_who_did(scim, company, bjork):
    delete_teammate(company.pk, bjork.pk, actor=SYSTEM)

    scim.read(bjork)

    assert about(latest()) == (Outcome.NOT_FOUND, bjork.public_id, "Björk")
    assert f"Björk, who was deleted on {today()}" in latest().text
    assert f"by {SYSTEM.name}: answered" in latest().text


def test_looking_up_a_group_that_is_gone_names_it(scim, company):
    team = TeammateGroupFactory(company=company, idp=True, name="Team")
    scim.delete(path_of(team))

    assert scim.read(team).status == 404

    assert about(latest()) == (Outcome.NOT_FOUND, team.public_id, "Team")
    assert f"Looked up the group Team, which was deleted on {today()}" in latest().text
    assert latest().text.endswith("no such Group.")


@pytest.mark.parametrize("path", ["/Users/tea_zzzzz", "/Users/nonsense", "/Groups/cir_zzzzz"])
def test_an_id_that_never_was_says_so(scim, path):
    assert scim.get(path).status == 404

    assert about(latest()) == (Outcome.NOT_FOUND, "", "")
    noun, public_id = path[1:].split("/")
    assert latest().text == (
        f"Looked up {public_id}: answered that there is no such {noun[:-1]}. "
        f"No {noun[:-1]} of this company has this ID, or had it."
    )


@pytest.mark.parametrize("method", ["GET", "HEAD", "PATCH", "PUT", "DELETE"])
def test_another_companys_person_is_named_by_no_entry(scim, other_company, method):
    theirs = TeammateFactory(company=other_company, display_name="Secret Person")
    delete_teammate(other_company.pk, theirs.pk, actor=SYSTEM)

    body = user("x@example.com") if method == "PUT" else {"Operations": [op("replace", "title", "x")]}
    assert scim.send(method, path_of(theirs), body if method in ("PUT", "PATCH") else None).status == 404

    assert latest().company_id == scim.token.company_id
    assert latest().resource_name == ""
    assert "Secret" not in latest().text
    assert "deleted" not in latest().text


def test_a_look_up_of_nobody_makes_no_cycle_and_no_connection_look_wrong(scim, company, bjork):
    scim.delete(path_of(bjork))
    for _ in range(6):
        scim.read(bjork)

    connection = connection_state(company)

    assert connection.state == State.HEALTHY
    assert (connection.last.refused, connection.last.failed, connection.last.last_error) == (0, 0, None)
    assert day_sums(company)[-1].refused == 0


def test_it_counts_as_one_request_of_the_token(scim):
    scim.get("/Users/tea_zzzzz")
    upkeep.collect_reads()

    assert ReadCount.objects.get(token_id=scim.token.pk).kind == "one of Users"
    assert usage_of(scim.token).requests == 1


@pytest.mark.parametrize("method", ["PATCH", "PUT", "DELETE"])
def test_a_change_of_somebody_who_is_gone_is_refused_and_says_who_and_how(scim, bjork, method):
    scim.delete(path_of(bjork))
    body = user("bjork@example.com") if method == "PUT" else {"Operations": [op("replace", "title", "x")]}

    answer = scim.send(method, path_of(bjork), body if method != "DELETE" else None)

    assert answer.status == 404
    assert "Björk" not in answer["detail"]
    assert about(latest()) == (Outcome.REFUSED, bjork.public_id, "Björk")
    assert f"Björk ({bjork.public_id}) was removed on {today()}" in latest().text
    assert "by Identity provider (Entra)." in latest().text


def test_many_look_ups_of_nobody_leave_room_for_refusals(scim, settings):
    settings.LOG_REFUSALS_AT_ONCE, settings.LOG_REFUSALS_PER_MINUTE = 3, 0
    for _ in range(5):
        scim.get("/Users/tea_zzzzz")

    scim.delete("/Users/tea_zzzzz")

    outcomes = list(LogEntry.objects.order_by("pk").values_list("outcome", flat=True))
    assert outcomes == ["not_found"] * 3 + ["refused"]
    assert "Further look-ups of nobody with this token" in LogEntry.objects.order_by("pk")[2].text
