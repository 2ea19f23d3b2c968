"""A car parks, leaves and is debited; nobody touches anything."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from parking import messages, sessions
from parking.models import Message, ParkingSession, User, Vehicle
from payments import charges, collection
from tests import street

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return datetime.now(UTC).replace(microsecond=0)


def seen(sandbox, table):
    return [row for _, row in sandbox.world.books.rows(table)]


def sweep(now):
    collection.collect(now=now)
    time.sleep(0.05)
    collection.chase(now=now + timedelta(seconds=6))


def test_an_arrival_is_registered_and_the_departure_is_debited_with_no_human(sandbox, now):
    street.build()
    came, left = now - timedelta(hours=2), now - timedelta(minutes=30)
    street.say(street.event(came, "arrival", plate=street.PLATE), now=came)
    sessions.reconcile_due(now=came + timedelta(minutes=1))
    assert seen(sandbox, "entries") == []
    collection.chase(now=now)
    assert len(seen(sandbox, "entries")) == 1
    street.say(street.event(left, "departure", plate=street.PLATE), now=left)
    sessions.reconcile_due(now=now)
    session = ParkingSession.objects.get()
    assert (session.status, session.fee_fen) == ("billed", 300)
    sweep(now)
    (view,) = charges.views([session.number]).values()
    assert (view.status, view.paid_fen, view.due_fen) == ("settled", 300, 0)
    assert [(one.gateway, one.kind, one.status) for one in view.attempts] == [("wechat", "debit", "succeeded")]
    (order,) = seen(sandbox, "orders")
    assert order["amount"] == 300
    assert len(seen(sandbox, "entries")) == 1


def test_a_known_driver_parks_and_leaves_with_no_tap_and_two_messages(sandbox, now):
    street.build()
    driver = User.objects.create(username="driver", phone="13800000000")
    Vehicle.objects.create(
        user=driver, plate=street.PLATE, plate_color="blue", bound_at=now - timedelta(days=1), verified_at=now
    )
    came, left = now - timedelta(hours=2), now - timedelta(hours=1)
    street.say(street.event(came, "arrival", plate=street.PLATE, plate_color="blue"), now=came)
    sessions.reconcile_due(now=came + timedelta(minutes=1))
    messages.sweep(now=came + timedelta(minutes=2))
    street.say(street.event(left, "departure", plate=street.PLATE, plate_color="blue"), now=left)
    sessions.reconcile_due(now=left + timedelta(minutes=10))
    sweep(now)
    messages.sweep(now=now + timedelta(minutes=20))
    messages.sweep(now=now + timedelta(minutes=30))
    session = ParkingSession.objects.get()
    (view,) = charges.views([session.number]).values()
    assert (view.status, view.due_fen, [one.kind for one in view.attempts]) == ("settled", 0, ["debit"])
    told = Message.objects.filter(user=driver).order_by("id")
    assert list(told.values_list("word", flat=True)) == ["arrived", "billed"]


def test_a_stay_taken_back_leaves_no_entry_behind(sandbox, now):
    street.build()
    came = now - timedelta(minutes=20)
    street.say(street.event(came, "arrival", plate=street.PLATE, event_id="in"), now=came)
    sessions.reconcile_due(now=came + timedelta(minutes=1))
    street.say(street.event(came, "revoked", revokes="in"), now=now)
    sessions.reconcile_due(now=now)
    collection.chase(now=now)
    assert not ParkingSession.objects.filter(status="parked").exists()
    assert seen(sandbox, "entries") == []


def test_the_next_berth_is_registered_after_the_first_is_debited(sandbox, now):
    street.build()
    came, moved = now - timedelta(hours=2), now - timedelta(minutes=30)
    street.say(street.event(came, "arrival", plate=street.PLATE), now=came)
    sessions.reconcile_due(now=came + timedelta(minutes=1))
    collection.chase(now=now)
    street.say(
        street.event(moved, "departure", plate=street.PLATE),
        street.event(moved + timedelta(minutes=5), "arrival", plate=street.PLATE, berth="A02"),
        now=now,
    )
    sessions.reconcile_due(now=now)
    collection.chase(now=now)
    assert len(seen(sandbox, "entries")) == 1
    sweep(now + timedelta(seconds=1))
    collection.chase(now=now + timedelta(seconds=40))
    first, second = ParkingSession.objects.order_by("arrived_at")
    assert charges.views([first.number])[first.number].status == "settled"
    assert second.status == "parked"
    assert len(seen(sandbox, "entries")) == 2


def test_a_batch_of_arrivals_takes_as_many_queries_as_one(sandbox, now, django_assert_max_num_queries):
    street.build()
    came = now - timedelta(minutes=20)
    for count, berths in ((1, ["A01"]), (3, ["A02", "A03", "A04"])):
        told = [street.event(came, "arrival", plate=f"鄂L{count}0{index}11", berth=berth) for index, berth in
                enumerate(berths)]  # fmt: skip
        street.say(*told, now=came)
        with django_assert_max_num_queries(28):
            assert sessions.reconcile(now=now).berths == count
