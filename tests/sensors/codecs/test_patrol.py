"""Patrol batches: Amsterdam's rows as they are, and JSON."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from parking.domain.events import Kind
from sensors.codecs import patrol
from sensors.codecs.reading import CodecError
from tests.sensors.codecs.vectors import DATA, NOW

ROWS = (DATA / "patrol_amsterdam_scans.csv").read_bytes()


def read(body: str | bytes, **query: str):
    return patrol.decode(body.encode() if isinstance(body, str) else body, received_at=NOW, query=query)


@pytest.mark.parametrize("body", ["", "a,b\n1,2\n", "{", "[1", "scan_id\n1\n"])
def test_a_body_that_is_no_batch_is_refused(body):
    with pytest.raises(CodecError):
        read(body)


def test_a_batch_of_very_many_rows_is_refused():
    with pytest.raises(CodecError) as refusal:
        read("scan_id,time\n" + "1,2026-11-23T08:00:00Z\n" * 10_001)
    assert refusal.value.code == "too_many_events"


def test_a_wrong_zone_is_refused():
    with pytest.raises(CodecError) as refusal:
        read("scan_id,time,berth\n1,2026-11-23 08:00:00,A01", offset="noon")
    assert refusal.value.field == "offset"


def test_a_wrong_row_is_refused_by_its_line_and_spares_the_others():
    rows = "scan_id,time,berth\n1,2026-11-23 08:00:00,A01\n2,2026-11-23 08:00:00\n3,noon,A01\n4,2026-11-23 08:00:00,\n"
    good, short, late, nowhere = read(rows)
    assert good.berth == "A01"
    assert [error.message.partition(":")[0] for error in (short, late, nowhere)] == ["line 3", "line 4", "line 5"]
    assert [error.code for error in (short, late, nowhere)] == ["bad_row", "bad_time", "missing"]


def test_amsterdams_rows_are_states_and_each_doubt_is_told():
    found = read(ROWS)
    errors = [item for item in found if isinstance(item, CodecError)]
    readings = [item for item in found if not isinstance(item, CodecError)]
    assert Counter(item.kind for item in readings) == {Kind.OCCUPIED: 370, None: 42}
    assert [error.code for error in errors] == ["missing"]
    assert Counter(item.detail for item in readings)["the same car again"] == 87
    assert sum(item.kind is None and item.detail == "too far from the bay" for item in readings) == 42
    assert sum(item.action_confidence == 0.5 for item in readings) == 33
    assert len({item.event_id for item in readings}) == len(readings)
    assert all(item.plate == "" for item in readings)


def test_the_same_rows_again_give_the_same_events():
    assert [getattr(item, "event_id", "") for item in read(ROWS)] == [
        getattr(item, "event_id", "") for item in read(ROWS)
    ]


def test_the_raw_header_with_a_bay_in_the_wrong_column_is_read():
    header = "ScanId;scnMoment;device_id;scnLongitude;scnLatitude;qualCode;GPS_Vehicle;location_ParkingBay"
    (reading,) = read(
        f"{header}\n7;2017-10-31 21:56:24;939;4,888;52,389;BEWONERP;121077489158;121077489157", offset="+01:00"
    )
    assert reading.observed_at == datetime(2017, 10, 31, 20, 56, 24, tzinfo=UTC)
    assert (reading.device, reading.berth, reading.action_confidence) == ("939", "121077489157", 0.5)
    assert reading.extra == {"lon": "4.888", "lat": "52.389", "chosen_berth": "121077489158"}


def test_a_json_batch_brings_plates_and_empty_berths():
    seen, empty, wrong = read(
        '{"scans": [{"scan_id": "s1", "device": "CAR-1", "berth": "A01", "plate": "鄂L·12345", "plate_color": "blue",'
        '"plate_confidence": 0.93, "seen_at": "2026-11-23T08:00:00+08:00"},'
        '{"scan_id": "s2", "device": "CAR-1", "berth": "A02", "empty": true,'
        '"seen_at": "2026-11-23T08:00:02+08:00"}, 7]}'
    )
    assert (seen.kind, seen.plate, seen.plate_confidence, seen.heartbeat) == (Kind.OCCUPIED, "鄂L12345", 0.93, True)
    assert (empty.kind, empty.berth) == (Kind.VACANT, "A02")
    assert isinstance(wrong, CodecError)
