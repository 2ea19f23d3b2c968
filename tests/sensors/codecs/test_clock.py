"""Times as vendors write them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from sensors.codecs import clock
from sensors.codecs.reading import CodecError

NINE = datetime(2026, 3, 1, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize("value", [None, True, "", "soon", "9" * 30, float("inf"), 10**400, -(10**12), [], "1e999"])
def test_what_is_no_unix_time_is_refused(value):
    with pytest.raises(CodecError) as refusal:
        clock.epoch(value, "ts")
    assert (refusal.value.code, refusal.value.field) == ("bad_time", "ts")


@pytest.mark.parametrize(
    "value", [None, 5, "", "2026-03-01T09:00:00+08:002", "2026-13-01 09:00:00", "20261301090000", "24:00", "9999-01-01"]
)
def test_what_is_no_written_time_is_refused(value):
    with pytest.raises(CodecError, match="not a time"):
        clock.local(value, "happenTime")


def test_a_time_without_offset_is_refused_where_one_is_promised():
    with pytest.raises(CodecError) as refusal:
        clock.zoned("2026-03-01T09:00:00", "time")
    assert refusal.value.code == "naive_time"


@pytest.mark.parametrize("value", [1772326800, 1772326800000, "1772326800", "1772326800000", 1772326800.0])
def test_seconds_and_milliseconds_are_told_apart_by_size(value):
    assert clock.epoch(value, "ts") == NINE


@pytest.mark.parametrize(
    "written",
    [
        "2026-03-01 09:00:00",
        "2026/03/01 09:00:00",
        "2026-03-01T09:00:00",
        "20260301090000",
        "20260301T010000Z",
        "2026-03-01T09:00:00.000+08:00",
        "2026-03-01T01:00:00.000000000Z",
        "2026-03-01 01:00:00+00",
    ],
)
def test_a_time_without_offset_is_shanghais(written):
    assert clock.local(written, "happenTime") == NINE


def test_another_zone_can_be_said():
    assert clock.local("2026-03-01 02:00:00", "t", zone=timezone(timedelta(hours=1))) == NINE


def test_a_clock_that_was_reset_is_read_and_left_to_the_door():
    assert clock.epoch(0, "ts").year == 1970
