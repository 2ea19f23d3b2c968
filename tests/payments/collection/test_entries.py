"""A plate has one live entry at a gateway: what the stay before owes is debited first."""

import time
from datetime import timedelta

import pytest

from payments import charges, collection
from payments.gateways.base import Fact, FactKind, State
from payments.models import Attempt, Mandate, PlateEntry
from tests.payments.books import attempts, gateway_money, status

pytestmark = pytest.mark.django_db


def arrival(told, **changes):
    given = {
        "stay": told.number,
        "plate": told.plate,
        "plate_color": told.plate_color,
        "place": told.place,
        "spot": told.spot,
        "from_at": told.from_at,
    }
    return charges.Arrival(**{**given, **changes})


def states():
    return list(PlateEntry.objects.order_by("pk").values_list("stay", "status"))


def test_an_arrival_without_a_plate_is_told_to_nobody(sandbox, bill, now):
    assert charges.announce([arrival(bill(plate=""))], now=now) == 0


def test_an_arrival_is_told_once_and_its_entry_carries_the_debit(sandbox, bill, now):
    told = bill(number="S1")
    assert charges.announce([arrival(told)], now=now) == 1
    assert charges.announce([arrival(told)], now=now) == 0
    collection.chase(now=now)
    entry = PlateEntry.objects.get()
    assert (entry.status, bool(entry.reference), entry.enter_at) == ("live", True, None)
    charges.open_charge(told, now=now)
    collection.collect(now=now)
    time.sleep(0.05)
    collection.chase(now=now + timedelta(seconds=6))
    assert status("S1") == "settled"
    assert states() == [("S1", "used")]
    assert sandbox.world.books.count("entries") == 1


def test_the_second_berth_waits_until_the_first_is_debited(sandbox, bill, now):
    first, second = bill(number="S1"), bill(number="S2", berth="A02")
    charges.announce([arrival(first)], now=now)
    collection.chase(now=now)
    charges.announce([arrival(second)], now=now)
    collection.chase(now=now + timedelta(seconds=1))
    assert states() == [("S1", "live"), ("S2", "waiting")]
    charges.open_charge(first, now=now)
    collection.collect(now=now + timedelta(seconds=2))
    collection.chase(now=now + timedelta(seconds=30))
    assert states() == [("S1", "used"), ("S2", "live")]


def test_a_first_berth_that_is_never_billed_is_given_up_after_ten_minutes_and_its_late_charge_is_still_paid(
    sandbox, bill, now
):
    first, second = bill(number="S1"), bill(number="S2", berth="A02")
    charges.announce([arrival(first), arrival(second)], now=now)
    for minutes in (0, 1, 11):
        collection.chase(now=now + timedelta(minutes=minutes))
    assert states() == [("S1", "dead"), ("S2", "live")]
    charges.open_charge(first, now=now + timedelta(minutes=12))
    charges.open_charge(second, now=now + timedelta(minutes=12))
    for minutes in (12, 13, 14, 15):
        collection.collect(now=now + timedelta(minutes=minutes))
        time.sleep(0.05)
        collection.chase(now=now + timedelta(minutes=minutes, seconds=30))
    assert (status("S1"), status("S2")) == ("settled", "settled")
    assert gateway_money(sandbox) == 1000


def test_a_corrected_plate_gets_an_entry_of_its_own(sandbox, bill, now):
    told = bill(number="S1")
    charges.announce([arrival(told, plate="鄂L12349")], now=now)
    collection.chase(now=now)
    charges.announce([arrival(told)], now=now)
    collection.chase(now=now + timedelta(seconds=1))
    assert [(e.plate, e.status) for e in PlateEntry.objects.order_by("pk")] == [
        ("鄂L12349", "dead"),
        ("鄂L12345", "live"),
    ]


def test_an_entry_that_is_blocked_is_not_debited_and_a_later_word_wins(sandbox, bill, now, settings):
    settings.PAYMENT_GATEWAYS = {"wechat": settings.PAYMENT_GATEWAYS["wechat"]}
    told = bill(number="S1", plate="鄂L12340")
    charges.announce([arrival(told)], now=now)
    collection.chase(now=now)
    entry = PlateEntry.objects.get()
    assert (entry.blocked, entry.reason) == (True, "OUT_SERVICE")

    def word(state, seconds):
        return Fact(
            gateway="wechat",
            kind=FactKind.ENTRY_STATE,
            our_number=entry.number,
            reference="",
            state=state,
            amount_fen=None,
            at=now + timedelta(seconds=seconds),
            event_id="",
            code="PAUSE" if state is State.BLOCKED else "",
        )

    assert collection.settle(word(State.NORMAL, 60), source="notification", now=now) == "applied"
    assert collection.settle(word(State.BLOCKED, 30), source="notification", now=now) == "stale"
    assert not PlateEntry.objects.get().blocked
    assert collection.settle(word(State.BLOCKED, 90), source="notification", now=now) == "applied"
    charges.open_charge(told, now=now)
    collection.collect(now=now)
    assert attempts("S1") == [("wechat", "debit", "failed")]
    assert Attempt.objects.get().code == "ENTRY_PAUSE"
    assert gateway_money(sandbox) == 0


def test_an_entry_that_is_gone_at_the_gateway_is_made_anew(sandbox, bill, now):
    told = bill(number="S1")
    charges.announce([arrival(told)], now=now)
    collection.chase(now=now)
    PlateEntry.objects.update(reference="a-dead-id")
    charges.open_charge(told, now=now)
    for seconds in (0, 4, 8, 20):
        collection.collect(now=now + timedelta(seconds=seconds))
        time.sleep(0.05)
        collection.chase(now=now + timedelta(seconds=seconds + 2))
    assert [state for _, _, state in attempts("S1")] == ["failed", "succeeded"]
    assert status("S1") == "settled"


def test_stays_that_will_not_be_billed_free_their_plate(sandbox, bill, now):
    charges.announce([arrival(bill(number="S1"))], now=now)
    assert charges.withdraw_arrivals(["S1"]) == 1
    assert states() == [("S1", "dead")]


def test_a_driver_ends_and_prefers_agreements(sandbox, now):
    plate = {"plate": "鄂L12345", "plate_color": "blue"}
    assert not charges.end_mandate(**plate, gateway="paypal", ended=True, now=now)
    assert charges.end_mandate(**plate, gateway="wechat", ended=True, now=now)
    assert charges.prefer_gateway(**plate, gateway="wechat", now=now)
    assert charges.prefer_gateway(**plate, gateway="alipay", now=now)
    assert [(m.gateway, m.ended_at, m.first) for m in charges.mandates_of(["鄂L12345"])] == [
        ("alipay", None, True),
        ("wechat", now, False),
    ]
    charges.end_mandate(**plate, gateway="wechat", ended=False, now=now)
    assert Mandate.objects.filter(ended_at__isnull=True).count() == 2
