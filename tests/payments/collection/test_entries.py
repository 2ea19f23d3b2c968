"""A plate has one live entry at a gateway: what the stay before owes is debited first."""

import time
from dataclasses import replace
from datetime import timedelta

import pytest

from payments import charges, collection
from payments.gateways.base import Fact, FactKind, State
from payments.models import Attempt, Charge, Mandate, PlateEntry
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


def two_berths(bill, now):
    """S1 at A01 from two hours ago, and S2 at A02 from ten minutes after S1 ended: the second is announced too."""
    first = bill(number="S1")
    second = replace(bill(number="S2", berth="A02"), from_at=now - timedelta(minutes=1), to_at=now)
    second = replace(second, lines=(replace(second.lines[0], from_at=second.from_at, to_at=second.to_at),))
    charges.announce([arrival(first)], now=now)
    collection.chase(now=now)
    charges.announce([arrival(second)], now=now)
    return first, second


def run(now, *minutes):
    for minute in minutes:
        collection.collect(now=now + timedelta(minutes=minute))
        time.sleep(0.05)
        collection.chase(now=now + timedelta(minutes=minute, seconds=30))


def test_a_first_berth_billed_too_late_becomes_arrears_and_the_second_berth_keeps_its_entry(
    sandbox, bill, now, settings
):
    settings.PAYMENT_GATEWAYS = {"wechat": settings.PAYMENT_GATEWAYS["wechat"]}
    first, second = two_berths(bill, now)
    for minutes in (1, 11):
        collection.chase(now=now + timedelta(minutes=minutes))
    assert states() == [("S1", "dead"), ("S2", "live")]
    charges.open_charge(first, now=now + timedelta(minutes=12))
    run(now, 12, 13)
    assert attempts("S1") == []
    assert Charge.objects.get(number="S1").notice_at is not None
    charges.open_charge(second, now=now + timedelta(minutes=14))
    run(now, 14, 15)
    assert (status("S1"), status("S2")) == ("open", "settled")
    assert sandbox.world.books.count("entries") == 2


def test_a_gateway_that_keeps_several_entries_takes_the_late_charge(sandbox, bill, now):
    first, _ = two_berths(bill, now)
    for minutes in (1, 11):
        collection.chase(now=now + timedelta(minutes=minutes))
    charges.open_charge(first, now=now + timedelta(minutes=12))
    run(now, 12, 13)
    assert attempts("S1") == [("alipay", "debit", "succeeded")]
    assert states()[1] == ("S2", "live")


def test_both_berths_billed_together_are_debited_in_turn(sandbox, bill, now):
    first, second = two_berths(bill, now)
    charges.open_charges([second, first], now=now)
    run(now, 0, 1, 2, 3)
    assert (status("S1"), status("S2")) == ("settled", "settled")
    assert gateway_money(sandbox) == 1000
    assert [attempt.parts.get().charge.number for attempt in Attempt.objects.order_by("succeeded_at", "pk")] == [
        "S1",
        "S2",
    ]


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


def test_what_a_gateway_refused_is_not_told_again(sandbox, bill, now):
    told = arrival(bill(number="S1"))
    charges.announce([told], now=now)
    PlateEntry.objects.update(status="dead", reason="REFUSED", enter_at=None)
    assert charges.announce([told], now=now) == 0


def test_a_stay_taken_back_and_parked_after_all_is_told_anew(sandbox, bill, now):
    told = arrival(bill(number="S1"))
    charges.announce([told], now=now)
    charges.withdraw_arrivals(["S1"])
    assert charges.announce([told], now=now) == 1


def test_no_agreement_is_believed_for_a_day(sandbox, bill, now):
    told = bill(number="S1")
    for gateway in ("wechat", "alipay"):
        Mandate.objects.create(
            gateway=gateway, plate=told.plate, plate_color=told.plate_color, state="none", told_at=now
        )
    assert charges.announce([arrival(told)], now=now) == 0
    assert charges.announce([arrival(told)], now=now + timedelta(days=1)) == 1
