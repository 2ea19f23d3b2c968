"""The street in real time: what the devices see is sent when it happens, and a stopped street is taken up again."""

import json
import logging
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sandbox.street.clock import VirtualClock
from sandbox.street.devices import Sighting, Watch
from sandbox.street.door import Door
from sandbox.street.faults import Frame, Way
from sandbox.street.frames import Encoder
from sandbox.street.photos import Photos

log = logging.getLogger(__name__)

# The longest stays last from one evening into the next morning.
LONGEST_STAY = timedelta(hours=18)
# A device keeps so much while it is cut off; what is older is told only where a session would stay open for ever.
BACKFILL = timedelta(hours=6)
FORGOTTEN = timedelta(hours=70)
SAVE_EVERY_S = 10.0
FOREVER = timedelta(days=3650)


@dataclass(slots=True)
class State:
    """What a later start must know: up to when all is told, the frame counters, and what was still under way."""

    until: datetime | None = None
    counters: dict[str, int] = field(default_factory=dict)
    waiting: list[Frame] = field(default_factory=list)

    @classmethod
    def load(cls, file: Path | None, *, story: str) -> "State":
        """The state an earlier run of the same story (seed and street) left; a fresh one when there is none."""
        try:
            said: dict[str, Any] = json.loads(file.read_text()) if file else {}
        except (OSError, ValueError):
            return cls()
        if said.get("story") != story:
            return cls()
        waiting = [
            Frame(
                **frame
                | {name: datetime.fromisoformat(frame[name]) for name in ("at", "deliver_at")}
                | {"truths": tuple(frame["truths"])}
            )
            for frame in said["waiting"]
        ]
        return cls(until=datetime.fromisoformat(said["until"]), counters=said["counters"], waiting=waiting)

    def save(self, file: Path, *, story: str) -> None:
        """Write it in one go: a kill leaves the old file or the new one."""
        said = {
            "story": story,
            "until": self.until.isoformat() if self.until else None,
            "counters": self.counters,
            "waiting": [
                asdict(frame) | {"at": frame.at.isoformat(), "deliver_at": frame.deliver_at.isoformat()}
                for frame in self.waiting
            ],
        }
        fresh = file.with_suffix(".new")
        fresh.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_text(json.dumps(said, ensure_ascii=False))
        fresh.replace(file)


def worth_telling(watch: Watch, *, now: datetime, until: datetime | None) -> Iterator[Sighting]:
    """What the devices have to say from `until` (None: this is the first start) on, for ever.

    Of the past, only what makes the platform's street like the true one: who stands there now and since when, who has
    left meanwhile, and all of the last hours when an earlier run had begun to tell.
    """
    earliest = now - LONGEST_STAY if until is None else max(until, now - FORGOTTEN)
    berths = list(watch.street.places)
    here = _parked(watch, berths, now)
    gone = _parked(watch, berths, until) if until is not None else set()
    for seen in watch.between(earliest, now + FOREVER):
        recent = until is not None and seen.at >= now - BACKFILL
        arrived = seen.kind == "arrival" and seen.truth in here
        left = seen.kind in ("departure", "complete") and seen.truth in gone
        if seen.at >= now or recent or arrived or left:
            yield seen


def _parked(watch: Watch, berths: Iterable[str], at: datetime) -> set[str]:
    instant = timedelta(seconds=1)
    return {stay.key for berth in berths for stay in watch.traffic.stays(berth=berth, start=at, end=at + instant)}


class Live:
    """One run of the street. `requests_per_s` is how fast at most it tells what it is behind with."""

    def __init__(
        self,
        *,
        watch: Watch,
        door: Door,
        clock: VirtualClock,
        state_file: Path | None,
        photos: Photos | None = None,
        requests_per_s: float = 25.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._door = door
        self._clock = clock
        self._file = state_file
        self._photos = photos
        self._gap_s = 1.0 / requests_per_s
        self._sleep = sleep
        self._story = f"{watch.seed}|{len(watch.street.places)}|{len(watch.street.devices)}"
        self._saved = time.monotonic()
        self._state = State.load(state_file, story=self._story)
        self._encoder = Encoder(counters=self._state.counters)
        self._way = Way(rates=watch.rates, seed=watch.seed, waiting=self._state.waiting)
        self._sightings = worth_telling(watch, now=clock.now(), until=self._state.until)

    def run(self, *, until: datetime | None = None) -> None:
        """Tell everything as it happens, up to the virtual moment `until` (None: for ever)."""
        try:
            for frame in self._encoder.frames(self._paced(until)):
                self._way.send(frame)
                self._deliver(self._clock.now())
        finally:
            self.save()

    def save(self) -> None:
        """Leave behind what a later start needs."""
        if self._file is not None and self._state.until is not None:
            self._state.waiting = self._way.waiting()
            self._state.save(self._file, story=self._story)
        self._saved = time.monotonic()

    def _paced(self, until: datetime | None) -> Iterator[Sighting]:
        for seen in self._sightings:
            # All before this one is told: a later start begins with it.
            self._state.until = seen.at
            if until is not None and seen.at >= until:
                return
            while (wait := self._clock.until(seen.at).total_seconds()) > 0:
                self._deliver(self._clock.now())
                self._sleep(min(wait, 1.0))
            yield seen
            if time.monotonic() - self._saved > SAVE_EVERY_S:
                self.save()
                log.info("%s told up to %s: %s", self._story, seen.at.isoformat(), dict(self._door.sent))

    def _deliver(self, now: datetime) -> None:
        for frame in self._way.due(now):
            began = time.monotonic()
            if self._door.deliver(frame) and self._photos is not None:
                self._photos.after(frame)
            self._sleep(max(0.0, self._gap_s - (time.monotonic() - began)))
