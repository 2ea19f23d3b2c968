from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from parking.domain.months import later

CITY = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        ("2026-01-31T08:00+08:00", 1, "2026-02-28T08:00+08:00"),
        ("2026-11-20T08:00+08:00", 2, "2027-01-20T08:00+08:00"),
        ("2026-11-30T17:00+00:00", 1, "2027-01-01T01:00+08:00"),
        ("2028-01-31T00:00+08:00", 13, "2029-02-28T00:00+08:00"),
    ],
)
def test_a_month_later_is_the_same_day_or_the_last_of_a_shorter_month(day, months, expected):
    assert later(datetime.fromisoformat(day), months=months, zone=CITY) == datetime.fromisoformat(expected)
