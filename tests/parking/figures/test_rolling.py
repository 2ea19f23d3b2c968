"""The kept sums equal a recount of the raw rows, whatever came when."""

from datetime import timedelta

import pytest
from django.core.management import call_command

from parking.figures import rolling, series
from parking.figures.counts import COLUMNS
from parking.models import Berth, BerthCount, ParkingSession, RoadHour, StaleHour
from payments import charges
from payments.models import ChangedHour
from tests.parking.figures.conftest import charge_of, give_back, pay, stay
from tests.parking.figures.recount import recount
from tests.street import OTHER_PLATE, at, event, fold, say

pytestmark = pytest.mark.django_db

NOW = at("12:20", day="2026-11-21")


def daytime(hour):
    return 8 <= hour.astimezone(at("00:00").tzinfo).hour < 20


def kept():
    told = {}
    for row in RoadHour.objects.select_related("road"):
        numbers = {name: getattr(row, name) for name in COLUMNS if getattr(row, name)}
        told[row.road.code, row.hour_at.astimezone(at("00:00").tzinfo)] = numbers
    return told


def expected(now=NOW):
    ended = rolling.hour_of(now)
    return {key: numbers for key, numbers in recount(now=now, charged=daytime).items() if key[1] < ended}


def swept(now=NOW):
    rolling.sweep(now=now)
    return kept()


def test_an_empty_city_has_no_sums(road):
    assert swept() == {}


def test_the_sums_are_those_of_a_slow_recount(road):
    stay("07:10", "09:40")
    stay("10:05", "10:50", plate=OTHER_PLATE)
    stay("19:30", "21:15", berth="A02")
    pay(charge_of(), when=at("09:45"))
    assert swept() == expected()
    assert kept()["A", at("07:00")] == {"arrivals": 1, "occupied_s": 3000}
    assert kept()["A", at("20:00")]["occupied_s"] == 3600
    assert "charged_occupied_s" not in kept()["A", at("20:00")]


def test_a_late_event_moves_the_sums(road):
    stay("08:10")
    before = swept()
    assert before == expected()
    say(event("09:30", "departure", plate="鄂L12345", received_at=at("12:00", day="2026-11-21")))
    fold(now=NOW)
    assert swept() == expected() != before


def test_a_revoked_event_takes_its_hours_with_it(road):
    say(event("08:10", "arrival", plate="鄂L12345", event_id="one"))
    fold(now=at("09:30"))
    assert swept(at("10:10")) == expected(at("10:10")) != {}
    say(event("11:00", "revoked", revokes="one", received_at=at("11:00")))
    fold(now=at("11:01"))
    assert swept() == expected() == {}


def test_a_correction_of_a_session_by_a_person_moves_the_sums(road):
    stay("08:10", "09:40")
    swept()
    ParkingSession.objects.update(touched=True)
    assert swept() == expected()
    assert kept()["A", at("09:00")]["orders"] == 1
    assert "auto_orders" not in kept()["A", at("09:00")]


def test_a_removed_session_leaves_no_sums(road):
    stay("08:10")
    swept()
    ParkingSession.objects.all().delete()
    assert swept() == expected() == {}


def test_money_that_comes_and_goes_back_days_later_moves_the_hour_of_its_charge(road):
    stay("08:10", "09:40")
    charge = charge_of()
    opened = rolling.hour_of(charge.opened_at)
    pay(charge, when=charge.opened_at + timedelta(days=3))
    late = NOW + timedelta(days=10)
    assert swept(late) == expected(late)
    row = RoadHour.objects.get(hour_at=opened)
    assert (row.collected_t0_fen, row.collected_t7_fen) == (0, 300)
    give_back(charge, when=charge.opened_at + timedelta(days=9), fen=100)
    assert swept(late) == expected(late)
    row = RoadHour.objects.get(hour_at=opened)
    assert (row.collected_t7_fen, row.collected_t30_fen, row.collected_fen) == (300, 200, 200)


def test_a_waiver_lowers_what_is_receivable(road):
    stay("08:10", "09:40")
    swept(NOW)
    charges.waive(charge_of().number, reason="出警", by="主任", now=NOW - timedelta(hours=2))
    assert swept() == expected()
    assert sum(row.receivable_fen for row in RoadHour.objects.all()) == 0


def test_a_car_that_stands_fills_each_hour_that_ends(road):
    stay("08:10", now=at("08:30"))
    rolling.sweep(now=at("08:30"))
    assert kept() == {}
    rolling.sweep(now=at("09:01"))
    rolling.sweep(now=at("11:01"))
    assert [row.occupied_s for row in RoadHour.objects.order_by("hour_at")] == [3000, 3600, 3600]


def test_what_was_swept_while_its_hour_ran_is_summed_when_the_hour_is_over(road):
    stay("08:05", "08:20", now=at("08:40"))
    pay(charge_of(), when=at("08:45"))
    rolling.sweep(now=at("08:50"))
    assert kept() == {}
    assert swept(at("09:01")) == expected(at("09:01")) != {}
    assert kept()["A", at("08:00")]["departures"] == 1


def test_a_stay_of_three_days_is_found_in_each_of_its_hours(road):
    say(
        event("08:10", "arrival", plate="鄂L12345"),
        event(at("09:00", day="2026-11-23"), "departure", plate="鄂L12345"),
    )
    now = at("12:00", day="2026-11-23")
    fold(now=now, later=600)
    swept(now)
    StaleHour.objects.create(road_id=road.pk, from_at=at("03:00", day="2026-11-22"), to_at=None)
    assert swept(now) == expected(now)
    assert sum(row.occupied_s for row in RoadHour.objects.all()) == (72 * 60 + 50) * 60


def test_rebuilding_gives_what_the_sweeps_came_to(road):
    stay("07:10", "09:40")
    stay("19:30", "21:15", berth="A02")
    stay("22:00", berth="A03")
    pay(charge_of(), when=at("09:45"))
    first = swept()
    RoadHour.objects.update(arrivals=7)
    call_command("rebuild_figures", verbosity=0)
    rolling.rebuild(now=NOW)
    assert kept() == first == expected()


def test_what_is_swept_is_swept_once(road):
    stay("07:10", "09:40")
    swept()
    assert (StaleHour.objects.count(), ChangedHour.objects.count()) == (0, 0)
    assert rolling.sweep(now=NOW) == 0


def test_the_statements_of_a_sweep_do_not_grow_with_the_day(road, django_assert_max_num_queries):
    for hour in range(8, 19):
        stay(f"{hour:02}:10", f"{hour:02}:50", berth=f"A{1 + hour % 4:02}")
    with django_assert_max_num_queries(22):
        rolling.sweep(now=NOW, batches=1)


def test_berths_painted_today_do_not_change_yesterday(road):
    stay("08:10", "09:40")
    rolling.sweep(now=at("10:00"))
    Berth.objects.create(road=road, code="A05")
    rolling.sweep(now=at("00:00", day="2026-11-21"))
    assert list(BerthCount.objects.values_list("berths", flat=True).order_by("from_at")) == [4, 5]
    read = series.read(from_at=at("00:00"), to_at=at("00:00", day="2026-11-21"), now=NOW)
    assert series.whole(read).ground.berth_s == 4 * 86_400


def test_the_present_hour_is_read_from_the_tables(road):
    stay("08:10", now=at("08:30"))
    rolling.sweep(now=at("08:30"))
    read = series.read(from_at=at("00:00"), to_at=at("08:40"), now=at("08:40"))
    assert series.whole(read).counts.occupied_s == 1800
