"""A day of money against the gateway's own statement, fetched over HTTP."""

import time
from datetime import timedelta

import pytest

from payments import charges, collection, reconciliation
from payments.models import Attempt, Difference, Refund, Statement
from payments.reconciliation import Ended
from tests.payments.books import balances, gateway_money, status

pytestmark = pytest.mark.django_db


@pytest.fixture
def paid(sandbox, bill, now):
    """Charges debited and settled, by number of their attempts."""

    def make(count, *, settle=True):
        told = [bill(plate=f"鄂L{index:03d}15", amount_fen=1000 + index) for index in range(count)]
        charges.open_charges(told, now=now)
        collection.collect(now=now)
        time.sleep(0.2)
        if settle:
            collection.chase(now=now + timedelta(seconds=6))
        return list(Attempt.objects.order_by("pk").values_list("number", flat=True))

    sandbox.world.turn({"bills_at_once": True})
    return make


def plant(sandbox, *edits):
    for index, edit in enumerate(edits):
        sandbox.world.books.put("bill_edits", str(index), {"gateway": "wechat", **edit})


def reconcile(day, now):
    return reconciliation.reconcile(gateway="wechat", day=day, now=now + timedelta(minutes=1))


def differences():
    found = Difference.objects.order_by("pk")
    return [(one.outcome, one.kind, one.number, one.resolved_at is None) for one in found]


def test_a_day_without_a_statement_yet_is_not_closed(sandbox, day, now):
    assert reconcile(day, now).ended == Ended.NOT_READY
    assert not reconciliation.close_day(gateway="wechat", day=day, by="finance", now=now)


def test_a_day_with_an_open_difference_is_not_closed(sandbox, paid, day, now):
    (number,) = paid(1)
    plant(sandbox, {"edit": "drop", "number": number})
    assert reconcile(day, now).open_differences == 1
    assert not reconciliation.close_day(gateway="wechat", day=day, by="finance", now=now)
    assert reconciliation.resolve(
        difference_id=Difference.objects.get().pk, by="finance", resolution="渠道已确认", now=now
    )
    assert reconciliation.close_day(gateway="wechat", day=day, by="finance", now=now)
    assert reconcile(day, now).ended == Ended.CLOSED


def test_a_true_statement_agrees_and_its_fee_is_booked_once(sandbox, paid, day, now):
    paid(3)
    for _ in range(2):
        report = reconcile(day, now)
    assert (report.ended, report.matched, report.open_differences) == (Ended.DONE, 3, 0)
    fee = Statement.objects.get().fee_fen
    assert fee > 0
    assert balances()["gateway_fee"] == fee
    assert balances()["clearing:wechat"] == gateway_money(sandbox) - fee


def test_a_payment_we_missed_is_settled_by_the_statement(sandbox, paid, day, now):
    (number,) = paid(1, settle=False)
    assert Attempt.objects.get().status == "pending"
    report = reconcile(day, now)
    assert (report.matched, report.open_differences) == (1, 0)
    assert Attempt.objects.get().status == "succeeded"
    assert status("S000001") == "settled"
    assert differences() == [("state_diff", "payment", number, False)]


def test_a_refund_made_at_the_console_becomes_ours(sandbox, paid, day, now):
    (number,) = paid(1)
    plant(
        sandbox,
        {
            "edit": "stranger",
            "day": day.isoformat(),
            "number": "CONSOLE1",
            "amount": 300,
            "kind": "refund",
            "of": number,
        },
    )
    report = reconcile(day, now)
    assert report.open_differences == 0
    refund = Refund.objects.get()
    assert (refund.source, refund.amount_fen, refund.status) == ("external", 300, "succeeded")
    assert differences() == [("only_bill", "refund", "CONSOLE1", False)]


def test_every_kind_of_planted_difference_is_found_and_no_other(sandbox, paid, day, now):
    numbers = paid(12)
    for refunded in ("S000010", "S000011"):
        charges.ask_refund(refunded, amount_fen=100, reason="test", by="a", limit_fen=1000, now=now)
    charges.ask_refund("S000012", amount_fen=100, reason="test", by="a", limit_fen=1000, now=now)
    for seconds in (10, 20, 40):
        collection.chase(now=now + timedelta(seconds=seconds))
        time.sleep(0.05)
    first, second, third = Refund.objects.order_by("pk")
    assert {refund.status for refund in (first, second, third)} == {"succeeded"}
    plant(
        sandbox,
        {"edit": "drop", "number": numbers[0]},
        {"edit": "amount", "number": numbers[1], "by": 7},
        {"edit": "double", "number": numbers[2]},
        {"edit": "stranger", "day": day.isoformat(), "number": "X1", "amount": 900},
        {"edit": "state", "number": third.number, "state": "FAIL"},
        {"edit": "drop", "number": first.number},
        {"edit": "amount", "number": second.number, "by": 5},
        {"edit": "stranger", "day": day.isoformat(), "number": "X2", "amount": 70, "kind": "refund", "of": "X1"},
    )
    reconcile(day, now)
    assert sorted(differences()) == sorted(
        [
            ("only_ours", "payment", numbers[0], True),
            ("amount_diff", "payment", numbers[1], True),
            ("only_bill", "payment", numbers[2], True),
            ("only_bill", "payment", "X1", True),
            ("state_diff", "refund", third.number, True),
            ("only_ours", "refund", first.number, True),
            ("amount_diff", "refund", second.number, True),
            ("only_bill", "refund", "X2", True),
        ]
    )
    assert balances()["suspense"] == -(7 + 1002 + 900) + 5 + 70
