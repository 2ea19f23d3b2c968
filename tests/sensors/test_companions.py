"""Signaltone's staff take back what they call by its guid; the visit's complete falls too, whatever the order."""

import itertools
import json

import pytest

from parking.models import EventRecord
from sensors import ingest, keys
from sensors.models import Companion, Frame
from tests import street
from tests.street import at

pytestmark = pytest.mark.django_db

NOW = at("12:00")
IN = {"evt": "evt.car.in", "evtGuid": "g-in", "happenTime": "2026-11-20 08:00:00"}
OUT = {"evt": "evt.car.out", "evtGuid": "g-out", "happenTime": "2026-11-20 09:00:00"}
COMPLETE = {
    "evt": "evt.car.complete", "evtGuid": "g-all", "timeIn": "2026-11-20 08:00:00", "timeOut": "2026-11-20 09:00:00",
}  # fmt: skip
ACT = {"parkingActId": "act-1", "berthCode": "A01", "plateNumber": street.PLATE, "plateCredible": 0.99}


def cancel(guid, kind="", **more):
    return {"evt": "evt.cancel", "evtGuid": f"c-{guid}", "targetEvtGuid": guid, "targetEvtType": kind} | more


@pytest.fixture
def tell():
    street.build()
    speaker = keys.as_speaker(keys.create_source(name="xlt", codec="signaltone", now=NOW)[0])

    def told(*messages):
        for message in messages:
            body = message if message["evt"] == "evt.cancel" else message | ACT
            receipt = ingest.receive(
                speaker=speaker, codec="signaltone", body=json.dumps(body).encode(), received_at=NOW
            )
            assert receipt.error is None
        street.fold(now=NOW)
        return [each for each in street.story() if each[3] != "void"]

    return told


def test_the_three_messages_of_a_visit_are_one_stay(tell):
    assert [each[:2] for each in tell(IN, OUT, COMPLETE)] == [("08:00", "09:00")]


@pytest.mark.parametrize("kind", ["evt.car.in", ""])
@pytest.mark.parametrize("berth", [{}, {"berthCode": "A01"}], ids=["no berth", "berth"])
def test_an_arrival_taken_back_by_its_guid_alone_leaves_no_stay_that_began_then(tell, kind, berth):
    told = tell(IN, OUT, COMPLETE, cancel("g-in", kind, **berth))
    assert not [each for each in told if each[0] == "08:00" and each[3] != "held"]
    assert Frame.objects.latest("id").outcome == "accepted"


def test_the_order_in_which_all_came_does_not_matter_once_the_arrival_was_told(tell):
    told = tell(IN, cancel("g-in", "evt.car.in"), OUT, COMPLETE)
    assert not [each for each in told if each[0] == "08:00" and each[3] != "held"]


@pytest.mark.parametrize("kind", ["evt.car.complete", ""])
def test_a_complete_taken_back_by_its_guid_alone_takes_its_two_readings_back(tell, kind):
    assert tell(COMPLETE, cancel("g-all", kind)) == []
    frame = Frame.objects.latest("id")
    assert (frame.outcome, frame.accepted) == ("accepted", 2)


def test_the_same_cancel_again_is_a_duplicate(tell):
    tell(COMPLETE, cancel("g-all"), cancel("g-all"))
    frame = Frame.objects.latest("id")
    assert (frame.outcome, frame.accepted, frame.duplicates) == ("accepted", 0, 2)


def test_what_stays_after_the_whole_visit_is_taken_back_is_nothing(tell):
    assert tell(IN, OUT, COMPLETE, cancel("g-in"), cancel("g-out"), cancel("g-all")) == []


def test_a_cancel_of_what_nobody_told_waits_with_its_reason(tell):
    tell(cancel("g-nobody"))
    frame = Frame.objects.get()
    assert (frame.outcome, frame.reason) == ("rejected", "unknown_berth")
    assert not Companion.objects.exists()


def test_a_cancel_that_came_first_is_decoded_again_once_the_visit_is_known(tell):
    tell(cancel("g-all"))
    early = Frame.objects.get()
    tell(COMPLETE)
    assert ingest.again(early, now=NOW).accepted == 2
    revoked = EventRecord.objects.filter(kind="revoked").values_list("revokes", flat=True)
    assert sorted(revoked) == ["act-1:complete:in", "act-1:complete:out"]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))), ids=str)
def test_with_the_visit_in_the_cancel_any_order_gives_the_same(tell, order):
    messages = [IN, COMPLETE, cancel("g-in", "evt.car.in", parkingActId="act-1", berthCode="A01")]
    told = tell(*(messages[place] for place in order))
    assert not [each for each in told if each[0] == "08:00" and each[3] != "held"]
