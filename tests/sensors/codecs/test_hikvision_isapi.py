"""ISAPI beyond its published frames: hostile XML, parking spaces, repeats."""

import pytest

from parking.domain.events import Kind
from sensors.codecs import hikvision_isapi
from sensors.codecs.reading import CodecError
from tests.sensors.codecs.vectors import NOW

TIME = "2026-11-23T08:00:00+08:00"
HEAD = f"<EventNotificationAlert xmlns='urn:any'><macAddress>44:a6</macAddress><dateTime>{TIME}</dateTime>"
ANPR = "<ANPR><licensePlate>鄂L12345</licensePlate></ANPR></EventNotificationAlert>"
SPACE = "<PackingSpace><absoulteParkingNum>{}</absoulteParkingNum><isParked>{}</isParked></PackingSpace>"


def read(text: str, **query: str):
    return hikvision_isapi.decode(text.encode(), received_at=NOW, query=query)


@pytest.mark.parametrize(
    "text",
    [
        '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>',
        '<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>',
        "<x>&unknown;</x>",
        "<a>" * 40 + "</a>" * 40,
        "<a>" + "<b/>" * 6000 + "</a>",
        "<a><b></a>",
        "",
    ],
)
def test_hostile_or_broken_xml_is_refused(text):
    with pytest.raises(CodecError) as refusal:
        read(text)
    assert refusal.value.code == "bad_xml"


def test_an_entity_bomb_in_another_encoding_is_refused():
    bomb = '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'.encode("utf-16")
    with pytest.raises(CodecError):
        hikvision_isapi.decode(bomb, received_at=NOW)


def test_an_unknown_phase_is_refused():
    with pytest.raises(CodecError) as refusal:
        read("<x><plate>鄂L12345</plate></x>", phase="sideways")
    assert refusal.value.field == "phase"


def test_a_space_without_state_is_refused_and_spares_the_others():
    body = HEAD + "<PackingSpaceRecognition>" + SPACE.format("A01", "maybe") + SPACE.format("A02", "yes")
    bad, good = read(body + "</PackingSpaceRecognition></EventNotificationAlert>")
    assert isinstance(bad, CodecError)
    assert (good.channel, good.kind) == ("A02", Kind.OCCUPIED)


@pytest.mark.parametrize("shape", ["<RegionInfo><regionalID>1</regionalID>{}</RegionInfo>", "{}"])
def test_parking_spaces_are_read_nested_and_flat(shape):
    inner = shape.format(SPACE.format("A01", "yes") + SPACE.format("A02", "no"))
    started = "<alarmStartTime>2026-11-23T07:59:00+08:00</alarmStartTime>"
    first, second = read(
        HEAD + f"<PackingSpaceRecognition>{started}{inner}</PackingSpaceRecognition></EventNotificationAlert>"
    )
    assert [(item.channel, item.kind) for item in (first, second)] == [("A01", Kind.OCCUPIED), ("A02", Kind.VACANT)]
    assert first.observed_at is not None
    assert first.observed_at.minute == 59


def test_parking_spaces_are_read_as_a_flat_json_list():
    body = '{"PackingSpaceRecognition": [{"absoulteParkingNum": "A01", "isParked": "no"}], "serialNumber": "S1"}'
    (reading,) = read(body)
    assert (reading.device, reading.channel, reading.kind) == ("S1", "A01", Kind.VACANT)


def test_a_repeat_that_only_counts_on_is_the_same_event():
    frame = HEAD + "<activePostCount>{}</activePostCount>" + ANPR
    assert read(frame.format(1))[0].event_id == read(frame.format(2))[0].event_id


def test_which_way_a_camera_looks_is_said_by_its_address():
    frame = "<x><plate>鄂L12345</plate></x>"
    assert [read(frame, phase=phase)[0].kind for phase in ("in", "out", "seen")] == [
        Kind.ARRIVAL,
        Kind.DEPARTURE,
        Kind.OCCUPIED,
    ]
