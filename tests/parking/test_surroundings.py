"""What berths know of each other, from events to bills: one plate twice, one car on two berths, a scan next door."""

import threading

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from parking import sessions
from parking.domain.events import Witness
from parking.models import Berth, Discrepancy, ParkingSession, Road, StaleBerth
from tests import street
from tests.street import OTHER_PLATE, PLATE, at, event, fold, say, story

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _street():
    street.build()


def park(arrived: str, left: str, *, plate: str = PLATE, berth: str = "A01"):
    return event(arrived, "arrival", plate=plate, berth=berth), event(left, "departure", plate=plate, berth=berth)


def holds(berth):
    return [each.holds for each in ParkingSession.objects.filter(berth__code=berth).order_by("arrived_at")]


def scan(clock, *, berth, plate=PLATE):
    return event(clock, "occupied", plate=plate, berth=berth, source="patrol", witness=Witness.PATROL)


def sensed(arrived, left, *, berth):
    return [
        event(clock, kind, berth=berth, source="sensor", witness=Witness.GEOMAGNETIC)
        for clock, kind in ((arrived, "arrival"), (left, "departure"))
    ]


def quiet():
    """Nothing waits to be read again."""
    return not StaleBerth.objects.filter(due_at__lte=at("23:00")).exists()


def test_one_plate_in_two_places_at_once_is_billed_in_neither_when_both_are_read_together():
    say(*park("08:00", "10:00", berth="A01"), *park("09:00", "11:00", berth="A04"))
    fold(now=at("12:00"))
    assert (story("A01"), story("A04")) == (
        [("08:00", "10:00", PLATE, "held")],
        [("09:00", "11:00", PLATE, "held")],
    )
    assert (holds("A01"), holds("A04")) == ([["double_plate"]], [["double_plate"]])
    assert quiet()


def test_one_plate_in_two_places_is_billed_in_neither_as_the_day_goes_on():
    for now, told in (
        ("08:00", event("08:00", "arrival", plate=PLATE)),
        ("09:00", event("09:00", "arrival", plate=PLATE, berth="A04")),
        ("10:00", event("10:00", "departure", plate=PLATE)),
        ("11:00", event("11:00", "departure", plate=PLATE, berth="A04")),
    ):
        say(told)
        fold(now=at(now))
    fold(now=at("12:00"))
    assert (holds("A01"), holds("A04")) == ([["double_plate"]], [["double_plate"]])


def test_the_same_car_on_another_berth_later_that_day_is_billed_for_both():
    say(*park("08:00", "10:00"), *park("10:00", "11:00", berth="A04"))
    fold(now=at("12:00"))
    assert story("A01") + story("A04") == [("08:00", "10:00", PLATE, "billed"), ("10:00", "11:00", PLATE, "billed")]
    assert not Discrepancy.objects.exists()


def test_a_second_place_that_comes_to_light_after_billing_is_a_discrepancy_of_the_billed_one():
    say(*park("08:00", "10:00"))
    fold(now=at("10:30"))
    late = [
        event(clock, kind, plate=PLATE, berth="A04", received_at=at("15:00"))
        for clock, kind in (("09:00", "arrival"), ("11:00", "departure"))
    ]
    say(*late)
    fold(now=at("15:01"))
    assert story("A01") == [("08:00", "10:00", PLATE, "billed")]
    assert holds("A04") == [["double_plate"]]
    found = Discrepancy.objects.get()
    assert (found.session.berth.code, found.reason) == ("A01", "double_plate")
    say(event("16:00", "occupied", berth="A04", plate=""))
    fold(now=at("16:01"))
    assert Discrepancy.objects.count() == 1


def test_a_hold_falls_when_the_other_place_is_taken_back():
    say(*park("08:00", "10:00"))
    ghost = [*park("08:30", "09:30", berth="A04")]
    say(*ghost)
    fold(now=at("10:30"))
    assert holds("A01") == [["double_plate"]]
    say(*[event("10:40", "revoked", revokes=each.event_id, berth="A04") for each in ghost])
    fold(now=at("10:45"))
    fold(now=at("10:46"))
    assert story("A01") == [("08:00", "10:00", PLATE, "billed")]
    assert quiet()


def test_a_car_astride_two_berths_is_billed_on_the_one_it_took_first():
    say(*park("08:00", "10:00", berth="A02"), *park("08:01", "10:01", berth="A03"))
    fold(now=at("12:00"))
    assert story("A02") == [("08:00", "10:00", PLATE, "billed")]
    assert holds("A03") == [["straddle"]]
    assert not Discrepancy.objects.exists()


def test_berths_with_another_between_them_or_too_far_apart_are_not_next_door():
    Berth.objects.filter(code="A02").update(latitude=29.8400, longitude=114.3)
    Berth.objects.filter(code="A03").update(latitude=29.8403, longitude=114.3)
    say(*park("08:00", "10:00", berth="A02"), *park("08:01", "10:01", berth="A03"))
    fold(now=at("12:00"))
    assert (holds("A02"), holds("A03")) == ([["double_plate"]], [["double_plate"]])


def test_a_patrol_scan_one_berth_off_does_not_move_a_car():
    say(
        event("08:00", "arrival", plate=PLATE, berth="A02"),
        *park("08:05", "10:00", plate=OTHER_PLATE, berth="A03"),
        scan("08:30", berth="A03"),
        scan("09:30", berth="A03"),
        event("11:00", "departure", plate=PLATE, berth="A02"),
    )
    fold(now=at("12:00"))
    assert story("A02") == [("08:00", "11:00", PLATE, "billed")]
    assert story("A03") == [("08:05", "10:00", OTHER_PLATE, "billed")]


def test_scans_one_berth_off_name_nobody_on_a_berth_that_only_a_sensor_watches():
    say(
        *park("08:00", "11:00", berth="A02"),
        *sensed("08:05", "10:00", berth="A03"),
        *[scan(clock, berth="A03") for clock in ("08:15", "09:00", "09:50")],
    )
    fold(now=at("12:00"))
    assert story("A02") == [("08:00", "11:00", PLATE, "billed")]
    assert [row[:3] for row in story("A03")] == [("08:05", "10:00", "")]
    assert holds("A03") == [["no_plate"]]


def test_a_car_that_comes_to_light_next_door_takes_its_scans_back_and_wakes_nobody_twice():
    say(*sensed("08:05", "10:00", berth="A03"), scan("08:15", berth="A03"), scan("09:00", berth="A03"))
    fold(now=at("10:30"))
    assert [row[2] for row in story("A03")] == [PLATE]
    say(*park("08:00", "11:00", berth="A02"))
    fold(now=at("11:30"))
    fold(now=at("11:31"))
    assert [row[2] for row in story("A03")] == [""]
    assert quiet()
    say(event("12:00", "occupied", berth="A02"), event("12:00", "occupied", berth="A03"))
    fold(now=at("12:01"))
    assert quiet()


@pytest.mark.django_db(transaction=True)
def test_two_workers_who_bill_one_plate_on_two_berths_at_once_leave_a_discrepancy():
    for round_ in range(5):
        day = f"2026-11-{10 + round_}"
        say(
            *[
                event(at(clock, day=day), kind, plate=PLATE, berth=berth)
                for berth in ("A01", "A04")
                for clock, kind in (("08:00", "arrival"), ("09:00", "departure"))
            ]
        )
        start = threading.Barrier(2)

        def work(code, day=day, start=start):
            ids = [Berth.objects.get(code=code).id]
            start.wait()
            sessions.reconcile(now=at("10:00", day=day), berth_ids=ids)
            connection.close()

        workers = [threading.Thread(target=work, args=(code,)) for code in ("A01", "A04")]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        on_the_day = ParkingSession.objects.filter(arrived_at=at("08:00", day=day))
        billed = on_the_day.filter(status="billed")
        disputed = Discrepancy.objects.filter(session__in=billed).values("session").distinct().count()
        assert disputed == billed.count()
        assert on_the_day.count() == 2


def test_the_number_of_statements_does_not_grow_with_the_cars_that_are_in_two_places():
    road = Road.objects.get()
    counts = []
    for batch, size in enumerate((3, 40)):
        codes = [f"B{batch}{number:03}" for number in range(size)]
        Berth.objects.bulk_create([Berth(road=road, code=code) for code in codes])
        say(*[each for code in codes for each in park("08:00", "09:10", berth=code, plate=f"鄂L{batch}0000")])
        with CaptureQueriesContext(connection) as queries:
            sessions.reconcile(now=at("09:20"))
        counts.append(len(queries))
    assert counts[0] == counts[1]
