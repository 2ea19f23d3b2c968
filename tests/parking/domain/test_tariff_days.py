"""Which days a word picks, and how often free minutes are had. All figures worked out by hand."""

from typing import Any

import pytest

from parking.domain import calendar, tariff
from parking.domain.tariff import Example, differences, plan
from tests.parking.domain.street_prices import amount, at, document, hourly

FIRST_HOUR = [{"until_min": 60, "unit_min": 60, "price": 3}, {"unit_min": 60, "price": 1}]
DAY = {"id": "day", "from": "08:00", "to": "20:00", "steps": FIRST_HOUR}
NIGHT = {"id": "night", "from": "20:00", "to": "08:00", "steps": FIRST_HOUR}
FREE_NIGHT = {"id": "night", "from": "20:00", "to": "08:00", "free": True}


@pytest.mark.parametrize(
    ("words", "day", "held"),
    [
        ("mon", 23, True),
        ("mon", 24, False),
        ("fri-mon", 23, True),
        ("fri-mon", 24, False),
        ("weekend", 22, True),
        ("11-23", 23, True),
        ("11-23", 24, False),
        ("11-24..02-01", 24, True),
        ("11-24..02-01", 23, False),
        ("02-01..11-23", 23, True),
        ("2026-11-23", 23, True),
        ("2026-11-23..2026-11-24", 24, True),
        ("2025-11-23..2025-11-24", 24, False),
        ("holiday:national_day", 23, False),
        ("makeup", 23, False),
        ("statutory", 23, False),
    ],
)
def test_a_word_picks_its_days(words: str, day: int, held: bool):
    rules = document(bands=[{**DAY, "days": words}])
    assert amount(rules, f"{day} 09:00", f"{day} 10:00") == (300 if held else 0)


@pytest.mark.parametrize(
    ("words", "on", "held"),
    [
        ("holiday:national_day", "2026-10-05", True),
        ("holiday:spring_festival", "2026-10-05", False),
        ("statutory", "2026-10-05", False),
        ("statutory", "2026-10-02", True),
        ("makeup", "2026-10-10", True),
        ("workday", "2026-10-10", True),
        ("sat", "2026-10-10", True),
        ("lunar_new_year:0", "2026-02-17", True),
        ("lunar_new_year:0", "2026-02-18", False),
        ("before:holiday", "2026-09-30", True),
        ("before:holiday", "2026-10-07", False),
        ("after:holiday", "2026-10-08", True),
        ("after:holiday", "2026-10-09", False),
        ("before:sun", "2026-10-10", True),
        ("before:before:2026-10-10", "2026-10-08", True),
    ],
)
def test_a_word_picks_its_holidays(words: str, on: str, held: bool):
    rules = document(bands=[{**DAY, "days": words}])
    assert amount(rules, f"{on}T09:00", f"{on}T10:00") == (300 if held else 0)


@pytest.mark.parametrize(
    ("days", "on", "held"),
    [
        (["sun", "fair"], "2026-11-25", True),
        (["sun", "fair"], "2026-12-24", True),
        (["sun", "fair"], "2026-11-26", False),
        ("before:fair", "2026-11-24", True),
        ("before:fair", "2026-12-23", True),
        ("before:fair", "2026-11-25", False),
    ],
)
def test_days_named_once_are_a_word_in_every_band(days: Any, on: str, held: bool):
    rules = document(seasons={"fair": ["2026-11-25", "12-24"]}, bands=[{**DAY, "days": days}])
    assert amount(rules, f"{on}T09:00", f"{on}T10:00") == (300 if held else 0)


@pytest.mark.parametrize("name", ["workday", "mon-fri", "before:sun"])
def test_days_can_not_be_named_by_a_word_that_has_its_meaning(name: str):
    with pytest.raises(tariff.TariffError, match="is a word for days already") as refused:
        tariff.parse(document(seasons={name: ["2026-11-25"]}, bands=[DAY]))
    assert refused.value.path == f"seasons.{name}"


def test_a_rule_that_asks_for_the_day_before_a_holiday_knows_that_it_asks_the_calendar():
    rules = document(bands=[{**DAY, "days": "before:holiday"}])
    fee = tariff.price(
        arrived_at=at("2031-05-06T09:00"),
        left_at=at("2031-05-06T10:00"),
        tariff=tariff.parse(rules),
        calendar=calendar.seeded(),
    )
    assert fee.provisional


def test_a_night_belongs_to_the_day_it_begins_on():
    rules = document(bands=[{**NIGHT, "days": "mon"}], outside_bands="free")
    assert amount(rules, "24 00:00", "24 01:00") == 300
    assert amount(rules, "24 21:00", "24 22:00") == 0
    free = document(bands=[NIGHT], free_days={"days": "mon"})
    assert amount(free, "24 00:00", "24 01:00") == 0
    assert amount(free, "24 21:00", "24 22:00") == 300
    but = document(bands=[{**NIGHT, "unless": "mon"}])
    assert amount(but, "21:00", "22:00") == 0


@pytest.mark.parametrize(
    ("free", "total"),
    [
        # 23:50 to 00:20: ten minutes, then twenty
        ({"minutes": 15, "scope": "window"}, 0 + 2),
        ({"minutes": 20, "scope": "window"}, 0),
        ({"minutes": 20, "scope": "window", "inclusive": False}, 0 + 2),
        ({"minutes": 20, "scope": "window", "not_after_min": 10}, 0 + 2),
        ({"minutes": 20, "scope": "window", "not_after_min": 11}, 0),
        ({"minutes": 5, "scope": "window"}, 2 + 2),
        ({"minutes": 15, "scope": "stay"}, 2 + 2),
        ({"minutes": 30, "scope": "stay"}, 0),
    ],
)
def test_free_minutes_may_be_had_anew_in_each_window(free: dict[str, Any], total: int):
    assert amount(hourly(restart="natural_day", free=free), "23:50", "24 00:20") == total * 100


@pytest.mark.parametrize(
    ("free", "total"),
    [
        ({"minutes": 30}, 300),
        ({"minutes": 30, "measure": "chargeable"}, 0),
        ({"minutes": 70, "once_exceeded": "charged"}, 0),
        ({"minutes": 60, "once_exceeded": "skipped"}, 300),
        ({"minutes": 60, "once_exceeded": "waived"}, 0),
        ({"minutes": 10, "once_exceeded": "skipped"}, 300),
    ],
)
def test_free_minutes_are_measured_as_the_notice_says(free: dict[str, Any], total: int):
    assert amount(document(bands=[DAY], free=free), "07:10", "08:20") == total


def test_a_window_in_free_bands_counts_its_chargeable_minutes_only():
    rules = hourly(bands=[DAY, FREE_NIGHT], restart="natural_day")
    real = {**rules, "free": {"minutes": 30, "scope": "window"}}
    counted = {**rules, "free": {"minutes": 30, "scope": "window", "measure": "chargeable"}}
    skipped = {**rules, "free": {"minutes": 15, "scope": "window", "once_exceeded": "skipped"}}
    assert amount(real, "19:40", "23:00") == 300
    assert amount(counted, "19:40", "23:00") == 0
    whole = {**rules, "free": {"minutes": 30, "measure": "chargeable"}}
    assert amount(whole, "19:40", "23:00") == 0
    assert amount(whole, "19:29", "23:00") == 300
    assert amount(skipped, "19:50", "23:00") == 0
    assert amount(skipped, "19:40", "23:00") == 300


def test_an_example_the_tariff_does_not_reproduce_is_told():
    rules = hourly(examples=[{"arrived_at": "2026-11-23T09:00", "left_at": "2026-11-23T10:00", "amount": 3}])
    found = differences(tariff=tariff.parse(rules), calendar=calendar.seeded())
    assert [(each.amount_fen, each.example.amount_fen) for each in found] == [(200, 300)]
    assert isinstance(found[0].example, Example)


def test_a_longer_stay_never_leaves_the_permit_of_the_day_before():
    night = tariff.Permit(kind="night", from_at=at("24 00:00"), to_at=at("25 00:00"), start="18:00", end="08:00")
    assert amount(hourly(), "17:00", "24 09:00", permits=(night,)) == (7 + 1) * 200


def test_the_twenty_ninth_of_february_is_a_day_and_the_thirtieth_is_not():
    assert tariff.parse(document(bands=[{**DAY, "days": "02-29"}]))
    with pytest.raises(tariff.TariffError, match="does not name days"):
        tariff.parse(document(bands=[{**DAY, "days": "02-30"}]))


def test_a_stay_to_the_last_midnight_of_an_announced_year_is_no_guess():
    rules = tariff.parse(document(bands=[{**DAY, "days": "workday"}]))
    for left, guessed in (("2027-01-01T00:00", False), ("2027-01-01T00:01", True)):
        fee = tariff.price(
            arrived_at=at("2026-12-31T10:00"), left_at=at(left), tariff=rules, calendar=calendar.seeded()
        )
        assert fee.provisional is guessed


def test_plans_are_kept_for_so_many_calendars_and_days_and_no_more():
    parsed = tariff.parse(document(bands=[{**DAY, "days": "workday"}]))
    planner = parsed.program("small").planner
    calendars = [calendar.Calendar(announced_years={year}) for year in range(2000, 2000 + plan.KEPT_CALENDARS)]
    for each in calendars:
        planner.days(each)
    assert all(planner.days(each) is planner.days(each) for each in calendars)
    kept = [planner.days(each) for each in calendars]
    planner.days(calendar.Calendar(announced_years={1999}))
    assert planner.days(calendars[0]) is not kept[0]
