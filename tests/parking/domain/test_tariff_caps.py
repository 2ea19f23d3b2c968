"""What each cap adds up. All figures worked out by hand."""

from typing import Any

import pytest

from parking.domain.tariff import History, Nearness, PastStay
from tests.parking.domain.street_prices import amount, at, document, hourly

FIRST_HOUR = [{"until_min": 60, "unit_min": 60, "price": 3}, {"unit_min": 60, "price": 1}]
DAY = {"id": "day", "from": "08:00", "to": "20:00", "steps": FIRST_HOUR}
NIGHT = {"id": "night", "from": "20:00", "to": "08:00", "steps": FIRST_HOUR}
FREE_NIGHT = {"id": "night", "from": "20:00", "to": "08:00", "free": True}


def two(**changes: Any) -> dict[str, Any]:
    return hourly(bands=[DAY, NIGHT], **changes)


@pytest.mark.parametrize(
    ("scope", "total"),
    [
        # 06:00 on the 23rd to 22:00 on the 24th at 2 an hour in both bands: 2 + 12 + 12 + 12 + 2 hours, 10 at most each
        ("passage", 4 + 10 + 10 + 10 + 4),
        ("band", 10 + 10),
        ("charging_period", 10),
        ("window", 10),
        ("natural_day", 10 + 10),
        ("24h", 10 + 10),
        ({"every_min": 600}, 10 * 4),
        ({"daily_at": "07:00"}, 2 + 10 + 10),
        ("stay", 10),
    ],
)
def test_a_cap_adds_up_over_its_scope(scope: Any, total: int):
    steps = [{"unit_min": 60, "price": 2}]
    bands = [{**DAY, "steps": steps}, {**NIGHT, "steps": steps}]
    rules = hourly(bands=bands, caps=[{"scope": scope, "amount": 10}])
    assert amount(rules, "06:00", "24 22:00") == total * 100


def test_each_window_and_each_charging_period_has_its_own_cap():
    by_window = two(restart="natural_day", caps=[{"scope": "window", "amount": 10}])
    assert amount(by_window, "08:00", "25 08:00") == 3000
    by_period = document(bands=[DAY], caps=[{"scope": "charging_period", "amount": 10}])
    assert amount(by_period, "08:00", "25 08:00") == 2000


def test_a_cap_may_hold_for_some_bands_only():
    rules = two(caps=[{"scope": "stay", "amount": 5, "bands": ["night"]}])
    assert amount(rules, "08:00", "24 08:00") == 1400 + 500


def test_the_cap_of_a_band_is_for_one_passage():
    rules = hourly(bands=[{**DAY, "cap": 5}, NIGHT])
    assert amount(rules, "08:00", "24 20:00") == 500 + 1400 + 500


def test_caps_apply_from_the_shortest_period_to_the_longest():
    rules = two(caps=[{"scope": "stay", "amount": 15}, {"scope": "passage", "amount": 8}])
    assert amount(rules, "08:00", "24 08:00") == 1500
    assert amount(rules, "08:00", "24 07:00") == 1500
    assert amount(rules, "08:00", "20:00") == 800


def test_a_cap_before_the_factor_is_multiplied_by_it():
    rules = hourly(vehicles={"classes": {"large": {"factor": 3, "before_caps": True}}})
    early = {**rules, "caps": [{"scope": "stay", "amount": 10, "before_factors": True}]}
    late = {**rules, "caps": [{"scope": "stay", "amount": 10}]}
    assert amount(early, "09:00", "19:00") == 3000
    assert amount(late, "09:00", "19:00") == 1000


@pytest.mark.parametrize(
    ("scope", "arrived", "spent"),
    [
        ("natural_day", "23 00:01", 1),
        ("natural_day", "22 23:59", 0),
        ({"daily_at": "07:30"}, "23 07:30", 1),
        ({"daily_at": "07:30"}, "23 07:29", 0),
        ({"daily_at": "07:30"}, "2026-11-23T07:29:59", 0),
        ("natural_day", "23 09:00", 0),
        ("24h", "22 09:01", 1),
        ("24h", "22 09:00", 0),
        ({"every_min": 60}, "23 08:01", 1),
        ({"every_min": 60}, "23 08:00", 0),
    ],
)
def test_an_earlier_stay_fills_the_cap_of_the_period_it_began_in(scope: Any, arrived: str, spent: int):
    rules = hourly(6, caps=[{"scope": scope, "amount": 10, "across": "road"}])
    earlier = PastStay(arrived_at=at(arrived), left_at=at("08:40"), nearness=Nearness.BERTH, charged_fen=700)
    assert amount(rules, "09:00", "10:00", history=History(stays=(earlier,))) == (300 if spent else 600)


def test_what_was_spent_is_in_minor_units_though_the_price_has_fractions_of_them():
    rules = hourly("0.015", caps=[{"scope": "natural_day", "amount": 10, "across": "road"}])
    earlier = PastStay(arrived_at=at("08:00"), left_at=at("08:40"), nearness=Nearness.BERTH, charged_fen=998)
    assert amount(rules, "09:00", "19:00", history=History(stays=(earlier,))) == 2


def test_the_cap_of_the_shorter_period_comes_first_however_they_are_written():
    bands = [
        {"id": "am", "from": "00:00", "to": "12:00", "steps": [{"unit_min": 60, "price": 6}]},
        {"id": "pm", "from": "12:00", "to": "24:00", "steps": [{"unit_min": 60, "price": 6}]},
    ]
    caps = [{"scope": "stay", "amount": 15}, {"scope": "passage", "amount": 10}]
    for order in (caps, caps[::-1]):
        assert amount(hourly(bands=bands, caps=order), "10:00", "14:00") == 1500
    hours = [{"scope": {"every_min": 240}, "amount": 15}, {"scope": {"every_min": 120}, "amount": 10}]
    for order in (hours, hours[::-1]):
        assert amount(hourly(price=6, caps=order), "09:00", "13:00") == 1500


def test_a_cap_of_some_bands_leaves_the_others_alone():
    bands = [
        {"id": "am", "from": "00:00", "to": "12:00", "steps": [{"unit_min": 60, "price": 6}]},
        {"id": "pm", "from": "12:00", "to": "24:00", "steps": [{"unit_min": 60, "price": 6}]},
    ]
    assert amount(hourly(bands=bands, caps=[{"scope": "stay", "amount": 7, "bands": ["pm"]}]), "10:00", "14:00") == 1900


def test_a_cap_filled_by_earlier_stays_takes_what_is_left_and_never_less_than_nothing():
    rules = hourly(caps=[{"scope": "natural_day", "amount": 5, "across": "city"}])
    for charged, left in ((300, 200), (500, 0), (900, 0)):
        past = PastStay(arrived_at=at("00:00"), left_at=at("02:00"), nearness=Nearness.CITY, charged_fen=charged)
        assert amount(rules, "09:00", "12:00", history=History(stays=(past,))) == left


def test_what_was_charged_the_day_before_fills_no_cap_of_today():
    rules = hourly(caps=[{"scope": "natural_day", "amount": 5, "across": "city"}])
    past = PastStay(arrived_at=at("22 23:59"), left_at=at("01:00"), nearness=Nearness.CITY, charged_fen=500)
    assert amount(rules, "09:00", "12:00", history=History(stays=(past,))) == 500
    billing = hourly(caps=[{"scope": {"daily_at": "07:30"}, "amount": 5, "across": "city"}])
    before, after = (
        PastStay(arrived_at=at(begin), left_at=at("07:31"), charged_fen=500) for begin in ("07:29", "07:30")
    )
    assert amount(billing, "09:00", "12:00", history=History(stays=(before,))) == 500
    assert amount(billing, "09:00", "12:00", history=History(stays=(after,))) == 0


def test_the_hours_before_arrival_are_half_open():
    rules = hourly(caps=[{"scope": "24h", "amount": 5, "across": "city"}])
    for arrived, left in (("22 09:00", 500), ("22 09:01", 0)):
        past = PastStay(arrived_at=at(arrived), left_at=at("22 10:00"), nearness=Nearness.CITY, charged_fen=500)
        assert amount(rules, "09:00", "12:00", history=History(stays=(past,))) == left


def test_earlier_stays_further_away_than_the_cap_reaches_do_not_fill_it():
    rules = hourly(caps=[{"scope": "natural_day", "amount": 5, "across": "road"}])
    for nearness, left in ((Nearness.BERTH, 0), (Nearness.ROAD, 0), (Nearness.CITY, 500)):
        past = PastStay(arrived_at=at("07:00"), left_at=at("08:00"), nearness=nearness, charged_fen=500)
        assert amount(rules, "09:00", "12:00", history=History(stays=(past,))) == left
