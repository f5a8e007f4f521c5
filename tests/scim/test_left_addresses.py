"""A login whose holder the identity provider removed does not stand in its way (RFC 7644 §3.6)."""

import pytest

from teammates.errors import LoginTaken
from teammates.models import ActorKind
from teammates.services.events import SYSTEM, Actor
from teammates.services.teammates import unblock_teammate
from tests.scim.door import USER


def _create(scim, login):
    return scim.post("/Users", {"schemas": [USER], "userName": login})["id"]


def _rename(scim, pk, login):
    return scim.patch(f"/Users/{pk}", {"op": "Replace", "path": "userName", "value": login})


def test_a_removed_persons_login_can_be_given_to_a_successor(scim, events):
    gone, successor = _create(scim, "desk@initech.test"), _create(scim, "new@initech.test")
    scim.delete(f"/Users/{gone}")
    answer = _rename(scim, successor, "Desk@initech.test")
    assert (answer.status, answer["userName"]) == (200, "Desk@initech.test")
    (released,) = events("teammate.address_released", about=gone)
    assert released.data["login"] == "desk@initech.test"


def test_a_blocked_persons_login_stays_theirs(scim, unchanged):
    blocked, other = _create(scim, "desk@initech.test"), _create(scim, "new@initech.test")
    scim.patch(f"/Users/{blocked}", {"op": "Replace", "path": "active", "value": "False"})
    with unchanged():
        assert _rename(scim, other, "desk@initech.test").refusal == (409, "uniqueness")


def test_after_the_login_went_to_a_successor_the_first_holder_cannot_simply_be_unblocked(scim, company):
    gone, successor = _create(scim, "desk@initech.test"), _create(scim, "new@initech.test")
    scim.delete(f"/Users/{gone}")
    _rename(scim, successor, "desk@initech.test")
    with pytest.raises(LoginTaken):
        unblock_teammate(company.pk, int(gone[4:], 36), actor=Actor(ActorKind.TEAMMATE, "Admin"))


def test_an_admins_unblock_lets_the_provider_see_the_person_again(scim, company):
    gone = _create(scim, "desk@initech.test")
    scim.delete(f"/Users/{gone}")
    unblock_teammate(company.pk, int(gone[4:], 36), actor=SYSTEM)
    assert scim.get(f"/Users/{gone}")["active"] is True
