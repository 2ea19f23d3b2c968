"""Service clocks that run on workdays."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from parking.domain.calendar import Calendar, DayKind

_CITY = ZoneInfo("Asia/Shanghai")
_WORKED = frozenset({DayKind.WORKDAY, DayKind.MAKEUP})


def after(at: datetime, *, days: int, calendar: Calendar) -> datetime:
    """The end of the `days`-th workday after the day of `at`, in the city's time; weekends that are worked count."""
    day = at.astimezone(_CITY).date()
    left = days
    while left > 0:
        day += timedelta(days=1)
        if calendar.day(day).kind in _WORKED:
            left -= 1
    return datetime(day.year, day.month, day.day, 18, tzinfo=_CITY)
