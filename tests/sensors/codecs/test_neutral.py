"""The neutral door's event: what is refused and with which field, then what is taken."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from parking.domain.events import Kind
from sensors.codecs import neutral
from sensors.codecs.reading import CodecError

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
GOOD = {
    "event_id": "c1-000017",
    "device": "CAM-0012",
    "berth": "A01",
    "kind": "arrival",
    "observed_at": "2026-11-23T08:01:12+08:00",
    "plate": "鄂L12345",
    "plate_color": "blue",
    "plate_confidence": 0.98,
    "action_confidence": 0.99,
    "sequence": 17,
    "revokes": None,
    "pictures": [],
}


def event(**changes: object) -> dict[str, object]:
    return {**GOOD, **changes}


def read(item: object):
    return neutral.decode_event(item, received_at=NOW)


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"event_id": None}, "event_id", "missing"),
        ({"event_id": ""}, "event_id", "missing"),
        ({"event_id": 17}, "event_id", "bad_type"),
        ({"event_id": "x" * 129}, "event_id", "too_long"),
        ({"event_id": "a\x00b"}, "event_id", "bad_text"),
        ({"event_id": "a\ud800b"}, "event_id", "bad_text"),
        ({"event_id": " a"}, "event_id", "bad_text"),
        ({"device": None, "berth": None}, "device", "missing"),
        ({"device": "", "berth": ""}, "device", "missing"),
        ({"device": 5}, "device", "bad_type"),
        ({"device": "x" * 65}, "device", "too_long"),
        ({"berth": "x" * 33}, "berth", "too_long"),
        ({"berth": ["A01"]}, "berth", "bad_type"),
        ({"kind": None}, "kind", "missing"),
        ({"kind": "parked"}, "kind", "bad_value"),
        ({"kind": "decided"}, "kind", "bad_value"),
        ({"kind": "startup"}, "kind", "bad_value"),
        ({"kind": 1}, "kind", "bad_type"),
        ({"kind": ["arrival"]}, "kind", "bad_type"),
        ({"observed_at": None}, "observed_at", "missing"),
        ({"observed_at": 1764000000}, "observed_at", "bad_type"),
        ({"observed_at": "2026-11-23T08:01:12"}, "observed_at", "naive_time"),
        ({"observed_at": "2026-11-23"}, "observed_at", "bad_time"),
        ({"observed_at": "20261123T080112+0800"}, "observed_at", "bad_time"),
        ({"observed_at": "2026-02-30T08:01:12+08:00"}, "observed_at", "bad_time"),
        ({"observed_at": "0001-01-01T00:00:00+08:00"}, "observed_at", "bad_time"),
        ({"observed_at": "9999-12-31T23:59:59-08:00"}, "observed_at", "bad_time"),
        ({"observed_at": "yesterday"}, "observed_at", "bad_time"),
        ({"platform_at": "2026-11-23T08:01:12"}, "platform_at", "naive_time"),
        ({"plate": 12345}, "plate", "bad_type"),
        ({"plate": True}, "plate", "bad_type"),
        ({"plate": "鄂" * 65}, "plate", "too_long"),
        ({"plate": "鄂L\x0012345"}, "plate", "bad_text"),
        ({"plate_color": "pink"}, "plate_color", "bad_value"),
        ({"plate_color": 3}, "plate_color", "bad_type"),
        ({"plate_confidence": 1.01}, "plate_confidence", "out_of_range"),
        ({"plate_confidence": -0.1}, "plate_confidence", "out_of_range"),
        ({"plate_confidence": float("nan")}, "plate_confidence", "out_of_range"),
        ({"plate_confidence": "0.9"}, "plate_confidence", "bad_type"),
        ({"plate_confidence": True}, "plate_confidence", "bad_type"),
        ({"action_confidence": 2}, "action_confidence", "out_of_range"),
        ({"sequence": 1.5}, "sequence", "bad_type"),
        ({"sequence": True}, "sequence", "bad_type"),
        ({"sequence": -1}, "sequence", "out_of_range"),
        ({"sequence": 2**63}, "sequence", "out_of_range"),
        ({"revokes": "c1-000001"}, "revokes", "bad_value"),
        ({"kind": "revoked"}, "revokes", "bad_value"),
        ({"kind": "revoked", "revokes": 7}, "revokes", "bad_type"),
        ({"visit": 7}, "visit", "bad_type"),
        ({"pictures": "a.jpg"}, "pictures", "bad_type"),
        ({"pictures": [1]}, "pictures", "bad_type"),
        ({"pictures": ["a"] * 21}, "pictures", "too_long"),
        ({"pictures": 0}, "pictures", "bad_type"),
    ],
)
def test_a_wrong_field_is_refused_by_its_name(changes, field, code):
    with pytest.raises(CodecError) as refusal:
        read(event(**changes))
    assert (refusal.value.field, refusal.value.code) == (field, code)


@pytest.mark.parametrize("item", [None, 7, "arrival", [], True])
def test_what_is_no_object_is_refused(item):
    with pytest.raises(CodecError, match="object"):
        read(item)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"events": 1}', b'{"events": NaN}', b"\xff\xfe\x00", b"[" * 99999]
)
def test_a_body_that_holds_no_events_is_refused(body):
    with pytest.raises(CodecError):
        neutral.decode(body, received_at=NOW)


def test_more_than_a_thousand_events_are_refused_together():
    with pytest.raises(CodecError) as refusal:
        neutral.decode(json.dumps({"events": [{}] * 1001}).encode(), received_at=NOW)
    assert refusal.value.code == "too_many_events"


def test_a_bad_event_never_stops_the_good_ones():
    body = json.dumps({"events": [event(), event(plate=5), event(event_id="c1-000018")]}).encode()
    first, second, third = neutral.decode(body, received_at=NOW)
    assert isinstance(second, CodecError)
    assert second.field == "plate"
    assert (first.event_id, third.event_id) == ("c1-000017", "c1-000018")


def test_the_contracts_example_is_read_whole():
    reading = read(event())
    assert reading.kind is Kind.ARRIVAL
    assert reading.observed_at == datetime(2026, 11, 23, 0, 1, 12, tzinfo=UTC)
    assert reading.observed_at.utcoffset() == timedelta(hours=8)
    assert (reading.plate, reading.plate_color, reading.sequence) == ("鄂L12345", "blue", 17)
    assert (reading.plate_confidence, reading.action_confidence, reading.heartbeat) == (0.98, 0.99, False)


@pytest.mark.parametrize(("kind", "heartbeat"), [("occupied", True), ("vacant", True), ("departure", False)])
def test_a_state_is_a_heartbeat_and_a_change_is_none(kind, heartbeat):
    assert read(event(kind=kind)).heartbeat is heartbeat


def test_only_id_kind_time_and_one_of_device_and_berth_are_needed():
    for place in ({"device": "CAM-0012"}, {"berth": "A01"}):
        found = read({"event_id": "1", "kind": "vacant", "observed_at": "2026-11-23T00:01:12.5Z", **place})
        assert found.plate == ""
        assert found.plate_color == "unknown"
        assert found.plate_confidence is None


def test_a_plate_is_taken_in_its_one_spelling():
    assert read(event(plate="鄂l·1O345")).plate == "鄂L10345"
    assert read(event(plate="无牌车")).plate == ""


def test_a_revocation_names_what_it_takes_back():
    assert read(event(kind="revoked", revokes="c1-000001")).revokes == "c1-000001"


def test_a_field_of_a_newer_sender_is_passed_over():
    assert read(event(weather="rain")) == read(event())
