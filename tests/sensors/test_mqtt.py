"""The MQTT door against a real Mosquitto: routes, storing before acknowledging, broker and store that go away."""

import base64
import json
import shutil
import socket
import subprocess
import threading
import time
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.utils import timezone
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from parking import sessions
from parking.domain.events import Witness
from parking.models import Berth, EventRecord, ParkingSession
from sensors import keys, mqtt
from sensors.models import Device, Frame, Installation
from tests import street

MOSQUITTO = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
EUI = "70b3d5e75e000001"
UP = f"application/a1/device/{EUI}/event/up"
ROUTES = "application/+/device/+/event/up chirpstack lora model=bosch-tps110; broken/# neutral nobody"


@pytest.mark.parametrize("written", ["a chirpstack", "a esperanto lora", "a b c d e"])
def test_a_route_that_makes_no_sense_is_refused(written):
    with pytest.raises(ValueError, match=r"route|codec"):
        mqtt.routes(written)


@pytest.mark.parametrize("url", ["", "localhost", "http://localhost", "mqtt://"])
def test_an_address_that_names_no_broker_is_refused(url):
    with pytest.raises(ValueError, match="mqtt://"):
        mqtt.Listener(url=url, routes=[], client_id="t")


@pytest.mark.parametrize(("url", "routes"), [("", ROUTES), ("mqtt://127.0.0.1", ""), ("mqtt://127.0.0.1", "a b")])
def test_the_command_says_what_is_missing(settings, url, routes):
    settings.MQTT_URL, settings.MQTT_ROUTES = url, routes
    with pytest.raises(CommandError):
        call_command("listen_mqtt")


def test_routes_are_read_with_their_query():
    first, second = mqtt.routes(ROUTES)
    assert (first.codec, first.source, first.query) == ("chirpstack", "lora", {"model": "bosch-tps110"})
    assert (second.topics, second.query) == ("broken/#", {})


class Broker:
    """A Mosquitto of the test's own, which can be killed and started again on the same port and store."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.configuration = folder / "mosquitto.conf"
        self.configuration.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\npersistence true\n"
            f"persistence_location {folder}/\nautosave_interval 1\nautosave_on_changes true\nuser root\n"
        )
        self.start()

    @property
    def url(self) -> str:
        return f"mqtt://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.process = subprocess.Popen([MOSQUITTO, "-c", self.configuration], stderr=subprocess.DEVNULL)
        until(lambda: self._answers())

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def publish(self, topic: str, body: bytes) -> None:
        client = Client(CallbackAPIVersion.VERSION2)
        client.connect("127.0.0.1", self.port)
        client.loop_start()
        client.publish(topic, body, qos=1).wait_for_publish(10)
        client.disconnect()
        client.loop_stop()

    def _answers(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 0.2):
            return True
        return False


def until(true, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


@pytest.fixture
def broker(tmp_path):
    if not Path(MOSQUITTO).exists():
        pytest.skip("needs Mosquitto (apt-get install mosquitto)")
    made = Broker(tmp_path)
    yield made
    made.kill()


@contextmanager
def listening(broker: Broker):
    stop = threading.Event()
    listener = mqtt.Listener(url=broker.url, routes=mqtt.routes(ROUTES), client_id="openberth-test", retry_s=0.2)

    def run() -> None:
        try:
            listener.run(stop)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(15)
        assert not thread.is_alive()


@pytest.fixture
def _sensor(transactional_db):
    street.build()
    source, _ = keys.create_source(name="lora", codec="chirpstack", witness=Witness.GEOMAGNETIC, now=timezone.now())
    device = Device.objects.create(code=EUI, kind=Witness.GEOMAGNETIC, codec="chirpstack", source=source)
    Installation.objects.create(
        device=device, berth=Berth.objects.get(code="A01"), installed_at=datetime(2020, 1, 1, tzinfo=UTC)
    )


def uplink(count: int, payload: bytes, at: datetime, port: int = 1) -> bytes:
    return json.dumps(
        {
            "time": at.isoformat(),
            "deviceInfo": {"devEui": EUI, "deviceProfileName": "berths"},
            "devAddr": "20000001",
            "fCnt": count,
            "fPort": port,
            "data": base64.b64encode(payload).decode(),
            "rxInfo": [{"rssi": -70, "snr": 9.5}],
        }
    ).encode()


@pytest.mark.usefixtures("_sensor")
def test_a_topic_of_an_unknown_source_and_a_broken_body_are_kept_with_their_reason(broker):
    with listening(broker):
        # The first message may be sent before the listener has subscribed for the first time.
        until(lambda: broker.publish(UP, uplink(0, b"\x01", timezone.now(), port=2)) or Frame.objects.exists())
        broker.publish("broken/x", b"{}")
        broker.publish(UP, b"{broken")
        until(lambda: Frame.objects.filter(reason="bad_json").exists())
        until(lambda: Frame.objects.filter(reason="unknown_source").exists())
    reasons = set(Frame.objects.exclude(reason="").values_list("outcome", "reason"))
    assert reasons == {("refused", "unknown_source"), ("rejected", "bad_json")}


@pytest.mark.usefixtures("_sensor")
def test_frames_become_a_stay_though_the_broker_is_killed_in_between(broker):
    came, left = timezone.now() - timedelta(hours=2), timezone.now() - timedelta(hours=1)
    with listening(broker):
        # The first message may be sent before the listener has subscribed for the first time.
        until(lambda: broker.publish(UP, uplink(1, b"\x01", came)) or EventRecord.objects.exists())
        broker.kill()
        time.sleep(0.5)
        broker.start()
        until(lambda: broker.publish(UP, uplink(2, b"\x00", left)) or EventRecord.objects.count() == 2)
        broker.publish(UP, uplink(2, b"\x00", left))
        until(lambda: Frame.objects.filter(duplicates=1).exists())
    sessions.reconcile(berth_ids=list(Berth.objects.values_list("id", flat=True)), now=timezone.now())
    stay = ParkingSession.objects.get()
    assert (stay.berth.code, stay.arrived_at, stay.left_at) == ("A01", came, left)


@pytest.mark.usefixtures("_sensor")
def test_what_comes_while_nobody_listens_waits_at_the_broker(broker):
    with listening(broker):
        until(lambda: broker.publish(UP, uplink(1, b"\x01", timezone.now(), port=2)) or Frame.objects.exists())
    before = Frame.objects.count()
    broker.publish(UP, uplink(2, b"\x01", timezone.now()))
    time.sleep(0.3)
    assert Frame.objects.count() == before
    with listening(broker):
        until(EventRecord.objects.filter(kind="arrival").exists)


@pytest.mark.usefixtures("_sensor")
def test_a_message_that_can_not_be_stored_is_not_acknowledged_and_comes_again(broker):
    with listening(broker):
        until(lambda: broker.publish(UP, uplink(1, b"\x01", timezone.now(), port=2)) or Frame.objects.exists())
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'disk full'; END $$;"
                "CREATE TRIGGER refuse BEFORE INSERT ON sensors_frame EXECUTE FUNCTION refuse()"
            )
        try:
            broker.publish(UP, uplink(2, b"\x01", timezone.now()))
            time.sleep(1.0)
            assert not EventRecord.objects.filter(kind="arrival").exists()
        finally:
            with connection.cursor() as cursor:
                cursor.execute("DROP TRIGGER refuse ON sensors_frame; DROP FUNCTION refuse()")
        until(EventRecord.objects.filter(kind="arrival").exists)
    assert EventRecord.objects.filter(kind="arrival").count() == 1
