from datetime import timedelta

import pytest

from sensors import retention
from sensors.models import Device, DeviceSample, DeviceState, Frame
from tests.street import at

pytestmark = pytest.mark.django_db

NOW = at("12:00")


def frame(outcome, days):
    return Frame.objects.create(
        codec="tts", received_at=NOW - timedelta(days=days), body=b"x", outcome=outcome, reason=f"{outcome}{days}"
    )


def test_frames_go_by_age_and_those_with_trouble_later(monkeypatch):
    for outcome in ("accepted", "rejected", "partly", "refused", "received"):
        for days in (89, 91, 366):
            frame(outcome, days)
    assert retention.shred_frames(now=NOW, days=90, troubled_days=365) == 6
    assert set(Frame.objects.values_list("reason", flat=True)) == {
        "accepted89",
        *(f"{outcome}{days}" for outcome in ("rejected", "partly", "refused", "received") for days in (89, 91)),
    }


def test_trouble_is_never_kept_shorter_than_the_rest():
    frame("rejected", 50)
    assert retention.shred_frames(now=NOW, days=90, troubled_days=30) == 0


def test_a_night_deletes_so_many_batches_and_the_next_the_rest(monkeypatch):
    monkeypatch.setattr(retention, "_BATCH", 3)
    for _ in range(8):
        frame("accepted", 100)
    assert retention.shred_frames(now=NOW, days=90, troubled_days=365, batches=2) == 6
    assert retention.shred_frames(now=NOW, days=90, troubled_days=365, batches=2) == 2


def test_devices_heard_in_the_last_hour_are_sampled_once_an_hour():
    for code, minutes in (("S1", 5), ("S2", 90)):
        device = Device.objects.create(code=code, kind="geomagnetic")
        DeviceState.objects.create(device=device, last_heard_at=NOW - timedelta(minutes=minutes), battery_v=3.5)
    assert retention.sample(now=NOW) == 1
    assert retention.sample(now=NOW) == 0
    assert DeviceSample.objects.get().battery_v == 3.5
    assert retention.shred_samples(now=NOW + timedelta(days=30)) == 0
    assert retention.shred_samples(now=NOW + timedelta(days=32)) == 1
