"""`python -m bench.listeners [LISTENERS] [SECONDS]`: delivery of the live page's events while the tables change.

Starts the stream as `make run` does, opens so many connections on loopback, and lets cars come and go through the real
door and fold; each change of a road's count is stamped when its transaction has committed. Delivery is from that stamp
to each listener's receipt. Prints one flat JSON object: `listeners`, `events`, `p50_ms`, `p99_ms`, `worst_ms`, `lost`.
"""

import asyncio
import json
import os
import re
import socket
import subprocess
import sys
import time
from datetime import timedelta
from typing import Any

from bench import ground

_OCCUPIED = re.compile(rb'"occupied":(\d+)')


def main(listeners: int, seconds: float) -> int:
    """Measure once."""
    ground.prepare()
    ground.build()
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port = door.getsockname()[1]
    stream = [sys.executable, "-m", "uvicorn", "config.stream:application", "--port", str(port), "--no-access-log"]
    process = subprocess.Popen([*stream, "--log-level", "error"], cwd=ground.ROOT, env=os.environ)
    try:
        print(json.dumps(asyncio.run(_measure(port, listeners, seconds))))
    finally:
        process.terminate()
        process.wait()
    return 0


async def _measure(port: int, listeners: int, seconds: float) -> dict[str, Any]:
    from parking import passes

    request = f"GET /city/stream/?pass={passes.make()} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
    told: list[dict[int, float]] = [{} for _ in range(listeners)]
    await _until_up(port)
    tasks, kept = [], []
    for heard in told:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request)
        kept.append(writer)  # one that is let go closes its connection
        tasks.append(asyncio.create_task(_listen(reader, heard)))
    await asyncio.sleep(3)
    committed = await asyncio.to_thread(_traffic, seconds)
    await asyncio.sleep(3)
    for task in tasks:
        task.cancel()
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


async def _listen(reader: asyncio.StreamReader, heard: dict[int, float]) -> None:
    while line := await reader.readline():
        if line.startswith(b"data: ") and b'"roads"' in line:
            at = time.monotonic()
            # Not parsed: a thousand parsers would be measured with it.
            found = _OCCUPIED.search(line)
            if found:
                heard.setdefault(int(found[1]), at)


def _traffic(seconds: float) -> dict[int, float]:
    """Cars that only come, a few at a time: the road's count grows, so that each count is one moment."""
    from django.utils import timezone

    from parking import occupancy, sessions
    from parking.domain.events import Kind, OccupancyEvent, Witness

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
        sessions.reconcile_due(now=now + timedelta(seconds=60))
        committed[cars] = time.monotonic()
        time.sleep(0.1)
    return committed


if __name__ == "__main__":
    sys.exit(
        main(
            *(
                kind(given)
                for kind, given in zip(
                    (int, float), (sys.argv[1:] + ["1000", "30"][len(sys.argv) - 1 :])[:2], strict=True
                )
            )
        )
    )
