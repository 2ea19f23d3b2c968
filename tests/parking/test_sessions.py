import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from parking import sessions
from parking.domain import story as domain_story
from parking.models import Berth, BerthState, Discrepancy, ParkingSession, Review, StaleBerth, User
from tests import street
from tests.street import OTHER_PLATE, PLATE, at, event, fold, say, story

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _street():
    street.build()


def park(arrived: str, left: str, *, plate: str = PLATE, berth: str = "A01"):
    return event(arrived, "arrival", plate=plate, berth=berth), event(left, "departure", plate=plate, berth=berth)


def test_a_stay_without_a_plate_is_held_for_a_person():
    say(event("08:00", "arrival"), event("09:10", "departure"))
    fold()
    assert story() == [("08:00", "09:10", "", "held")]
    session = ParkingSession.objects.get()
    assert "no_plate" in session.holds
    assert session.charge is None
    assert Review.objects.filter(session=session, closed_at__isnull=True).count() == 1


def test_a_stay_under_no_tariff_is_held_not_lost():
    from parking.models import TariffVersion

    TariffVersion.objects.all().delete()
    say(*park("08:00", "09:10"))
    fold()
    assert ParkingSession.objects.get().holds == ["no_tariff"]


def test_a_stay_proved_at_both_ends_is_priced_and_billed():
    say(*park("08:00", "09:10"))
    fold()
    session = ParkingSession.objects.get()
    assert (session.status, session.fee_fen, session.charge.amount_fen) == ("billed", 300, 300)
    assert sum(line["amount_fen"] for line in session.lines) == 300
    assert session.number == session.charge.number


def test_a_car_that_stands_there_is_parked_and_its_berth_occupied():
    say(event("08:00", "arrival", plate=PLATE))
    fold(now=at("08:30"))
    assert story() == [("08:00", "", PLATE, "parked")]
    assert BerthState.objects.get(berth__code="A01").occupied_since == at("08:00")


def test_the_session_of_a_parked_car_is_the_session_that_is_billed():
    say(event("08:00", "arrival", plate=PLATE))
    fold(now=at("08:30"))
    number = ParkingSession.objects.get().number
    say(event("09:10", "departure", plate=PLATE))
    fold(now=at("09:20"))
    assert story() == [("08:00", "09:10", PLATE, "billed")]
    assert ParkingSession.objects.get().number == number
    assert not BerthState.objects.get(berth__code="A01").occupied


def test_nothing_is_billed_before_the_quiet_period_is_over():
    say(*park("08:00", "09:10"))
    sessions.reconcile_due(now=at("09:10:01"))
    assert story() == [("08:00", "09:10", PLATE, "ended")]
    assert StaleBerth.objects.get().due_at > at("09:10:01")
    fold(now=at("09:11"))
    assert story() == [("08:00", "09:10", PLATE, "billed")]


def test_a_stay_that_begins_in_the_minute_in_which_another_ended_is_its_own():
    say(*park("08:00", "09:10"), *park("09:10", "09:50", plate=OTHER_PLATE))
    fold()
    assert story() == [("08:00", "09:10", PLATE, "billed"), ("09:10", "09:50", OTHER_PLATE, "billed")]


def test_a_stay_that_overlaps_another_on_its_berth_is_held_with_its_own_times():
    say(*park("08:24", "12:52"), *park("12:34", "14:55", plate=OTHER_PLATE))
    fold()
    assert story() == [("08:24", "12:52", PLATE, "billed"), ("12:34", "14:55", OTHER_PLATE, "held")]
    assert ParkingSession.objects.get(plate=OTHER_PLATE).contested


def test_a_contested_stay_is_still_there_when_its_berth_is_read_again():
    say(*park("08:24", "12:52"), *park("12:34", "14:55", plate=OTHER_PLATE), *park("15:00", "20:00"))
    say(*park("16:00", "20:00", plate=OTHER_PLATE))
    fold()
    told = story()
    assert [row[3] for row in told] == ["billed", "held", "billed", "held"]
    say(*park("20:10", "21:00"))
    fold()
    say(event("12:00", "occupied"), event("17:00", "occupied"))
    fold()
    assert story() == [*told, ("20:10", "21:00", PLATE, "billed")]


@pytest.mark.parametrize("seed", range(6))
def test_order_and_repeats_change_no_session(seed):
    import random

    told = [*park("08:00", "09:10"), *park("09:10", "09:50", plate=OTHER_PLATE), *park("10:00", "10:20")] * 2
    random.Random(seed).shuffle(told)
    for each in told:
        say(each)
    fold()
    assert [row[:3] for row in story()] == [
        ("08:00", "09:10", PLATE),
        ("09:10", "09:50", OTHER_PLATE),
        ("10:00", "10:20", PLATE),
    ]
    assert {row[3] for row in story()} == {"billed"}


def test_what_was_billed_stays_and_later_facts_become_a_discrepancy():
    say(*park("08:00", "09:10"))
    fold(now=at("09:20"))
    late = event("08:30", "departure", plate=PLATE, received_at=at("10:00"))
    say(late)
    fold(now=at("10:01"))
    assert story() == [("08:00", "09:10", PLATE, "billed")]
    assert Discrepancy.objects.get().reason == "late_departure_inside"
    say(late)
    fold(now=at("10:02"))
    assert Discrepancy.objects.count() == 1


def test_a_revocation_after_billing_becomes_a_discrepancy():
    arrival, departure = park("08:00", "09:10")
    say(arrival, departure)
    fold(now=at("09:20"))
    say(event("11:00", "revoked", revokes=arrival.event_id, received_at=at("11:00")))
    fold(now=at("11:01"))
    assert story() == [("08:00", "09:10", PLATE, "billed")]
    assert Discrepancy.objects.get().reason == "revoked_after_billing"


def test_a_revocation_received_in_time_but_understood_only_after_billing_becomes_a_discrepancy():
    arrival, departure = park("08:00", "09:10")
    say(arrival, departure)
    fold(now=at("09:20"))
    say(event("09:11", "revoked", revokes=arrival.event_id), now=at("11:00"))
    fold(now=at("11:01"))
    assert story() == [("08:00", "09:10", PLATE, "billed")]
    assert Discrepancy.objects.get().reason == "revoked_after_billing"


def test_what_the_bill_was_made_with_is_no_discrepancy_by_whatever_clock_it_was_received():
    arrival, departure = park("08:00", "09:10")
    second = event("08:00:20", "arrival", plate=PLATE, source="post")
    taken_back = event("09:05", "revoked", source="post", revokes=second.event_id, received_at=at("09:30"))
    say(arrival, second, taken_back, departure)
    fold(now=at("09:36"))
    assert story() == [("08:00", "09:10", PLATE, "billed")]
    ParkingSession.objects.update(billed_at=at("09:21"))
    say(event("09:10:20", "departure", plate=PLATE, source="post", received_at=at("12:00")))
    fold(now=at("12:01"))
    assert not Discrepancy.objects.exists()


def test_a_bill_from_before_its_events_were_numbered_goes_by_when_they_were_received():
    arrival, departure = park("08:00", "09:10")
    say(arrival, departure)
    fold(now=at("09:20"))
    ParkingSession.objects.update(read_to=None)
    say(event("11:00", "revoked", revokes=arrival.event_id, received_at=at("11:00")))
    fold(now=at("11:01"))
    assert Discrepancy.objects.get().reason == "revoked_after_billing"


def test_a_stay_before_a_billed_one_is_found_when_its_events_come_hours_late():
    say(*park("12:00", "13:00"))
    fold(now=at("13:10"))
    say(
        *[
            event(c, k, plate=OTHER_PLATE, received_at=at("18:00"))
            for c, k in (("08:00", "arrival"), ("09:00", "departure"))
        ]
    )
    fold(now=at("18:01"))
    assert story() == [("08:00", "09:00", OTHER_PLATE, "billed"), ("12:00", "13:00", PLATE, "billed")]
    assert not Discrepancy.objects.exists()


def test_a_second_witness_of_a_billed_departure_opens_nothing():
    say(*park("08:00", "09:10"))
    fold(now=at("09:20"))
    say(event("09:10:30", "departure", source="sensor", received_at=at("09:30")))
    fold(now=at("09:31"))
    assert story() == [("08:00", "09:10", PLATE, "billed")]


def test_the_number_of_statements_does_not_grow_with_the_batch():
    road = street.Road.objects.get()
    counts = []
    for batch, size in enumerate((5, 100)):
        codes = [f"B{batch}{number:03}" for number in range(size)]
        Berth.objects.bulk_create([Berth(road=road, code=code) for code in codes])
        say(*[each for code in codes for each in park("08:00", "09:10", berth=code, plate=f"鄂L{code}")])
        with CaptureQueriesContext(connection) as queries:
            done = sessions.reconcile(now=at("09:20"))
        assert (done.berths, done.billed) == (size, size)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_berth_poisoned_by_a_bug_is_set_aside_after_three_tries_until_a_person_tries_again(monkeypatch, client):
    honest = domain_story.read

    def poisoned(events, *args, **kwargs):
        if events[0].berth == "A02":
            raise ZeroDivisionError("a bug")
        return honest(events, *args, **kwargs)

    monkeypatch.setattr(domain_story, "read", poisoned)
    say(*park("08:00", "09:10"), *park("08:00", "09:10", berth="A02", plate=OTHER_PLATE))
    for minutes in (20, 21, 22, 23):
        fold(now=at("09:00") + timedelta(minutes=minutes))
    assert story("A01") == [("08:00", "09:10", PLATE, "billed")]
    aside = BerthState.objects.get(berth__code="A02")
    assert aside.set_aside_at is not None
    assert aside.failures == 3
    assert "ZeroDivisionError" in aside.failure
    fold(now=at("10:00"))
    assert story("A02") == []
    monkeypatch.setattr(domain_story, "read", honest)
    client.force_login(User.objects.create_superuser("boss", password="x"))
    page = client.get(f"/admin/parking/berthstate/{aside.pk}/change/").content.decode()
    assert "ZeroDivisionError" in page
    chosen = {"action": "try_again", "_selected_action": [aside.pk]}
    assert client.post("/admin/parking/berthstate/", chosen).status_code == 302
    fold(now=timezone.now())
    assert story("A02") == [("08:00", "09:10", OTHER_PLATE, "billed")]


def test_postgresql_refuses_two_open_sessions_and_an_overlap_on_one_berth():
    berth = Berth.objects.get(code="A01")

    def make(number, arrived, left):
        with transaction.atomic():
            ParkingSession.objects.create(
                number=number, berth=berth, road=berth.road, arrived_at=at(arrived),
                left_at=left and at(left), status="held", created_at=timezone.now(), updated_at=timezone.now(),
            )  # fmt: skip
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    make("1", "08:00", "09:00")
    make("2", "09:00", None)
    with pytest.raises(IntegrityError, match="session_no_overlap_on_a_berth"):
        make("3", "08:30", "08:45")
    with pytest.raises(IntegrityError, match="session_one_open_a_berth"):
        make("4", "07:00", None)


@pytest.mark.django_db(transaction=True)
def test_two_workers_share_the_berths_and_bill_nothing_twice():
    road = street.Road.objects.get()
    codes = [f"C{number:03}" for number in range(60)]
    Berth.objects.bulk_create([Berth(road=road, code=code) for code in codes])
    say(*[each for code in codes for each in park("08:00", "09:10", berth=code, plate=f"鄂LF{code}")])

    def work():
        for _ in range(20):
            sessions.reconcile(now=at("09:20"), limit=7)
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    fold(now=at("09:21"))
    assert ParkingSession.objects.filter(status="billed").count() == 60
    assert not StaleBerth.objects.filter(due_at__lte=at("09:20")).exists()


WITH_FREE_TIME = {
    "code": "free",
    "name": {"zh": "首半小时免费", "en": "First half hour free"},
    "currency": "CNY",
    "outside_bands": "free",
    "free": {"minutes": 30},
    "bands": [{"id": "day", "from": "08:00", "to": "20:00", "steps": [{"unit_min": 30, "price": 1}]}],
}


@pytest.fixture
def _free_time():
    from parking.models import TariffVersion

    TariffVersion.objects.update(document=WITH_FREE_TIME)


@pytest.mark.usefixtures("_free_time")
def test_a_stay_that_nobody_owes_anything_for_is_settled_at_nothing_in_nobodys_name():
    say(event("08:10", "arrival"), event("08:30", "departure"))
    fold(now=at("08:31"))
    assert story() == [("08:10", "08:30", "", "held")]
    assert Review.objects.filter(closed_at__isnull=True).count() == 1
    fold(now=at("08:46"))
    session = ParkingSession.objects.get()
    assert (session.status, session.fee_fen, session.holds, session.charge.status) == ("billed", 0, [], "settled")
    assert "nothing_to_charge" in session.reasons
    assert not Review.objects.filter(closed_at__isnull=True).exists()


@pytest.mark.usefixtures("_free_time")
def test_a_doubtful_stay_that_somebody_may_owe_for_stays_with_a_person():
    say(event("08:10", "arrival"), event("08:41", "departure"))
    fold(now=at("12:00"))
    assert story() == [("08:10", "08:41", "", "held")]


@pytest.mark.usefixtures("_free_time")
def test_two_halves_of_what_may_be_one_stay_are_not_free_each_for_itself():
    say(event("08:10", "arrival"), event("08:30", "departure"), event("08:31", "arrival"), event("08:50", "departure"))
    fold(now=at("12:00"))
    assert [row[3] for row in story()] == ["held", "held"]


@pytest.mark.usefixtures("_free_time")
def test_a_stay_whose_fee_hangs_on_a_doubtful_clock_is_held():
    late = timedelta(minutes=12)
    for plate, arrived, left in ((PLATE, "18:59", "20:09"), (OTHER_PLATE, "10:59", "12:09")):
        say(
            *[
                event(clock, kind, plate=plate, received_at=at(clock) + late)
                for clock, kind in ((arrived, "arrival"), (left, "departure"))
            ]
        )
    fold(now=at("22:00"))
    assert story() == [("10:59", "12:09", OTHER_PLATE, "billed"), ("18:59", "20:09", PLATE, "held")]
    assert ParkingSession.objects.get(plate=PLATE).holds == ["clock"]
