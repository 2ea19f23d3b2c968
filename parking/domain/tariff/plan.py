"""The timeline of one local date: which band holds when, in epoch seconds; and the pieces of a stay cut from it."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from parking.domain.calendar import Calendar, CalendarDay
from parking.domain.tariff.rules import Free, Rules
from parking.domain.tariff.stay import Coupon
from parking.domain.tariff.terms import DAY_S
from parking.domain.tariff.vehicles import Concession

KEPT_CALENDARS: Final = 8
KEPT_DAYS: Final = 4_000


class Segment(NamedTuple):
    """A stretch of one date inside one band, not crossed by any clock time that a rule names."""

    start: int
    end: int
    band: int
    passage: tuple[int, int]
    day: int
    wall: int
    mask: int


class Plan(NamedTuple):
    """One local date."""

    start: int
    end: int
    segments: tuple[Segment, ...]
    provisional: bool


class Piece:
    """A stretch of a stay in one band, one window and one period of every cap; carries its money while it is priced."""

    __slots__ = (
        "amount", "band", "counts", "day", "end", "mask", "origin", "passage", "period", "position", "start", "waived",
        "wall", "window",
    )  # fmt: skip

    def __init__(
        self, start: int, end: int, band: int, passage: tuple[int, int], day: int, wall: int, mask: int
    ) -> None:
        self.start = start
        self.end = end
        self.band = band
        self.passage = passage
        self.day = day
        self.wall = wall
        self.mask = mask
        self.window = 0
        self.period = 0
        self.origin = 0  # where on its clock the piece's first unit could begin
        self.position = 0  # where on its clock the piece itself begins
        self.counts: tuple[int, ...] = ()
        self.amount = 0  # scaled money, after what has been taken off so far
        self.waived: Free | Concession | Coupon | None = None  # what makes it free although its clock runs

    def split(self, at: int) -> "Piece":
        """Cut the piece at an instant inside it and return the later part."""
        later = Piece(at, self.end, self.band, self.passage, self.day, self.wall, self.mask)
        later.window = self.window
        later.period = self.period
        self.end = at
        return later


class Planner:
    """Makes and keeps the plans of a set of rules, per calendar and date."""

    def __init__(self, rules: Rules, zone: ZoneInfo) -> None:
        self._rules = rules
        self._zone = zone
        self._plans: dict[Calendar, dict[int, Plan]] = {}
        self._by_calendar = any(band.days.by_calendar for band in rules.bands) or any(
            days is not None and days.by_calendar
            for days in (rules.free_days, *(concession.days for concession in rules.concessions))
        )
        marks = {cap.at_s for cap in rules.caps} | {rules.window.at_s}
        for concession in rules.concessions:
            if concession.hours is not None:
                marks.update(mark % DAY_S for mark in concession.hours)
        self._marks = sorted(marks)

    def days(self, calendar: Calendar) -> dict[int, Plan]:
        """Return the plans already made for the calendar, to be looked up before `make`."""
        if not self._by_calendar:
            calendar = _ANY
        found = self._plans.get(calendar)
        if found is None:
            if len(self._plans) >= KEPT_CALENDARS:
                self._plans.clear()
            found = self._plans[calendar] = {}
        return found

    def make(self, ordinal: int, calendar: Calendar) -> Plan:
        """Make, keep and return the plan of the date."""
        kept = self.days(calendar)
        if len(kept) >= KEPT_DAYS:
            kept.clear()
        on = date.fromordinal(ordinal)
        spans: list[tuple[int, int, int, tuple[int, int]]] = []
        for shift, day in ((1, on - timedelta(days=1)), (0, on)):
            known = calendar.day(day)
            if self._rules.free_days is not None and self._rules.free_days.holds(known, calendar):
                continue
            for index, band in enumerate(self._rules.bands):
                begin = max(band.start_s - shift * DAY_S, 0)
                finish = min(band.end_s - shift * DAY_S, DAY_S)
                if begin < finish and band.days.holds(known, calendar):
                    spans.append((begin, finish, index, (ordinal - shift, index)))
        spans.sort()
        today = calendar.day(on)
        segments: list[Segment] = []
        for begin, finish, index, passage in spans:
            cuts = sorted({min(max(mark, begin), finish) for mark in (begin, *self._marks, finish)})
            for low, high in pairwise(cuts):
                start, end = self.instant(ordinal, low), self.instant(ordinal, high)
                if segments:
                    start = max(start, segments[-1].end)
                if start < end:
                    mask = self._mask(index, low, ordinal, today, calendar)
                    segments.append(Segment(start, end, index, passage, ordinal, low, mask))
        plan = Plan(
            start=self.instant(ordinal, 0),
            end=self.instant(ordinal, DAY_S),
            segments=tuple(segments),
            provisional=self._by_calendar
            and (calendar.provisional(on) or calendar.provisional(on - timedelta(days=1))),
        )
        kept[ordinal] = plan
        return plan

    def instant(self, ordinal: int, second: int) -> int:
        """Return the epoch second of a clock time, given in seconds since that date's midnight (up to 48 h)."""
        on = date.fromordinal(ordinal + second // DAY_S)
        second %= DAY_S
        wall = time(second // 3600, second // 60 % 60, second % 60)
        return int(datetime.combine(on, wall, tzinfo=self._zone).timestamp())

    def _mask(self, band: int, wall: int, ordinal: int, today: CalendarDay, calendar: Calendar) -> int:
        mask = 0
        for bit, concession in enumerate(self._rules.concessions):
            if concession.bands and self._rules.bands[band].id not in concession.bands:
                continue
            if not concession.from_on <= ordinal < concession.until_on:
                continue
            if concession.days is not None and not concession.days.holds(today, calendar):
                continue
            if concession.hours is not None:
                low, high = concession.hours
                if not (low <= wall < high or low <= wall + DAY_S < high):
                    continue
            mask |= 1 << bit
        return mask


_ANY: Final = Calendar()


def cut(pieces: Sequence[Piece], instants: Iterable[int]) -> list[Piece]:
    """Return the pieces, cut at each of the ascending instants that lies inside one."""
    result = list(pieces)
    index = 0
    for at in instants:
        while index < len(result) and result[index].end <= at:
            index += 1
        if index < len(result) and result[index].start < at:
            result.insert(index + 1, result[index].split(at))
    return result
