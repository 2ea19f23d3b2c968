"""The puller for Dahua cameras: their event stream, and now and then the state of all spaces to reconcile with.

A camera forgets what it has told us, so the poll is what a lost connection is repaired from.
"""

import hashlib
import logging
import threading
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

import httpx
from django.db import DatabaseError, close_old_connections
from django.utils import timezone

from sensors import ingest, keys
from sensors.codecs import dahua, multipart
from sensors.codecs.multipart import Part, Stream

log = logging.getLogger(__name__)

CODEC = "dahua"
_STREAM = "/cgi-bin/snapManager.cgi"
_POLL = "/cgi-bin/trafficParking.cgi"
_CODES = "TrafficParkingSpaceParking,TrafficParkingSpaceNoParking"
_HEARTBEAT_S = 60
_POLL_S = 300.0
_PICTURES = 8
_TEXTS = ("text/", "application/json")


@dataclass(frozen=True, slots=True)
class Camera:
    """Where a camera is, how to sign in, and for which source it speaks. `device` is its serial number."""

    url: str
    user: str
    password: str
    device: str
    channel: str
    source: str


def cameras(written: str) -> list[Camera]:
    """Cameras from `http://user:password@host/?device=SERIAL&channel=1 SOURCE`, separated by line ends or semicolons.

    Raises ValueError with the reason.
    """
    found: list[Camera] = []
    for line in written.replace(";", "\n").splitlines():
        words = line.split()
        if not words:
            continue
        if len(words) != 2:
            raise ValueError("a camera is URL SOURCE")
        address = urlsplit(words[0])
        query = parse_qs(address.query)
        device = query.get("device", [""])[0]
        if address.scheme not in ("http", "https") or not address.hostname or not device:
            raise ValueError("a camera's address must look like http://user:password@host/?device=SERIAL&channel=1")
        port = f":{address.port}" if address.port else ""
        found.append(
            Camera(
                url=f"{address.scheme}://{address.hostname}{port}",
                user=unquote(address.username or ""),
                password=unquote(address.password or ""),
                device=device,
                channel=query.get("channel", ["1"])[0],
                source=words[1],
            )
        )
    return found


class Puller:
    """One camera's stream and poll, each in its own loop until told to stop."""

    def __init__(self, camera: Camera, *, retry_s: float = 2.0, poll_s: float = _POLL_S) -> None:
        """`retry_s` doubles up to a minute while the camera is away."""
        self._camera = camera
        self._retry_s = retry_s
        self._poll_s = poll_s
        self._told = b""
        self._pictures = 0

    def start(self, stop: threading.Event) -> list[threading.Thread]:
        """Both loops as threads."""
        threads = [threading.Thread(target=loop, args=(stop,), daemon=True) for loop in (self.stream, self.poll)]
        for thread in threads:
            thread.start()
        return threads

    def stream(self, stop: threading.Event) -> None:
        """Follow the camera's events; a broken connection is taken up again."""
        wait = self._retry_s
        while not stop.is_set():
            try:
                self._follow(stop)
                wait = self._retry_s
            except (httpx.HTTPError, DatabaseError) as reason:
                log.warning("camera %s: %s, again in %.0f s", self._camera.device, _told(reason), wait)
                stop.wait(wait)
                wait = min(wait * 2, 60.0)
            finally:
                close_old_connections()

    def poll(self, stop: threading.Event) -> None:
        """Ask for the state of all spaces, at the start and again and again."""
        query = {"action": "getAllParkingSpaceStatus"}
        while not stop.is_set():
            try:
                with self._client() as client:
                    answer = client.get(_POLL, params=query)
                    answer.raise_for_status()
                self._take(answer.content)
            except (httpx.HTTPError, DatabaseError) as reason:
                log.warning("camera %s did not tell its spaces: %s", self._camera.device, _told(reason))
            finally:
                close_old_connections()
            stop.wait(self._poll_s)

    def _client(self) -> httpx.Client:
        auth = httpx.DigestAuth(self._camera.user, self._camera.password)
        silence = httpx.Timeout(10.0, read=_HEARTBEAT_S * 2.5)
        return httpx.Client(base_url=self._camera.url, auth=auth, timeout=silence, trust_env=False)

    def _follow(self, stop: threading.Event) -> None:
        query = {"action": "attachFileProc", "channel": self._camera.channel, "heartbeat": str(_HEARTBEAT_S),
                 "Flags[0]": "Event", "Events": f"[{_CODES}]"}  # fmt: skip
        with self._client() as client, client.stream("GET", _STREAM, params=query) as answer:
            answer.raise_for_status()
            parts = Stream(mark=multipart.boundary(answer.headers.get("content-type", "")) or b"myboundary")
            for data in answer.iter_raw():
                for part in parts.feed(data):
                    if isinstance(part, Part):
                        self._part(part)
                    else:
                        log.warning("camera %s: %s", self._camera.device, part.message)
                if stop.is_set():
                    return

    def _part(self, part: Part) -> None:
        """Texts are events; the pictures behind one are its evidence, and not needed for the change to count."""
        if part.content_type and not part.content_type.lower().startswith(_TEXTS):
            self._picture(part)
        elif not dahua.is_heartbeat(part.body):
            self._told, self._pictures = part.body, 0
            self._take(part.body)

    def _picture(self, part: Part) -> None:
        if not self._told or self._pictures >= _PICTURES:
            return
        close_old_connections()
        self._pictures += 1
        ingest.attach(
            codec=CODEC,
            told=self._told,
            part=part,
            # The snaps of a group come as parts of their own: content tells them apart, and a repeat from a repeat.
            name=hashlib.sha256(part.body).hexdigest()[:32],
            source=self._camera.source,
            now=timezone.now(),
            query=self._query(),
        )

    def _query(self) -> dict[str, str]:
        return {"device": self._camera.device}

    def _take(self, body: bytes) -> None:
        close_old_connections()
        now = timezone.now()
        speaker = keys.named(self._camera.source)
        if speaker is None:
            ingest.refuse(codec=CODEC, body=body, received_at=now, reason="unknown_source")
            return
        ingest.receive(speaker=speaker, codec=CODEC, body=body, received_at=now, query=self._query())


def _told(reason: Exception) -> str:
    """The reason without the address, which may hold a password."""
    return type(reason).__name__
