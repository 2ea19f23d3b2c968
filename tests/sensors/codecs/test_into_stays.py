"""From a vendor's frames to stays: what the codecs and the fold make of them together."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from parking.domain import fusion
from parking.domain.events import OccupancyEvent, Witness
from sensors import codecs
from sensors.codecs.reading import Reading
from tests.sensors.codecs import vectors
from tests.sensors.codecs.test_storms import ACT, ctwing_message

LATER = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


def events(codec: str, *bodies: object, witness: Witness = Witness.HIGH_CAMERA) -> list[OccupancyEvent]:
    """The neutral events of bodies, all of berth A01, one received each second."""
    found = []
    for number, body in enumerate(bodies):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        heard = datetime(2026, 11, 23, 2, 0, number, tzinfo=UTC)
        for item in codecs.decode(codec, raw, received_at=heard):
            if isinstance(item, Reading) and item.kind is not None:
                found.append(
                    OccupancyEvent(
                        source=codec,
                        event_id=item.event_id,
                        berth="A01",
                        kind=item.kind,
                        observed_at=item.observed_at or item.platform_at or heard,
                        received_at=heard,
                        witness=witness,
                        device=item.device,
                        plate=item.plate,
                        plate_color=item.plate_color,
                        plate_confidence=item.plate_confidence,
                        action_confidence=item.action_confidence,
                        sequence=item.sequence,
                        visit=item.visit,
                        revokes=item.revokes,
                    )
                )
    return found


def stays(found: Iterable[OccupancyEvent]) -> Sequence[fusion.Stay]:
    return [stay for stay in fusion.replay(found, now=LATER).stays if fusion.Hold.REVOKED not in stay.holds]


def say(kind: str, guid: str, **more: object) -> dict[str, object]:
    return {**ACT, "plateCredible": 0.99, "actionCredible": 0.99, "evt": kind, "evtGuid": guid, **more}


CAME = say("evt.car.in", "g1")
LEFT = say("evt.car.out", "g2", happenTime="2026-11-23 09:00:00")
WHOLE = say("evt.car.complete", "g3", timeIn="2026-11-23 08:00:00", timeOut="2026-11-23 09:00:00")
CANCEL = {"evt": "evt.cancel", "evtGuid": "c1", "targetEvtGuid": "g1", "targetEvtType": "evt.car.in",
          "parkingActId": "act1", "happenTime": "2026-11-23 09:30:00"}  # fmt: skip


@pytest.mark.parametrize(
    "told", [(CAME, CANCEL), (CANCEL, CAME), (CAME, LEFT, WHOLE, CANCEL), (CANCEL, WHOLE, LEFT, CAME)]
)
def test_a_cancelled_arrival_is_no_stay_whatever_was_told_before_and_after(told):
    assert not [stay for stay in stays(events("signaltone", *told)) if stay.arrival_event and not stay.holds]


@pytest.mark.parametrize(
    "told", [(CAME, LEFT), (WHOLE,), (CAME, LEFT, WHOLE), (WHOLE, LEFT, CAME), (CAME, WHOLE, WHOLE)]
)
def test_a_visit_told_in_any_way_is_one_stay_of_an_hour(told):
    (stay,) = stays(events("signaltone", *told))
    assert stay.left_at is not None
    assert (stay.plate, stay.left_at - stay.arrived_at) == ("鄂L12345", timedelta(hours=1))


def test_ctwings_four_messages_twice_are_one_stay_with_the_devices_times():
    named = {item["name"]: item["hex"] for item in vectors.load("nbiot_ctwing_binary_vectors")["vectors"]}
    came = int(datetime(2026, 11, 23, 0, 0, tzinfo=UTC).timestamp() * 1000)
    left = came + 3_600_000

    def four(moment: int, state: int) -> list[dict[str, object]]:
        extra = bytearray(bytes.fromhex(named["ExtraReport_occupied"]))
        extra[13:21] = moment.to_bytes(8, "big")
        extra[21] = extra[23] = state
        frames = (extra.hex(), f"0703e90001{state:02x}", f"0200010001{state:02x}", named["SignalReport"])
        return [ctwing_message(frame, number, timestamp=moment + 900 + number) for number, frame in enumerate(frames)]

    (stay,) = stays(events("ctwing", *four(came, 1), *four(left, 0), witness=Witness.GEOMAGNETIC))
    assert stay.left_at is not None
    assert [int(at.timestamp() * 1000) for at in (stay.arrived_at, stay.left_at)] == [came, left]


def test_heartbeats_and_start_ups_alone_open_and_close_nothing():
    quiet = [
        item["envelope_json"]
        for item in vectors.load("lorawan_envelopes")
        if item["envelope"] == "ChirpStack"
        and item["fPort"] in (2, 3)
        and item["expected_values"][0].get("occupied") is not None
    ]
    found = events("chirpstack", *quiet, witness=Witness.GEOMAGNETIC)
    assert {event.kind.value for event in found} == {"occupied", "vacant", "startup"}
    assert not [stay for stay in stays(found) if not stay.holds]
