"""How many stays one core prices a second under the demo tariff, and what a very long stay costs.

The processor's own time counts, so that the figure is one core's whatever else the machine does.
"""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from time import process_time

from parking.domain import calendar, tariff
from parking.domain.calendar import Calendar
from parking.domain.tariff import Tariff, library

STAYS = 50_000
ROUNDS = 3
Stays = Sequence[tuple[datetime, datetime]]


def measure() -> dict[str, float]:
    """Price a made quarter of ordinary stays; the best of three rounds counts.

    Returns stays a second (with and without the lines), microseconds for a stay of 1 and of 38 days, and of 38 days
    of units of one minute, which has as many windows and 43,000 more units.
    """
    demo, days = library.load("xianning-demo"), calendar.seeded()
    stays = _stays(demo, STAYS)
    minutes = tariff.parse(
        {
            "code": "by-minute",
            "currency": "CNY",
            "outside_bands": "free",
            "restart": "natural_day",
            "bands": [{"id": "day", "from": "08:00", "to": "21:00", "steps": [{"unit_min": 1, "price": "0.05"}]}],
        }
    )
    return {
        "price_stays_per_s": max(_rate(stays, demo, days, explained=False) for _ in range(ROUNDS)),
        "price_explained_stays_per_s": max(_rate(stays, demo, days, explained=True) for _ in range(ROUNDS)),
        "price_1_day_us": _one(demo, days, 1),
        "price_38_days_us": _one(demo, days, 38),
        "price_38_days_by_minute_us": _one(minutes, days, 38),
        "next_rise_us": _rise(demo, days),
    }


def _stays(found: Tariff, count: int) -> Stays:
    chance = random.Random(1)
    first = datetime(2026, 3, 1, tzinfo=found.document.zone)
    arrivals = [first + timedelta(seconds=chance.randrange(90 * 86_400)) for _ in range(count)]
    return [(arrived, arrived + timedelta(seconds=int(chance.expovariate(1 / 5_400)))) for arrived in arrivals]


def _rate(stays: Stays, found: Tariff, days: Calendar, *, explained: bool) -> float:
    began = process_time()
    for arrived_at, left_at in stays:
        fee = tariff.price(arrived_at=arrived_at, left_at=left_at, tariff=found, calendar=days)
        if explained:
            assert fee.lines
    return len(stays) / (process_time() - began)


def _one(found: Tariff, days: Calendar, length: int) -> float:
    arrived_at = datetime(2026, 3, 2, 9, 17, tzinfo=found.document.zone)
    left_at = arrived_at + timedelta(days=length)
    best = float("inf")
    for _ in range(200):
        began = process_time()
        tariff.price(arrived_at=arrived_at, left_at=left_at, tariff=found, calendar=days)
        best = min(best, process_time() - began)
    return best * 1e6


def _rise(found: Tariff, days: Calendar) -> float:
    arrived_at = datetime(2026, 3, 2, 9, 17, tzinfo=found.document.zone)
    best = float("inf")
    for minutes in range(0, 200, 7):
        began = process_time()
        tariff.next_rise(at=arrived_at + timedelta(minutes=minutes), arrived_at=arrived_at, tariff=found, calendar=days)
        best = min(best, process_time() - began)
    return best * 1e6
