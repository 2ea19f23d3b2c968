"""How long `public/roads/` takes at 3,730 berths (Xianning) and at 100,000: `python -m bench.roads`, or `make bench`.

`kept` is what nearly everybody gets, the body of the last two seconds; `fresh` reads the tables each time, as one asker
every two seconds does. Through the whole of Django in process, each asker at an address of their own.
"""

import json
import sys
import time

from bench import ground

SIZES = (3_730, 100_000)
_A_ROAD = 140
_TIMES = 200


def measure() -> dict[str, float]:
    """Milliseconds at the 99th percentile, and how many times more the large city takes."""
    told: dict[str, float] = {}
    for berths in SIZES:
        build(berths)
        told[f"roads_kept_p99_ms_{berths}"] = _p99(_TIMES, fresh=False)
        told[f"roads_fresh_p99_ms_{berths}"] = _p99(_TIMES // 4, fresh=True)
    for kind in ("kept", "fresh"):
        small, large = (told[f"roads_{kind}_p99_ms_{berths}"] for berths in SIZES)
        told[f"roads_{kind}_large_to_small"] = round(large / small, 2)
    return told


def build(berths: int) -> None:
    """As many berths as that in all, on roads of 140 with lines of twenty points, two in three of them taken."""
    from django.db import connection
    from django.utils import timezone

    from parking.models import Berth, BerthState, Road, Zone

    zone, _made = Zone.objects.get_or_create(code="BENCH", defaults={"name": "bench"})
    known = Berth.objects.count()
    numbers = range(known, berths)
    line = [[round(114.3 + step / 5_000, 6), round(29.85 + step / 9_000, 6)] for step in range(20)]
    roads = Road.objects.bulk_create(
        [
            Road(
                code=f"R{first:06}", name=f"路{first}", zone=zone, geometry={"type": "LineString", "coordinates": line}
            )
            for first in numbers[::_A_ROAD]
        ]
    )
    made = Berth.objects.bulk_create(
        [
            Berth(road=roads[index // _A_ROAD], code=f"R-{number:06}", longitude=114.31, latitude=29.86)
            for index, number in enumerate(numbers)
        ],
        batch_size=5_000,
    )
    now = timezone.now()
    BerthState.objects.bulk_create(
        [BerthState(berth=berth, occupied=index % 3 > 0, last_event_at=now) for index, berth in enumerate(made)],
        batch_size=5_000,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE parking_berth, parking_berthstate, parking_road")


def _p99(times: int, *, fresh: bool) -> float:
    from django.core.cache import cache
    from django.test import Client

    took = []
    cache.clear()
    for number in range(times):
        client = Client(REMOTE_ADDR=f"10.1.{number // 250}.{number % 250 + 1}")
        if fresh:
            cache.clear()
        began = time.perf_counter()
        answer = client.get("/api/v1/public/roads/", HTTP_HOST="127.0.0.1")
        took.append((time.perf_counter() - began) * 1000)
        if answer.status_code != 200:
            raise RuntimeError(f"roads answered {answer.status_code}")
    return round(sorted(took)[int(times * 0.99) - 1], 2)


def main() -> int:
    """Alone."""
    ground.prepare()
    print(json.dumps(measure()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
