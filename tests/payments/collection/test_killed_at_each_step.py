"""kill -9 at every step of every piece of work: before and after each commit, before and after each call.

Each test walks through the steps of one piece of work, dies at each in turn with a charge of its own, lets the others
make good what was left, and looks at our ledger and at the gateway's books. It ends when the work came through
undisturbed. `OPENBERTH_KILL_EVERY=1` dies at every step; by default at every fifth.
"""

import os
import time
from datetime import timedelta

import pytest

from payments import charges, collection, gateways, inbox, reconciliation
from payments.gateways.base import FactKind, fact_of
from payments.models import Attempt, Notification, Refund
from sandbox.gateway import wechat_orders
from tests.payments.books import attempts, balances, gateway_money, status
from tests.payments.collection.killing import Mortal

pytestmark = pytest.mark.django_db(transaction=True)
MOST = 60
STRIDE = int(os.environ.get("OPENBERTH_KILL_EVERY", "5"))
FEN = 500


@pytest.fixture
def mortal(process_env, sandbox, keys_folder):
    mortal = Mortal(
        env=process_env
        | {"SANDBOX_URL": sandbox.url, "SANDBOX_KEYS": str(keys_folder), "PUBLIC_URL": "http://127.0.0.1:9"}
    )
    yield mortal
    mortal.end()


@pytest.fixture
def owed(bill, now):
    """A new charge of a plate of its own: with a mandate, or (ending in 0) without."""

    def make(step, *, mandate=True):
        told = bill(number=f"S{step}", plate=f"鄂L{step:03d}1{5 if mandate else 0}")
        charges.open_charge(told, now=now)
        return told.number

    return make


def steps():
    """The step to die at, and which charge it is."""
    return enumerate(range(1, MOST, STRIDE), 1)


def made_good(now):
    """What the timetable does by itself in the next quarter of an hour."""
    for seconds in (60, 140, 240, 400, 900):
        later = now + timedelta(seconds=seconds)
        inbox.work(now=later)
        collection.collect(now=later)
        collection.chase(now=later)


def walked(step, least):
    assert least <= step < MOST - STRIDE, "too few steps to be the whole work, or it never came through"


def test_debiting(mortal, owed, sandbox, now):
    for count, step in steps():
        number = owed(step)
        died = mortal.dies(step, "payments.collection.collect", now=now)
        made_good(now)
        assert status(number) == "settled"
        assert len(attempts(number)) == 1
        assert gateway_money(sandbox) == FEN * count
        assert balances() == {"clearing:wechat": FEN * count, "revenue": -FEN * count}
        if not died:
            break
    walked(step, 8)


def test_asking_after_a_debit(mortal, owed, sandbox, now):
    for count, step in steps():
        number = owed(step)
        collection.collect(now=now)
        time.sleep(0.05)
        died = mortal.dies(step, "payments.collection.chase", now=now + timedelta(seconds=6))
        made_good(now)
        assert status(number) == "settled"
        assert gateway_money(sandbox) == FEN * count
        assert balances() == {"clearing:wechat": FEN * count, "revenue": -FEN * count}
        if not died:
            break
    walked(step, 4)


def test_starting_a_payment_by_hand(mortal, owed, sandbox, now):
    given = {"gateway": "wechat", "kind": "native", "return_url": "https://example.test/"}
    for count, step in steps():
        number = owed(step, mandate=False)
        collection.collect(now=now)
        died = mortal.dies(step, "payments.charges.start_payment", [number], now=now + timedelta(seconds=20), **given)
        # The driver taps again, and pays what is shown then.
        again = charges.start_payment([number], now=now + timedelta(seconds=40), **given)
        assert isinstance(again, charges.PaymentStart), again
        wechat_orders.pay(sandbox.wechat, again.attempt_number)
        time.sleep(0.05)
        made_good(now)
        assert status(number) == "settled"
        assert gateway_money(sandbox) == FEN * count
        assert balances() == {"clearing:wechat": FEN * count, "revenue": -FEN * count}
        if not died:
            break
    walked(step, 4)


def test_closing_a_payment_nobody_made(mortal, owed, sandbox, now):
    given = {"gateway": "wechat", "kind": "native", "return_url": "https://example.test/"}
    late = now + timedelta(hours=3)
    for count, step in steps():
        number = owed(step, mandate=False)
        collection.collect(now=now)
        charges.start_payment([number], now=now, **given)
        died = mortal.dies(step, "payments.collection.chase", now=late)
        made_good(late)
        ended = [each for each in attempts(number) if each[1] == "native"]
        assert [each[2] for each in ended] == ["closed"]
        assert gateway_money(sandbox) == 0
        assert balances() in ({}, {"receivable": FEN * count, "revenue": -FEN * count})
        if not died:
            break
    walked(step, 4)


def test_giving_back(mortal, owed, sandbox, now):
    for count, step in steps():
        number = owed(step)
        collection.collect(now=now)
        time.sleep(0.05)
        made_good(now)
        charges.ask_refund(number, amount_fen=FEN, reason="test", by="a", limit_fen=1000, now=now)
        later = now + timedelta(hours=1)
        died = mortal.dies(step, "payments.collection.chase", now=later)
        made_good(later)
        assert Refund.objects.filter(status="succeeded").count() == count
        assert sandbox.world.books.count("refunds") == count
        assert (gateway_money(sandbox), balances()) == (0, {})
        if not died:
            break
    walked(step, 6)


def test_applying_a_notification(mortal, owed, sandbox, now):
    for count, step in steps():
        number = owed(step)
        collection.collect(now=now)
        time.sleep(0.05)
        attempt = Attempt.objects.get(parts__charge__number=number)
        found = gateways.gateway("wechat").query(attempt.number, contactless=True)
        fact = fact_of(gateway="wechat", kind=FactKind.PAYMENT, number=attempt.number, found=found, heard_at=now)
        inbox.keep(gateway="wechat", body=b"{}", told=[fact], now=now)
        died = mortal.dies(step, "payments.inbox.work", now=now + timedelta(seconds=1))
        made_good(now)
        assert status(number) == "settled"
        assert not Notification.objects.filter(processed_at=None).exists()
        assert balances() == {"clearing:wechat": FEN * count, "revenue": -FEN * count}
        if not died:
            break
    walked(step, 4)


def test_comparing_a_day_with_its_statement(mortal, owed, sandbox, now):
    sandbox.world.turn({"bills_at_once": True})
    day = now.astimezone(reconciliation.SHANGHAI).date()
    for count, step in steps():
        owed(step)
        collection.collect(now=now)
        time.sleep(0.05)
        # Nobody asked after it: the statement is the first to say that it was paid.
        died = mortal.dies(
            step, "payments.reconciliation.reconcile", now=now + timedelta(hours=1), gateway="wechat", day=""
        )
        report = reconciliation.reconcile(gateway="wechat", day=day, now=now + timedelta(hours=2))
        again = balances()
        assert reconciliation.reconcile(gateway="wechat", day=day, now=now + timedelta(hours=3)) == report
        assert balances() == again
        assert again["revenue"] == -FEN * count
        assert gateway_money(sandbox) == FEN * count
        if not died:
            break
    walked(step, 6)
