"""What happened lately, numbered, and the waking of those who listen."""

import asyncio
import json
import secrets
from collections import deque
from typing import Any

KEPT = 1_000
"""How many events a listener may have missed and still be told them one by one."""


class Hub:
    """The last events as bytes ready to send. An id is `<start of this process>-<number>`."""

    def __init__(self) -> None:
        self.listeners = 0
        self._boot = secrets.token_hex(4)
        self._number = 0
        self._events: deque[tuple[int, bytes]] = deque(maxlen=KEPT)
        self._changed: asyncio.Future[None] | None = None

    @property
    def number(self) -> int:
        """The newest event's number."""
        return self._number

    def publish(self, name: str, data: dict[str, Any]) -> None:
        """Keep an event and wake everybody."""
        self._number += 1
        self._events.append((self._number, self.frame(name, data)))
        if self._changed is not None and not self._changed.done():
            self._changed.set_result(None)
        self._changed = None

    def frame(self, name: str, data: dict[str, Any]) -> bytes:
        """An event on the wire, under the newest number."""
        body = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
        return f"id: {self._boot}-{self._number}\nevent: {name}\ndata: {body}\n\n".encode()

    def missed(self, last_event_id: str) -> int | None:
        """The number a listener knows already, from what it says it heard last; None when it must begin anew."""
        boot, _dash, number = last_event_id.partition("-")
        if boot != self._boot or not number.isdigit() or int(number) > self._number:
            return None
        return int(number) if self._reaches(int(number)) else None

    def since(self, number: int) -> list[bytes] | None:
        """The events after that number; None when some of them are no longer kept."""
        if not self._reaches(number):
            return None
        missing = self._number - number
        return [body for _number, body in list(self._events)[len(self._events) - missing :]] if missing else []

    def _reaches(self, number: int) -> bool:
        return number == self._number or (bool(self._events) and self._events[0][0] <= number + 1)

    async def changed(self) -> None:
        """Wait for the next event."""
        if self._changed is None:
            self._changed = asyncio.get_running_loop().create_future()
        # Shielded: one listener that goes away must not take the others' waking with it.
        await asyncio.shield(self._changed)
