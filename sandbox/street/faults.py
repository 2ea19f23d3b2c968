"""How devices and networks go wrong: rates, clocks, and what happens to a frame on its way."""

import heapq
import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from sandbox.street.traffic import begins, day_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """What goes wrong how often. Shares lie between 0 and 1; names in `_s` are the longest seconds, drawn evenly.

    On the way: `loss`, `duplicates`, `reorder` are shares of frames (a reordered one is late by up to `reorder_s`).
    Of device-days: `outage` (nothing comes for up to `outage_s`, then all at once), `reboot`, `stuck` (the sensor keeps
    its last state for some hours), `clock_1970` (the device's clock starts at 1970 for some hours).
    Clocks: `skew_s` either way, fixed for a device; `drift_s_per_day` grows through each day.
    Of arrivals: `flapping` (gone and back within a minute), `neighbour` (the next berth's car seen as one of ours),
    `revoked` (a camera invents a visit and takes it back). Of plates: `misread`, `unread`. Of patrol reads:
    `patrol_one_off` (the berth next to the right one), `patrol_unread`. `reaction_s` is how late a sensor notices.
    """

    loss: float = 0.0
    duplicates: float = 0.0
    reorder: float = 0.0
    reorder_s: float = 0.0
    reaction_s: float = 0.0
    skew_s: float = 0.0
    drift_s_per_day: float = 0.0
    clock_1970: float = 0.0
    stuck: float = 0.0
    flapping: float = 0.0
    neighbour: float = 0.0
    reboot: float = 0.0
    outage: float = 0.0
    outage_s: float = 0.0
    misread: float = 0.0
    unread: float = 0.0
    revoked: float = 0.0
    patrol_one_off: float = 0.0
    patrol_unread: float = 0.0


NONE = Rates()
NORMAL = Rates(
    loss=0.01,
    duplicates=0.02,
    reorder=0.02,
    reorder_s=600,
    flapping=0.002,
    neighbour=0.002,
    reboot=0.005,
    outage=0.005,
    outage_s=3600,
    misread=0.015,
    unread=0.005,
    revoked=0.001,
    # 33 of 304 real scans of Amsterdam's scan cars carried another bay than the one they lay in.
    patrol_one_off=0.109,
    patrol_unread=0.03,
)
HEAVY = Rates(
    loss=0.20,
    duplicates=0.30,
    reorder=0.30,
    reorder_s=6 * 3600,
    reaction_s=20,
    skew_s=900,
    drift_s_per_day=60,
    clock_1970=0.02,
    stuck=0.02,
    flapping=0.05,
    neighbour=0.03,
    reboot=0.05,
    outage=0.05,
    outage_s=24 * 3600,
    misread=0.05,
    unread=0.03,
    revoked=0.01,
    patrol_one_off=0.109,
    patrol_unread=0.10,
)
PRESETS = {"none": NONE, "normal": NORMAL, "heavy": HEAVY}


def rates(name: str) -> Rates:
    """A preset by name, or a JSON file of rates over the normal ones. Raises ValueError for what is neither."""
    if name in PRESETS:
        return PRESETS[name]
    try:
        said = json.loads(Path(name).read_text())
    except (OSError, ValueError) as error:
        raise ValueError(f"{name!r} is neither {', '.join(PRESETS)} nor a JSON file of rates ({error})") from error
    if not isinstance(said, dict):
        raise ValueError(f"{name}: a JSON object of rates is wanted")
    known = {field.name for field in fields(Rates)}
    for field, value in said.items():
        if field not in known:
            raise ValueError(f"{name}: unknown rate {field!r} (known: {', '.join(sorted(known))})")
        share = not field.endswith(("_s", "_s_per_day"))
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0 or (share and value > 1):
            raise ValueError(f"{name}: {field} must be {'a share between 0 and 1' if share else 'seconds, 0 or more'}")
    return Rates(**{**asdict(NORMAL), **said})


def clock(*, at: datetime, device: str, seed: int, rates: Rates) -> datetime:
    """What the device's own clock shows at a true moment."""
    if not (rates.skew_s or rates.drift_s_per_day or rates.clock_1970):
        return at
    day = day_of(at)
    into = at - begins(day)
    rng = random.Random(f"{seed}|clock|{device}|{day}")
    if rng.random() < rates.clock_1970:
        restart = timedelta(seconds=rng.uniform(0, 80_000))
        if timedelta() <= into - restart < timedelta(hours=3):
            return datetime(1970, 1, 1, tzinfo=UTC) + (into - restart)
    skew = random.Random(f"{seed}|skew|{device}").uniform(-rates.skew_s, rates.skew_s)
    drift = rates.drift_s_per_day * into.total_seconds() / 86_400
    return at + timedelta(seconds=round(skew + drift))


def spells(
    *, device: str, day: date, seed: int, kind: str, share: float, longest_s: float
) -> tuple[datetime, datetime]:
    """When the device suffers from `kind` on this day, as a half-open period; an empty one when it does not."""
    rng = random.Random(f"{seed}|{kind}|{device}|{day}")
    if rng.random() >= share:
        return begins(day), begins(day)
    start = begins(day) + timedelta(seconds=rng.uniform(0, 86_400))
    return start, start + timedelta(seconds=rng.uniform(60, max(60, longest_s)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One body on its way to a door of the platform.

    `at` is when it truly left the device or its platform, `deliver_at` when it comes in. `door` is the address below
    `/api/v1/ingest/`. `truths` names the stays it tells of ("" for what never was), for whoever keeps the score.
    """

    at: datetime
    deliver_at: datetime
    source: str
    door: str
    device: str
    body: dict[str, Any]
    truths: tuple[str, ...] = ()


class Way:
    """The way from the devices to the platform: loses, doubles, delays and holds back what is sent along it."""

    def __init__(self, *, rates: Rates, seed: int, waiting: Iterable[Frame] = ()) -> None:
        self._rates = rates
        self._seed = seed
        self._counter = count()
        self._waiting = [(frame.deliver_at, next(self._counter), frame) for frame in waiting]
        heapq.heapify(self._waiting)

    def send(self, frame: Frame) -> None:
        """Put a frame on its way."""
        for copy in _copies(frame, self._rates, self._seed):
            heapq.heappush(self._waiting, (copy.deliver_at, next(self._counter), copy))

    def due(self, at: datetime) -> Iterator[Frame]:
        """Take off what arrives up to this moment, in order of arrival."""
        while self._waiting and self._waiting[0][0] <= at:
            yield heapq.heappop(self._waiting)[2]

    def waiting(self) -> list[Frame]:
        """What is still under way."""
        return [frame for _, _, frame in sorted(self._waiting)]


def on_the_way(frames: Iterable[Frame], *, rates: Rates, seed: int) -> Iterator[Frame]:
    """Send frames, given in order of `at`, along a `Way`; they come out in order of `deliver_at`."""
    way = Way(rates=rates, seed=seed)
    for frame in frames:
        yield from way.due(frame.at)
        way.send(frame)
    yield from way.due(datetime.max.replace(tzinfo=UTC))


def _copies(frame: Frame, rates: Rates, seed: int) -> Iterator[Frame]:
    rng = random.Random(f"{seed}|way|{frame.device}|{frame.at.timestamp()}|{frame.truths}")
    if rng.random() < rates.loss:
        return
    deliver_at = frame.deliver_at
    if rng.random() < rates.reorder:
        deliver_at += timedelta(seconds=rng.uniform(0, rates.reorder_s))
    if rates.outage:
        for day in (day_of(frame.at) - timedelta(days=1), day_of(frame.at)):
            start, end = spells(
                device=frame.device,
                day=day,
                seed=seed,
                kind="outage",
                share=rates.outage,
                longest_s=min(rates.outage_s, 86_400),
            )
            if start <= frame.at < end:
                deliver_at = max(deliver_at, end + timedelta(seconds=rng.uniform(0, 60)))
    yield replace(frame, deliver_at=deliver_at)
    if rng.random() < rates.duplicates:
        yield replace(frame, deliver_at=deliver_at + timedelta(seconds=rng.uniform(0.2, 120)))
