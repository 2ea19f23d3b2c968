"""The MQTT door: bodies from a broker, each acknowledged only once it is stored.

paho is used directly, because aiomqtt acknowledges a message before the program has seen it. The session at the broker
is kept (QoS 1, fixed client id), so what comes while we are away or the store is down is delivered later.
"""

import logging
import ssl
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from django.db import DatabaseError, close_old_connections
from django.utils import timezone
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage, topic_matches_sub
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from sensors import codecs, ingest, keys

log = logging.getLogger(__name__)

_PORTS = {"mqtt": 1883, "mqtts": 8883}
_KEEPALIVE_S = 30


@dataclass(frozen=True, slots=True)
class Route:
    """Which topics speak which language for which source; `query` as in a vendor's push address."""

    topics: str
    codec: str
    source: str
    query: dict[str, str] = field(default_factory=dict)


def routes(written: str) -> list[Route]:
    """Routes from `FILTER CODEC SOURCE [QUERY]`, separated by line ends or semicolons.

    Raises ValueError with the reason. Example: `application/+/device/+/event/up chirpstack lora model=bosch-tps110`.
    """
    found: list[Route] = []
    for line in written.replace(";", "\n").splitlines():
        words = line.split()
        if not words:
            continue
        if len(words) not in (3, 4):
            raise ValueError(f"a route is FILTER CODEC SOURCE [QUERY], not {line.strip()!r}")
        topics, codec, source, *query = words
        if codec not in codecs.CODECS:
            raise ValueError(f"no codec is called {codec!r}")
        found.append(Route(topics, codec, source, dict(parse_qsl(query[0])) if query else {}))
    return found


class Listener:
    """Keeps one connection to a broker and hands what comes to intake."""

    def __init__(self, *, url: str, routes: Sequence[Route], client_id: str, retry_s: float = 2.0) -> None:
        """`url` is mqtt:// or mqtts://, with user and password where asked for; `retry_s` doubles up to a minute."""
        address = urlsplit(url)
        if address.scheme not in _PORTS or not address.hostname:
            raise ValueError("the broker's address must look like mqtt://user:password@host:1883")
        self._host, self._port = address.hostname, address.port or _PORTS[address.scheme]
        self._routes = routes
        self._retry_s = retry_s
        self._store_failed = False
        client = Client(CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=False, manual_ack=True)
        if address.username:
            client.username_pw_set(unquote(address.username), unquote(address.password or ""))
        if address.scheme == "mqtts":
            client.tls_set_context(ssl.create_default_context())
        client.on_connect = self._connected
        client.on_disconnect = self._disconnected
        client.on_message = self._came
        self._client = client

    def run(self, stop: threading.Event) -> None:
        """Listen until told to stop; a broker or a store that is away is tried again and again."""
        wait = self._retry_s
        while not stop.is_set():
            try:
                self._client.connect(self._host, self._port, keepalive=_KEEPALIVE_S)
            except OSError as reason:
                log.warning("the broker %s:%s is away (%s), again in %.0f s", self._host, self._port, reason, wait)
                stop.wait(wait)
                wait = min(wait * 2, 60.0)
                continue
            wait = self._retry_s
            self._listen(stop)
            if not stop.is_set():
                stop.wait(self._retry_s)

    def _listen(self, stop: threading.Event) -> None:
        self._store_failed = False
        while self._client.loop(timeout=0.5) == MQTTErrorCode.MQTT_ERR_SUCCESS:
            if self._store_failed or stop.is_set():
                # What is not acknowledged is delivered again when we come back.
                self._client.disconnect()

    def _connected(
        self, client: Client, _: object, flags: ConnectFlags, code: ReasonCode, __: Properties | None
    ) -> None:
        if code.is_failure:
            log.error("the broker refuses us: %s", code)
            return
        log.info("connected to the broker, session %s", "kept" if flags.session_present else "new")
        client.subscribe([(route.topics, 1) for route in self._routes])

    def _disconnected(
        self, _: Client, __: object, ___: DisconnectFlags, code: ReasonCode, ____: Properties | None
    ) -> None:
        log.info("disconnected from the broker: %s", code)

    def _came(self, client: Client, _: object, message: MQTTMessage) -> None:
        if self._store_failed:
            return
        close_old_connections()
        try:
            self._take(message)
        except DatabaseError:
            log.exception("a message on %s could not be stored", message.topic)
            self._store_failed = True
            return
        client.ack(message.mid, message.qos)

    def _take(self, message: MQTTMessage) -> None:
        now = timezone.now()
        body = bytes(message.payload)
        route = next((item for item in self._routes if topic_matches_sub(item.topics, message.topic)), None)
        speaker = keys.named(route.source) if route else None
        if route is None or speaker is None:
            reason = "unknown_topic" if route is None else "unknown_source"
            ingest.refuse(codec=route.codec if route else "mqtt", body=body, received_at=now, reason=reason)
            return
        ingest.receive(speaker=speaker, codec=route.codec, body=body, received_at=now, query=route.query)
