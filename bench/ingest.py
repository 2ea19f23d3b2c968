"""How fast events are taken and become sessions and charges, beside the floor: plain COPY of the same rows."""

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import httpx

from bench import ground

DAY = datetime.fromisoformat("2026-11-02T06:00:00+08:00")
_PATH = "/api/v1/ingest/events/"


def measure(*, key: str, url: str, stays: int = 12_000, singles: int = 1_000) -> dict[str, float]:
    """Events a second: accepted in batches of 100 and one at a time over HTTP, to the end, and the COPY floor."""
    told = ground.events(stays=stays, first=0, day=DAY)
    started = time.monotonic()
    with _folders(2):
        accepted = _post(url, key, [told[i : i + 100] for i in range(0, len(told), 100)], threads=4)
        _wait_until_billed(stays)
        ended = time.monotonic() - started
    quiet = ground.events(stays=stays, first=stays, day=DAY)
    batch = _post(url, key, [quiet[i : i + 100] for i in range(0, len(quiet), 100)], threads=4)
    single = _post(url, key, [[event] for event in ground.events(stays=singles, first=2 * stays, day=DAY)], threads=16)
    floor = _floor()
    return {
        "copy_rows_per_s": round(floor),
        "accept_batch_events_per_s": round(batch),
        "accept_batch_while_folding_events_per_s": round(accepted),
        "accept_single_events_per_s": round(single),
        "end_to_end_events_per_s": round(len(told) / ended),
        "accept_batch_to_floor": round(batch / floor, 3),
        "end_to_end_to_floor": round(len(told) / ended / floor, 3),
    }


def _post(url: str, key: str, batches: Sequence[Sequence[dict[str, object]]], *, threads: int) -> float:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    bodies = [json.dumps({"events": list(batch)}).encode() for batch in batches]
    with httpx.Client(base_url=url, timeout=60) as client, ThreadPoolExecutor(threads) as pool:

        def post(body: bytes) -> int:
            answer = client.post(_PATH, content=body, headers=headers)
            answer.raise_for_status()
            return int(answer.json()["accepted"])

        started = time.monotonic()
        accepted = sum(pool.map(post, bodies))
        took = time.monotonic() - started
    told = sum(len(batch) for batch in batches)
    if accepted != told:
        raise RuntimeError(f"{accepted} of {told} events were accepted")
    return told / took


class _folders:
    """So many processes that fold what is stale, as workers do, until the block ends."""

    _LOOP = (
        "import django, time; django.setup()\n"
        "from django.utils import timezone\n"
        "from parking import sessions\n"
        "while True:\n"
        "    if not sessions.reconcile(now=timezone.now()).berths: time.sleep(0.05)\n"
    )

    def __init__(self, count: int) -> None:
        self._count = count

    def __enter__(self) -> None:
        self._processes = [
            subprocess.Popen([sys.executable, "-c", self._LOOP], cwd=ground.ROOT) for _ in range(self._count)
        ]
        time.sleep(3)  # their start is no part of what is measured

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.kill()
            process.wait()


def _wait_until_billed(stays: int) -> None:
    from parking.models import ParkingSession

    until = time.monotonic() + 600
    while ParkingSession.objects.filter(status="billed").count() < stays:
        if time.monotonic() > until:
            raise RuntimeError("the stays were not billed in ten minutes")
        time.sleep(0.1)


def _floor() -> float:
    """Rows a second of COPY into a table of the same shape with the same indexes, committed."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_floor")
        cursor.execute("CREATE TABLE bench_floor (LIKE parking_eventrecord INCLUDING ALL)")
        # The identity of events, which partitions leave to a table of its own.
        cursor.execute("CREATE UNIQUE INDEX ON bench_floor (source, event_id)")
        cursor.execute("SELECT * FROM parking_eventrecord")
        rows = cursor.fetchall()
        started = time.monotonic()
        with cursor.copy("COPY bench_floor FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        took = time.monotonic() - started
        cursor.execute("DROP TABLE bench_floor")
    return len(rows) / took
