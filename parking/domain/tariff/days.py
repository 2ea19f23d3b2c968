"""The words by which a price notice picks days: "workday", "mon-sat", "before:holiday", "10-01..10-07"."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, TypeAlias

from parking.domain import lunar
from parking.domain.calendar import HOLIDAYS, Calendar, CalendarDay, DayKind

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_Picker: TypeAlias = Callable[[CalendarDay, Calendar], bool]
_KINDS: Final[dict[str, _Picker]] = {
    "all": lambda day, _: True,
    "workday": lambda day, _: day.kind in (DayKind.WORKDAY, DayKind.MAKEUP),
    "nonworkday": lambda day, _: day.kind in (DayKind.WEEKEND, DayKind.HOLIDAY),
    "weekend": lambda day, _: day.kind is DayKind.WEEKEND,
    "holiday": lambda day, _: day.kind is DayKind.HOLIDAY,
    "makeup": lambda day, _: day.kind is DayKind.MAKEUP,
    "statutory": lambda day, _: bool(lunar.statutory_holiday(day.on)),
}
_BY_CALENDAR: Final = ("workday", "nonworkday", "weekend", "holiday", "makeup")
CLOCK: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00")
_MONTH_DAY = re.compile(r"(\d\d)-(\d\d)(?:\.\.(\d\d)-(\d\d))?")
_DATE = re.compile(r"(\d{4}-\d\d-\d\d)(?:\.\.(\d{4}-\d\d-\d\d))?")
_NEIGHBOURS: Final = {"before:": 1, "after:": -1}
_LUNAR = re.compile(r"lunar_new_year:([+-]?\d+)(?:\.\.([+-]?\d+))?")


@dataclass(frozen=True, slots=True)
class DayRule:
    """A day belongs when one of `words` picks it, one of `within` (if any) does too, and none of `unless` does."""

    words: tuple[str, ...] = ("all",)
    within: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()

    def holds(self, day: CalendarDay, calendar: Calendar) -> bool:
        """Tell whether the rule picks the day, which is one of the calendar's."""
        return (
            any(_picker(word)(day, calendar) for word in self.words)
            and (not self.within or any(_picker(word)(day, calendar) for word in self.within))
            and not any(_picker(word)(day, calendar) for word in self.unless)
        )

    @property
    def by_calendar(self) -> bool:
        """Whether the answer depends on announced holidays."""
        return any(
            plain in _BY_CALENDAR or plain.startswith("holiday:")
            for plain in map(_plain, self.words + self.within + self.unless)
        )


_pickers: dict[str, _Picker] = dict(_KINDS)


def _plain(word: str) -> str:
    while word.startswith(tuple(_NEIGHBOURS)):
        word = word.partition(":")[2]
    return word


def expand(word: str, named: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return the words a name of `named` stands for, also after "before:" or "after:"; any other word as it is."""
    name = _plain(word)
    prefix = word.removesuffix(name)
    return tuple(prefix + each for each in named.get(name, (name,)))


def _picker(word: str) -> _Picker:
    found = _pickers.get(word)
    if found is None:
        found = _pickers[word] = _compile(word)
    return found


def known(word: str) -> bool:
    """Tell whether the word means something."""
    try:
        _picker(word)
    except ValueError:
        return False
    return True


def _compile(word: str) -> _Picker:
    for prefix, shift in _NEIGHBOURS.items():
        if word.startswith(prefix):
            inner = _picker(word.removeprefix(prefix))
            return lambda day, calendar: inner(calendar.day(day.on + timedelta(days=shift)), calendar)
    first, _, last = word.partition("-")
    if first in WEEKDAYS and (not last or last in WEEKDAYS):
        start = WEEKDAYS.index(first)
        span = (WEEKDAYS.index(last or first) - start) % 7
        return lambda day, _: (day.on.weekday() - start) % 7 <= span
    if word.startswith("holiday:"):
        name = word.removeprefix("holiday:")
        if name in HOLIDAYS:
            return lambda day, _: day.kind is DayKind.HOLIDAY and day.name == name
    if match := _LUNAR.fullmatch(word):
        low = int(match[1])
        high = int(match[2] or match[1])
        if low <= high:
            return lambda day, _: (n := lunar.days_from_new_year(day.on)) is not None and low <= n <= high
    if match := _MONTH_DAY.fullmatch(word):
        begin = (int(match[1]), int(match[2]))
        finish = (int(match[3]), int(match[4])) if match[3] else begin
        date(2024, *begin), date(2024, *finish)  # refuses 02-30; a leap year, so that 02-29 stands
        if begin <= finish:
            return lambda day, _: begin <= (day.on.month, day.on.day) <= finish
        return lambda day, _: (day.on.month, day.on.day) >= begin or (day.on.month, day.on.day) <= finish
    if match := _DATE.fullmatch(word):
        since = date.fromisoformat(match[1])
        until = date.fromisoformat(match[2] or match[1])
        if since <= until:
            return lambda day, _: since <= day.on <= until
    raise ValueError(word)
