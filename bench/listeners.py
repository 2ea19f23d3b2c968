"""`python -m bench.listeners [LISTENERS] [SECONDS] [EVENTS]`: delivery of the live page's events while tables change.

Starts the stream as `make run` does, opens so many connections on loopback, and lets cars come and go through the real
door and fold; each change of a road's count is stamped when its transaction has committed. Delivery is from that stamp
to each listener's receipt. With EVENTS a second the real stays of Melbourne come in through the web's door, folded
by another process, all the while. Prints one flat JSON object: `listeners`, `events`, `p50_ms`, `p99_ms`, `worst_ms`,
`lost`, and the events that the replay brought meanwhile, `replayed`.
"""

import asyncio
import functools
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from bench import ground, replaying

_OCCUPIED = re.compile(rb'"BENCH":\{"berths":\d+,"occupied":(\d+),')


def main(listeners: int, seconds: float, rate: float) -> int:
    """Measure once."""
    ground.prepare()
    ground.build()
    if not rate:
        return _with_stream(listeners, seconds)
    with ground.web() as url, replaying.going(url, rate=rate):
        _until_replayed()
        return _with_stream(listeners, seconds, count=_replayed)


def _replayed() -> int:
    from parking.models import EventRecord

    return EventRecord.objects.filter(source="replay").count()


def _until_replayed() -> None:
    until = time.monotonic() + 120
    while _replayed() == 0:
        if time.monotonic() > until:
            raise RuntimeError("no event of the replay has come")
        time.sleep(0.2)


def _with_stream(listeners: int, seconds: float, count: Callable[[], int] | None = None) -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port = door.getsockname()[1]
    stream = [sys.executable, "-m", "uvicorn", "config.stream:application", "--port", str(port), "--no-access-log"]
    process = subprocess.Popen([*stream, "--log-level", "error"], cwd=ground.ROOT, env=os.environ)
    try:
        before = count() if count else 0
        told = asyncio.run(_measure(port, listeners, seconds))
        if count:
            told["replayed"] = count() - before
        print(json.dumps(told))
    finally:
        process.terminate()
        process.wait()
    return 0


async def _measure(port: int, listeners: int, seconds: float) -> dict[str, Any]:
    from parking import passes

    request = f"GET /city/stream/?pass={passes.make()} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
    told: list[dict[int, float]] = [{} for _ in range(listeners)]
    await _until_up(port)
    kept = []
    for heard in told:
        ear = functools.partial(Ear, request, heard)
        transport, _protocol = await asyncio.get_running_loop().create_connection(ear, "127.0.0.1", port)
        kept.append(transport)
    await asyncio.sleep(3)
    committed = await asyncio.to_thread(_traffic, seconds)
    await asyncio.sleep(3)
    for transport in kept:
        transport.close()
    late, lost = [], 0
    for heard in told:
        for count, at in committed.items():
            # A rush is told together: the count itself may be skipped, a later one tells it too.
            got = min((moment for known, moment in heard.items() if known >= count), default=None)
            if got is None:
                lost += 1
            else:
                late.append(max(got - at, 0) * 1000)
    late.sort()
    return {
        "listeners": listeners,
        "events": len(committed),
        "p50_ms": round(late[len(late) // 2], 1),
        "p99_ms": round(late[int(len(late) * 0.99)], 1),
        "worst_ms": round(late[-1], 1),
        "lost": lost,
    }


async def _until_up(port: int) -> None:
    import httpx

    async with httpx.AsyncClient() as client:
        while True:
            try:
                if (await client.get(f"http://127.0.0.1:{port}/healthz")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.2)


class Ear(asyncio.Protocol):
    """A listener that notes when it first heard of each count. It parses nothing: that would be measured too."""

    def __init__(self, request: bytes, heard: dict[int, float]) -> None:
        self._request, self._heard, self._rest = request, heard, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask."""
        assert isinstance(transport, asyncio.Transport)
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Listen; what is cut in two by the network is put together."""
        at, data = time.monotonic(), self._rest + data
        for found in _OCCUPIED.finditer(data):
            self._heard.setdefault(int(found[1]), at)
        self._rest = data[-64:]


def _traffic(seconds: float) -> dict[int, float]:
    """Cars that only come, a few at a time: the road's count grows, so that each count is one moment."""
    from django.utils import timezone

    from parking import occupancy, sessions
    from parking.domain.events import Kind, OccupancyEvent, Witness
    from parking.models import Berth

    ids = dict(Berth.objects.filter(road__code="BENCH").values_list("code", "id"))
    committed: dict[int, float] = {}
    begun, cars = time.monotonic(), 0
    while time.monotonic() - begun < seconds and cars + 3 <= ground.BERTHS:
        now = timezone.now()
        occupancy.observe(
            [
                OccupancyEvent(
                    source="bench",
                    event_id=f"l{number}",
                    berth=f"BENCH-{number:05}",
                    kind=Kind.ARRIVAL,
                    observed_at=now,
                    received_at=now,
                    witness=Witness.HIGH_CAMERA,
                    plate=f"鄂L{number:05}",
                )
                for number in range(cars, cars + 3)
            ],
            now=now,
        )
        cars += 3
        sessions.reconcile(
            now=now + timedelta(seconds=60), berth_ids=[ids[f"BENCH-{n:05}"] for n in range(cars - 3, cars)]
        )
        committed[cars] = time.monotonic()
        time.sleep(0.1)
    return committed


if __name__ == "__main__":
    given = sys.argv[1:] + ["1000", "30", "0"][len(sys.argv) - 1 :]
    sys.exit(main(int(given[0]), float(given[1]), float(given[2])))
