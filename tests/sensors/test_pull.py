"""The puller against a camera of the test's own: Digest, stream, poll, and a connection that breaks."""

import hashlib
import threading
import time
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.utils import timezone

from parking.domain.events import Witness
from parking.models import Berth, EventRecord
from sensors import keys, pull
from sensors.models import Device, Frame, Installation
from tests import street

SERIAL = "8M049B2PAJF3085"
PASSWORD = "camera"


@pytest.mark.parametrize("written", ["http://1.2.3.4", "ftp://1.2.3.4/?device=x s", "http://1.2.3.4/ s", "a b c"])
def test_a_camera_that_can_not_be_found_is_refused(written):
    with pytest.raises(ValueError, match="camera"):
        pull.cameras(written)


@pytest.mark.parametrize("written", ["", "nonsense"])
def test_the_command_says_what_is_missing(settings, written):
    settings.DAHUA_CAMERAS = written
    with pytest.raises(CommandError):
        call_command("pull_dahua")


def test_a_password_with_odd_signs_is_read():
    (camera,) = pull.cameras("http://admin:p%40ss%3A1@10.0.0.9:8080/?device=D1&channel=2 dahua")
    assert (camera.url, camera.password, camera.channel) == ("http://10.0.0.9:8080", "p@ss:1", "2")


def part(body: str | bytes, kind: str = "text/plain") -> bytes:
    data = body.encode() if isinstance(body, str) else body
    return (
        b"--myboundary\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n" % (kind.encode(), len(data)) + data + b"\r\n"
    )


def snap(code: str, group: int, second: int) -> bytes:
    wall_clock = int(datetime.now(UTC).timestamp()) + 8 * 3600 - 600 + second
    return part(
        f"Events[0].Code={code}\r\nEvents[0].GroupID={group}\r\nEvents[0].IndexInGroup=1\r\n"
        f"Events[0].TrafficCar.PlateNumber=鄂L12345\r\nEvents[0].TrafficCar.CustomParkNo=1\r\n"
        f"Events[0].TrafficCar.UTC={wall_clock}\r\n"
    )


class Camera(BaseHTTPRequestHandler):
    """Says one event a connection, then hangs up; knows Digest only."""

    streams = 0

    def do_GET(self):
        if not self._signed():
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Digest realm="cam", nonce="n1", qop="auth"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(200)
        if "attachFileProc" not in self.path:
            self.end_headers()
            self.wfile.write(b"Status[0].ParkingSpaceStatus=NoParking\r\nStatus[0].TrafficCar.CustomParkNo=1\r\n")
            return
        Camera.streams += 1
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=myboundary")
        self.end_headers()
        self.wfile.write(part("Heartbeat"))
        code = "TrafficParkingSpaceParking" if Camera.streams % 2 else "TrafficParkingSpaceNoParking"
        self.wfile.write(
            snap(code, (Camera.streams + 1) // 2, Camera.streams) + part(b"\xff\xd8\xff\x00", "image/jpeg")
        )
        self.wfile.write(part("Code=TrafficJunction;action=Pulse;data={broken") + b"--myboundary")

    def _signed(self) -> bool:
        given = self.headers.get("Authorization", "")
        fields = dict(item.strip().split("=", 1) for item in given.removeprefix("Digest ").split(",") if "=" in item)
        fields = {key: value.strip('"') for key, value in fields.items()}
        if fields.get("username") != "admin":
            return False
        one = hashlib.md5(f"admin:cam:{PASSWORD}".encode()).hexdigest()
        two = hashlib.md5(f"GET:{fields['uri']}".encode()).hexdigest()
        middle = f"{fields['nonce']}:{fields['nc']}:{fields['cnonce']}:{fields['qop']}"
        return fields["response"] == hashlib.md5(f"{one}:{middle}:{two}".encode()).hexdigest()

    def log_message(self, *_):
        """Nothing to say."""


@pytest.mark.django_db(transaction=True)
def test_a_cameras_events_are_taken_over_two_connections_and_its_spaces_polled():
    street.build()
    source, _ = keys.create_source(name="dahua", codec="dahua", witness=Witness.HIGH_CAMERA, now=timezone.now())
    device = Device.objects.create(code=SERIAL, kind=Witness.HIGH_CAMERA, codec="dahua", source=source)
    Installation.objects.create(
        device=device, channel="1", berth=Berth.objects.get(code="A01"), installed_at=datetime(2020, 1, 1, tzinfo=UTC)
    )
    server = ThreadingHTTPServer(("127.0.0.1", 0), Camera)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://admin:{PASSWORD}@127.0.0.1:{server.server_port}/?device={SERIAL} dahua"
    stop = threading.Event()
    puller = pull.Puller(pull.cameras(address)[0], retry_s=0.1, poll_s=0.2)

    def loop(run):
        try:
            run(stop)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=loop, args=(run,)) for run in (puller.stream, puller.poll)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 20
    while not {"arrival", "departure", "vacant"} <= set(EventRecord.objects.values_list("kind", flat=True)):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    stop.set()
    for thread in threads:
        thread.join(15)
    server.shutdown()
    first = EventRecord.objects.filter(kind="arrival").earliest("observed_at")
    assert (first.berth.code, first.plate, first.source) == ("A01", "鄂L12345", "dahua")
    assert Frame.objects.filter(outcome="rejected", reason="bad_json").exists()
    assert not any(bytes(body).startswith(b"\xff\xd8") for body in Frame.objects.values_list("body", flat=True))
