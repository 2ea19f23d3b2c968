"""What kind of day it is: workdays, weekends, public holidays and the weekends that are worked instead.

A `Calendar` is a value: the editable table of the platform feeds it through its constructor, and pricing only reads it.
A year nobody has announced yet falls back to weekdays, weekends and the holidays fixed by law, and says so
(`provisional`), because billing must never fail for want of a calendar.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

import chinese_calendar

from parking.domain import lunar


class DayKind(StrEnum):
    """The four kinds of day a price notice tells apart."""

    WORKDAY = "workday"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"  # a day off of a public holiday, bridging days included
    MAKEUP = "makeup"  # a Saturday or Sunday that is worked in exchange (调休)


HOLIDAYS: Final = {
    "new_year": "New Year's Day",
    "spring_festival": "Spring Festival",
    "tomb_sweeping": "Tomb-sweeping Day",
    "labour_day": "Labour Day",
    "dragon_boat": "Dragon Boat Festival",
    "mid_autumn": "Mid-autumn Festival",
    "national_day": "National Day",
    "victory_70": "Anti-Fascist 70th Day",
}
"""Our short name of each holiday, and chinesecalendar's."""

_SHORT: Final = {name: short for short, name in HOLIDAYS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarDay:
    """One day that differs from its plain weekday or weekend. `name` is a key of `HOLIDAYS` or free text."""

    on: date
    kind: DayKind
    name: str = ""


class Calendar:
    """The kinds of all days. Equal tables make equal calendars; never changed once made.

    `days` are the exceptions; a day that isn't among them is a workday or a weekend by its weekday. `announced_years`
    are the years whose exceptions are published; a day of any other year that isn't among `days` gets the holidays
    fixed by law and is provisional.
    """

    __slots__ = ("_announced", "_days", "_hash")

    def __init__(self, *, days: Iterable[CalendarDay] = (), announced_years: Iterable[int] = ()) -> None:
        self._days = {day.on: day for day in days}
        self._announced = frozenset(announced_years)
        self._hash = hash((frozenset(self._days.values()), self._announced))

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Calendar):
            return NotImplemented
        return self._hash == other._hash and self._announced == other._announced and self._days == other._days

    def __hash__(self) -> int:
        return self._hash

    def day(self, on: date) -> CalendarDay:
        """Return what is known of the day; never fails."""
        known = self._days.get(on)
        if known is not None:
            return known
        if on.year not in self._announced:
            name = lunar.statutory_holiday(on)
            if name:
                return CalendarDay(on=on, kind=DayKind.HOLIDAY, name=name)
        return CalendarDay(on=on, kind=DayKind.WEEKEND if on.weekday() >= 5 else DayKind.WORKDAY)

    def announced(self, year: int) -> bool:
        """Tell whether the year's exceptions are published."""
        return year in self._announced

    def provisional(self, on: date) -> bool:
        """Tell whether the day's kind is a guess because its year isn't announced."""
        return on.year not in self._announced and on not in self._days


def seed_rows(*, first_year: int = 2004, last_year: int = 2026) -> tuple[CalendarDay, ...]:
    """Return the published exceptions of mainland China from chinesecalendar, in order of date.

    chinesecalendar 1.11.0 knows 2004 to 2026; years outside give no rows.
    """
    rows: list[CalendarDay] = []
    published = chinese_calendar.constants
    for on, name in published.holidays.items():
        if first_year <= on.year <= last_year:
            rows.append(CalendarDay(on=on, kind=DayKind.HOLIDAY, name=_SHORT.get(name, name)))
    for on, name in published.workdays.items():
        if first_year <= on.year <= last_year:
            rows.append(CalendarDay(on=on, kind=DayKind.MAKEUP, name=_SHORT.get(name, name)))
    return tuple(sorted(rows, key=lambda row: row.on))


def seeded(*, first_year: int = 2004, last_year: int = 2026) -> Calendar:
    """Return the calendar of mainland China as chinesecalendar publishes it."""
    rows = seed_rows(first_year=first_year, last_year=last_year)
    return Calendar(days=rows, announced_years={row.on.year for row in rows})


def unannounced_years(*, calendar: Calendar, from_on: date, to_on: date) -> tuple[int, ...]:
    """Return the years in the period whose holidays are not announced, for the operator's warning."""
    return tuple(year for year in range(from_on.year, to_on.year + 1) if not calendar.announced(year))
