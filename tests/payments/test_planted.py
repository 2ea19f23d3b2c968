"""Mistakes planted in both gateways' statements, among rows without one: each is found as what it is, and no other."""

import os
import time
from datetime import timedelta
from itertools import cycle

import pytest

from payments import charges, collection, gateways, reconciliation
from payments.domain.states import IN_FLIGHT
from payments.gateways.base import RefundOrder, Succeeded
from payments.models import Attempt, Difference, Refund
from tests.payments.books import balances, gateway_money

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(900)]

PLANTED = int(os.environ.get("OPENBERTH_PLANTED", "40"))
# The eight kinds: the mistake, what of, and what it must be found as.
KINDS = {
    "a payment left out": ("drop", "payment", "only_ours"),
    "a refund left out": ("drop", "refund", "only_ours"),
    "a payment of another amount": ("amount", "payment", "amount_diff"),
    "a refund of another amount": ("amount", "refund", "amount_diff"),
    "a payment told twice": ("double", "payment", "only_bill"),
    "a stranger's payment": ("stranger", "payment", "only_bill"),
    "a stranger's refund": ("stranger", "refund", "only_bill"),
    "a refund that failed": ("state", "refund", "state_diff"),
}
# Alipay's statement names no state: every row of it has happened. So there the states differ the other way round, when
# a row tells of a refund that we hold for given up.
GIVEN_UP = "a refund we had given up"
STATE_OF_ALIPAY = {GIVEN_UP: ("give_up", "refund", "state_diff")}
PAID_FEN, BACK_FEN, MORE_FEN, STRANGE_FEN = 1000, 100, 7, 300
# What each mistake leaves in suspense: what the gateway says it holds, less what our books say.
HELD_FEN = {
    "a payment of another amount": MORE_FEN,
    "a refund of another amount": -MORE_FEN,
    "a payment told twice": PAID_FEN,
    "a stranger's payment": STRANGE_FEN,
    "a stranger's refund": -STRANGE_FEN,
}


@pytest.fixture
def traded(sandbox, bill, now):
    """Charges debited by one gateway, every second one with a part given back: our numbers of both, in order."""

    def trade(gateway, count):
        bills = [bill(plate=f"鄂L{index:04d}{5 if gateway == 'wechat' else 6}", amount_fen=PAID_FEN)
                 for index in range(count)]  # fmt: skip
        if gateway != "wechat":
            for one in bills:
                charges.prefer_gateway(plate=one.plate, plate_color=one.plate_color, gateway=gateway, now=now)
        charges.open_charges(bills, now=now)
        numbers = [one.number for one in bills]
        ours = Attempt.objects.filter(parts__charge__number__in=numbers).order_by("pk")
        while collection.collect(now=now):  # one call debits for twenty seconds at most
            pass
        _until_nothing(now, lambda: ours.filter(status__in=IN_FLIGHT))
        for number in numbers[::2]:
            charges.ask_refund(number, amount_fen=BACK_FEN, reason="test", by="a", limit_fen=10**6, now=now)
        back = Refund.objects.filter(charge__number__in=numbers).order_by("pk")
        _until_nothing(now, lambda: back.exclude(status="succeeded"))
        assert set(ours.values_list("gateway", "status")) == {(gateway, "succeeded")}
        return list(ours.values_list("number", flat=True)), list(back.values_list("number", flat=True))

    sandbox.world.turn({"bills_at_once": True})
    return trade


def _until_nothing(now, left):
    for seconds in (6, 20, 60, 130, 300, 700, 1500, 4000):
        time.sleep(0.1)
        collection.chase(now=now + timedelta(seconds=seconds))
        if not left().exists():
            return
    raise AssertionError(f"{left().count()} without an end")


def _given_up(payment, now):
    """A refund that was refused by the second person here, and was made at the gateway all the same: its number."""
    paid = Attempt.objects.get(number=payment)
    number = charges.ask_refund(
        paid.parts.get().charge.number, amount_fen=BACK_FEN, reason="test", by="a", limit_fen=0, now=now
    ).number
    assert charges.decide_refund(number, agreed=False, by="b", now=now)
    made = gateways.gateway(paid.gateway).refund(
        RefundOrder(
            number=number, payment_number=payment, payment_reference=paid.reference, amount_fen=BACK_FEN,
            total_fen=PAID_FEN, reason="test", contactless=True,
        )
    )  # fmt: skip
    assert isinstance(made, Succeeded)
    return number


def _plant(sandbox, gateway, day, kinds, payments, refunds, now):
    """One mistake of each kind in turn; gives what must be found and what must wait in suspense."""
    wanted, held = [], 0
    fresh = {"payment": iter(payments), "refund": iter(refunds)}
    for place, name in enumerate(kinds):
        edit, of, outcome = (KINDS | STATE_OF_ALIPAY)[name]
        if edit == "give_up":
            wanted.append((gateway, outcome, of, _given_up(next(fresh["payment"]), now)))
            continue
        number = f"X{gateway}{place}" if edit == "stranger" else next(fresh[of])
        told = {"edit": edit, "number": number, "by": MORE_FEN, "state": "FAIL", "day": day.isoformat()}
        if edit == "stranger":
            told |= {"amount": STRANGE_FEN, "kind": of, "of": f"XO{place}" if of == "refund" else number}
        sandbox.world.books.put("bill_edits", f"{gateway}{place}", {"gateway": gateway, **told})
        wanted.append((gateway, outcome, of, number))
        held += HELD_FEN.get(name, 0)
    return wanted, held


def test_every_planted_difference_of_both_gateways_is_found_and_no_other(sandbox, traded, day, now):
    wanted, held, rows = [], 0, 0
    spread = {
        "wechat": list(KINDS),
        "alipay": [*(name for name, (edit, _, _) in KINDS.items() if edit != "state"), GIVEN_UP],
    }
    for index, (gateway, kinds) in enumerate(spread.items()):
        count = PLANTED // 2 + (PLANTED % 2 if index == 0 else 0)
        payments, refunds = traded(gateway, count * 2)
        rows += len(payments) + len(refunds)
        # Payments without a refund, so that each row bears one mistake.
        planted = [name for _, name in zip(range(count), cycle(kinds), strict=False)]
        found, more = _plant(sandbox, gateway, day, planted, payments[1::2], refunds, now)
        wanted, held = wanted + found, held + more
    proved = {number for gateway, outcome, _, number in wanted if (gateway, outcome) == ("alipay", "state_diff")}
    assert proved
    assert not Refund.objects.filter(number__in=proved).exclude(status="closed").exists()
    for _ in range(2):  # told again, nothing changes
        for gateway in spread:
            reconciliation.reconcile(gateway=gateway, day=day, now=now + timedelta(hours=2))
        told = list(
            Difference.objects.filter(kind__in=["payment", "refund"]).values_list(
                "gateway", "outcome", "kind", "number"
            )
        )
        assert sorted(told) == sorted(wanted)
        # What the statement proves is taken as it is and resolved by it; nothing else is.
        resolved = Difference.objects.filter(kind__in=["payment", "refund"], resolved_at__isnull=False)
        assert set(resolved.values_list("number", flat=True)) == proved
    assert len(wanted) == PLANTED
    assert not Refund.objects.exclude(status="succeeded").exists()
    assert balances().get("suspense", 0) == -held
    trades = PAID_FEN * Attempt.objects.count() - BACK_FEN * Refund.objects.count()
    assert gateway_money(sandbox) == trades  # no mistake of a statement became a payment or a refund of ours
    print(f"\n{rows} true rows, {len(wanted)} planted, {len(told)} found")
