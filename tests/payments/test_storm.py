"""A day in which one call in five goes wrong: afterwards our ledger and the gateway's books agree to the fen."""

import os
import random
import time
from collections import Counter
from contextlib import suppress
from datetime import timedelta

import pytest

from payments import charges, collection, gateways, inbox, reconciliation
from payments.domain.states import IN_FLIGHT
from payments.models import Attempt, Charge, Difference, Notification, Refund, Suspense
from sandbox.gateway import wechat_orders
from tests.payments.books import balances, gateway_money

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(1800)]

CHARGES = int(os.environ.get("OPENBERTH_STORM", "60"))
SEED = int(os.environ.get("OPENBERTH_SEED", "1"))

ANSWERS = (
    "lose_request", "lose_answer", "error_500", "error_500_after", "tamper", "stale", "wrong_serial", "bad_signature",
    "not_json", "refuse", "delay_answer",
)  # fmt: skip
NOTICES = (
    "notice_lose", "notice_repeat", "notice_tamper", "notice_stale", "notice_wrong_serial", "notice_probe",
    "notice_wrong_amount", "notice_wrong_appid", "notice_wrong_mchid", "notice_delay",
)  # fmt: skip


@pytest.fixture
def storm(sandbox, live_server, settings):
    """One answer in five is spoiled in one of eleven ways, and so is one notification in five in one of ten."""
    for code, setting in settings.PAYMENT_GATEWAYS.items():
        setting["OPTIONS"]["notify_url"] = f"{live_server.url}/pay/notify/{code}/"
    gateways.forget()
    spoiled = {"times": -1, "rate": 0.2 / len(ANSWERS), "status": 429, "code": "FREQUENCY_LIMITED"}
    # Longer than we wait for an answer, see the sandbox's fixture.
    rules = [{"fault": kind, "seconds": 1.1, **spoiled} for kind in ANSWERS]
    rules += [{"fault": kind, "times": -1, "rate": 0.02, "seconds": 0.05} for kind in NOTICES]
    sandbox.world.faults.set(rules, seed=SEED)
    sandbox.world.turn({"bills_at_once": True})
    return sandbox


def test_after_a_day_of_faults_the_books_agree_and_nothing_is_unknown(storm, bill, day, now, caplog):
    caplog.set_level("ERROR")
    chance = random.Random(SEED)
    bills = [
        bill(plate=f"鄂L{index:04d}{chance.choice('0123456789')}", amount_fen=chance.randrange(100, 5000))
        for index in range(CHARGES)
    ]
    for start in range(0, CHARGES, 50):
        charges.open_charges(bills[start : start + 50], now=now)
    clock = _first_hour(storm, bills, chance, now)
    storm.world.faults.set([])
    _later(clock, 2, 5, 15, 45)
    late = _pay_what_was_closed(storm, chance)
    _later(clock, 120, 400, 800, 1500, 2000, 2900)
    wrong = _spoil_statements(storm, chance, day)
    for gateway in gateways.codes():
        reconciliation.reconcile(gateway=gateway, day=day, now=clock)
    # What came after closing and was not told of stands in the statement: its double goes back now.
    _later(clock, 2905, 2910, 2920)
    assert _trade_differences() == wrong
    for key, _ in list(storm.world.books.rows("bill_edits")):
        storm.world.books.put("bill_edits", key, {"gateway": "", "edit": ""})
    for gateway in gateways.codes():
        for _ in range(2):
            report = reconciliation.reconcile(gateway=gateway, day=day, now=clock)
        assert report.open_differences == 0, report
    told = balances()
    fees = told.get("gateway_fee", 0)
    ours = sum(total for account, total in told.items() if account.startswith("clearing:")) + fees
    assert ours == gateway_money(storm)
    assert not Attempt.objects.filter(status__in=IN_FLIGHT).exists()
    assert set(Refund.objects.values_list("status", flat=True)) <= {"succeeded"}
    assert told.get("suspense", 0) == told.get("refunds_payable", 0) == told.get("customer_credit", 0) == 0
    for view in charges.views([one.number for one in bills]).values():
        net = view.paid_fen - view.refunded_fen
        assert net in (0, view.amount_fen)
        assert (view.status == "settled") == (view.paid_fen > 0)
    assert not Suspense.objects.filter(resolved_at__isnull=True).exists()
    twice = [number for number, count in Counter(_orders_paid(storm)).items() if count > 1]
    assert twice == []
    print(
        f"\n{CHARGES} charges, {Attempt.objects.count()} attempts, {Notification.objects.count()} notifications, "
        f"{Refund.objects.count()} refunds, {Suspense.objects.count()} facts parked, "
        f"{late} paid after closing, {len(wrong)} gaps and strangers, "
        f"{Charge.objects.filter(status='settled').count()} settled, ours {ours} = theirs {gateway_money(storm)}"
    )


def _first_hour(storm, bills, chance, now):
    """Everything at once: debits, drivers who pay by hand, refunds, and the janitor in between."""
    clock = now
    for _ in range(14):
        clock += timedelta(seconds=chance.randrange(5, 60))
        _tick(clock)
        for one in chance.sample(bills, max(len(bills) // 20, 1)):
            started = charges.start_payment([one.number], gateway="wechat", kind="native", return_url="", now=clock)
            if isinstance(started, charges.PaymentStart) and chance.random() < 0.8:
                try:
                    wechat_orders.pay(storm.wechat, started.attempt_number)
                except (ValueError, KeyError):
                    continue
        for view in charges.views([one.number for one in chance.sample(bills, max(len(bills) // 25, 1))]).values():
            if view.status == "settled" and view.paid_fen > view.refunded_fen:
                charges.ask_refund(
                    view.number, amount_fen=view.amount_fen, reason="test", by="a", limit_fen=10**6, now=clock
                )
    return clock


def _later(clock, *minutes):
    for each in minutes:
        time.sleep(0.05)
        _tick(clock + timedelta(minutes=each))


def _pay_what_was_closed(storm, chance):
    """Some drivers had the payer's page still open when we closed the order, and it went through: how many."""
    closed = list(
        Attempt.objects.filter(kind="native", status="closed").order_by("pk").values_list("number", flat=True)
    )
    chosen = chance.sample(closed, -(-len(closed) // 5))
    for number in chosen:
        # A closed order of ours may be one that never reached the gateway.
        with suppress(ValueError):
            wechat_orders.pay(storm.wechat, number, force=True)
    return len(chosen)


def _spoil_statements(storm, chance, day):
    """Gaps and strangers in each gateway's statement: what must be found."""
    wrong = set()
    for gateway in gateways.codes():
        paid = Attempt.objects.filter(gateway=gateway, status="succeeded").order_by("pk")
        numbers = list(paid.values_list("number", flat=True))
        count = -(-len(numbers) // 50)
        for number in chance.sample(numbers, count):
            storm.world.books.put("bill_edits", number, {"gateway": gateway, "edit": "drop", "number": number})
            wrong.add((gateway, "only_ours", number))
        for index in range(count):
            number = f"X{gateway}{index}"
            edit = {"gateway": gateway, "edit": "stranger", "number": number, "amount": 300, "day": day.isoformat()}
            storm.world.books.put("bill_edits", number, edit)
            wrong.add((gateway, "only_bill", number))
    return wrong


def _trade_differences():
    open_ones = Difference.objects.filter(kind__in=["payment", "refund"], resolved_at__isnull=True)
    return set(open_ones.values_list("gateway", "outcome", "number"))


def _tick(clock):
    collection.collect(now=clock)
    inbox.work(now=clock)
    collection.chase(now=clock)


def _orders_paid(storm):
    """The charge of each order the gateway holds money for and has not given back."""
    for _, order in storm.world.books.rows("orders"):
        if order["paid_at"] and order["refunded"] < order["amount"]:
            yield from Charge.objects.filter(parts__attempt__number=order["number"]).values_list("number", flat=True)
