"""A tariff as a picture: the day's bands without gaps, their prices in words, and what sample stays cost."""

from datetime import date, timedelta
from itertools import pairwise

import pytest

from parking.domain import calendar, tariff
from parking.domain.tariff import Vehicle, library, picture

CALENDAR = calendar.seeded()
MONDAY = date(2026, 11, 23)
DAY = {"id": "day", "from": "08:00", "to": "20:00", "steps": [{"unit_min": 60, "price": 2}]}


def parsed(*bands, **more):
    return tariff.parse({"code": "seen", "currency": "CNY", "outside_bands": "free", "bands": list(bands), **more})


@pytest.mark.parametrize("name", library.names())
def test_the_stretches_of_a_day_cover_it_without_a_gap_or_an_overlap(name):
    for shown in picture.pictures(library.load(name), CALENDAR, near=MONDAY):
        edges = [(each.first, each.last) for each in shown.stretches]
        assert edges[0][0] == 0
        assert edges[-1][1] == 1440
        assert all(left[1] == right[0] for left, right in pairwise(edges))


def test_days_that_look_alike_are_shown_once():
    (shown,) = picture.pictures(parsed(DAY), CALENDAR, near=MONDAY)
    assert len(shown.kinds) == 6
    assert [(each.first, each.last, each.free) for each in shown.stretches] == [
        (0, 480, True), (480, 1200, False), (1200, 1440, True),
    ]  # fmt: skip


def test_workdays_and_days_off_are_shown_apart():
    shown = picture.pictures(parsed({**DAY, "days": "workday"}), CALENDAR, near=MONDAY)
    assert [len(each.stretches) for each in shown] == [3, 1]


def test_a_kind_of_day_that_never_comes_is_left_out():
    empty = calendar.Calendar(
        days=[
            calendar.CalendarDay(on=MONDAY + timedelta(days=ahead), kind=calendar.DayKind.WORKDAY)
            for ahead in range(400)
        ]
    )
    (shown,) = picture.pictures(parsed(DAY), empty, near=MONDAY)
    assert {kind.en for kind in shown.kinds} == {"workday", "July workday", "January workday"}


def test_neighbours_with_one_name_and_price_are_one_stretch():
    halves = [{**DAY, "name": "日", "to": "12:00"}, {**DAY, "id": "late", "name": "日", "from": "12:00"}]
    (shown,) = picture.pictures(parsed(*halves), CALENDAR, near=MONDAY)
    assert [(each.first, each.last) for each in shown.stretches] == [(0, 480), (480, 1200), (1200, 1440)]


def test_a_table_is_told_row_by_row():
    rows = [{"until_min": 60, "total": 3}, {"total": 20}]
    one = parsed({"id": "all", "from": "00:00", "to": "24:00", "table": rows})
    words = picture.say(one, one.rules().bands[0])
    assert (words.zh.count("；"), "以上" in words.zh, "beyond" in words.en) == (1, True, True)


def test_a_free_band_is_told_as_free():
    one = parsed({"id": "all", "from": "00:00", "to": "24:00", "free": True})
    assert picture.say(one, one.rules().bands[0]) == picture.FREE


def test_samples_are_priced_and_a_refused_class_has_no_price():
    one = parsed(DAY, vehicles={"classes": {"small": {}, "coach": {"admitted": False}}})
    found = picture.samples(one, CALENDAR, on=MONDAY, vehicle=Vehicle())
    assert [each.amount for each in found] == [200, 200, 200, 400, 400, 800, 2000, 2400, 7200, 600, 0]
    refused = picture.samples(one, CALENDAR, on=MONDAY, vehicle=Vehicle(vehicle_class="coach"))
    assert {each.amount for each in refused} == {None}
