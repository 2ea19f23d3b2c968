"""The calendar's table as the value that pricing reads."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from parking.domain import calendar as calendars
from parking.domain.calendar import Calendar
from parking.models import CalendarDay, CalendarYear

CITY_TIME = ZoneInfo("Asia/Shanghai")


def calendar() -> Calendar:
    """The table of days as the value that pricing reads; two queries."""
    rows = CalendarDay.objects.order_by("date").values_list("date", "kind", "name")
    years = CalendarYear.objects.filter(announced_at__isnull=False).order_by("year").values_list("year", flat=True)
    return _calendar(tuple(rows), tuple(years))


@lru_cache(maxsize=4)
def _calendar(rows: tuple[tuple[date, str, str], ...], years: tuple[int, ...]) -> Calendar:
    days = [calendars.CalendarDay(on=on, kind=calendars.DayKind(kind), name=name) for on, kind, name in rows]
    return Calendar(days=days, announced_years=years)


def seed_calendar() -> int:
    """Fill the tables with the published days and years; what a person edited stays. Returns how many days were added.

    The year after the last one published is put down as not announced, so that the desk asks for it.
    """
    published = calendars.seed_rows()
    before = CalendarDay.objects.count()
    rows = [CalendarDay(date=day.on, kind=day.kind.value, name=day.name) for day in published]
    CalendarDay.objects.bulk_create(rows, ignore_conflicts=True)
    years = {day.on.year for day in published}
    _put_down(
        {year: datetime(year, 1, 1, tzinfo=UTC) for year in years} | {max(years) + 1: None}, source="chinesecalendar"
    )
    return CalendarDay.objects.count() - before


def ask_for_years(*, now: datetime) -> tuple[int, ...]:
    """Put down the years not announced that parking can already reach (this one and the next); return them."""
    today = now.astimezone(CITY_TIME).date()
    missing = calendars.unannounced_years(
        calendar=calendar(), from_on=today, to_on=today.replace(year=today.year + 1, month=12, day=31)
    )
    _put_down(dict.fromkeys(missing))
    return missing


def guessed_years(*, now: datetime) -> tuple[int, ...]:
    """The years not announced that stays of the next two months can reach: a warning for the desk."""
    today = now.astimezone(CITY_TIME).date()
    return calendars.unannounced_years(calendar=calendar(), from_on=today, to_on=today + timedelta(days=60))


def _put_down(years: Mapping[int, datetime | None], *, source: str = "") -> None:
    CalendarYear.objects.bulk_create(
        [
            CalendarYear(year=year, announced_at=at, rerated_at=at, source=source if at else "")
            for year, at in sorted(years.items())
        ],
        ignore_conflicts=True,
    )
