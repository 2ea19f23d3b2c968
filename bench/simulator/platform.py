"""The platform in memory: one book a berth, kept by the real codecs, placing and fold, on a virtual clock."""

import heapq
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bench.simulator import prices
from parking.domain import invariants, settling, story
from parking.domain.events import OccupancyEvent
from parking.domain.fusion import Status, Stay
from parking.domain.policy import Policy
from parking.domain.story import Billed
from sandbox.street.faults import Frame
from sensors import codecs, placing
from sensors.codecs.reading import CodecError
from sensors.keys import Speaker
from sensors.placing import Known


@dataclass(slots=True)
class Book:
    """What the platform holds of one berth."""

    events: dict[tuple[str, str], OccupancyEvent] = field(default_factory=dict)
    billed: list[Billed] = field(default_factory=list)
    proofs: list[Stay] = field(default_factory=list)
    standing: tuple[Stay, ...] = ()
    disputes: set[tuple[int, str, str]] = field(default_factory=set)
    ready_at: datetime | None = None


@dataclass(slots=True)
class Tally:
    """What came through the door."""

    frames: int = 0
    accepted: int = 0
    duplicates: int = 0
    refused: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    breaks: list[str] = field(default_factory=list)


class Platform:
    """Takes frames in the order of their delivery and bills what the fold calls billable."""

    def __init__(self, *, policy: Policy, speakers: Mapping[str, Speaker], known: dict[str, Known]) -> None:
        self.policy = policy
        self.speakers = speakers
        self.known = known
        self.books: dict[str, Book] = defaultdict(Book)
        self.tally = Tally()
        self._due: list[tuple[datetime, str]] = []
        self._last_id = 0

    def run(self, frames: Iterable[Frame], *, until: datetime) -> None:
        """Take all frames, wake berths when their quiet periods end, and let the clock run out to `until`."""
        for frame in frames:
            self._wake(frame.deliver_at)
            self.deliver(frame)
        self._wake(until)

    def deliver(self, frame: Frame) -> None:
        """One body at the door: decode, place, keep once, and fold the berths it speaks of."""
        now = frame.deliver_at
        self.tally.frames += 1
        speaker = self.speakers[frame.source]
        body = json.dumps(frame.body, ensure_ascii=False).encode()
        try:
            readings = codecs.decode(speaker.codec, body, received_at=now, query={"event": "up"})
        except CodecError as error:
            self.tally.refused[error.code] += 1
            return
        stale: dict[str, datetime] = {}
        for reading in readings:
            try:
                if isinstance(reading, CodecError):
                    raise reading
                events = placing.place(reading, known=self.known, speaker=speaker, received_at=now)
            except CodecError as error:
                self.tally.refused[error.code] += 1
                continue
            for event in events:
                if self._keep(event):
                    at = self._speaks_of(event)
                    stale[event.berth] = min(at, stale.get(event.berth, at))
        for berth, oldest in sorted(stale.items()):
            self.reconcile(berth, now, oldest=oldest)

    def _speaks_of(self, event: OccupancyEvent) -> datetime:
        """The earliest moment an event speaks of: its own, or that of the event it takes back."""
        target = self.books[event.berth].events.get((event.source, event.revokes))
        return event.observed_at if target is None else min(event.observed_at, target.observed_at)

    def _keep(self, event: OccupancyEvent) -> bool:
        book = self.books[event.berth]
        key = (event.source, event.event_id)
        known = book.events.get(key)
        if known is None:
            book.events[key] = event
            self.tally.accepted += 1
            return True
        if replace(known, received_at=event.received_at) == event:
            self.tally.duplicates += 1
        else:
            self.tally.refused["conflict"] += 1
        return False

    def reconcile(self, berth: str, now: datetime, *, oldest: datetime) -> None:
        """Fold from the last billed departure before `oldest`; freeze what is billable; remember when to look again."""
        book = self.books[berth]
        since = max((stay.left_at for stay in book.billed if stay.left_at <= oldest), default=None)
        if since is None:
            told = story.read(list(book.events.values()), self.policy, now=now, billed=book.billed)
            earlier: tuple[Stay, ...] = ()
        else:
            told = story.read(
                [event for event in book.events.values() if event.observed_at >= since],
                self.policy,
                now=now,
                since=since,
                billed=[stay for stay in book.billed if stay.arrived_at >= since],
            )
            earlier = tuple(stay for stay in book.standing if stay.arrived_at < since)
        stays = self._priced(told.stays, now)
        for stay in stays:
            if stay.status is Status.BILLABLE and stay.left_at is not None:
                self._last_id += 1
                book.billed.append(
                    Billed(
                        session_id=self._last_id,
                        arrived_at=stay.arrived_at,
                        left_at=stay.left_at,
                        plate=stay.plate,
                        visit=stay.visit,
                        billed_at=now,
                    )
                )
                book.proofs.append(stay)
        book.standing = (*earlier, *(stay for stay in stays if stay.status is not Status.BILLABLE))
        for dispute in told.disputes:
            book.disputes.add((dispute.session_id, dispute.event.event_id, dispute.reason))
        self.tally.breaks.extend(f"{berth} {found}" for found in invariants.broken([*book.proofs, *book.standing]))
        book.ready_at = min((stay.ready_at for stay in book.standing if stay.ready_at is not None), default=None)
        if book.ready_at is not None:
            heapq.heappush(self._due, (book.ready_at, berth))

    def _priced(self, stays: Sequence[Stay], now: datetime) -> list[Stay]:
        """What the price decides, as parking.sessions does it."""
        unowned = settling.unowned(stays, self.policy)
        priced = []
        for place, stay in enumerate(stays):
            moved = settling.moved(stay) if stay.status is Status.BILLABLE else None
            each = unowned.get(place)
            if moved is not None and stay.left_at is not None:
                told = prices.fee(stay.arrived_at, stay.left_at, stay.plate, stay.plate_color)
                if prices.fee(*moved, stay.plate, stay.plate_color) != told:
                    stay = settling.clock_matters(stay)
            elif each is not None and prices.free_for_anyone(each.arrived_at, each.left_at):
                stay = settling.nothing_to_charge(stay) if each.due_at <= now else replace(stay, ready_at=each.due_at)
            priced.append(stay)
        return priced

    def _wake(self, now: datetime) -> None:
        while self._due and self._due[0][0] <= now:
            at, berth = heapq.heappop(self._due)
            if self.books[berth].ready_at == at:
                self.books[berth].ready_at = None
                waiting = [stay.arrived_at for stay in self.books[berth].standing if stay.ready_at is not None]
                self.reconcile(berth, at, oldest=min(waiting, default=at))
