import json
from collections import Counter
from dataclasses import replace
from datetime import timedelta

from parking.domain.events import Kind
from sandbox.street.devices import Sighting
from sandbox.street.faults import HEAVY, Frame
from sandbox.street.frames import Encoder
from sensors import codecs
from tests.sandbox.street.corner import CAMERA, PATROL, SENSOR, at, watch


def decode(frame: Frame) -> list:
    """What the platform's own codec makes of a frame."""
    name = frame.door.split("/")[0]
    body = json.dumps(frame.body, ensure_ascii=False).encode()
    return list(codecs.decode("neutral" if name == "events" else name, body, received_at=frame.deliver_at))


def sighting(**said) -> Sighting:
    moment = said.pop("moment", at("08:00"))
    return Sighting(
        **{"device": SENSOR, "berth": "A-01", "kind": "arrival", "at": moment, "clock": moment, "event_id": "1"}
        | {"travel_s": 1.0}
        | said
    )


def test_every_frame_of_every_kind_of_device_at_its_worst_is_one_the_platform_can_read():
    eyes = watch(rates=replace(HEAVY, revoked=1.0, reboot=1.0))
    kinds: Counter[tuple[str, object]] = Counter()
    for frame in Encoder().frames(eyes.between(at("04:00"), at("04:00") + timedelta(days=21))):
        for reading in decode(frame):
            assert not isinstance(reading, Exception), (frame.body, reading)
            kinds[frame.door.split("/")[0], reading.kind] += 1
    assert {kind for door, kind in kinds if door == "chirpstack"} == {
        Kind.ARRIVAL, Kind.DEPARTURE, Kind.OCCUPIED, Kind.VACANT, Kind.STARTUP,
    }  # fmt: skip
    assert {kind for door, kind in kinds if door == "signaltone"} == {Kind.ARRIVAL, Kind.DEPARTURE, Kind.REVOKED}
    assert {kind for door, kind in kinds if door == "events"} >= {Kind.ARRIVAL, Kind.DEPARTURE, Kind.OCCUPIED}


def test_a_sensors_frame_says_what_it_saw_when_the_network_heard_it():
    (reading,) = decode(Encoder().frame(sighting(kind="departure")))
    assert (reading.device, reading.kind) == (SENSOR.code, Kind.DEPARTURE)
    assert reading.platform_at == at("08:00")


def test_a_sensor_counts_its_frames_on_from_where_it_left_off():
    counters: dict[str, int] = {SENSOR.code: 41}
    encoder = Encoder(counters=counters)
    assert [encoder.frame(sighting()).body["fCnt"] for _ in range(2)] == [41, 42]
    assert counters == {SENSOR.code: 43}


def test_a_camera_says_in_its_own_local_time_who_came():
    seen = sighting(
        device=CAMERA, berth="A-02", plate="鄂L12345", color="blue", plate_confidence=0.98, visit="v", straddles=True
    )
    frame = Encoder().frame(seen)
    assert frame.body["happenTime"] == "2026-11-20 08:00:00"
    (reading,) = decode(frame)
    assert (reading.plate, reading.plate_color, reading.plate_confidence) == ("鄂L12345", "blue", 0.98)
    assert (reading.observed_at, reading.visit, reading.berth) == (at("08:00"), "v", "A-02")


def test_a_finished_visit_repeats_both_ends():
    seen = sighting(device=CAMERA, kind="complete", visit="v", began=at("08:00"), ended=at("09:00"))
    arrival, departure = decode(Encoder().frame(seen))
    assert (arrival.kind, arrival.observed_at) == (Kind.ARRIVAL, at("08:00"))
    assert (departure.kind, departure.observed_at) == (Kind.DEPARTURE, at("09:00"))


def test_a_patrol_vehicle_sends_its_reads_in_batches_in_order_and_none_twice():
    reads = [
        sighting(device=PATROL, kind="occupied", event_id=str(n), moment=at("08:00") + timedelta(seconds=n))
        for n in range(130)
    ]
    frames = list(Encoder().frames(reads))
    batches = [[event["event_id"] for event in frame.body["events"]] for frame in frames]
    assert [event for batch in batches for event in batch] == [str(n) for n in range(130)]
    assert 1 < max(map(len, batches)) <= 50
    assert all(frame.at >= reads[0].at for frame in frames)
    assert [frame.at for frame in frames] == sorted(frame.at for frame in frames)
