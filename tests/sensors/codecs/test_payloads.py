"""Payload models: which is chosen, and what the bytes beyond the published frames say."""

import pytest

from parking.domain.events import STATE_REPORT, Kind
from sensors.codecs import payloads
from sensors.codecs.payloads import nwave
from sensors.codecs.reading import CodecError


def read(hexadecimal: str, port: int | None, model: str = "", *names: str):
    return payloads.decode(bytes.fromhex(hexadecimal), port=port, model=model, names=names)


@pytest.mark.parametrize(
    ("hexadecimal", "port", "model", "code"),
    [
        ("01", 1, "no-such-sensor", "unknown_model"),
        ("", 1, "", "unknown_model"),
        ("0102030405", 77, "", "unknown_model"),
        ("01", 9, "bosch-tps110", "bad_payload"),
        ("156601", 1, "netvox-r719a", "bad_payload"),
        ("1566", 2, "pni-placepod", "bad_payload"),
        ("15660137", 2, "pni-placepod", "bad_payload"),
        ("15990137", 2, "pni-placepod", "bad_payload"),
        ("80003102170681", 3, "dingtek-do20x", "bad_payload"),
        ("80", 1, "libelium-v2", "bad_payload"),
        ("0203", None, "movebroad-vd33d", "bad_payload"),
        ("020065000100", None, "movebroad-vd33d", "bad_payload"),
    ],
)
def test_a_payload_that_fits_no_model_is_refused(hexadecimal, port, model, code):
    with pytest.raises(CodecError) as refusal:
        read(hexadecimal, port, model)
    assert refusal.value.code == code


def test_the_model_asked_for_goes_before_the_names_and_the_names_before_the_shape():
    assert read("95", 1, "bosch-tps110", "nwave nps405")[0].previous_minutes is None
    assert read("95", 1, "", "My Nwave NPS-405 profile")[0].previous_minutes == 74
    assert read("95", 1)[0].previous_minutes == 74


@pytest.mark.parametrize(
    ("code", "minutes", "error"),
    [
        (0, 0, 0),
        (74, 74, 0),
        (89, 89, 0),
        (90, 90, 4),
        (104, 160, 4),
        (119, 235, 4),
        (120, 240, 59),
        (126, 600, 59),
        (127, None, 0),
    ],
)
def test_nwaves_minutes_in_the_state_before_are_exact_then_rounded_then_unknown(code, minutes, error):
    assert nwave.previous_minutes(code) == (minutes, error)


@pytest.mark.parametrize(
    ("first", "kind", "heartbeat", "low"),
    [
        ("80", Kind.ARRIVAL, False, False),
        ("00", Kind.DEPARTURE, False, False),
        ("c1", Kind.OCCUPIED, True, True),
        ("01", Kind.VACANT, True, False),
        ("84", Kind.STARTUP, False, False),
        ("85", Kind.STARTUP, False, False),
        ("82", None, False, False),
        ("86", None, False, False),
    ],
)
def test_libeliums_header_tells_kind_battery_and_sequence(first, kind, heartbeat, low):
    (reading,) = read(first + "2a" + "00" * 9, 3, "libelium-v2")
    assert (reading.kind, reading.heartbeat, reading.battery_low, reading.sequence) == (kind, heartbeat, low, 42)


def test_two_states_in_one_placepod_frame_are_two_readings():
    change, alive = read("156601376601026700f0", 2)
    assert (change.kind, change.temperature_c) == (Kind.ARRIVAL, 24.0)
    assert (alive.kind, alive.heartbeat) == (Kind.OCCUPIED, True)


@pytest.mark.parametrize(("frame", "kind", "heartbeat"), [("01", Kind.OCCUPIED, True), ("02", Kind.ARRIVAL, False)])
def test_dingteks_timed_report_is_a_heartbeat_and_its_alarm_a_change(frame, kind, heartbeat):
    (reading,) = read(f"800031{frame}1706b4100001610010fff6fff08b2d00010081", 3)
    assert (reading.kind, reading.heartbeat) == (kind, heartbeat)


def test_netvoxs_top_bit_says_that_the_battery_is_low():
    (reading,) = read("01590196010000" + "00" * 4, 6)
    assert (reading.battery_v, reading.battery_low, reading.kind) == (2.2, True, Kind.OCCUPIED)


@pytest.mark.parametrize("state", ["00", "01"])
def test_start_ups_say_nothing_of_the_berth(state):
    for frame in (f"240300007503000000000000001d0203{state}", f"02040902{state}"):
        assert read(frame, 3)[0].kind is Kind.STARTUP


def test_what_a_device_sends_alike_for_change_and_repeat_is_marked_as_a_state_report():
    (reading,) = read("01590124010000" + "00" * 4, 6)
    assert (reading.kind, reading.heartbeat, reading.detail) == (Kind.OCCUPIED, False, STATE_REPORT)
