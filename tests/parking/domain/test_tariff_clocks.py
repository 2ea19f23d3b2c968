"""Which time the clock counts and where it begins anew. All figures worked out by hand."""

from typing import Any

import pytest

from tests.parking.domain.street_prices import amount, document, hourly

FIRST_HOUR = [{"until_min": 60, "unit_min": 60, "price": 3}, {"unit_min": 60, "price": 1}]
DAY = {"id": "day", "from": "08:00", "to": "20:00", "steps": FIRST_HOUR}
NIGHT = {"id": "night", "from": "20:00", "to": "08:00", "steps": FIRST_HOUR}
FREE_NIGHT = {"id": "night", "from": "20:00", "to": "08:00", "free": True}


def two(**changes: Any) -> dict[str, Any]:
    return hourly(bands=[DAY, NIGHT], **changes)


@pytest.mark.parametrize(
    ("meter", "restart", "total"),
    [
        # 18:30-20:00 is 1.5 h by day, 20:00-08:00 is 12 h by night, 08:00-10:30 is 2.5 h by day
        ({"pool": "passage"}, "never", (3 + 1) + (3 + 11) + (3 + 2)),
        ({"pool": "band"}, "never", (3 + 1) + (3 + 11) + 3),
        ({"pool": "window"}, "never", (3 + 1) + 12 + 3),
        ({"pool": "clock"}, "never", (3 + 1) + 12 + 3),
        ({"pool": "band", "carry": True}, "never", (3 + 1) + (3 + 11) + 2),
        ({"pool": "window", "carry": True}, "never", 3 + 1 + 12 + 2),
        ({"pool": "window"}, "natural_day", (3 + 1) + 4 + (3 + 7) + 3),
        ({"pool": "clock"}, "natural_day", (3 + 1) + 4 + (3 + 7) + 3),
        ({"pool": "clock"}, {"daily_at": "07:00"}, (3 + 1) + 11 + 3 + 3),
        ({"pool": "clock"}, {"every_min": 600}, (3 + 1) + 9 + (3 + 3) + 3),
        ({"pool": "window"}, {"every_min": 600}, (3 + 1) + 9 + (3 + 3) + 3),
        ({"pool": "passage"}, "24h", (3 + 1) + (3 + 11) + (3 + 2)),
    ],
)
def test_the_first_hour_comes_as_often_as_the_clock_begins_anew(meter: dict[str, Any], restart: Any, total: int):
    assert amount(two(meter=meter, restart=restart), "18:30", "24 10:30") == total * 100


@pytest.mark.parametrize(
    ("pool", "total"),
    # the window begins at the run's first chargeable instant: on the second day at 08:00
    [("clock", (3 + 1) + (3 + 2)), ("window", (3 + 1) + (3 + 2))],
)
def test_a_charging_period_begins_with_its_first_band(pool: str, total: int):
    rules = document(bands=[DAY], meter={"pool": pool}, restart="charging_period")
    assert amount(rules, "18:30", "24 10:30") == total * 100


def test_the_clock_of_a_stay_may_run_before_charging_begins():
    early = document(bands=[DAY], meter={"pool": "clock"})
    assert amount(early, "07:30", "09:00") == 300 + 100  # half an hour of the first is gone at 08:00


def test_time_in_a_free_band_counts_for_no_clock_but_the_real_one():
    for pool, second_day in (("window", 1), ("clock", 1), ("passage", 3)):
        rules = hourly(bands=[DAY, FREE_NIGHT], meter={"pool": pool})
        assert amount(rules, "19:00", "24 09:00") == (3 + second_day) * 100


def test_units_carried_over_stop_where_the_steps_do():
    short = {"steps": [{"until_min": 90, "unit_min": 60, "price": 2}], "meter": {"pool": "window", "carry": True}}
    rules = hourly(bands=[{**DAY, **short}, {**NIGHT, **short}])
    assert amount(rules, "19:30", "22:00") == 400
    assert amount(rules, "19:30", "20:20") == 200


def test_a_free_band_stands_between_bands_that_carry_over():
    rules = hourly(bands=[DAY, FREE_NIGHT], meter={"pool": "window", "carry": True})
    assert amount(rules, "19:30", "24 08:30") == 300
    assert amount(rules, "19:30", "24 08:31") == 400


def test_a_free_band_ends_a_charging_period():
    rules = hourly(bands=[DAY, FREE_NIGHT], caps=[{"scope": "charging_period", "amount": 10}])
    assert amount(rules, "08:00", "25 08:00") == 2000


def test_a_unit_begun_by_day_is_paid_by_day_and_the_next_by_night():
    night = {**NIGHT, "steps": [{"unit_min": 120, "price": 7}]}
    rules = hourly(bands=[DAY, night], meter={"pool": "window", "carry": True})
    assert amount(rules, "19:30", "20:30") == 300
    assert amount(rules, "19:30", "20:31") == 300 + 700
    assert amount(rules, "19:30", "22:31") == 300 + 1400


@pytest.mark.parametrize(
    ("left", "total"), [("09:00", 2), ("10:00", 5), ("11:00", 5), ("11:01", 7), ("12:30", 10), ("15:01", 15)]
)
def test_a_table_may_begin_again_after_its_last_row(left: str, total: int):
    rows = [{"until_min": 60, "total": 2}, {"until_min": 180, "total": 5}]
    rules = hourly(bands=[{"id": "t", "from": "00:00", "to": "24:00", "table": rows, "then": "repeat"}])
    assert amount(rules, "08:00", left) == total * 100


@pytest.mark.parametrize(
    ("left", "cents"), [("08:30", 100), ("09:00", 200), ("10:00", 350), ("11:00", 500), ("15:00", 500)]
)
def test_a_linear_table_rises_evenly_and_then_stands(left: str, cents: int):
    rows = [{"until_min": 60, "total": 2}, {"until_min": 180, "total": 5}]
    rules = hourly(bands=[{"id": "t", "from": "00:00", "to": "24:00", "table": rows, "linear": True}])
    assert amount(rules, "08:00", left) == cents


@pytest.mark.parametrize(
    ("left", "total"), [("09:59", 2), ("10:00", 2), ("10:01", 4), ("11:00", 4), ("12:00", 4), ("12:01", 6)]
)
def test_steps_may_begin_again_after_their_last(left: str, total: int):
    steps = [{"until_min": 120, "unit_min": 60, "price": 2}, {"until_min": 180, "unit_min": 60, "price": 0}]
    rules = hourly(bands=[{"id": "s", "from": "00:00", "to": "24:00", "steps": steps, "then": "repeat"}])
    assert amount(rules, "09:00", left) == total * 100


@pytest.mark.parametrize(
    ("rounding", "totals"),
    [
        ("up", (2, 2, 2, 4, 4, 4)),
        ("down", (0, 0, 2, 2, 2, 2)),
        ({"ignore_tail_min": 15}, (0, 2, 2, 2, 2, 4)),
        ({"ignore_tail_min": 15, "inclusive": False}, (2, 2, 2, 2, 4, 4)),
        ({"ignore_tail_min": 15, "after_min": 60}, (2, 2, 2, 2, 2, 4)),
    ],
)
def test_a_part_of_a_unit_counts_as_the_rounding_says(rounding: Any, totals: tuple[int, ...]):
    rules = hourly(rounding=rounding)
    lefts = ("09:15", "09:16", "10:00", "10:14", "10:15", "10:16")
    assert tuple(amount(rules, "09:00", left) // 100 for left in lefts) == totals


def test_a_unit_cut_by_the_border_of_its_step_is_paid_in_full():
    steps = [{"until_min": 90, "unit_min": 60, "price": 2}, {"unit_min": 60, "price": 1}]
    for rounding, totals in (("up", (4, 4, 5)), ("down", (2, 4, 4)), ({"ignore_tail_min": 30}, (2, 4, 4))):
        rules = hourly(bands=[{"id": "s", "from": "00:00", "to": "24:00", "steps": steps}], rounding=rounding)
        assert tuple(amount(rules, "09:00", left) // 100 for left in ("10:20", "10:30", "10:50")) == totals


@pytest.mark.parametrize(
    ("use", "tie", "arrived", "left", "total"),
    [
        ("earlier", "earlier", "19:50", "20:50", 200),
        ("later", "earlier", "19:50", "20:50", 500),
        ("longer", "earlier", "19:50", "20:50", 500),
        ("longer", "earlier", "19:10", "20:10", 200),
        ("longer", "earlier", "19:30", "20:30", 200),
        ("longer", "later", "19:30", "20:30", 500),
        ("earlier", "earlier", "19:50", "20:51", 700),
        ("earlier", "earlier", "20:10", "21:00", 500),
    ],
)
def test_a_short_stay_across_two_bands_takes_one_of_their_prices(
    use: str, tie: str, arrived: str, left: str, total: int
):
    bands = [{**DAY, "steps": [{"unit_min": 60, "price": 2}]}, {**NIGHT, "steps": [{"unit_min": 60, "price": 5}]}]
    rules = hourly(bands=bands, crossing={"within_min": 60, "use": use, "tie": tie})
    assert amount(rules, arrived, left) == total
    if left.endswith(("50", "10", "30")):
        rules["crossing"]["inclusive"] = False
        assert amount(rules, arrived, left) == 700


def test_a_unit_carried_between_bands_begins_where_the_window_does():
    steps = [{"until_min": 60, "unit_min": 60, "price": 3}, {"unit_min": 60, "price": 1}]
    bands = [
        {"id": "am", "from": "00:00", "to": "12:00", "steps": steps},
        {"id": "pm", "from": "12:00", "to": "24:00", "steps": steps},
    ]
    rules = hourly(bands=bands, meter={"pool": "window", "carry": True})
    assert amount(rules, "11:30", "12:30") == 300
    assert amount(rules, "11:00", "12:00") == 300
    assert amount(rules, "11:30", "12:31") == 400


@pytest.mark.parametrize(("left", "total"), [("10:00", 300), ("11:00", 500), ("11:01", 800), ("13:00", 1000)])
def test_a_table_that_begins_again_does_so_after_its_last_row(left: str, total: int):
    rows = [{"until_min": 60, "total": 3}, {"until_min": 120, "total": 5}]
    band = {"id": "t", "from": "00:00", "to": "24:00", "table": rows, "then": "repeat"}
    assert amount(hourly(bands=[band]), "09:00", left) == total


def test_a_stay_that_begins_or_ends_where_a_band_does_crosses_nothing():
    cheap, dear = {"unit_min": 60, "price": 1}, {"unit_min": 60, "price": 5}
    bands = [
        {"id": "night", "from": "20:00", "to": "08:00", "steps": [cheap]},
        {"id": "day", "from": "08:00", "to": "20:00", "steps": [dear]},
    ]
    for use in ("earlier", "later"):
        rules = hourly(bands=bands, crossing={"within_min": 60, "use": use})
        assert amount(rules, "08:00", "08:30") == 500
        assert amount(rules, "07:30", "08:00") == 100


def test_a_table_that_rises_evenly_is_exact_where_its_rows_do_not_divide():
    rows = [{"until_min": 7, "total": 1}, {"until_min": 20, "total": 2}]
    band = {"id": "t", "from": "00:00", "to": "24:00", "table": rows, "linear": True}
    rules = hourly(bands=[band], final_rounding={"mode": "up", "to": 0.01})
    assert amount(rules, "09:00", "09:07") == 100
    assert amount(rules, "09:00", "09:01") == 15
    assert amount(rules, "09:00", "09:08") == 108
    assert amount(rules, "09:00", "09:20") == amount(rules, "09:00", "10:00") == 200
