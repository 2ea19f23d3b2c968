"""Pictures through the doors: inside pushes, behind events of a stream, by themselves, and by address."""

import base64
import json
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from parking import pictures
from parking.domain.events import Witness
from parking.models import Berth, EventRecord, Picture, PictureBytes
from sensors import ingest, keys
from sensors.codecs.multipart import Part
from sensors.models import Device, Frame, Installation
from tests import street
from tests.parking.shots import shot
from tests.street import at

pytestmark = pytest.mark.django_db


@pytest.fixture
def key():
    street.build()
    return keys.create_source(name="kerb", now=timezone.now())[1]


def event(**more):
    return {"event_id": "e1", "berth": "A01", "kind": "arrival", "observed_at": "2026-11-20T08:00:00+08:00"} | more


def post(client, key, *events):
    return client.post(
        "/api/v1/ingest/events/",
        data=json.dumps({"events": events}),
        content_type="application/json",
        headers={"Authorization": f"Bearer {key}"},
    )


def upload(client, key, body=None, **fields):
    file = {} if body is None else {"picture": SimpleUploadedFile("x.jpg", body, "image/jpeg")}
    return client.post("/api/v1/ingest/pictures/", data=fields | file, headers={"Authorization": f"Bearer {key}"})


def inline(body, **more):
    return {"data": base64.b64encode(body).decode()} | more


class TestInTheEvent:
    @pytest.mark.parametrize(
        ("picture", "field"),
        [
            ({"data": "%%%"}, "pictures.data"),
            ({"role": "scene"}, "pictures.data"),
            ({"data": "aaaa", "role": "cat"}, "pictures.role"),
            (7, "pictures"),
        ],
        ids=["not base64", "no data", "unknown role", "a number"],
    )
    def test_a_wrong_picture_rejects_its_event_and_names_the_field(self, client, key, picture, field):
        (rejected,) = post(client, key, event(pictures=[picture])).json()["rejected"]
        assert rejected["field"] == field

    def test_bytes_that_are_no_picture_are_kept_refused_and_the_event_counts(self, client, key):
        assert post(client, key, event(pictures=[inline(b"no picture")])).json()["accepted"] == 1
        assert Picture.objects.get().refused == "not_a_picture"

    def test_a_rejected_events_pictures_are_not_kept(self, client, key):
        post(client, key, event(berth="NOWHERE", pictures=[inline(shot())]))
        assert not Picture.objects.exists()

    def test_pictures_in_base64_belong_to_their_event(self, client, key):
        pair = [inline(shot(mark="1")), inline(shot(mark="2"), role="plate")]
        post(client, key, event(pictures=pair), event(event_id="e2", kind="departure", pictures=[inline(shot())]))
        found = set(Picture.objects.values_list("event_id", "role"))
        assert found == {("e1", "arrival"), ("e1", "plate"), ("e2", "departure")}
        assert EventRecord.objects.get(event_id="e1").picture_count == 2

    def test_sending_again_is_no_second_picture(self, client, key):
        for _ in range(3):
            post(client, key, event(pictures=[inline(shot())]))
        assert Picture.objects.count() == 1

    def test_an_address_is_kept_and_not_fetched(self, client, key):
        post(client, key, event(pictures=["http://169.254.169.254/latest/meta-data"]))
        picture = Picture.objects.get()
        assert (picture.reference, picture.fetch_at) == ("http://169.254.169.254/latest/meta-data", None)


class TestByThemselves:
    def test_nobody_without_a_key_sends_pictures(self, client, key):
        assert upload(client, "wrong", shot(), event_id="e1").status_code == 401

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({}, "event_id"),
            ({"event_id": "e", "role": "cat"}, "role"),
            ({"event_id": "e", "taken_at": "noon"}, "taken_at"),
        ],
        ids=["no event", "unknown role", "no time"],
    )
    def test_a_wrong_field_is_named(self, client, key, fields, field):
        answer = upload(client, key, shot(), **fields)
        assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])

    def test_a_form_without_a_file_is_refused(self, client, key):
        assert upload(client, key, event_id="e1").json()["fields"].keys() == {"picture"}

    @pytest.mark.parametrize("body", [b"<svg/>", b"GIF89a", b"\xff\xd8\xff"], ids=["svg", "gif", "half a head"])
    def test_what_is_no_picture_is_told_at_once_and_kept(self, client, key, body):
        assert upload(client, key, body, event_id="e1").status_code == 422
        assert Picture.objects.get().refused

    def test_a_body_over_the_limit_is_turned_away(self, client, key, settings):
        settings.INGEST_MAX_BODY = 100
        assert upload(client, key, shot(), event_id="e1").status_code == 413

    def test_another_picture_under_a_name_that_stands_is_a_conflict(self, client, key):
        upload(client, key, shot(mark="1"), event_id="e1", name="a")
        assert upload(client, key, shot(mark="2"), event_id="e1", name="a").status_code == 409

    def test_a_picture_may_come_before_its_event_and_belongs_to_its_own_source(self, client, key):
        assert upload(client, key, shot(), event_id="e1", name="a").status_code == 202
        assert upload(client, key, shot(), event_id="e1", name="a").json()["duplicate"]
        _, other = keys.create_source(name="other", now=timezone.now())
        upload(client, other, shot(), event_id="e1", name="a")
        assert set(Picture.objects.values_list("source", flat=True)) == {"kerb", "other"}

    def test_an_announced_name_is_filled(self, client, key):
        post(client, key, event(pictures=["img-1"]))
        upload(client, key, shot(), event_id="e1", name="img-1")
        picture = Picture.objects.get()
        assert (picture.role, bool(picture.sha256)) == ("arrival", True)


def camera(codec, code):
    source, _ = keys.create_source(name=codec, codec=codec, witness=Witness.HIGH_CAMERA, now=timezone.now())
    device = Device.objects.create(code=code, kind=Witness.HIGH_CAMERA, codec=codec, source=source)
    Installation.objects.create(
        device=device, berth=Berth.objects.get(code="A01"), installed_at=at("00:00", day="2020-01-01")
    )
    return keys.as_speaker(source)


def receive(speaker, body, **more):
    return ingest.receive(speaker=speaker, codec=speaker.codec, body=body, received_at=at("08:00:05"), **more)


class TestInsideVendorsPushes:
    def test_hikvisions_multipart_brings_its_parts(self, key):
        xml = (
            "<EventNotificationAlert><eventType>ANPR</eventType><dateTime>2026-11-20T08:00:00+08:00</dateTime>"
            "<UUID>0123456789abcdef</UUID><deviceID>HIK1</deviceID><ANPR><licensePlate>鄂L12345</licensePlate></ANPR>"
            "</EventNotificationAlert>"
        )
        body = b"--b\r\nContent-Type: text/xml\r\n\r\n" + xml.encode() + b"\r\n"
        for name in ("licensePlatePicture.jpg", "detectionPicture.jpg"):
            head = f'--b\r\nContent-Disposition: form-data; filename="{name}"\r\nContent-Type: image/jpeg'
            body += head.encode() + b"\r\n\r\n" + shot(mark=name) + b"\r\n"
        receipt = receive(
            camera("hikvision-isapi", "HIK1"),
            body + b"--b--\r\n",
            content_type="multipart/form-data; boundary=b",
            query={"phase": "in"},
        )
        assert (receipt.accepted, receipt.rejected) == (1, [])
        assert set(Picture.objects.values_list("name", "role")) == {
            ("licensePlatePicture.jpg", "plate"),
            ("detectionPicture.jpg", "arrival"),
        }
        assert PictureBytes.objects.count() == 2

    def test_vzeniths_base64_is_taken(self, key):
        result = {
            "license": "鄂L12345",
            "plateid": 7,
            "timeStamp": {"Timeval": {"sec": int(at("08:00").timestamp()), "usec": 0}},
            "imageFile": base64.b64encode(shot(mark="whole")).decode(),
            "imageFragmentFile": base64.b64encode(shot(mark="plate")).decode(),
        }
        body = {"AlarmInfoPlate": {"serialno": "VZ1", "result": {"PlateResult": result}}}
        receipt = receive(camera("vzenith", "VZ1"), json.dumps(body).encode(), query={"phase": "out"})
        assert (receipt.accepted, receipt.rejected) == (1, [])
        assert set(Picture.objects.values_list("name", "role")) == {
            ("imageFile", "departure"),
            ("imageFragmentFile", "plate"),
        }
        assert PictureBytes.objects.count() == 2

    def test_dahuas_picture_belongs_to_the_text_before_it(self, key):
        speaker = camera("dahua", "DH1")
        wall = int(at("08:00").timestamp()) + 8 * 3600

        def told(index):
            return (
                f"Events[0].Code=TrafficParkingSpaceParking\r\nEvents[0].GroupID=5\r\nEvents[0].IndexInGroup={index}\r\n"
                f"Events[0].TrafficCar.UTC={wall}\r\n"
            ).encode()

        receipt = receive(speaker, told(1), query={"device": "DH1"})
        kept = [
            ingest.attach(
                codec="dahua",
                told=told(index),
                part=Part("", "", "image/jpeg", shot(mark=str(index))),
                name=f"snap-{index}",
                source=speaker.name,
                now=at("08:00:06"),
                query={"device": "DH1"},
            )
            for index in (1, 2, 2)
        ]
        assert (receipt.accepted, kept) == (1, [1, 1, 0])
        events = set(EventRecord.objects.values_list("source", "event_id"))
        assert set(Picture.objects.values_list("source", "event_id")) == events

    def test_signaltones_addresses_are_kept_with_their_event(self, key):
        body = {
            "evt": "evt.car.in", "evtGuid": "G1", "parkingActId": "V1", "happenTime": "2026-11-20 08:00:00",
            "berthCode": "A01", "deviceSn": "ST1", "picUrlArr": ["http://pictures.example/1.jpg"],
        }  # fmt: skip
        receive(camera("signaltone", "ST1"), json.dumps(body).encode())
        assert Picture.objects.get().reference == "http://pictures.example/1.jpg"
        assert Frame.objects.get().outcome == "accepted"


class Shelf(BaseHTTPRequestHandler):
    """A vendor's picture server."""

    asked = 0

    def do_GET(self):
        Shelf.asked += 1
        if "moved" in self.path:
            self.send_response(302)
            self.send_header("Location", "/1.jpg")
            self.end_headers()
            return
        body = shot() if "1.jpg" in self.path else b"x" * 10_000_000
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with suppress(OSError):  # the reader may have seen enough
            self.wfile.write(body)

    def log_message(self, *_):
        """Nothing to say."""


@pytest.fixture
def shelf(settings):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Shelf)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    host = f"127.0.0.1:{server.server_port}"
    settings.EVIDENCE_FETCH_HOSTS = [host]
    Shelf.asked = 0
    yield host
    server.shutdown()
    server.server_close()


class TestByAddress:
    @pytest.mark.parametrize(
        "address",
        [
            "http://evil.example/1.jpg",
            "http://{host}@evil.example/",
            "file:///etc/passwd",
            "//{host}/1.jpg",
            "http://[x",
        ],
        ids=["another host", "a user in front", "a file", "no scheme", "nonsense"],
    )
    def test_only_listed_hosts_are_asked(self, client, key, shelf, address):
        post(client, key, event(pictures=[address.format(host=shelf)]))
        assert pictures.fetch_named(now=timezone.now()) == 0
        assert (Shelf.asked, Picture.objects.get().fetch_at) == (0, None)

    @pytest.mark.parametrize("path", ["moved", "huge"])
    def test_a_redirect_is_not_followed_and_a_flood_is_cut_off(self, client, key, shelf, path):
        post(client, key, event(pictures=[f"http://{shelf}/{path}"]))
        now = timezone.now()
        assert pictures.fetch_named(now=now) == 0
        assert Shelf.asked == 1
        picture = Picture.objects.get()
        assert (picture.tries, picture.sha256, picture.fetch_at > now) == (1, "", True)

    def test_a_listed_host_is_asked_once_it_answers(self, client, key, shelf):
        post(client, key, event(pictures=[f"http://{shelf}/1.jpg"]))
        assert pictures.fetch_named(now=timezone.now()) == 1
        assert pictures.develop(now=timezone.now()) == 1
        assert pictures.fetch_named(now=timezone.now()) == 0
        assert Picture.objects.get().stored_at is not None
