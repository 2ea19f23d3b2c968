"""The devices' side of the platform's doors: post, and come again with the same body until it is taken."""

import logging
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import httpx

from sandbox.street.faults import Frame

log = logging.getLogger(__name__)

_FIRST_WAIT_S, _LONGEST_WAIT_S = 1.0, 30.0
_COMPLAIN_EVERY_S = 10.0


def read_keys(folder: Path) -> dict[str, str]:
    """The sources' keys by source, from `<source>.key` files."""
    return {file.stem: file.read_text().strip() for file in sorted(folder.glob("*.key"))}


class Door:
    """Posts frames with their source's key. `sent` counts what came of them."""

    def __init__(
        self,
        *,
        url: str,
        keys: dict[str, str],
        client: httpx.Client | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._url = url.rstrip("/")
        self._keys = keys
        self._client = client or httpx.Client(timeout=30, trust_env=False)
        self._sleep = sleep
        self._complained = float("-inf")
        self.sent: Counter[str] = Counter()

    def deliver(self, frame: Frame) -> bool:
        """Post one frame; again, with growing pauses, while the platform is away or busy.

        False when the platform refused it for good: sending it again would change nothing.
        """
        key = self._keys.get(frame.source)
        if key is None:
            return self._refused(frame, f"no key for source {frame.source}")
        wait = _FIRST_WAIT_S
        while True:
            try:
                answer = self._client.post(
                    f"{self._url}/api/v1/ingest/{frame.door}",
                    json=frame.body,
                    headers={"Authorization": f"Bearer {key}"},
                )
            except httpx.TransportError as error:
                self._complain("%s does not answer (%s); trying again", self._url, error)
            else:
                if answer.status_code < 300 and not _again(answer):
                    self.sent["accepted"] += 1
                    return True
                if answer.status_code < 500 and answer.status_code != 429 and not _again(answer):
                    return self._refused(frame, f"{answer.status_code} {answer.text[:200]}")
                self._complain("%s says %s; trying again", self._url, answer.status_code)
                wait = max(wait, _retry_after(answer))
            self.sent["retried"] += 1
            self._sleep(wait)
            wait = min(2 * wait, _LONGEST_WAIT_S)

    def upload(self, source: str, fields: dict[str, str], picture: bytes) -> bool:
        """Send one picture once: a picture that does not arrive is missed by nobody here."""
        try:
            answer = self._client.post(
                f"{self._url}/api/v1/ingest/pictures/",
                data=fields,
                files={"picture": ("picture.jpg", picture, "image/jpeg")},
                headers={"Authorization": f"Bearer {self._keys.get(source, '')}"},
            )
        except httpx.TransportError:
            return False
        self.sent["pictures" if answer.status_code == 202 else "pictures refused"] += 1
        return answer.status_code == 202

    def _refused(self, frame: Frame, why: str) -> bool:
        self.sent["refused"] += 1
        self._complain("a frame of %s was refused: %s", frame.device, why)
        return False

    def _complain(self, message: str, *arguments: object) -> None:
        if time.monotonic() - self._complained > _COMPLAIN_EVERY_S:
            self._complained = time.monotonic()
            log.warning(message, *arguments)


def _again(answer: httpx.Response) -> bool:
    """Signaltone's way to say "not stored, send it again" is a 200 with error code 3."""
    if answer.status_code != 200 or b"errorcode" not in answer.content:
        return False
    try:
        return bool(answer.json().get("errorcode") == 3)
    except (ValueError, AttributeError):
        return False


def _retry_after(answer: httpx.Response) -> float:
    try:
        return min(float(answer.headers.get("Retry-After", 0)), 120.0)
    except ValueError:
        return 0.0
