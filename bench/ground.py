"""The ground the benchmarks stand on: servers and a database of their own, a network, and the web process."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import httpx

BERTHS = 4_000
ROOT = Path(__file__).resolve().parent.parent


def prepare() -> None:
    """Move house to OPENBERTH_HOME/bench, set Django up, migrate, and empty what an earlier run left."""
    home = Path(os.environ.get("OPENBERTH_HOME") or ROOT / ".openberth").absolute() / "bench"
    os.environ["OPENBERTH_HOME"] = str(home)
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    os.environ["LOG_LEVEL"] = "ERROR"
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("flush", interactive=False, verbosity=0)


def build() -> str:
    """The network and its tariff; gives the key of the source that speaks."""
    from django.utils import timezone

    from parking import tariffs
    from parking.models import Berth, Road, Zone
    from sensors import keys

    zone = Zone.objects.create(code="BENCH", name="bench")
    # No quiet period: the benchmark asks how fast, not how careful.
    road = Road.objects.create(code="BENCH", name="bench", zone=zone, policy={"settle_seconds": 0})
    Berth.objects.bulk_create([Berth(road=road, code=f"BENCH-{n:05}") for n in range(BERTHS)])
    tariffs.seed_calendar()
    document = json.loads((ROOT / "parking/tariff_library/xianning-demo.json").read_text())
    (loaded,) = tariffs.load([document], now=timezone.now())
    if loaded.state == "refused":
        raise RuntimeError(f"{loaded.path}: {loaded.reason}")
    return keys.create_source(name="bench", now=timezone.now())[1]


def events(*, stays: int, first: int, day: datetime) -> list[dict[str, object]]:
    """Arrivals and departures with plates, `stays` of them spread over the berths, in order of time."""
    told: list[dict[str, object]] = []
    for number in range(first, first + stays):
        berth, turn = number % BERTHS, number // BERTHS
        arrived_at = day + timedelta(minutes=90 * turn, seconds=berth % 600)
        plate = f"鄂L{number % 100_000:05}"
        for kind, at in (("arrival", arrived_at), ("departure", arrived_at + timedelta(minutes=70))):
            told.append(
                {
                    "event_id": f"{number}-{kind}",
                    "berth": f"BENCH-{berth:05}",
                    "kind": kind,
                    "observed_at": at.isoformat(),
                    "plate": plate,
                    "plate_color": "blue",
                    "plate_confidence": 0.98,
                    "action_confidence": 0.99,
                }
            )
    return sorted(told, key=lambda event: str(event["observed_at"]))


@contextmanager
def web() -> Iterator[str]:
    """The web process as `make run` starts it, on a free port; gives its address."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port = door.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "config.wsgi:application", "--bind", f"127.0.0.1:{port}"]
    process = subprocess.Popen([*command, "--workers", "2", "--threads", "8", "--log-level", "error"], cwd=ROOT)
    try:
        url = f"http://127.0.0.1:{port}"
        until = time.monotonic() + 60
        while True:
            try:
                httpx.get(f"{url}/healthz", timeout=2)
                break
            except httpx.TransportError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait()
