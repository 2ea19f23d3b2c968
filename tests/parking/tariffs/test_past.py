"""What a plate did before enters its next price."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from parking import sessions, tariffs
from parking.models import Berth, ParkingSession, Road, Zone
from payments import charges
from tests import street
from tests.street import OTHER_PLATE, PLATE, at, event, fold, say

pytestmark = pytest.mark.django_db

HOURLY = {"id": "day", "from": "00:00", "to": "24:00", "steps": [{"unit_min": 60, "price": 2}]}
TWO_FREE_HOURS = {
    "id": "nev",
    "who": {"plate_colors": ["green"]},
    "free": {"minutes": 120, "per": "day", "day_minutes": 120},
}


def law(**rules):
    """The street under two yuan an hour and these rules, with a second road beside it."""
    street.build(tariff=False)
    other = Road.objects.create(code="B", name="乙路", zone=Zone.objects.get())
    Berth.objects.create(road=other, code="B01")
    document = {"code": "t", "currency": "CNY", "zone": "", "in_force_from": "2016-01-01", "bands": [HOURLY], **rules}
    (loaded,) = tariffs.load([document], now=at("00:00"))
    assert loaded.state == "created", loaded


def park(arrived, left, *, berth="A01", plate=PLATE, color="blue"):
    say(
        event(arrived, "arrival", plate=plate, plate_color=color, berth=berth, received_at=at(left)),
        event(left, "departure", plate=plate, plate_color=color, berth=berth),
    )


def fees():
    return [each.fee_fen for each in ParkingSession.objects.order_by("arrived_at")]


def test_a_stay_that_is_held_is_no_past():
    law(repeat={"within_min": 30})
    say(event("08:00", "arrival", plate=PLATE), event("09:00", "departure"))
    ParkingSession.objects.filter(berth__code="A01").update(status="held")
    park("09:10", "10:00", berth="A02")
    fold(now=at("10:05"))
    assert ParkingSession.objects.get(berth__code="A02").fee_fen == 200
    assert not ParkingSession.objects.get(berth__code="A02").continues


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize(
    ("scope", "berth", "second"),
    [
        ("first_of_day_berth", "A01", 200),
        ("first_of_day_berth", "A02", 0),
        ("first_of_day_road", "A02", 200),
        ("first_of_day_road", "B01", 0),
        ("first_of_day_city", "B01", 200),
    ],
)
def test_the_second_stay_of_the_day_is_free_only_where_the_first_was_not(scope, berth, second, together):
    law(free={"minutes": 30, "scope": scope})
    park("12:00", "12:20")
    if not together:
        fold(now=at("12:30"))
    park("13:00", "13:20", berth=berth)
    park("13:00", "13:20", berth="A03", plate=OTHER_PLATE)
    fold()
    assert ParkingSession.objects.get(plate=OTHER_PLATE).fee_fen == 0
    assert ParkingSession.objects.get(plate=PLATE, arrived_at=at("13:00")).fee_fen == second


@pytest.mark.parametrize("together", [True, False])
def test_a_car_back_within_minutes_goes_on_with_its_stay_and_pays_the_rest(together):
    law(repeat={"within_min": 15, "across": "road"})
    park("08:00", "08:20")
    if not together:
        fold(now=at("08:25"))
    park("08:30", "08:50", berth="A02")
    if not together:
        fold(now=at("08:55"))
    park("09:00", "09:30", berth="A03")
    fold()
    assert fees() == [200, 0, 200]
    assert [each.continues for each in ParkingSession.objects.order_by("arrived_at")] == [False, True, True]


@pytest.mark.parametrize("together", [True, False])
def test_a_daily_allowance_is_used_up_by_the_stays_of_the_day(together):
    law(concessions=[TWO_FREE_HOURS])
    clocks = (("08:00", "09:00"), ("10:00", "10:30"), ("11:00", "13:00"), ("14:00", "15:00"))
    for index, (arrived, left) in enumerate(clocks):
        park(arrived, left, berth=f"A0{index + 1}", plate="鄂LD12345", color="green")
        if not together:
            fold(now=at(left))
            fold(now=at(left.replace(":0", ":1")))
    fold()
    assert fees() == [0, 0, 400, 200]
    assert [each.used for each in ParkingSession.objects.order_by("arrived_at")] == [
        [{"concession": "nev", "on": "2026-11-20", "seconds": seconds}] if seconds else []
        for seconds in (3600, 1800, 1800, 0)
    ]


def test_a_cap_across_the_city_is_filled_by_earlier_stays():
    law(caps=[{"scope": "natural_day", "amount": 5, "across": "city"}])
    park("08:00", "10:00")
    park("11:00", "13:00", berth="B01")
    park("14:00", "16:00", berth="A02")
    fold()
    assert fees() == [400, 100, 0]


def test_a_stay_that_was_undone_uses_nothing_up():
    law(concessions=[TWO_FREE_HOURS])
    park("08:00", "11:00", plate="鄂LD12345", color="green")
    fold(now=at("11:30"))
    charges.void(ParkingSession.objects.get().number, reason="错", by="op", now=at("12:00"))
    park("13:00", "15:00", berth="A02", plate="鄂LD12345", color="green")
    fold()
    assert fees() == [200, 0]


def test_a_batch_prices_the_stays_of_one_plate_alike_in_any_order():
    law(concessions=[TWO_FREE_HOURS], repeat={"within_min": 10}, free={"minutes": 15, "scope": "first_of_day_city"})
    told = []
    for index, (arrived, left) in enumerate(
        [("08:00", "08:50"), ("08:55", "09:30"), ("10:00", "11:00"), ("12:00", "12:10")]
    ):
        for kind, clock in (("arrival", arrived), ("departure", left)):
            told.append(
                event(
                    clock, kind, plate="鄂LD12345", plate_color="green", berth=f"A0{4 - index}", received_at=at("13:00")
                )
            )
    say(*told)
    fold()
    assert fees() == [0, 0, 200, 200]


def test_the_number_of_queries_does_not_grow_with_plates_and_their_pasts():
    law(concessions=[TWO_FREE_HOURS], repeat={"within_min": 10})
    counts = []
    for day, size in (("2026-11-19", 1), ("2026-11-20", 4)):
        for number in range(size):
            plate = f"鄂LD1234{number}"
            berth = f"A0{number + 1}"
            for arrived, left in (("08:00", "08:50"), ("12:00", "12:50")):
                say(
                    *(
                        event(at(clock, day=day), kind, plate=plate, plate_color="green", berth=berth)
                        for kind, clock in (("arrival", arrived), ("departure", left))
                    )
                )
        with CaptureQueriesContext(connection) as queries:
            done = sessions.reconcile(now=at("13:00", day=day))
        assert (done.berths, done.billed) == (size, 2 * size)
        counts.append(len(queries))
    assert counts[0] == counts[1]
