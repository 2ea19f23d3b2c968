from datetime import timedelta

import pytest

from parking.models import Berth, DeviceCount
from sensors import census
from sensors.models import Device, DeviceState, Installation
from tests import street
from tests.street import at

pytestmark = pytest.mark.django_db
NOW = at("12:00")


@pytest.fixture
def device():
    street.build()

    def make(code, *, kind="geomagnetic", berth="A01", condition="ok", active=True, removed=None):
        made = Device.objects.create(code=code, kind=kind, active=active)
        Installation.objects.create(
            device=made,
            berth=Berth.objects.get(code=berth),
            installed_at=NOW - timedelta(days=30),
            removed_at=removed,
        )
        if condition:
            DeviceState.objects.create(device=made, condition=condition)

    return make


def counted():
    census.take(now=NOW)
    return {row.kind: (row.devices, row.online) for row in DeviceCount.objects.all()}


def test_one_that_is_late_or_failing_still_speaks_and_a_silent_one_does_not(device):
    device("M1", condition="late")
    device("M2", condition="silent")
    device("C1", kind="high_camera", condition="failing")
    device("C2", kind="high_camera", condition="unknown")
    assert counted() == {"geomagnetic": (2, 1), "high_camera": (2, 1)}


def test_one_never_heard_is_not_online(device):
    device("M1", condition="")
    assert counted() == {"geomagnetic": (1, 0)}


def test_those_out_of_service_or_taken_down_are_not_counted(device):
    device("M1", active=False)
    device("M2", removed=NOW - timedelta(days=1))
    assert counted() == {}


def test_counting_again_forgets_what_is_gone(device):
    device("M1")
    assert counted() == {"geomagnetic": (1, 1)}
    Device.objects.update(active=False)
    assert counted() == {}
