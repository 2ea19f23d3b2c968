"""What kind of day it is."""

from datetime import date

import pytest

from parking.domain import calendar, lunar
from parking.domain.calendar import Calendar, CalendarDay, DayKind

CHINA = calendar.seeded()


@pytest.mark.parametrize(
    ("on", "kind", "name"),
    [
        (date(2026, 2, 17), "holiday", "spring_festival"),
        (date(2026, 2, 14), "makeup", "spring_festival"),
        (date(2026, 10, 1), "holiday", "national_day"),
        (date(2026, 11, 23), "workday", ""),
        (date(2026, 11, 22), "weekend", ""),
        (date(2020, 1, 31), "holiday", "spring_festival"),
    ],
)
def test_a_published_day_has_its_kind(on: date, kind: str, name: str):
    day = CHINA.day(on)
    assert (day.kind, day.name, CHINA.provisional(on)) == (kind, name, False)


@pytest.mark.parametrize(
    ("on", "kind", "name"),
    [
        (date(2027, 1, 1), "holiday", "new_year"),
        (date(2027, 2, 4), "workday", ""),
        (date(2027, 2, 5), "holiday", "spring_festival"),
        (date(2027, 2, 8), "holiday", "spring_festival"),
        (date(2027, 2, 9), "workday", ""),
        (date(2027, 4, 5), "holiday", "tomb_sweeping"),
        (date(2027, 5, 2), "holiday", "labour_day"),
        (date(2027, 6, 9), "holiday", "dragon_boat"),
        (date(2027, 9, 15), "holiday", "mid_autumn"),
        (date(2027, 10, 3), "holiday", "national_day"),
        (date(2027, 10, 4), "workday", ""),
        (date(2027, 10, 9), "weekend", ""),
    ],
)
def test_a_day_of_an_unannounced_year_falls_back_to_the_law_and_is_provisional(on: date, kind: str, name: str):
    day = CHINA.day(on)
    assert (day.kind, day.name, CHINA.provisional(on)) == (kind, name, True)


def test_a_row_of_the_table_outweighs_the_fallback():
    table = Calendar(days=[CalendarDay(on=date(2027, 10, 4), kind=DayKind.HOLIDAY, name="national_day")])
    assert table.day(date(2027, 10, 4)).kind == "holiday"
    assert not table.provisional(date(2027, 10, 4))


def test_the_law_gave_neither_new_years_eve_nor_the_second_of_may_before_2025():
    assert lunar.statutory_holiday(date(2024, 2, 9)) == ""
    assert lunar.statutory_holiday(date(2024, 5, 2)) == ""
    assert lunar.statutory_holiday(date(2025, 1, 28)) == "spring_festival"
    assert lunar.statutory_holiday(date(2025, 5, 2)) == "labour_day"


def test_a_year_beyond_the_lunar_tables_still_has_the_other_holidays():
    assert lunar.statutory_holiday(date(2060, 10, 1)) == "national_day"
    assert lunar.days_from_new_year(date(2060, 2, 2)) is None


@pytest.mark.parametrize(("on", "days"), [(date(2026, 2, 16), -1), (date(2026, 2, 17), 0), (date(2026, 2, 22), 5)])
def test_days_count_from_the_lunar_new_year(on: date, days: int):
    assert lunar.days_from_new_year(on) == days


def test_every_holiday_by_law_since_2008_is_in_the_published_table_but_one():
    published = [
        on
        for year in range(2008, 2027)
        for month in range(1, 13)
        for day in range(1, 29)
        if lunar.statutory_holiday(on := date(year, month, day)) and CHINA.day(on).kind is not DayKind.HOLIDAY
    ]
    assert published == [date(2012, 6, 23)]  # chinesecalendar 1.11.0 lacks that Dragon Boat Saturday


def test_the_unannounced_years_of_a_period_are_told():
    assert calendar.unannounced_years(calendar=CHINA, from_on=date(2026, 6, 1), to_on=date(2028, 1, 1)) == (2027, 2028)
    assert calendar.unannounced_years(calendar=CHINA, from_on=date(2026, 1, 1), to_on=date(2026, 12, 31)) == ()


def test_equal_tables_make_equal_calendars():
    same = CHINA
    assert same == CHINA
    assert calendar.seeded() == CHINA
    assert hash(calendar.seeded()) == hash(CHINA)
    assert calendar.seeded(last_year=2025) != CHINA
    assert CHINA != "a calendar"
