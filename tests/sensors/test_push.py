import json
from datetime import timedelta

import pytest
from django.utils import timezone

from parking.models import EventRecord
from sensors import keys
from sensors.models import Device, Frame, Installation
from tests import street

pytestmark = pytest.mark.django_db

URL = "/api/v1/ingest/events/"


@pytest.fixture(autouse=True)
def _street():
    street.build()


@pytest.fixture
def key():
    return keys.create_source(name="camera", now=timezone.now())[1]


def post(client, key, body, url=URL):
    data = body if isinstance(body, (bytes, str)) else json.dumps(body)
    return client.post(url, data, content_type="application/json", headers={"Authorization": f"Bearer {key}"})


def said(**changes):
    event = {"event_id": "c1", "berth": "A01", "kind": "arrival", "observed_at": timezone.now().isoformat()}
    return {name: value for name, value in (event | changes).items() if value is not None}


@pytest.mark.parametrize("wrong", ["", "nobody's"])
def test_a_wrong_key_is_refused_and_leaves_a_trace(client, wrong):
    answer = post(client, wrong, {"events": [said()]})
    assert answer.status_code == 401
    assert answer.json()["code"] == "unknown_key"
    assert Frame.objects.get().outcome == "refused"
    assert not EventRecord.objects.exists()


def test_a_revoked_key_is_refused(client, key):
    source = keys.Source.objects.get()
    source.keys.update(revoked_at=timezone.now())
    assert post(client, key, {"events": [said()]}).status_code == 401


@pytest.mark.parametrize("body", ["", "{", "[]", '"text"', '{"events": 1}', '{"events": [', b"\xff\xfe\x00"])
def test_a_body_that_is_no_batch_is_kept_with_its_reason(client, key, body):
    answer = post(client, key, body)
    assert answer.status_code == 400
    assert set(answer.json()) == {"code", "message", "fields"}
    frame = Frame.objects.get()
    assert (frame.outcome, bool(frame.reason)) == ("rejected", True)
    assert bytes(frame.body) == (body if isinstance(body, bytes) else body.encode())


def test_1001_events_are_too_many(client, key):
    answer = post(client, key, {"events": [said(event_id=str(i)) for i in range(1001)]})
    assert answer.status_code == 413
    assert not EventRecord.objects.exists()
    assert Frame.objects.get().reason == "too_many_events"


def test_1000_events_are_not(client, key):
    answer = post(client, key, {"events": [said(event_id=str(i)) for i in range(1000)]})
    assert (answer.status_code, answer.json()["accepted"]) == (202, 1000)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"berth": "Z99"}, "unknown_berth", "berth"),
        ({"berth": None, "device": "NOBODY"}, "unknown_device", "device"),
        ({"plate": 12345}, "bad_type", "plate"),
        ({"kind": "vanished"}, "bad_value", "kind"),
        ({"observed_at": "1970-01-01T00:00:00+00:00"}, "implausible_clock", "observed_at"),
        ({"observed_at": "yesterday"}, "bad_time", "observed_at"),
        ({"observed_at": "2026-11-20T08:00:00"}, "naive_time", "observed_at"),
        ({"plate_confidence": 3}, "out_of_range", "plate_confidence"),
        ({"event_id": "x" * 500}, "too_long", "event_id"),
        ({"plate": "鄂L\x0012"}, "bad_text", "plate"),
    ],
)
def test_a_bad_event_is_named_with_its_field_and_stops_nobody_else(client, key, changes, code, field):
    answer = post(client, key, {"events": [said(event_id="good"), said(event_id="bad") | changes]})
    assert answer.status_code == 202
    body = answer.json()
    assert (body["accepted"], body["duplicates"]) == (1, 0)
    rejection = body["rejected"][0]
    assert (rejection["index"], rejection["code"], rejection["field"]) == (1, code, field)
    frame = Frame.objects.get()
    assert (frame.outcome, frame.reason) == ("partly", code)


def test_a_clock_of_tomorrow_is_refused(client, key):
    tomorrow = (timezone.now() + timedelta(days=1)).isoformat()
    answer = post(client, key, {"events": [said(observed_at=tomorrow)]})
    assert answer.json()["rejected"][0]["code"] == "implausible_clock"


def test_the_same_event_again_is_a_duplicate_and_with_other_content_a_conflict(client, key):
    event = said()
    assert post(client, key, {"events": [event]}).json()["accepted"] == 1
    assert post(client, key, {"events": [event]}).json()["duplicates"] == 1
    answer = post(client, key, {"events": [event | {"plate": street.PLATE}]}).json()
    assert answer["rejected"][0]["code"] == "conflict"


def test_a_device_installed_at_one_berth_need_not_name_it(client, key):
    device = Device.objects.create(code="CAM-1", kind="high_camera")
    berth = street.Berth.objects.get(code="A03")
    Installation.objects.create(device=device, berth=berth, installed_at=street.at("00:00", day="2020-01-01"))
    answer = post(client, key, {"events": [said(berth=None, device="CAM-1", plate="鄂l·12345")]})
    assert answer.json()["accepted"] == 1
    event = EventRecord.objects.get()
    assert (event.berth.code, event.witness, event.plate) == ("A03", "high_camera", street.PLATE)
    assert device.state.last_heard_at is not None


def test_a_device_that_watches_another_berth_can_not_speak_for_this_one(client, key):
    device = Device.objects.create(code="CAM-1", kind="high_camera")
    berth = street.Berth.objects.get(code="A03")
    Installation.objects.create(device=device, berth=berth, installed_at=street.at("00:00", day="2020-01-01"))
    answer = post(client, key, {"events": [said(device="CAM-1", berth="A01")]})
    assert answer.json()["rejected"][0]["code"] == "device_elsewhere"


def test_over_the_rate_the_door_says_when_to_come_again(client, key):
    keys.Source.objects.update(events_per_second=1)
    assert post(client, key, {"events": [said(event_id=str(i)) for i in range(50)]}).status_code == 202
    answer = post(client, key, {"events": [said()]})
    assert answer.status_code == 429
    assert 1 <= int(answer["Retry-After"]) <= 10


def test_an_unknown_codec_is_a_404(client, key):
    assert post(client, key, "{}", url="/api/v1/ingest/nonsense/").status_code == 404


def test_only_posting_is_allowed(client):
    assert client.get(URL).status_code == 405


def test_a_third_key_ends_the_first_but_two_live_at_once(client, key):
    second = keys.create_source(name="camera", now=timezone.now())[1]
    assert post(client, key, {"events": [said()]}).status_code == 202
    keys.create_source(name="camera", now=timezone.now())
    assert post(client, key, {"events": [said()]}).status_code == 401
    assert post(client, second, {"events": [said()]}).status_code == 202
