"""What each kind of device sees of the truth, with the faults of its kind: sightings, not yet in anyone's language."""

import hashlib
import random
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from uuid import UUID

from sandbox.street.cars import Car, misread
from sandbox.street.faults import Rates, clock, spells
from sandbox.street.network import Device, Street
from sandbox.street.traffic import Stay, Traffic, begins, day_of

# A berth that is empty for less is never seen empty by a magnetic sensor.
BLIND_S = 8
PATROL_HOURS = range(8, 22)
PATROL_BERTH_S = 1.6
PATROL_CORNER_S = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What one device makes known of one berth.

    `kind`: arrival, departure, occupied, vacant, startup, and a camera's complete and cancel. `at` is the true moment
    at which the device says it, `clock` what its own clock shows, `travel_s` how long the way takes. `visit` pairs a
    camera's arrival and departure; `began` and `ended` are set on a complete. `truth` is the stay's key, "" for what
    never was.
    """

    device: Device
    berth: str
    kind: str
    at: datetime
    clock: datetime
    event_id: str
    travel_s: float
    plate: str = ""
    color: str = "unknown"
    plate_confidence: float | None = None
    action_confidence: float | None = None
    visit: str = ""
    revokes: str = ""
    began: datetime | None = None
    ended: datetime | None = None
    straddles: bool = False
    temperature: float = 20.0
    truth: str = ""


class Watch:
    """All devices of a street over the same traffic. One seed, one story; any day by itself."""

    def __init__(self, *, street: Street, traffic: Traffic, rates: Rates) -> None:
        self.street = street
        self.traffic = traffic
        self.rates = rates
        self.seed = traffic.seed
        self._patrols = [device for device in street.devices if device.kind == "patrol"]

    def sightings(self, day: date) -> list[Sighting]:
        """Everything the devices make of the stays that begin on this day, and their routine; in order of `at`."""
        found: list[Sighting] = []
        for device in self.street.devices:
            if device.kind == "patrol":
                found.extend(self._patrol(device, day))
            elif device.kind == "geomagnetic":
                found.extend(self._magnetic(device, day))
            else:
                found.extend(self._camera(device, day))
        found.sort(key=lambda seen: seen.at)
        return found

    def between(self, start: datetime, end: datetime) -> Iterator[Sighting]:
        """The sightings of [start, end), in order of `at`, a day at a time."""
        day = day_of(start)
        # No stay outlasts the day after the one on which it began.
        carried = [seen for seen in self.sightings(day - timedelta(days=1)) if seen.at >= start]
        while begins(day) < end:
            carried.extend(self.sightings(day))
            day += timedelta(days=1)
            carried.sort(key=lambda seen: seen.at)
            split = bisect_left(carried, min(begins(day), end), key=lambda seen: seen.at)
            yield from (seen for seen in carried[:split] if seen.at >= start)
            carried = carried[split:]

    # Magnetic sensors: changes, a heartbeat a day, restarts. No clock, no plate.

    def _magnetic(self, device: Device, day: date) -> Iterator[Sighting]:
        rng = self._rng(device, day)
        stuck = spells(
            device=device.code, day=day, seed=self.seed, kind="stuck", share=self.rates.stuck, longest_s=6 * 3600
        )
        for berth in device.berths:
            for seen in self._changes(device, berth, day, rng):
                if not stuck[0] <= seen.at < stuck[1]:
                    yield seen
            at = begins(day) + timedelta(seconds=random.Random(f"{self.seed}|beat|{device.code}").uniform(0, 86_400))
            state = "occupied" if self._parked(berth, at) else "vacant"
            yield self._said(device, berth, state, at, rng)
            if rng.random() < self.rates.reboot:
                yield self._said(device, berth, "startup", begins(day) + timedelta(hours=rng.uniform(0, 24)), rng)

    def _changes(self, device: Device, berth: str, day: date, rng: random.Random) -> Iterator[Sighting]:
        stays = self.traffic.day(berth, day)
        before = self.traffic.day(berth, day - timedelta(days=1))[-1:]
        after = self.traffic.day(berth, day + timedelta(days=1))[:1]
        line: Sequence[Stay | None] = [before[0] if before else None, *stays, after[0] if after else None]
        for index, stay in enumerate(stays, start=1):
            last, following = line[index - 1], line[index + 1]
            if last is None or (stay.arrived_at - last.left_at).total_seconds() >= BLIND_S:
                at = stay.arrived_at + self._late(rng)
                yield self._said(device, berth, "arrival", at, rng, truth=stay.key)
                if rng.random() < self.rates.flapping:
                    gone = at + timedelta(seconds=rng.randint(5, 40))
                    back = gone + timedelta(seconds=rng.randint(5, 60))
                    if back < stay.left_at:
                        yield self._said(device, berth, "departure", gone, rng)
                        yield self._said(device, berth, "arrival", back, rng)
            free_s = (following.arrived_at - stay.left_at).total_seconds() if following else 3600.0
            if free_s >= BLIND_S:
                yield self._said(device, berth, "departure", stay.left_at + self._late(rng), rng, truth=stay.key)
            if free_s > 900 and rng.random() < self.rates.neighbour:
                ghost = stay.left_at + timedelta(seconds=rng.uniform(60, free_s - 300))
                yield self._said(device, berth, "arrival", ghost, rng)
                yield self._said(device, berth, "departure", ghost + timedelta(seconds=rng.uniform(10, 120)), rng)

    def _late(self, rng: random.Random) -> timedelta:
        return timedelta(seconds=rng.uniform(0, self.rates.reaction_s))

    # Cameras: arrival, departure, and a minute later the finished visit with both; now and then one taken back.

    def _camera(self, device: Device, day: date) -> Iterator[Sighting]:
        rng = self._rng(device, day)
        for berth in device.berths:
            stays = self.traffic.day(berth, day)
            for stay in stays:
                yield from self._visit(device, stay, rng)
            for stay, following in pairwise(stays):
                if rng.random() < self.rates.revoked:
                    yield from self._invented(device, stay, following, rng)

    def _visit(self, device: Device, stay: Stay, rng: random.Random) -> Iterator[Sighting]:
        visit = _guid("visit", device.code, stay.key)
        began, ended = self._clock(device, stay.arrived_at), self._clock(device, stay.left_at)
        entered = self._read(stay.car, rng)
        leaving = self._read(stay.car, rng)
        best = max((entered, leaving), key=lambda read: read[2])
        after = stay.left_at + timedelta(seconds=rng.randint(20, 90))
        for kind, at, shown, read in (
            ("arrival", stay.arrived_at, began, entered),
            ("departure", stay.left_at, ended, leaving),
            ("complete", after, self._clock(device, after), best),
        ):
            yield Sighting(
                device=device,
                berth=stay.berth,
                kind=kind,
                at=at,
                clock=shown,
                event_id=_guid(kind, device.code, stay.key),
                travel_s=rng.uniform(0.5, 3),
                plate=read[0],
                color=read[1],
                plate_confidence=read[2],
                action_confidence=round(rng.uniform(0.93, 0.999), 3),
                visit=visit,
                began=began if kind == "complete" else None,
                ended=ended if kind == "complete" else None,
                straddles=stay.straddles,
                truth=stay.key,
            )

    def _invented(self, device: Device, stay: Stay, following: Stay, rng: random.Random) -> Iterator[Sighting]:
        free_s = (following.arrived_at - stay.left_at).total_seconds()
        if free_s < 600:
            return
        at = stay.left_at + timedelta(seconds=rng.uniform(120, free_s - 120))
        guid, visit = _guid("ghost", device.code, stay.key), _guid("ghost visit", device.code, stay.key)
        later = at + timedelta(seconds=rng.uniform(60, 3600))
        for kind, moment, name, target in (("arrival", at, guid, ""), ("cancel", later, _guid("cancel", guid), guid)):
            yield Sighting(
                device=device,
                berth=stay.berth,
                kind=kind,
                at=moment,
                clock=self._clock(device, moment),
                event_id=name,
                travel_s=rng.uniform(0.5, 3),
                plate=stay.car.plate,
                color=stay.car.color,
                plate_confidence=0.6,
                action_confidence=0.5,
                visit=visit,
                revokes=target,
            )

    def _read(self, car: Car, rng: random.Random) -> tuple[str, str, float]:
        """Plate, colour and confidence as a camera reads them."""
        if not car.readable or rng.random() < self.rates.unread:
            return "", "unknown", 0.0
        if rng.random() < self.rates.misread:
            # 31 of 797 and 6 of 878 confident reads were wrong: a wrong read may well look sure.
            return misread(car.plate, rng), car.color, round(rng.triangular(0.45, 0.99, 0.85), 3)
        return car.plate, car.color, round(1 - min(0.5, rng.expovariate(40)), 3)

    # Patrol vehicles: each drives its roads once an hour and reads the plates it passes.

    def _patrol(self, device: Device, day: date) -> Iterator[Sighting]:
        mine = list(self.street.roads.items())[self._patrols.index(device) :: len(self._patrols)]
        for hour in PATROL_HOURS:
            rng = random.Random(f"{self.seed}|patrol|{device.code}|{day}|{hour}")
            at = begins(day) + timedelta(hours=hour - 4, seconds=rng.uniform(0, 300))
            for _, berths in rng.sample(mine, len(mine)):
                at += timedelta(seconds=PATROL_CORNER_S)
                for place, berth in enumerate(berths):
                    at += timedelta(seconds=PATROL_BERTH_S)
                    stay = self._parked(berth, at)
                    if stay is None or not stay.car.readable or rng.random() < self.rates.patrol_unread:
                        continue
                    if rng.random() < self.rates.patrol_one_off:
                        berth = berths[place + 1] if place + 1 < len(berths) else berths[place - 1]
                    plate, color, confidence = self._read(stay.car, rng)
                    if not plate:
                        continue
                    moment = at.replace(microsecond=0)
                    yield Sighting(
                        device=device,
                        berth=berth,
                        kind="occupied",
                        at=moment,
                        clock=self._clock(device, moment),
                        event_id=f"{device.code}:{int(moment.timestamp())}:{berth}:{plate}",
                        travel_s=rng.uniform(0.5, 3),
                        plate=plate,
                        color=color,
                        plate_confidence=confidence,
                        truth=stay.key,
                    )

    def _parked(self, berth: str, at: datetime) -> Stay | None:
        """Who stands at the berth at this moment."""
        day = day_of(at)
        for each in (day, day - timedelta(days=1)):
            stays = self.traffic.day(berth, each)
            index = bisect_right(stays, at, key=lambda stay: stay.arrived_at)
            if index:
                stay = stays[index - 1]
                return stay if at < stay.left_at else None
        return None

    def _said(
        self, device: Device, berth: str, kind: str, at: datetime, rng: random.Random, truth: str = ""
    ) -> Sighting:
        return Sighting(
            device=device,
            berth=berth,
            kind=kind,
            at=at,
            clock=self._clock(device, at),
            event_id=_guid(kind, device.code, berth, at.isoformat()),
            travel_s=rng.uniform(0.2, 1.5),
            temperature=rng.uniform(8, 22),
            truth=truth,
        )

    def _clock(self, device: Device, at: datetime) -> datetime:
        return clock(at=at, device=device.code, seed=self.seed, rates=self.rates)

    def _rng(self, device: Device, day: date) -> random.Random:
        return random.Random(f"{self.seed}|device|{device.code}|{day}")


def _guid(*parts: str) -> str:
    return str(UUID(bytes=hashlib.blake2b("|".join(parts).encode(), digest_size=16).digest()))
