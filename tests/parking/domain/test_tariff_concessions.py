"""Who pays less, and when nothing: classes, free minutes, allowances."""

from datetime import date
from typing import Any

import pytest

from parking.domain.tariff import History, Nearness, PastStay, Usage
from tests.parking.domain.street_prices import amount, at, document, fee, hourly, table

STREET = document()


def past(arrived: str, left: str, nearness: Nearness = Nearness.ROAD, charged: int = 0) -> PastStay:
    return PastStay(arrived_at=at(arrived), left_at=at(left), nearness=nearness, charged_fen=charged)


def nev(**rule: Any) -> dict[str, Any]:
    return hourly(concessions=[{"id": "nev", "who": {"plate_colors": ["green"]}, **rule}])


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
    assert fee(nev(free=rule), "12:00", "12:29", plate_color="green").used == ()
    assert fee(nev(free=rule), "12:00", "12:30", plate_color="green").used != ()


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


def test_a_daily_allowance_is_less_what_an_earlier_stay_used_nearby():
    rules = nev(free={"minutes": 120, "per": "day", "day_minutes": 120, "across": "road"})
    used = (Usage(concession="nev", on=date(2026, 11, 23), seconds=3600),)

    def after(nearness: Nearness, arrived: str = "08:00") -> int:
        stay = PastStay(arrived_at=at(arrived), left_at=at("08:59"), nearness=nearness, used=used)
        return amount(rules, "09:00", "12:00", plate_color="green", history=History(stays=(stay,)))

    assert after(Nearness.ROAD) == 400
    assert after(Nearness.CITY) == 200


def test_a_stay_that_goes_on_has_what_its_earlier_part_left_of_the_allowance_and_no_more():
    nev = {"id": "nev", "free": {"minutes": 60, "per": "day", "day_minutes": 60}}
    rules = hourly(concessions=[nev], repeat={"within_min": 10, "across": "road"})
    first = fee(rules, "09:00", "09:40")
    assert [(use.concession, use.seconds) for use in first.used] == [("nev", 2400)]
    past = PastStay(arrived_at=at("09:00"), left_at=at("09:40"), charged_fen=first.amount_fen, used=first.used)
    again = fee(rules, "09:45", "11:45", history=History(stays=(past,)))
    assert again.amount_fen == 400  # two hours and forty minutes, of which sixty minutes are free
    assert [(use.concession, use.seconds) for use in again.used] == [("nev", 1200)]
    assert again.continues


def test_a_short_first_stay_that_counts_for_nothing_leaves_the_whole_allowance():
    rules = hourly(
        concessions=[
            {"id": "n", "free": {"minutes": 60, "per": "day", "stays_per_day": 1, "ignore_stays_under_min": 30}}
        ]
    )
    for left, second in (("09:29", 200), ("09:30", 400)):
        past = PastStay(arrived_at=at("09:00"), left_at=at(left), nearness=Nearness.CITY)
        assert amount(rules, "10:00", "12:00", history=History(stays=(past,))) == second


def test_a_concession_of_some_hours_gives_to_the_second():
    rules = hourly(
        rounding="exact", price=60, concessions=[{"id": "n", "from": "22:00", "to": "06:00", "percent_off": 50}]
    )
    assert amount(rules, "21:00", "23:00") == 6000 + 3000
    assert amount(rules, "24 05:00", "24 07:00") == 3000 + 6000
    assert amount(rules, "21:00", "22:00") == 6000


def test_a_concession_holds_from_a_day_and_until_before_another():
    dated = {"id": "n", "from_date": "2026-11-23", "until_date": "2026-11-24", "percent_off": 100}
    rules = hourly(concessions=[dated])
    assert [amount(rules, f"{day} 09:00", f"{day} 10:00") for day in (22, 23, 24)] == [200, 0, 200]
