"""What a device's own frames tell of it: numbering, clock, rhythm, telemetry; in one statement."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sensors import health, keys, placing
from sensors.codecs.reading import Reading
from sensors.models import Device, DeviceState
from tests.street import at

pytestmark = pytest.mark.django_db

NOW = at("12:00")


@pytest.fixture
def speaker():
    source = keys.create_source(name="gateway", now=NOW)[0]
    Device.objects.create(code="S1", kind="geomagnetic")
    return keys.as_speaker(source)


def hear(speaker, *readings, received_at=NOW):
    known = placing.devices(["S1"], speaker=speaker)
    told = [Reading(device="S1", event_id="x", **said) for said in readings]
    health.heard(told, known=known, received_at=received_at, speaker=speaker)
    return DeviceState.objects.get()


def number(speaker, *batches):
    for batch in batches:
        state = hear(speaker, *({"sequence": each} for each in (batch if isinstance(batch, list) else [batch])))
    return state.last_sequence, state.sequence_heard, state.sequence_gaps


@pytest.mark.parametrize(
    ("batches", "expected"),
    [
        ([5], (5, 1, 0)),
        ([1, 2, 3], (3, 3, 0)),
        ([[1, 2, 3]], (3, 3, 0)),
        ([1, 4], (4, 2, 2)),
        ([[1, 4]], (4, 2, 2)),
        ([1, 2, 2, 2], (2, 2, 0)),
        ([1, 3, 2], (3, 3, 0)),
        ([1, 3, 2, 2, 3], (3, 3, 0)),
        ([10, 8], (10, 2, 1)),
        ([10, 8, 9], (10, 3, 0)),
        ([100, 200], (200, 2, 99)),
        ([100, 200, 150], (200, 3, 98)),
        ([254, 255, 0, 1], (1, 4, 0)),
        ([65534, 2], (2, 2, 3)),
        ([4294967295, 0], (0, 2, 0)),
        ([900, 0, 1], (1, 3, 0)),
        ([900, 3], (3, 2, 0)),
        ([900, 901, 300, 902], (902, 3, 0)),
        ([900, 300, 301, 302, 303], (303, 3, 0)),
        ([10, 900_000, 900_001], (900_001, 3, 0)),
        ([[*range(1, 201)], [*range(201, 401)]], (400, 400, 0)),
        ([[*range(1, 401, 2)]], (399, 200, 199)),
        ([1, [*range(2, 402, 2)]], (400, 201, 199)),
    ],
    ids=str,
)
def test_gaps_are_counted_through_repeats_late_frames_wraps_and_restarts(speaker, batches, expected):
    assert number(speaker, *batches) == expected


def test_the_loss_is_that_of_the_last_frames(speaker):
    for each in [*range(0, 100, 2), *range(100, 170)]:
        state = hear(speaker, {"sequence": each})
    assert (state.sequence_gaps, state.loss) == (50, 0)
    for each in range(200, 240, 2):
        state = hear(speaker, {"sequence": each})
    assert 0.5 < state.loss < 0.9


def test_the_clock_offset_is_the_median_of_its_history_and_outlives_a_backlog(speaker):
    for minute in range(9):
        moment = NOW + timedelta(minutes=minute)
        state = hear(speaker, {"observed_at": moment + timedelta(seconds=50 + minute)}, received_at=moment)
    assert state.clock_offset_s == 54
    state = hear(speaker, {"observed_at": NOW - timedelta(hours=6)})
    assert 53 <= state.clock_offset_s <= 54
    state = hear(speaker, {"observed_at": NOW - timedelta(days=400)})
    assert len(state.offsets) == 10


def test_the_platforms_time_is_nearer_to_the_device_than_ours(speaker):
    told = {"observed_at": NOW + timedelta(seconds=51), "platform_at": NOW}
    assert hear(speaker, told, received_at=NOW + timedelta(hours=2)).clock_offset_s == 51


def test_a_clock_from_before_any_event_counts_as_a_clock(speaker):
    assert hear(speaker, {"observed_at": at("08:00", day="1970-01-01")}).clock_offset_s < -1e9


def test_only_so_many_samples_are_kept(speaker):
    for second in range(health.OFFSETS_KEPT + 5):
        state = hear(speaker, {"observed_at": NOW + timedelta(seconds=second)})
    assert len(state.offsets) == health.OFFSETS_KEPT


def test_the_rhythm_is_the_longest_usual_pause(speaker):
    moment = NOW
    for _day in range(4):
        for pause in (0.001, 0.5, 4, 4, 4, 4, 4, 3.499):  # hours of one day: changes, then heartbeats
            moment += timedelta(hours=pause)
            state = hear(speaker, {}, received_at=moment)
    assert 3.4 * 3600 < state.rhythm_s <= 4 * 3600
    state = hear(speaker, {}, received_at=moment + timedelta(days=3))
    assert state.rhythm_s <= 6 * 3600, "an outage is no rhythm"


def test_a_burst_teaches_no_rhythm(speaker):
    for second in range(4):
        state = hear(speaker, {}, received_at=NOW + timedelta(seconds=second))
    assert state.rhythm_s is None


def test_the_last_told_value_stays(speaker):
    hear(speaker, {"battery_v": 3.6, "signal_dbm": -90.0}, {"temperature_c": 21.0, "battery_low": False})
    state = hear(speaker, {"battery_v": 3.5})
    assert (state.battery_v, state.signal_dbm, state.temperature_c, state.battery_low) == (3.5, -90.0, 21.0, False)


@pytest.mark.parametrize("devices", [1, 300])
def test_one_statement_however_many_devices(speaker, devices):
    Device.objects.bulk_create(Device(code=f"D{n}", kind="geomagnetic") for n in range(devices))
    codes = [f"D{n}" for n in range(devices)]
    known = placing.devices(codes, speaker=speaker)
    told = [Reading(device=code, event_id="x", sequence=1, observed_at=NOW) for code in codes]
    for _ in range(2):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            health.heard(told, known=known, received_at=NOW, speaker=speaker)
        assert len(queries) == 1
    assert DeviceState.objects.count() == devices
