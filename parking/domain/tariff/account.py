"""One stay while it is priced: its pieces, what was taken off, and the steps that build and thin the timeline."""

from collections.abc import Callable
from datetime import date, datetime
from typing import NamedTuple, TypeAlias

from parking.domain.calendar import Calendar
from parking.domain.tariff.days import DayRule
from parking.domain.tariff.fee import LineKind
from parking.domain.tariff.plan import Piece, cut
from parking.domain.tariff.program import Program
from parking.domain.tariff.rules import Cap, Crossing, CrossUse, Free, MaxStay, Repeat, Restart
from parking.domain.tariff.stay import Coupon, History, PastStay, Permit, Usage, Vehicle
from parking.domain.tariff.terms import DAY_S, Exceeded, Measure
from parking.domain.tariff.vehicles import Concession, VehicleClass

Subject: TypeAlias = "Capped | Concession | Coupon | Free | MaxStay | Permit | Repeat | VehicleClass | str | None"


class Capped(NamedTuple):
    """A cap that was reached, with the scaled money it stood at for this vehicle."""

    rule: Cap
    amount: int


class Entry(NamedTuple):
    """Something other than a charge: time made free (no amount), or scaled money taken off or added."""

    kind: LineKind
    start: int
    end: int
    amount: int
    subject: Subject


class Account:
    """A stay being priced. Seconds since the epoch; `intervals` are the times parked, the last one this stay's own.

    `merged` are the earlier stays it goes on with, whose times come first in `intervals`.
    """

    __slots__ = (
        "calendar", "entries", "history", "intervals", "merged", "origin", "pieces", "program", "provisional", "used",
        "vehicle",
    )  # fmt: skip

    def __init__(
        self,
        program: Program,
        calendar: Calendar,
        vehicle: Vehicle,
        history: History,
        intervals: tuple[tuple[int, int], ...],
        merged: tuple[PastStay, ...] = (),
    ) -> None:
        self.merged = merged
        self.program = program
        self.calendar = calendar
        self.vehicle = vehicle
        self.history = history
        self.intervals = intervals
        self.origin = intervals[0][0]
        self.pieces: list[Piece] = []
        self.entries: list[Entry] = []
        self.used: list[Usage] = []
        self.provisional = False

    def local(self, instant: int) -> datetime:
        """Return the instant as the tariff's zone reads it."""
        return datetime.fromtimestamp(instant, self.program.zone)

    def build(self) -> None:
        """Cut the times parked into pieces by band, and label each with its window."""
        program = self.program
        kept = program.planner.days(self.calendar)
        pieces = self.pieces
        pieces.clear()
        for arrived, left in self.intervals:
            ordinal = self.local(arrived).toordinal()
            while True:
                plan = kept.get(ordinal) or program.planner.make(ordinal, self.calendar)
                if plan.provisional:
                    self.provisional = True
                for start, end, band, passage, day, wall, mask in plan.segments:
                    if end <= arrived:
                        continue
                    if start >= left:
                        break
                    begin = start if start > arrived else arrived
                    finish = end if end < left else left
                    if pieces and pieces[-1].end == begin and pieces[-1].band == band:
                        passage = pieces[-1].passage  # a band that begins again as it ends is not left
                    pieces.append(Piece(begin, finish, band, passage, day, wall, mask))
                if plan.end >= left:
                    break
                ordinal += 1
        if program.rules.crossing is not None:
            self._cross(program.rules.crossing)
        self._label()

    def _cross(self, rule: Crossing) -> None:
        parked = sum(left - arrived for arrived, left in self.intervals)
        if parked > rule.within_s or (parked == rule.within_s and not rule.inclusive):
            return
        shares: dict[int, int] = {}
        for piece in self.pieces:
            shares[piece.band] = shares.get(piece.band, 0) + piece.end - piece.start
        if len(shares) < 2:
            return
        order = list(shares)
        chosen = order[0] if rule.use is CrossUse.EARLIER else order[-1]
        if rule.use is CrossUse.LONGER:
            if rule.tie is CrossUse.LATER:
                order.reverse()
            chosen = max(order, key=lambda band: shares[band])
        passage = next(piece.passage for piece in self.pieces if piece.band == chosen)
        for piece in self.pieces:
            piece.band, piece.passage = chosen, passage

    def _label(self) -> None:
        for seconds in self.program.cuts:
            self.cut_every(seconds)
        if self.program.counts_periods:
            self._number_periods()
        window = self.program.rules.window
        if window.restart is Restart.NATURAL_DAY:
            for piece in self.pieces:
                piece.window = piece.day
        elif window.restart is Restart.DAILY_AT:
            for piece in self.pieces:
                piece.window = piece.day - (piece.wall < window.at_s)
        elif window.restart is Restart.EVERY:
            for piece in self.pieces:
                piece.window = (piece.start - self.origin) // window.every_s
        elif window.restart is Restart.CHARGING_PERIOD:
            for piece in self.pieces:
                piece.window = piece.period

    def cut_every(self, seconds: int) -> None:
        """Cut the pieces at each whole multiple of the seconds since arrival."""
        instants = range(self.origin + seconds, self.intervals[-1][1], seconds)
        if instants:
            self.pieces = cut(self.pieces, instants)

    def _number_periods(self) -> None:
        """Give each piece the beginning of the unbroken run of charged bands it lies in, or of the last one before."""
        period = end = self.origin
        for piece in self.pieces:
            if self.program.meters[piece.band] is not None:
                if piece.start != end:
                    period = piece.start
                end = piece.end
            piece.period = period

    def chargeable(self, selects: Callable[[Piece], bool] | None = None) -> int:
        """Return the seconds in charged bands, of the pieces selected."""
        meters = self.program.meters
        return sum(
            piece.end - piece.start
            for piece in self.pieces
            if meters[piece.band] is not None and (selects is None or selects(piece))
        )

    def grant(
        self,
        *,
        seconds: int,
        measure: Measure,
        origin: int,
        exceeded: Exceeded,
        reason: Free | Concession | Coupon,
        selects: Callable[[Piece], bool],
    ) -> int:
        """Make free the first `seconds` of the selected pieces and return how many were used.

        They count from `origin` in real time or along the chargeable time; SKIPPED takes them off the timeline.
        """
        used = 0
        kept: list[Piece] = []
        for piece in self.pieces:
            end = origin + seconds if measure is Measure.STAY else piece.start + seconds - used
            if (
                end <= piece.start
                or piece.waived is not None
                or self.program.meters[piece.band] is None
                or not selects(piece)
            ):
                kept.append(piece)
                continue
            later = piece.split(end) if end < piece.end else None
            used += piece.end - piece.start
            if exceeded is Exceeded.SKIPPED:
                self.entries.append(Entry(LineKind.FREE, piece.start, piece.end, 0, reason))
            else:
                piece.waived = reason
                kept.append(piece)
            if later is not None:
                kept.append(later)
        self.pieces = kept
        return used

    def cover(self, permit: Permit) -> None:
        """Take off the timeline what the permit covers."""
        since, until = int(permit.from_at.timestamp()), int(permit.to_at.timestamp())
        begin, finish = clock(permit.start), clock(permit.end)
        if finish <= begin:
            finish += DAY_S
        rule = DayRule(words=permit.days)
        zone_day = self.local(self.origin).toordinal() - 1
        last_day = self.local(self.intervals[-1][1]).toordinal()
        spans: list[tuple[int, int]] = []
        for ordinal in range(zone_day, last_day + 1):
            if rule.holds(self.calendar.day(date.fromordinal(ordinal)), self.calendar):
                start = max(self.program.planner.instant(ordinal, begin), since, spans[-1][1] if spans else 0)
                end = min(self.program.planner.instant(ordinal, finish), until)
                if start < end:
                    spans.append((start, end))
        self.pieces = cut(self.pieces, [edge for span in spans for edge in span])
        kept = []
        for piece in self.pieces:
            if any(start <= piece.start < end for start, end in spans):
                self.entries.append(Entry(LineKind.PERMIT, piece.start, piece.end, 0, permit))
            else:
                kept.append(piece)
        self.pieces = kept


def clock(text: str) -> int:
    """Return the seconds since midnight of "HH:MM"; "24:00" is the end of the day."""
    return int(text[:2]) * 3600 + int(text[3:]) * 60
