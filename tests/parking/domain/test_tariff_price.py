"""What a stay costs, rule by rule: refusals, units, lines, the calendar."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from parking.domain import tariff
from parking.domain.calendar import Calendar
from parking.domain.tariff import Vehicle
from tests.parking.domain.street_prices import CALENDAR, CHINA, amount, at, document, fee, hourly, table

STREET = document()


# Refusals


def test_a_stay_that_ends_before_it_begins_is_refused():
    with pytest.raises(tariff.LeftBeforeArrivedError) as refused:
        fee(STREET, "10:00", "09:59")
    assert refused.value.field == "left_at"
    assert refused.value.reason_zh


@pytest.mark.parametrize("field", ["arrived_at", "left_at"])
def test_a_naive_time_is_refused(field: str):
    times: dict[str, Any] = {"arrived_at": at("09:00"), "left_at": at("10:00")}
    times[field] = times[field].replace(tzinfo=None)
    with pytest.raises(tariff.NaiveTimeError) as refused:
        tariff.price(**times, tariff=tariff.parse(STREET), calendar=CALENDAR)
    assert refused.value.field == field


def test_an_unknown_class_is_refused():
    with pytest.raises(tariff.UnknownClassError, match="bicycle") as refused:
        fee(STREET, "09:00", "10:00", vehicle_class="bicycle")
    assert refused.value.field == "vehicle.vehicle_class"


def test_a_class_that_is_not_admitted_is_refused():
    rules = hourly(
        vehicles={"classes": {"small": {}, "coach": {"admitted": False}}, "by_plate_color": {"yellow": "coach"}}
    )
    with pytest.raises(tariff.NotAdmittedError, match="coach"):
        fee(rules, "09:00", "10:00", plate_color="yellow")


def test_a_vehicle_on_no_berth_is_refused():
    with pytest.raises(tariff.StayError, match=r"vehicle\.berths"):
        fee(STREET, "09:00", "10:00", berths=0)


# Units, steps, rounding


@pytest.mark.parametrize(
    ("left", "total"),
    [
        ("09:00", 0),
        ("09:01", 300),
        ("10:00", 300),
        ("10:01", 450),
        ("10:30", 450),
        ("10:31", 600),
        ("23:00", 300 + 20 * 150),
    ],
)
def test_started_units_are_charged_step_by_step(left: str, total: int):
    assert amount(STREET, "09:00", left) == total


def test_a_second_over_the_unit_begins_the_next():
    rules = tariff.parse(STREET)
    over = at("10:00") + timedelta(seconds=1)
    assert tariff.price(arrived_at=at("09:00"), left_at=over, tariff=rules, calendar=CALENDAR).amount_fen == 450


@pytest.mark.parametrize(
    ("clock", "arrived", "left", "total"),
    [
        ({}, "09:00:30", "10:00:31", 450),
        ({"departure": "minute_down"}, "09:00:00", "10:00:59", 300),
        ({"arrival": "minute_up"}, "09:00:01", "10:01:00", 300),
        ({"arrival": "minute_down", "departure": "minute_up"}, "09:00:59", "10:00:01", 450),
        ({"arrival": "minute_up", "departure": "minute_down"}, "09:00:01", "09:00:59", 0),
    ],
)
def test_instants_are_read_to_the_minute_as_the_tariff_says(clock: dict[str, str], arrived: str, left: str, total: int):
    assert amount(document(clock=clock), f"2026-11-23T{arrived}", f"2026-11-23T{left}") == total


def test_the_zone_of_the_arguments_does_not_matter():
    utc = ZoneInfo("UTC")
    parsed = tariff.parse(STREET)
    here = fee(parsed, "09:00", "11:10")
    there = tariff.price(
        arrived_at=at("09:00").astimezone(utc), left_at=at("11:10").astimezone(utc), tariff=parsed, calendar=CALENDAR
    )
    assert here == there
    assert here != fee(parsed, "09:00", "11:40")
    assert here != "a fee"
    assert repr(here) == "Fee(750 CNY)"


@pytest.mark.parametrize(
    ("zone", "arrived", "left", "hours"),
    [("2026-03-29", "01:00", "04:00", 2), ("2026-10-25", "01:00", "04:00", 4), ("2026-11-24", "01:00", "04:00", 3)],
)
def test_summer_time_moves_the_clock_and_not_the_duration(zone: str, arrived: str, left: str, hours: int):
    rules = hourly(currency="EUR", timezone="Europe/Vienna")
    assert amount(rules, f"{zone}T{arrived}", f"{zone}T{left}", zone=ZoneInfo("Europe/Vienna")) == hours * 200


def test_bands_follow_the_wall_clock_through_summer_time():
    bands = [
        {"id": "night", "from": "22:00", "to": "02:30", "steps": [{"unit_min": 1, "price": 1}]},
        {"id": "early", "from": "02:30", "to": "03:15", "steps": [{"unit_min": 1, "price": 2}]},
    ]
    rules = {"code": "dst", "currency": "EUR", "timezone": "Europe/Vienna", "outside_bands": "free", "bands": bands}
    vienna = ZoneInfo("Europe/Vienna")
    # 02:30 does not exist on 29 March; the bands neither overlap nor lose their order
    spring = fee(rules, "2026-03-28T22:00", "2026-03-29T06:00", zone=vienna)
    assert spring.amount_fen == (4 * 60 + 30) * 100
    assert all(line.from_at < line.to_at for line in spring.lines)


# Lines


def test_the_lines_say_what_was_charged_and_what_the_cap_took_off():
    rules = document(
        free={"minutes": 30}, restart="natural_day", caps=[{"scope": "natural_day", "amount": 20, "clause": "第三条"}]
    )
    found = fee(rules, "07:10", "24 09:30")
    assert table(found) == [
        ("23 08:00", "23 09:00", "charge", 300),
        ("23 09:00", "23 20:00", "charge", 3300),
        ("24 08:00", "24 09:00", "charge", 300),
        ("24 09:00", "24 09:30", "charge", 150),
        ("23 08:00", "23 20:00", "cap", -1600),
    ]
    second, cap = found.lines[1], found.lines[4]
    assert (second.rule, second.rule_en) == (
        "白天（1 小时后）：每 30 分钟 1.5 元",
        "day (after 1 h): 1.5 CNY per 30 min",
    )
    assert (second.quantity, second.unit_price_fen, second.clause) == (22, 150, "第二条")
    assert (cap.rule, cap.rule_en, cap.clause) == ("自然日封顶 20 元", "cap of 20 CNY for the calendar day", "第三条")
    assert found.lines is found.lines


def test_a_line_names_the_reach_of_its_step():
    steps = [
        {"until_min": 30, "unit_min": 30, "price": 1},
        {"until_min": 120, "unit_min": 30, "price": 2},
        {"unit_min": 60, "price": 3},
    ]
    found = fee(hourly(bands=[{"id": "b", "from": "00:00", "to": "24:00", "steps": steps}]), "09:00", "12:00")
    assert [line.rule_en for line in found.lines] == [
        "b (first 30 min): 1 CNY per 30 min",
        "b (30 min to 2 h): 2 CNY per 30 min",
        "b (after 2 h): 3 CNY per 1 h",
    ]
    assert [line.rule for line in found.lines][1] == "b（30 分钟至 2 小时）：每 30 分钟 2 元"


def test_a_free_stay_says_why():
    found = fee(document(free={"minutes": 30, "clause": "第一条"}), "09:00", "09:30")
    assert table(found) == [("23 09:00", "23 09:30", "free", 0)]
    assert (found.lines[0].rule, found.lines[0].clause) == ("免费时长 30 分钟", "第一条")


def test_a_stay_outside_charging_hours_says_so():
    assert table(fee(STREET, "21:00", "24 07:00")) == [("23 21:00", "24 07:00", "free", 0)]


def test_a_free_band_has_its_line():
    night = {"id": "night", "from": "20:00", "to": "08:00", "free": True, "name": {"zh": "夜间", "en": "night"}}
    rules = document(bands=[*STREET["bands"], night], outside_bands=None)
    found = fee(rules, "19:00", "22:00")
    assert table(found) == [("23 19:00", "23 20:00", "charge", 300), ("23 20:00", "23 22:00", "free", 0)]
    assert found.lines[1].rule_en == "night: free"


def test_a_visit_is_one_line_though_it_crosses_midnight():
    rules = hourly(bands=[{"id": "v", "from": "20:00", "to": "08:00", "visit": {"price": 5}}], outside_bands="free")
    found = fee(rules, "21:00", "24 07:00")
    assert found.amount_fen == 500
    assert [line.rule_en for line in found.lines if line.amount_fen] == ["v: 5 CNY a visit"]


def test_a_band_across_midnight_without_a_cut_is_one_line():
    bands = [{"id": "n", "from": "20:00", "to": "08:00", "steps": [{"unit_min": 60, "price": 1}]}]
    found = fee(hourly(bands=bands, outside_bands="free"), "21:00", "24 07:00")
    assert table(found) == [("23 21:00", "24 07:00", "charge", 1000)]
    assert found.lines[0].quantity == 10


def test_a_table_and_an_exact_price_count_no_units():
    bands = [{"id": "t", "from": "00:00", "to": "24:00", "table": [{"until_min": 60, "total": 2}, {"total": 5}]}]
    found = fee(hourly(bands=bands), "09:00", "11:00")
    assert [(line.amount_fen, line.quantity, line.unit_price_fen) for line in found.lines] == [(500, None, None)]
    assert table(found) == [("23 09:00", "23 11:00", "charge", 500)]
    assert found.lines[0].from_at == at("09:00")
    exact = fee(hourly(rounding="exact"), "09:00", "09:20")
    assert [(line.amount_fen, line.quantity) for line in exact.lines] == [(67, None)]


def test_fractions_of_a_minor_unit_are_rounded_once():
    bands = [{"id": "m", "from": "00:00", "to": "24:00", "steps": [{"unit_min": 1, "price": "0.0895"}]}]
    found = fee(hourly(bands=bands, final_rounding={"mode": "down", "to": 0.1}), "09:00", "10:00")
    assert table(found) == [("23 09:00", "23 10:00", "charge", 537), ("23 09:00", "23 10:00", "rounding", -7)]
    assert found.lines[0].unit_price_fen == "8.95"


@pytest.mark.parametrize(("mode", "total"), [("half_up", 5000), ("half_even", 4000), ("up", 5000), ("down", 4000)])
def test_the_last_rounding_has_four_modes(mode: str, total: int):
    assert amount(hourly(45, final_rounding={"mode": mode, "to": 10}), "09:00", "09:10") == total


def test_half_even_rounds_up_beyond_the_half_and_to_the_even():
    assert amount(hourly(46, final_rounding={"mode": "half_even", "to": 10}), "09:00", "09:10") == 5000
    assert amount(hourly(35, final_rounding={"mode": "half_even", "to": 10}), "09:00", "09:10") == 4000
    assert amount(hourly(44, final_rounding={"mode": "half_even", "to": 10}), "09:00", "09:10") == 4000


@pytest.mark.parametrize(("currency", "total"), [("CNY", 250), ("JPY", 3), ("KWD", 2500)])
def test_every_currency_has_its_own_minor_unit(currency: str, total: int):
    found = fee(hourly(2.5, currency=currency), "09:00", "09:10")
    assert (found.amount_fen, found.currency) == (total, currency)


# The calendar


def test_an_unannounced_year_is_priced_and_marked():
    rules = document(bands=[{**STREET["bands"][0], "days": "workday"}])
    assert not fee(rules, "09:00", "10:00").provisional
    assert fee(rules, "2027-03-01T09:00", "2027-03-01T10:00").provisional
    assert amount(rules, "2027-03-01T09:00", "2027-03-01T10:00") == 300
    assert amount(rules, "2027-02-08T09:00", "2027-02-08T10:00") == 0


def test_a_tariff_that_asks_for_no_holidays_is_never_provisional():
    assert not fee(STREET, "2027-03-01T09:00", "2027-03-01T10:00").provisional


def test_another_calendar_gives_another_price():
    parsed = tariff.parse(document(bands=[{**STREET["bands"][0], "days": "workday"}]))
    when = {"arrived_at": at("2026-10-01T09:00"), "left_at": at("2026-10-01T10:00")}
    assert tariff.price(**when, tariff=parsed, calendar=CALENDAR).amount_fen == 0
    for year in range(2000, 2012):  # more calendars than are kept
        found = tariff.price(**when, tariff=parsed, calendar=Calendar(announced_years=[year, 2026]))
        assert found.amount_fen == 300


def test_the_cost_of_a_very_long_stay_grows_with_its_days():
    arrived = datetime(1990, 1, 1, tzinfo=CHINA)
    parsed = tariff.parse(hourly(rounding="exact"))
    found = tariff.price(arrived_at=arrived, left_at=arrived + timedelta(days=4_100), tariff=parsed, calendar=CALENDAR)
    assert found.amount_fen == 4_100 * 24 * 200


def test_an_ordinary_vehicle_is_blue_small_and_on_one_berth():
    assert (Vehicle().plate_color, Vehicle().vehicle_class, Vehicle().berths) == ("blue", "", 1)


def test_a_fee_shows_its_money_and_is_equal_to_nothing_else():
    found = fee(STREET, "09:00", "10:00")
    assert repr(found) == "Fee(300 CNY)"
    assert found != 300
    assert found == fee(STREET, "09:00", "10:00")
    assert found != fee(STREET, "09:00", "09:59")
