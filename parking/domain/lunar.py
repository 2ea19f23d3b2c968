"""The few lunar dates that price notices name, and the public holidays that follow from them by law.

The Gregorian dates of 正月初一, 五月初五 and 八月十五 are facts of astronomy, written down for 2004 to 2050.
"""

from datetime import date, timedelta
from functools import lru_cache
from typing import Final

FIRST_YEAR: Final = 2004

_NEW_YEAR: Final = (
    "0122 0209 0129 0218 0207 0126 0214 0203 0123 0210 0131 0219 "
    "0208 0128 0216 0205 0125 0212 0201 0122 0210 0129 0217 0206 "
    "0126 0213 0203 0123 0211 0131 0219 0208 0128 0215 0204 0124 "
    "0212 0201 0122 0210 0130 0217 0206 0126 0214 0202 0123"
)
_DRAGON_BOAT: Final = (
    "0622 0611 0531 0619 0608 0528 0616 0606 0623 0612 0602 0620 "
    "0609 0530 0618 0607 0625 0614 0603 0622 0610 0531 0619 0609 "
    "0528 0616 0605 0624 0612 0601 0620 0610 0530 0618 0607 0527 "
    "0614 0603 0622 0611 0531 0619 0608 0529 0615 0604 0623"
)
_MID_AUTUMN: Final = (
    "0928 0918 1006 0925 0914 1003 0922 0912 0930 0919 0908 0927 "
    "0915 1004 0924 0913 1001 0921 0910 0929 0917 1006 0925 0915 "
    "1003 0922 0912 1001 0919 0908 0927 0916 1004 0924 0913 1002 "
    "0920 0910 0928 0917 1005 0925 0915 1004 0922 0911 0930"
)


def _dates(table: str) -> dict[int, date]:
    return {
        FIRST_YEAR + index: date(FIRST_YEAR + index, int(text[:2]), int(text[2:]))
        for index, text in enumerate(table.split())
    }


NEW_YEAR: Final = _dates(_NEW_YEAR)
DRAGON_BOAT: Final = _dates(_DRAGON_BOAT)
MID_AUTUMN: Final = _dates(_MID_AUTUMN)


def days_from_new_year(on: date) -> int | None:
    """Return how many days after 正月初一 of its year the day lies: 0 that day, -1 除夕; None when not known."""
    first = NEW_YEAR.get(on.year)
    return None if first is None else (on - first).days


def _tomb_sweeping(year: int) -> date:
    # The 21st century's formula for 清明; it holds for every year of the tables above.
    short = year % 100
    return date(year, 4, (short * 2422 + 48100) // 10000 - short // 4)


@lru_cache(maxsize=64)
def _statutory(year: int) -> dict[date, str]:
    days = {date(year, 1, 1): "new_year", _tomb_sweeping(year): "tomb_sweeping", date(year, 5, 1): "labour_day"}
    days |= {date(year, 10, day): "national_day" for day in (1, 2, 3)}
    longer = year >= 2025  # 国务院令第795号 adds 除夕 and 2 May from 2025
    if longer:
        days[date(year, 5, 2)] = "labour_day"
    if year in NEW_YEAR:
        first = NEW_YEAR[year]
        days |= {first + timedelta(days=n): "spring_festival" for n in range(-1 if longer else 0, 3)}
        days.setdefault(DRAGON_BOAT[year], "dragon_boat")
        days.setdefault(MID_AUTUMN[year], "mid_autumn")
    return days


def statutory_holiday(on: date) -> str:
    """Return the holiday that falls on the day by law, without any bridging day; "" when none does."""
    return _statutory(on.year).get(on, "")
