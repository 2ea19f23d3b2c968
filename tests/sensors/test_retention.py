from datetime import timedelta

import pytest

from parking import partitions
from sensors import retention
from sensors.models import Device, DeviceSample, DeviceState, Frame
from tests.street import at

pytestmark = pytest.mark.django_db

NOW = at("12:00")


def frame(outcome, days):
    return Frame.objects.create(
        codec="tts", received_at=NOW - timedelta(days=days), body=b"x", outcome=outcome, reason=f"{outcome}{days}"
    )


def shred(**days):
    """As the timetable does it: the months first."""
    partitions.keep(now=NOW)
    return retention.shred_frames(now=NOW, **days)


def test_frames_go_by_whole_months_and_those_with_trouble_later():
    # NOW is 20 November 2026: August is not wholly older than 90 days, July is; October 2025 is older than a year.
    for outcome in ("accepted", "rejected", "partly", "refused", "received"):
        for days in (89, 91, 130, 400):
            frame(outcome, days)
    assert shred(days=90, troubled_days=365) == ["sensors_frame_2025_10", "sensors_frame_2026_07"]
    assert set(Frame.objects.values_list("reason", flat=True)) == {
        "accepted89",
        "accepted91",
        *(f"{outcome}{days}" for outcome in ("rejected", "partly", "refused", "received") for days in (89, 91, 130)),
    }
    assert retention.shred_frames(now=NOW, days=90, troubled_days=365) == []


def test_trouble_is_never_kept_shorter_than_the_rest():
    frame("rejected", 50)
    assert shred(days=90, troubled_days=30) == []


def test_a_month_that_was_shortened_takes_frames_and_finds_them():
    one = frame("rejected", 130)
    frame("accepted", 130)
    shred(days=90, troubled_days=365)
    assert Frame.objects.get(pk=one.pk).reason == "rejected130"
    frame("partly", 130)
    assert Frame.objects.count() == 2


def test_devices_heard_in_the_last_hour_are_sampled_once_an_hour():
    for code, minutes in (("S1", 5), ("S2", 90)):
        device = Device.objects.create(code=code, kind="geomagnetic")
        DeviceState.objects.create(device=device, last_heard_at=NOW - timedelta(minutes=minutes), battery_v=3.5)
    assert retention.sample(now=NOW) == 1
    assert retention.sample(now=NOW) == 0
    assert DeviceSample.objects.get().battery_v == 3.5
    assert retention.shred_samples(now=NOW + timedelta(days=30)) == 0
    assert retention.shred_samples(now=NOW + timedelta(days=32)) == 1
