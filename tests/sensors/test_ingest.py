import json

import pytest
from django.utils import timezone

from parking.models import EventRecord
from sensors import ingest, keys
from sensors.models import Device, Frame, Installation
from tests import street
from tests.street import at

pytestmark = pytest.mark.django_db

NOW = at("12:00")


@pytest.fixture(autouse=True)
def _street():
    street.build()


@pytest.fixture
def speaker():
    keys.create_source(name="gateway", now=NOW)
    return keys.named("gateway")


def receive(speaker, *events, at=NOW):
    body = json.dumps({"events": list(events)}).encode()
    return ingest.receive(speaker=speaker, codec="neutral", body=body, received_at=at, query={"key": "s", "model": "m"})


def said(**more):
    return {"event_id": "1", "berth": "A01", "kind": "arrival", "observed_at": at("08:00").isoformat()} | more


def test_a_refused_body_has_no_one_to_decode_it_for():
    ingest.refuse(codec="neutral", body=b"{}", received_at=NOW, reason="unknown_key")
    with pytest.raises(ValueError, match="no source"):
        ingest.again(Frame.objects.get(), now=NOW)


def test_a_frame_of_an_unknown_device_is_decoded_again_once_the_device_is_known(speaker):
    event = said(device="SENSOR-1", berth=None)
    assert receive(speaker, event).rejected[0].code == "unknown_device"
    device = Device.objects.create(code="SENSOR-1", kind="geomagnetic")
    berth = street.Berth.objects.get(code="A02")
    Installation.objects.create(device=device, berth=berth, installed_at=at("00:00", day="2020-01-01"))
    frame = Frame.objects.get()
    assert ingest.again(frame, now=timezone.now()).accepted == 1
    frame.refresh_from_db()
    assert (frame.outcome, frame.reason, frame.rejections) == ("accepted", "", [])
    assert EventRecord.objects.get().received_at == NOW


def test_a_frame_decoded_again_tells_nothing_twice(speaker):
    receive(speaker, said())
    assert ingest.again(Frame.objects.get(), now=NOW).duplicates == 1
    assert EventRecord.objects.count() == 1


def test_the_key_in_the_address_is_not_kept(speaker):
    receive(speaker, said())
    assert Frame.objects.get().query == {"model": "m"}


def test_a_revocation_need_not_name_the_berth(speaker):
    receive(speaker, said())
    Device.objects.create(code="CAM", kind="high_camera")
    taken = receive(
        speaker, {"event_id": "2", "device": "CAM", "kind": "revoked", "observed_at": NOW.isoformat(), "revokes": "1"}
    )
    assert taken.accepted == 1
    assert EventRecord.objects.get(event_id="2").berth.code == "A01"


def test_pictures_announced_later_make_no_conflict(speaker):
    receive(speaker, said())
    assert receive(speaker, said(pictures=["a.jpg"])).duplicates == 1
