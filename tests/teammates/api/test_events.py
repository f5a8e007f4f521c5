"""The feed of events over the REST API: oldest first, from where a reader stopped."""

import pytest

from teammates.models import Event
from teammates.services import events
from teammates.services.teammates import block_teammate
from tests.factories import TeammateFactory
from tests.teammates.actors import SYSTEM, idp

pytestmark = pytest.mark.django_db


@pytest.fixture
def five(company):
    for number in range(5):
        events.append(company.pk, "test.happened", SYSTEM, subject="tea_1", name=f"Number {number}")
    return [event.public_id for event in Event.objects.order_by("pk")]


def test_an_event_says_what_happened_who_did_it_and_to_whom(api, company):
    ada = TeammateFactory.create(company=company)
    block_teammate(company.pk, ada.pk, actor=idp())

    blocked, released = api.get("/events")["_results"]

    row = Event.objects.order_by("pk")[0]
    assert blocked == {
        "id": row.public_id,
        "type": "teammate.blocked",
        "emitted_at": row.at.timestamp(),
        "source": {"type": "idp", "id": "1", "name": "Identity provider (Entra)"},
        "target": {"id": ada.public_id, "name": ada.name},
        "data": {"sessions_ended": 0, "cause": "inactive"},
    }
    assert released["type"] == "teammate.conversations_released"


def test_a_reader_goes_on_behind_the_last_event_it_saw(api, five):
    assert api.get("/events").ids == five
    assert api.get(f"/events?after={five[2]}").ids == five[3:]
    assert api.get(f"/events?after={five[-1]}").ids == []


def test_pages_lead_to_the_next_until_one_is_not_full(api, five):
    assert [page.ids for page in api.all_pages("/events?limit=2")] == [five[:2], five[2:4], five[4:]]


def test_a_later_reader_finds_what_came_in_between(api, company, five):
    events.append(company.pk, "test.happened", SYSTEM)

    answer = api.get(f"/events?after={five[-1]}")

    assert len(answer.ids) == 1
    assert answer["_results"][0]["target"] is None


def test_reading_writes_nothing(api, five, unchanged):
    with unchanged():
        assert api.get("/events").status == 200
