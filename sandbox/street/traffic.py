"""What truly happens at each berth: who comes, when, and how long they stay.

Any day of any berth can be asked for by itself and is the same each time: a stopped simulator goes on where the
street would be, and one seed replays everything. A berth's day runs from 04:00 to 04:00, China time.
"""

import math
import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import lru_cache

from sandbox.street.cars import Car, draw

CHINA = timezone(timedelta(hours=8))
DAY_BEGINS = time(4)

# Starts of the 7,500 "present" intervals in a sample of Melbourne's 2019 bay sensors (City of Melbourne, CC BY 4.0), by
# hour. Hour 0 is the mean of its neighbours: the sensors' feed begins every interval anew at midnight.
ARRIVALS_BY_HOUR = (
    136, 117, 55, 46, 49, 86, 180, 409, 367, 501, 470, 415, 483, 430, 428, 451, 414, 512, 582, 345, 294, 201, 212, 156,
)  # fmt: skip

# Mean and standard deviation of ln(minutes), by hour of arrival, of the 4,457 among them that lasted five minutes or
# more; shorter ones are mostly cars that turn or wait.
STAY_BY_HOUR: tuple[tuple[int, float, float], ...] = (
    (6, 4.004, 1.546),
    (9, 3.539, 1.276),
    (12, 3.495, 1.155),
    (15, 3.407, 1.081),
    (18, 3.227, 1.041),
    (21, 3.604, 1.184),
    (24, 3.228, 1.030),
)
LONGEST = timedelta(hours=10)
SHORTEST = timedelta(minutes=1)

# Chosen so that a berth sees 4 to 5 stays a day, as Beijing's berths did in 2021 and 2022.
PEAK_ARRIVALS_PER_FREE_HOUR = 0.55
NIGHT_CARS = 0.40
# Of those who come between seven and ten, made up: they stay for the morning or for the working day.
WORKERS = 0.30
# The next car waits already; the sensor has hardly time to see the berth empty.
SWAPS = 0.02
REPARKS = 0.02
STRADDLES = 0.002


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """One true stay. `straddles` when the car also covers part of the next berth. Half open, aware, whole seconds."""

    berth: str
    arrived_at: datetime
    left_at: datetime
    car: Car
    straddles: bool = False

    @property
    def key(self) -> str:
        """What names this stay for good."""
        return f"{self.berth}:{int(self.arrived_at.timestamp())}"


@dataclass(frozen=True, slots=True)
class _Night:
    arrived_at: datetime
    left_at: datetime


class Traffic:
    """The truth of a seed. `regulars` are cars that use one berth each, for nearly all of its stays."""

    def __init__(self, *, seed: int, regulars: dict[str, Car] | None = None) -> None:
        self.seed = seed
        self.regulars = regulars or {}
        self.day = lru_cache(maxsize=20_000)(self._day)

    def stays(self, *, berth: str, start: datetime, end: datetime) -> list[Stay]:
        """The berth's stays that overlap [start, end), in order; they never overlap each other."""
        first, last = day_of(start) - timedelta(days=1), day_of(end)
        days = (last - first).days + 1
        found = [stay for ahead in range(days) for stay in self.day(berth, first + timedelta(days=ahead))]
        return [stay for stay in found if stay.left_at > start and stay.arrived_at < end]

    def _day(self, berth: str, day: date) -> tuple[Stay, ...]:
        """The stays that begin on this day (04:00 to 04:00): a few by daylight, then perhaps one over night."""
        rng = random.Random(f"{self.seed}|day|{berth}|{day}")
        before, tonight = self._night(berth, day - timedelta(days=1)), self._night(berth, day)
        at = max(begins(day), before.left_at) if before else begins(day)
        until = tonight.arrived_at if tonight else begins(day + timedelta(days=1))
        until -= timedelta(seconds=rng.randint(5, 600))
        stays: list[Stay] = []
        pull = self._pull(berth)
        arrived = _next_arrival(at + timedelta(seconds=rng.randint(4, 60)), until, pull, rng)
        again: Car | None = None
        while arrived is not None and arrived + SHORTEST < until:
            left = min(arrived + _length(arrived, rng), until)
            car = again or self._car(berth, rng)
            stays.append(
                Stay(berth=berth, arrived_at=arrived, left_at=left, car=car, straddles=rng.random() < STRADDLES)
            )
            again = None
            chance = rng.random()
            if chance < SWAPS:
                arrived = left + timedelta(seconds=rng.randint(3, 30))
            elif chance < SWAPS + REPARKS:
                arrived, again = left + timedelta(seconds=rng.randint(40, 180)), car
            else:
                arrived = _next_arrival(left + timedelta(seconds=20), until, pull, rng)
        if tonight:
            car = self._resident(berth)
            stays.append(Stay(berth=berth, arrived_at=tonight.arrived_at, left_at=tonight.left_at, car=car))
        return tuple(stays)

    def _night(self, berth: str, day: date) -> _Night | None:
        rng = random.Random(f"{self.seed}|night|{berth}|{day}")
        if rng.random() >= NIGHT_CARS:
            return None
        arrived = begins(day) + timedelta(hours=rng.triangular(13.5, 20, 15.5))
        left = begins(day) + timedelta(hours=rng.triangular(26, 29.5, 27.5))
        return _Night(arrived.replace(microsecond=0), left.replace(microsecond=0))

    def _pull(self, berth: str) -> float:
        """How sought-after the berth is: roads differ more than the berths of one road."""
        road = random.Random(f"{self.seed}|road|{berth.rpartition('-')[0]}").uniform(0.6, 1.4)
        return road * random.Random(f"{self.seed}|berth|{berth}").uniform(0.8, 1.2)

    def _car(self, berth: str, rng: random.Random) -> Car:
        regular = self.regulars.get(berth)
        return regular if regular is not None and rng.random() < 0.9 else draw(rng)

    def _resident(self, berth: str) -> Car:
        return self.regulars.get(berth) or draw(random.Random(f"{self.seed}|resident|{berth}"))


def day_of(at: datetime) -> date:
    """The street's day in which this moment lies."""
    local = at.astimezone(CHINA)
    return local.date() if local.time() >= DAY_BEGINS else local.date() - timedelta(days=1)


def begins(day: date) -> datetime:
    """The moment at which the street's day begins."""
    return datetime.combine(day, DAY_BEGINS, CHINA).astimezone(UTC)


def _next_arrival(at: datetime, until: datetime, pull: float, rng: random.Random) -> datetime | None:
    """The next arrival of a Poisson process whose rate follows the hour, by thinning."""
    peak = max(ARRIVALS_BY_HOUR)
    rate = PEAK_ARRIVALS_PER_FREE_HOUR * pull
    while at < until:
        at += timedelta(hours=rng.expovariate(rate))
        if rng.random() < ARRIVALS_BY_HOUR[at.astimezone(CHINA).hour] / peak:
            return at.replace(microsecond=0) if at < until else None
    return None


def _length(arrived: datetime, rng: random.Random) -> timedelta:
    hour = arrived.astimezone(CHINA).hour
    mean, deviation = next((mean, deviation) for end, mean, deviation in STAY_BY_HOUR if hour < end)
    minutes = math.exp(rng.gauss(mean, deviation))
    if 7 <= hour < 10 and rng.random() < WORKERS:
        minutes = rng.uniform(180, 560)
    return min(max(timedelta(seconds=round(minutes * 60)), SHORTEST), LONGEST)
