"""What a stay costs, rule by rule; refusals first."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from parking.domain import tariff
from parking.domain.calendar import Calendar
from parking.domain.tariff import Coupon, CouponKind, History, Nearness, PastStay, Permit, Usage, Vehicle
from tests.parking.domain.street_prices import CALENDAR, CHINA, amount, at, document, fee, hourly, table

STREET = document()


def past(arrived: str, left: str, nearness: Nearness = Nearness.ROAD, charged: int = 0) -> PastStay:
    return PastStay(arrived_at=at(arrived), left_at=at(left), nearness=nearness, charged_fen=charged)


def nev(**rule: Any) -> dict[str, Any]:
    return hourly(concessions=[{"id": "nev", "who": {"plate_colors": ["green"]}, **rule}])


# Refusals


def test_a_stay_that_ends_before_it_begins_is_refused():
    with pytest.raises(tariff.LeftBeforeArrivedError) as refused:
        fee(STREET, "10:00", "09:59")
    assert refused.value.field == "left_at"
    assert refused.value.reason_zh


@pytest.mark.parametrize("field", ["arrived_at", "left_at"])
def test_a_naive_time_is_refused(field: str):
    times = {"arrived_at": at("09:00"), "left_at": at("10:00")}
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


@pytest.mark.parametrize(
    "wrong",
    [
        {"from_at": datetime(2026, 1, 1)},
        {"days": ("someday",)},
        {"start": "25:00"},
        {"end": "noon"},
    ],
)
def test_a_permit_that_makes_no_sense_is_refused(wrong: dict[str, Any]):
    with pytest.raises(tariff.StayError, match="permit"):
        Permit(**({"kind": "night", "from_at": at("09:00"), "to_at": at("10:00")} | wrong))


@pytest.mark.parametrize("wrong", [{"value": -1}, {"kind": CouponKind.PERCENT, "value": 101}])
def test_a_coupon_of_impossible_value_is_refused(wrong: dict[str, Any]):
    with pytest.raises(tariff.StayError, match="coupon"):
        Coupon(**({"code": "c", "kind": CouponKind.AMOUNT} | wrong))


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
    assert (second.rule, second.rule_en) == ("白天(1 小时后)：每30 分钟 1.5 CNY", "day (after 1 h): 1.5 CNY per 30 min")
    assert (second.quantity, second.unit_price_fen, second.clause) == (22, 150, "第二条")
    assert (cap.rule, cap.rule_en, cap.clause) == ("自然日封顶 20 CNY", "cap of 20 CNY for the calendar day", "第三条")
    assert found.lines is found.lines


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


# Vehicles


def test_an_exempt_vehicle_pays_nothing_and_the_line_names_the_kind():
    rules = hourly(exempt={"kinds": {"police": {"zh": "警车", "en": "police"}}, "clause": "第五条"})
    found = fee(rules, "09:00", "19:00", exempt="police")
    assert table(found) == [("23 09:00", "23 19:00", "exempt", 0)]
    assert (found.lines[0].rule, found.lines[0].clause) == ("免费车辆：警车", "第五条")
    assert amount(rules, "09:00", "10:00", exempt="diplomat") == 200


def test_a_factor_multiplies_units_and_caps():
    classes = {
        "small": {},
        "large": {"factor": 2},
        "fixed": {"factor": 2, "before_caps": True},
        "lorry": {"by_berths": True},
    }
    rules = hourly(caps=[{"scope": "stay", "amount": 10}], vehicles={"classes": classes})
    assert amount(rules, "09:00", "10:00", vehicle_class="large") == 400
    assert amount(rules, "09:00", "19:00", vehicle_class="large") == 2000
    assert amount(rules, "09:00", "19:00", vehicle_class="fixed") == 1000
    assert amount(rules, "09:00", "10:00", vehicle_class="lorry", berths=3) == 600
    assert amount(rules, "09:00", "19:00", vehicle_class="lorry", berths=3) == 3000
    assert amount(rules, "09:00", "10:00", vehicle_class="lorry") == 200
    assert amount(rules, "09:00", "10:00", berths=3) == 200


def test_a_surcharge_is_added_once_and_to_no_free_stay():
    rules = hourly(
        free={"minutes": 30}, vehicles={"classes": {"large": {"surcharge": 5, "name": {"zh": "大型车", "en": "large"}}}}
    )
    found = fee(rules, "09:00", "11:00")
    assert table(found)[-1] == ("23 09:00", "23 11:00", "surcharge", 500)
    assert found.lines[-1].rule_en == "large surcharge"
    assert amount(rules, "09:00", "09:30") == 0


def test_a_class_may_have_rules_of_its_own():
    own = {"bands": [{"id": "v", "from": "00:00", "to": "24:00", "visit": {"price": 1}}], "free": None}
    rules = hourly(free={"minutes": 30}, vehicles={"classes": {"small": {}, "motorcycle": {"rules": own}}})
    assert amount(rules, "09:00", "09:20", vehicle_class="motorcycle") == 100
    assert amount(rules, "09:00", "09:20") == 0


def test_a_class_never_admitted_needs_no_bands():
    own = {"bands": [{"id": "v", "from": "00:00", "to": "24:00", "visit": {"price": 1}}]}
    classes = {"coach": {"admitted": False}, "small": {"rules": own}}
    rules = {"code": "own", "currency": "CNY", "vehicles": {"default": "small", "classes": classes}}
    assert amount(rules, "09:00", "10:00") == 100


# Free minutes and concessions


@pytest.mark.parametrize(
    ("scope", "nearness", "total"),
    [
        ("first_of_day_road", Nearness.ROAD, 200),
        ("first_of_day_road", Nearness.CITY, 0),
        ("first_of_day_berth", Nearness.ROAD, 0),
        ("first_of_day_city", Nearness.CITY, 200),
    ],
)
def test_free_minutes_may_belong_to_the_first_stay_of_the_day(scope: str, nearness: Nearness, total: int):
    rules = hourly(free={"minutes": 30, "scope": scope})
    history = History(stays=(past("08:00", "08:10", nearness), past("22 08:00", "22 08:10", Nearness.BERTH)))
    assert amount(rules, "09:00", "09:20", history=history) == total


def test_skipped_minutes_move_the_clock_and_waived_ones_do_not():
    steps = {"steps": [{"until_min": 60, "unit_min": 60, "price": 3}, {"unit_min": 60, "price": 1}]}
    bands = [{"id": "all", "from": "00:00", "to": "24:00", **steps}]
    for how, total in (("charged", 500), ("skipped", 400), ("waived", 200)):
        assert amount(hourly(bands=bands, free={"minutes": 60, "once_exceeded": how}), "09:00", "12:00") == total


def test_an_allowance_of_the_day_is_used_up_and_reported():
    rules = nev(free={"minutes": 120, "per": "day", "day_minutes": 120})
    first = fee(rules, "09:00", "10:30", plate_color="green")
    assert (first.amount_fen, first.used) == (0, (Usage(concession="nev", on=date(2026, 11, 23), seconds=5400),))
    history = History(used=first.used)
    assert amount(rules, "12:00", "13:30", plate_color="green", history=history) == 200
    assert amount(rules, "12:00", "12:30", plate_color="green", history=history) == 0
    assert amount(rules, "24 12:00", "24 14:00", plate_color="green", history=history) == 0
    assert amount(rules, "12:00", "13:30", history=history) == 400


@pytest.mark.parametrize(
    ("first", "second", "total"),
    [
        ((), ("12:00", "14:00"), 0),
        (("09:00", "10:00"), ("12:00", "13:00"), 0),
        (("09:00", "10:00"), ("12:00", "14:00"), 200),
        (("09:00", "10:01"), ("12:00", "13:00"), 200),
    ],
)
def test_a_short_first_stay_leaves_an_hour_for_the_second(first: tuple[str, str], second: tuple[str, str], total: int):
    rule = {"minutes": 120, "per": "day", "second_stay": {"minutes": 60, "if_first_at_most_min": 60}}
    history = History(stays=(past(*first),) if first else ())
    assert amount(nev(free=rule), *second, plate_color="green", history=history) == total


def test_a_third_stay_has_no_second_stays_hour():
    rule = {"minutes": 120, "per": "day", "second_stay": {"minutes": 60, "if_first_at_most_min": 60}}
    history = History(stays=(past("08:00", "08:30"), past("09:00", "09:30")))
    assert amount(nev(free=rule), "12:00", "12:30", plate_color="green", history=history) == 200


def test_stays_too_short_to_count_use_nothing_up():
    rule = {"minutes": 60, "per": "day", "stays_per_day": 1, "ignore_stays_under_min": 30}
    short = History(stays=(past("08:00", "08:29"),))
    long = History(stays=(past("08:00", "08:30"),))
    assert amount(nev(free=rule), "12:00", "13:00", plate_color="green", history=short) == 0
    assert amount(nev(free=rule), "12:00", "13:00", plate_color="green", history=long) == 200
    assert fee(nev(free=rule), "12:00", "12:20", plate_color="green").used == ()


def test_an_allowance_may_be_had_anew_each_day_of_a_long_stay():
    rule = {"minutes": 60, "per": "day", "stays_per_day": 1}
    assert amount(nev(free=rule), "22:00", "24 02:00", plate_color="green") == 600
    assert amount(nev(free={**rule, "renews_daily": True}), "22:00", "24 02:00", plate_color="green") == 400


def test_free_hours_then_half_price_between_eight_and_eight():
    rules = nev(**{"from": "08:00", "to": "20:00", "free": {"minutes": 120}, "percent_off": 50})
    assert amount(rules, "09:00", "13:00", plate_color="green") == 200
    assert amount(rules, "18:00", "22:00", plate_color="green") == 400
    lines = fee(rules, "09:00", "13:00", plate_color="green").lines
    assert [line.rule_en for line in lines if line.kind != "charge"] == ["nev: free time", "nev: 50% off"]


def test_a_threshold_concession_charges_a_longer_stay_from_its_beginning():
    rules = hourly(
        concessions=[{"id": "d", "who": {"disabled": True}, "free": {"minutes": 120, "once_exceeded": "charged"}}]
    )
    assert amount(rules, "09:00", "11:00", disabled=True) == 0
    assert amount(rules, "09:00", "11:01", disabled=True) == 600
    assert amount(rules, "09:00", "11:00") == 400


def test_concessions_ask_for_tags_classes_dates_days_and_bands():
    each = {"id": "c", "percent_off": 100}
    for narrowed, here, elsewhere in (
        ({"who": {"tags": ["charging"]}}, {"tags": frozenset({"charging", "x"})}, {"tags": frozenset({"x"})}),
        ({"who": {"classes": ["small"]}}, {}, {"vehicle_class": "large"}),
    ):
        rules = hourly(concessions=[{**each, **narrowed}], vehicles={"classes": {"small": {}, "large": {}}})
        assert amount(rules, "09:00", "10:00", **here) == 0
        assert amount(rules, "09:00", "10:00", **elsewhere) == 200
    dated = hourly(concessions=[{**each, "from_date": "2026-11-24", "until_date": "2026-11-25", "days": "tue"}])
    assert [amount(dated, f"{day} 09:00", f"{day} 10:00") for day in (23, 24, 25)] == [200, 0, 200]
    banded = document(concessions=[{**each, "bands": ["day"]}])
    assert amount(banded, "09:00", "10:00") == 0
    other = hourly(concessions=[{**each, "days": "sun"}])
    assert amount(other, "09:00", "10:00") == 200


def test_only_the_first_of_a_group_applies():
    rules = hourly(
        concessions=[{"id": "a", "group": "g", "percent_off": 50}, {"id": "b", "group": "g", "percent_off": 100}]
    )
    assert amount(rules, "09:00", "10:00") == 100
    both = hourly(concessions=[{"id": "a", "percent_off": 50}, {"id": "b", "percent_off": 50}])
    assert amount(both, "09:00", "10:00") == 50


def test_a_discount_comes_before_or_after_the_cap():
    for early, total in ((False, 500), (True, 1000)):
        concession = {"id": "nev", "percent_off": 50, "before_caps": early}
        assert (
            amount(hourly(concessions=[concession], caps=[{"scope": "stay", "amount": 10}]), "09:00", "19:00") == total
        )


# Permits and coupons


def test_a_night_permit_takes_its_hours_off_the_stay():
    permit = Permit(kind="night", number="N1", from_at=at("1 00:00"), to_at=at("30 00:00"), start="18:00", end="08:00")
    found = fee(hourly(), "17:00", "24 09:00", permits=(permit,))
    assert found.amount_fen == 400
    assert {line.rule_en for line in found.lines if line.kind == "permit"} == {"permit (night) N1"}


def test_a_permit_holds_on_its_days_and_inside_its_period():
    permit = Permit(kind="monthly", from_at=at("23 10:00"), to_at=at("24 10:00"), days=("mon", "wed"))
    assert amount(hourly(), "09:00", "24 11:00", permits=(permit,)) == 200 + 11 * 200
    tuesday = Permit(kind="monthly", from_at=at("1 00:00"), to_at=at("30 00:00"), days=("tue",))
    assert amount(hourly(), "09:00", "11:00", permits=(tuesday,)) == 400


def test_permits_of_neighbouring_days_do_not_overlap():
    permit = Permit(kind="all", from_at=at("1 00:00"), to_at=at("30 00:00"), start="20:00", end="20:00")
    assert amount(hourly(), "09:00", "24 11:00", permits=(permit,)) == 0


@pytest.mark.parametrize(
    ("coupon", "total"),
    [
        (Coupon(code="m", kind=CouponKind.MINUTES, value=60), 300),
        (Coupon(code="a", kind=CouponKind.AMOUNT, value=150), 450),
        (Coupon(code="a", kind=CouponKind.AMOUNT, value=5000), 0),
        (Coupon(code="a", kind=CouponKind.AMOUNT, value=150, min_spend=601), 600),
        (Coupon(code="p", kind=CouponKind.PERCENT, value=33), 402),
        (Coupon(code="f", kind=CouponKind.FULL), 0),
    ],
)
def test_a_coupon_takes_off_what_it_says(coupon: Coupon, total: int):
    found = fee(STREET, "09:00", "11:00", coupons=(coupon,))
    assert found.amount_fen == total
    assert sum(line.amount_fen for line in found.lines) == total


def test_a_second_coupon_finds_what_the_first_left():
    full, more = Coupon(code="f", kind=CouponKind.FULL), Coupon(code="g", kind=CouponKind.FULL)
    found = fee(STREET, "09:00", "11:00", coupons=(full, more))
    assert [line.rule for line in found.lines if line.kind == "coupon"] == ["优惠券 f"]


# Repeats, limits, minimums


def test_a_vehicle_back_soon_goes_on_with_its_stay():
    rules = document(free={"minutes": 30}, repeat={"within_min": 15, "across": "road"})
    history = History(stays=(past("09:00", "09:25"),))
    assert amount(rules, "09:35", "10:00", history=history) == 300
    assert amount(rules, "09:41", "10:06", history=history) == 0
    assert amount(rules, "09:35", "10:00", history=History(stays=(past("09:00", "09:25", Nearness.CITY),))) == 0


def test_what_the_earlier_part_was_charged_is_taken_off():
    rules = document(repeat={"within_min": 15})
    history = History(stays=(past("09:00", "10:00", charged=300),))
    found = fee(rules, "10:05", "10:35", history=history)
    assert table(found)[-1] == ("23 09:00", "23 10:35", "carried", -300)
    assert found.amount_fen == 150
    gap = document(repeat={"within_min": 15, "counts_gap": True})
    assert amount(gap, "10:05", "10:35", history=history) == 300
    assert amount(rules, "10:05", "10:06", history=History(stays=(past("09:00", "10:00", charged=9900),))) == 0


def test_earlier_stays_fill_a_cap_across_the_road():
    rules = hourly(8, caps=[{"scope": "24h", "amount": 16, "across": "road"}])
    two = History(stays=(past("22 10:00", "22 10:30", charged=800), past("22 11:00", "22 11:30", charged=800)))
    assert amount(rules, "10:30", "10:40", history=two) == 800
    assert amount(rules, "09:00", "09:10", history=two) == 0
    far = History(stays=(past("22 10:00", "22 10:30", Nearness.CITY, 1600),))
    assert amount(rules, "09:00", "09:10", history=far) == 800


@pytest.mark.parametrize(
    ("rule", "total", "over"),
    [
        ({"minutes": 120}, 600, 3600),
        ({"minutes": 120, "after": "stop"}, 400, 3600),
        ({"minutes": 120, "after": "stop", "measure": "chargeable"}, 400, 3600),
        ({"minutes": 120, "after": "stop", "penalty": 60}, 6400, 3600),
        ({"minutes": 180}, 600, 0),
        ({"minutes": 60, "from": "12:00"}, 600, 0),
    ],
)
def test_the_longest_stay_is_kept(rule: dict[str, Any], total: int, over: int):
    found = fee(hourly(max_stay=[rule]), "09:00", "12:00")
    assert (found.amount_fen, found.overstay_s) == (total, over)
    assert sum(line.amount_fen for line in found.lines) == total


def test_a_stop_counts_only_charged_time_where_it_says_so():
    night = {"id": "night", "from": "20:00", "to": "08:00", "free": True}
    rules = document(
        bands=[*STREET["bands"], night],
        outside_bands=None,
        max_stay=[{"minutes": 120, "after": "stop", "measure": "chargeable"}],
    )
    assert amount(rules, "19:00", "24 12:00") == 300 + 300


def test_a_short_stay_is_priced_as_the_shortest():
    rules = hourly(
        bands=[{"id": "m", "from": "00:00", "to": "24:00", "steps": [{"unit_min": 1, "price": 0.1}]}], min_stay_min=10
    )
    assert amount(rules, "09:00", "09:03") == 100
    assert amount(rules, "09:00", "09:13") == 130
    assert amount(rules, "09:00", "09:00") == 0
    assert amount({**rules, "free": {"minutes": 5}}, "09:00", "09:03") == 0


def test_a_fee_above_nothing_is_at_least_the_smallest():
    rules = hourly(0.5, min_fee=2)
    found = fee(rules, "09:00", "10:00")
    assert table(found)[-1] == ("23 09:00", "23 10:00", "minimum", 150)
    assert amount(rules, "09:00", "09:00") == 0


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
