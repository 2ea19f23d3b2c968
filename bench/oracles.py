"""`python -m bench.oracles [ROUNDS]`: can a stranger tell by the clock what the answer doesn't say?

Asks what a plate owes (the API's guest question) for four plates that owe nothing: never seen, bound by somebody,
parked and paid, standing now; and asks for a sign-in code for a phone with an account and one without. The kinds take
turns, so that a slow moment of the machine falls on all alike; the limits are lifted by emptying the counters. Prints
one flat JSON object: each kind's median and 95th percentile in milliseconds, and the largest distance between medians.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable
from datetime import timedelta

from bench import ground

UNKNOWN, BOUND, PAID, STANDING = "鄂L00001", "鄂L00002", "鄂L00003", "鄂L00004"
HERE = {"host": "127.0.0.1"}


def main(rounds: int) -> int:
    """Measure once."""
    ground.prepare()
    ground.build()
    _people()
    from django.core.cache import cache
    from django.test import Client

    from parking.models import SignInCode

    plates = {"unknown": UNKNOWN, "bound": BOUND, "paid": PAID, "standing": STANDING}
    phones = {"known_phone": "13800000000", "unknown_phone": "13900000000"}

    def ask(path: str, body: dict[str, str], wanted: int) -> Callable[[], float]:
        def once() -> float:
            cache.clear()
            SignInCode.objects.all().delete()
            client = Client(headers=HERE)
            started = time.perf_counter()
            answer = client.post(f"/api/v1/driver/{path}", body, content_type="application/json")
            spent = time.perf_counter() - started
            if answer.status_code != wanted:
                raise RuntimeError(f"{path} answered {answer.status_code}")
            return spent * 1000

        return once

    asked = {f"plate_{name}": ask("guest/due/", {"plate": plate}, 200) for name, plate in plates.items()}
    asked |= {name: ask("sign-in/code/", {"phone": phone}, 202) for name, phone in phones.items()}
    spent: dict[str, list[float]] = {name: [] for name in asked}
    for turn in range(rounds + 10):
        for name, once in asked.items():
            took = once()
            if turn >= 10:
                spent[name].append(took)
    medians = {name: statistics.median(each) for name, each in spent.items()}
    figures = {f"{name}_median_ms": round(median, 3) for name, median in medians.items()}
    figures |= {f"{name}_p95_ms": round(statistics.quantiles(each, n=20)[18], 3) for name, each in spent.items()}
    for kind in ("plate", "phone"):
        found = [median for name, median in medians.items() if kind in name]
        figures[f"{kind}_distance_ms"] = round(max(found) - min(found), 3)
    print(json.dumps(figures))
    return 0


def _people() -> None:
    from django.utils import timezone

    from parking import occupancy, sessions
    from parking.domain.events import Kind, OccupancyEvent
    from parking.models import User, Vehicle
    from payments import charges

    now = timezone.now()
    driver = User.objects.create(username="bench-driver", phone="13800000000")
    Vehicle.objects.create(user=driver, plate=BOUND, plate_color="blue", bound_at=now, verified_at=now)
    told = [
        (PAID, "BENCH-00001", Kind.ARRIVAL, now - timedelta(hours=5)),
        (PAID, "BENCH-00001", Kind.DEPARTURE, now - timedelta(hours=2)),
        (STANDING, "BENCH-00002", Kind.ARRIVAL, now - timedelta(hours=1)),
    ]
    occupancy.observe(
        [
            OccupancyEvent(
                source="bench", event_id=f"{plate}-{kind}", berth=berth, kind=kind, observed_at=at, received_at=at,
                plate=plate, plate_color="blue", plate_confidence=0.99, action_confidence=0.99,
            )
            for plate, berth, kind, at in told
        ],
        now=now,
    )  # fmt: skip
    sessions.reconcile_due(now=now + timedelta(minutes=10))
    for view in charges.unpaid_for_plates([PAID]):
        charges.waive(view.number, reason="bench", by="bench", now=now)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 300))
