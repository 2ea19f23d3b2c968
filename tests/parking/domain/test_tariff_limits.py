"""Permits, coupons, stays that go on, and the longest and the smallest."""

from datetime import timedelta
from typing import Any

import pytest

from parking.domain import tariff
from parking.domain.tariff import Coupon, CouponKind, History, Nearness, PastStay, Permit
from tests.parking.domain.street_prices import CALENDAR, amount, at, document, fee, hourly, table

STREET = document()


def past(arrived: str, left: str, nearness: Nearness = Nearness.ROAD, charged: int = 0) -> PastStay:
    return PastStay(arrived_at=at(arrived), left_at=at(left), nearness=nearness, charged_fen=charged)


@pytest.mark.parametrize(
    "wrong",
    [
        {"from_at": at("09:00").replace(tzinfo=None)},
        {"days": ("someday",)},
        {"start": "25:00"},
        {"end": "noon"},
    ],
)
def test_a_permit_that_makes_no_sense_is_refused(wrong: dict[str, Any]):
    given: dict[str, Any] = {"kind": "night", "from_at": at("09:00"), "to_at": at("10:00")}
    with pytest.raises(tariff.StayError, match="permit"):
        Permit(**(given | wrong))


@pytest.mark.parametrize("wrong", [{"value": -1}, {"kind": CouponKind.PERCENT, "value": 101}])
def test_a_coupon_of_impossible_value_is_refused(wrong: dict[str, Any]):
    with pytest.raises(tariff.StayError, match="coupon"):
        Coupon(**({"code": "c", "kind": CouponKind.AMOUNT} | wrong))


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
    assert fee(rules, "19:00", "24 09:30").overstay_s == 1800
    assert fee(rules, "19:00", "24 08:30").overstay_s == 0


@pytest.mark.parametrize(
    ("arrived", "over"),
    [("16:58:59", 3600), ("16:59:59", 3600), ("17:00:00", 0), ("17:00:01", 0), ("18:29:59", 0), ("18:30:00", 5400)],
)
def test_the_longest_stay_is_that_of_the_hour_of_arrival(arrived: str, over: int):
    limits = [{"minutes": 120, "to": "17:00"}, {"minutes": 180, "from": "17:00", "to": "18:30"}]
    limits.append({"minutes": 90, "from": "18:30"})
    start = at(f"2026-11-23T{arrived}")
    found = tariff.price(
        arrived_at=start,
        left_at=start + timedelta(hours=3),
        tariff=tariff.parse(hourly(max_stay=limits)),
        calendar=CALENDAR,
    )
    assert found.overstay_s == over


def test_nothing_after_a_stop_is_charged():
    rules = document(max_stay=[{"minutes": 90, "after": "stop"}])
    assert amount(rules, "19:00", "24 12:00") == 300


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


def test_a_permit_that_nobody_holds_is_told_in_its_own_words():
    words = ("设备停用时段", "device out of order")
    gift = tariff.Permit(kind="gift", from_at=at("09:00"), to_at=at("10:00"), words=words)
    told = [(line.rule, line.rule_en) for line in fee(hourly(), "09:00", "11:00", permits=(gift,)).lines]
    assert words in told


@pytest.mark.parametrize(
    ("kind", "value"), [(CouponKind.PERCENT, 100), (CouponKind.PERCENT, 0), (CouponKind.AMOUNT, 101)]
)
def test_a_coupon_at_the_edge_of_its_values_stands(kind: CouponKind, value: int):
    assert Coupon(code="c", kind=kind, value=value).value == value


def test_a_coupon_of_a_per_cent_rounds_for_the_driver_and_one_with_a_smallest_spend_waits_for_it():
    percent = Coupon(code="p", kind=CouponKind.PERCENT, value=33)
    assert amount(hourly(price="0.10"), "09:00", "10:00", coupons=(percent,)) == 6
    for spend, total in ((200, 100), (201, 200)):
        coupon = Coupon(code="m", kind=CouponKind.AMOUNT, value=100, min_spend=spend)
        found = fee(hourly(), "09:00", "10:00", coupons=(coupon,))
        assert (found.amount_fen, found.coupons) == (total, ("m",) if total == 100 else ())


def test_a_car_back_at_the_last_second_goes_on_and_one_back_later_begins_anew():
    rules = hourly(repeat={"within_min": 10, "across": "road"})
    for left, total in (("09:50", 0), ("09:49", 200)):
        stays = (past("09:00", left, charged=200),)
        assert amount(rules, "10:00", "10:05", history=History(stays=stays)) == total


def test_a_car_back_on_another_road_begins_anew_where_only_the_road_counts():
    rules = hourly(repeat={"within_min": 10, "across": "road"})
    stays = (past("09:00", "09:55", Nearness.CITY, charged=200),)
    assert amount(rules, "10:00", "10:05", history=History(stays=stays)) == 200


def test_the_gap_counts_where_the_notice_says_so():
    rules = hourly(repeat={"within_min": 10, "across": "road", "counts_gap": True})
    stays = (past("09:00", "09:55", charged=200),)
    assert amount(rules, "10:00", "10:01", history=History(stays=stays)) == 200
    assert amount(hourly(repeat={"within_min": 10}), "10:00", "10:01", history=History(stays=stays)) == 0
