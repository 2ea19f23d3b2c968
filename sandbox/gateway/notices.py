"""Telling the merchant: each notice is a row, sent until it is answered as its protocol wants, or given up."""

import http.client
import json
import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sandbox.gateway.books import Row
from sandbox.gateway.faults import NOTICE_FAULTS, Fault
from sandbox.gateway.world import World

log = logging.getLogger(__name__)

# Seconds between tries, as both gateways document them.
SCHEDULES = {
    "wechat": (15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600),
    "alipay": (240, 600, 600, 3600, 7200, 21600, 54000),
}
TIMEOUT = 5.0


@dataclass(frozen=True)
class Letter:
    """One try of a notice as it goes over the wire."""

    headers: dict[str, str]
    body: bytes


# Writes a letter from a notice's row, spoiled as the fault says.
Writer = Callable[[World, Row, Fault | None], Letter]


class Notices:
    """The post office."""

    def __init__(self, world: World, writers: dict[str, Writer]) -> None:
        self._world = world
        self._writers = writers

    def write_with(self, writers: dict[str, Writer]) -> None:
        """Say who writes whose letters."""
        self._writers = writers

    def tell(self, *, gateway: str, url: str, event: str, number: str, content: dict[str, Any]) -> str:
        """Send a notice now and again until it is taken; gives its id."""
        if not url:
            return ""
        key = f"EV-{secrets.token_hex(12)}"
        row = {
            "gateway": gateway,
            "url": url,
            "event": event,
            "number": number,
            "content": content,
            "made_at": self._world.now().isoformat(),
            "tries": 0,
            "state": "waiting",
            "answer": "",
        }
        self._world.books.put("notices", key, row)
        fault = self._world.faults.take(NOTICE_FAULTS, gateway=gateway, operation="notice", number=number)
        if fault is not None and fault.fault == "notice_lose":
            self._world.books.change("notices", key, state="lost")
            return key
        delay = fault.seconds if fault is not None and fault.fault == "notice_delay" else 0.0
        copies = fault.copies if fault is not None and fault.fault == "notice_repeat" else 1
        for _ in range(copies):
            self._world.timetable.after(delay, lambda: self._try(key, fault))
        return key

    def again(self, key: str) -> None:
        """Send a notice once more, whatever became of it. Raises KeyError."""
        self._world.books.change("notices", key, state="waiting")
        self._world.timetable.after(0, lambda: self._try(key, None))

    def carry_on(self) -> None:
        """Take up what waited when the sandbox was stopped."""
        for key, row in self._world.books.rows("notices"):
            if row["state"] == "waiting":
                self._world.timetable.after(1.0, lambda key=key: self._try(key, None))  # type: ignore[misc]

    def _try(self, key: str, fault: Fault | None) -> None:
        row = self._world.books.get("notices", key)
        if row is None:
            return
        letter = self._writers[row["gateway"]](self._world, {**row, "id": key}, fault)
        taken, answer = _post(row["gateway"], row["url"], letter)
        schedule = SCHEDULES[row["gateway"]]
        with self._world.books.lock:
            row = self._world.books.get("notices", key)
            if row is None:
                return
            tries = row["tries"] + 1
            state = "taken" if taken or row["state"] == "taken" else "waiting"
            if state == "waiting" and tries > len(schedule):
                state = "given up"
            self._world.books.change("notices", key, tries=tries, state=state, answer=answer)
        if state == "waiting":
            # A spoiled letter is spoiled once: the next try is the truth, as it would be.
            self._world.later(schedule[min(tries, len(schedule)) - 1], lambda: self._try(key, None))


def _post(gateway: str, url: str, letter: Letter) -> tuple[bool, str]:
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    line = kind(parts.netloc, timeout=TIMEOUT)
    try:
        started = time.monotonic()
        line.request("POST", parts.path or "/", body=letter.body, headers=letter.headers)
        answer = line.getresponse()
        body = answer.read(4096)
        slow = time.monotonic() - started > TIMEOUT
    except (OSError, http.client.HTTPException) as error:
        return False, type(error).__name__
    finally:
        line.close()
    if gateway == "alipay":
        return body.strip() == b"success" and not slow, f"{answer.status} {body[:40]!r}"
    return answer.status in (200, 204) and not slow, f"{answer.status} {body[:80].decode('utf-8', 'replace')}"


def spoil(content: dict[str, Any], fault: Fault | None) -> dict[str, Any]:
    """The content with the lie that the fault asks for."""
    spoiled: dict[str, Any] = json.loads(json.dumps(content))
    match fault.fault if fault else "":
        case "notice_wrong_amount":
            if "amount" in spoiled:
                spoiled["amount"]["total"] = int(spoiled["amount"].get("total", 0)) + 1
                if "refund" in spoiled["amount"]:
                    spoiled["amount"]["refund"] += 1
            elif "total_amount" in spoiled:
                spoiled["total_amount"] = f"{float(spoiled['total_amount']) + 0.01:.2f}"
        case "notice_wrong_appid":
            name = next((name for name in ("app_id", "sp_appid") if name in spoiled), "appid")
            spoiled[name] = "wx0000000000000000"
        case "notice_wrong_sub_mchid":
            spoiled["sub_mchid"] = "1999999999"
        case "notice_wrong_mchid":
            for name in ("seller_id", "sp_mchid", "mchid"):
                if name in spoiled:
                    spoiled[name] = "1999999999"
    return spoiled
