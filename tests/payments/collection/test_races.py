"""Sixteen at once, again and again: no effect twice."""

import dataclasses
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import Count, F, Q

from payments import charges, collection
from payments.collection import claiming
from payments.domain import schedule
from payments.domain.states import IN_FLIGHT, AttemptState
from payments.gateways.base import Fact, FactKind, State
from payments.models import Attempt, Move, PlateEntry, Refund, Suspense
from tests.payments.books import balances, gateway_money, status

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]

THREADS = 16
ROUNDS = int(os.environ.get("OPENBERTH_ROUNDS", "3"))


@pytest.fixture
def together(transactional_db):
    """Run sixteen jobs at the same moment, each in a thread and a connection of its own; gives what they raised."""
    gate = threading.Barrier(THREADS)

    def run(job):
        gate.wait()
        try:
            job()
        except Exception as error:
            return error
        return None

    with ThreadPoolExecutor(THREADS) as crowd:

        def all_at_once(*jobs):
            assert len(jobs) == THREADS
            return [error for error in crowd.map(run, jobs) if error is not None]

        yield all_at_once
        assert all_at_once(*[lambda: connection.close()] * THREADS) == []


def paid(number, now, *, gateway="wechat", fen=500):
    return Fact(
        gateway=gateway,
        kind=FactKind.PAYMENT,
        our_number=number,
        reference=f"T{number}",
        state=State.SUCCEEDED,
        amount_fen=fen,
        at=now,
        event_id="",
    )


def test_one_success_told_sixteen_times_at_once_is_booked_once(sandbox, bill, now, together):
    for index in range(ROUNDS):
        told = bill(plate=f"鄂L{index:03d}15")
        charges.open_charge(told, now=now)
        claiming.claim(now=now, resting=set(), limit=9)
        attempt = Attempt.objects.get(parts__charge__number=told.number)
        fact = paid(attempt.number, now)
        problems = together(
            *[lambda fact=fact: collection.settle(fact, source="notification", now=now) for _ in range(THREADS)]
        )
        assert problems == []
        assert status(told.number) == "settled"
    assert balances() == {"clearing:wechat": 500 * ROUNDS, "revenue": -500 * ROUNDS}
    assert Move.objects.filter(after="succeeded").count() == ROUNDS


def test_sixteen_workers_debit_each_charge_once(sandbox, bill, now, together):
    for round_ in range(ROUNDS):
        bills = [bill(plate=f"鄂L{round_:03d}{index}5") for index in range(8)]
        charges.open_charges(bills, now=now)
        problems = together(*[lambda: collection.collect(now=now) for _ in range(THREADS)])
        assert problems == []
    for later in schedule.QUERY_AFTER:  # a debit whose answer the crowd held up ends on the janitor's schedule
        time.sleep(0.1)
        now += later + timedelta(seconds=1)
        while collection.chase(now=now):  # one call asks for twenty seconds at most
            pass
        if not Attempt.objects.filter(status__in=IN_FLIGHT).exists():
            break
    assert Attempt.objects.count() == 8 * ROUNDS
    assert set(Attempt.objects.values_list("status", flat=True)) == {"succeeded"}
    # Sent once; again only after an answer which proved that the time before had not arrived.
    put_back = Count("moves", filter=Q(moves__after=AttemptState.CREATED, moves__before=AttemptState.SUBMITTED))
    assert set(Attempt.objects.annotate(put_back=put_back).values_list(F("send_count") - F("put_back"))) == {(1,)}
    assert sandbox.world.books.count("orders") == 8 * ROUNDS
    assert gateway_money(sandbox) == 500 * 8 * ROUNDS == balances()["clearing:wechat"]


def test_two_charges_of_one_plate_never_share_its_entry(sandbox, bill, now, together):
    for round_ in range(ROUNDS):
        plate = f"鄂L{round_:03d}15"
        charges.open_charges([bill(plate=plate) for _ in range(4)], now=now)
        problems = together(*[lambda: claiming.claim(now=now, resting=set(), limit=2) for _ in range(THREADS)])
        assert problems == []
        assert PlateEntry.objects.filter(plate=plate, status="live").count() == 1
        assert Attempt.objects.filter(entry__plate=plate).count() == 1


def test_two_payments_of_one_charge_at_once_leave_one(sandbox, bill, now, together):
    for _ in range(ROUNDS):
        told = bill(plate="鄂L12340")
        charges.open_charge(told, now=now)
        first = charges.start_payment([told.number], gateway="wechat", kind="native", return_url="", now=now)
        assert isinstance(first, charges.PaymentStart)
        Attempt.objects.filter(number=first.attempt_number).update(released_at=now)
        second = charges.start_payment([told.number], gateway="alipay", kind="wap", return_url="", now=now)
        assert isinstance(second, charges.PaymentStart)
        facts = [
            paid(first.attempt_number, now),
            paid(second.attempt_number, now + timedelta(seconds=1), gateway="alipay"),
        ]
        problems = together(
            *[
                lambda fact=fact: collection.settle(fact, source="notification", now=now)
                for fact in facts * (THREADS // 2)
            ]
        )
        assert problems == []
        (refund,) = Refund.objects.filter(charge__number=told.number)
        assert refund.attempt.number == second.attempt_number
    assert balances()["refunds_payable"] == -500 * ROUNDS


def test_sixteen_starts_by_hand_open_one_payment(sandbox, bill, now, together):
    for _ in range(ROUNDS):
        told = bill(plate="鄂L12340")
        charges.open_charge(told, now=now)
        problems = together(
            *[
                lambda number=told.number: charges.start_payment(
                    [number], gateway="wechat", kind="native", return_url="", now=now
                )
                for _ in range(THREADS)
            ]
        )
        assert problems == []
        assert Attempt.objects.filter(parts__charge__number=told.number).exclude(kind="debit").count() == 1


def test_refunds_at_once_never_exceed_what_was_paid(sandbox, bill, now, together):
    for index in range(ROUNDS):
        told = bill(plate=f"鄂L{index:03d}15")
        charges.open_charge(told, now=now)
        claiming.claim(now=now, resting=set(), limit=9)
        attempt = Attempt.objects.get(parts__charge__number=told.number)
        fact = paid(attempt.number, now)
        jobs = [lambda fact=fact: collection.settle(fact, source="query", now=now)]
        jobs += [
            lambda number=told.number: charges.ask_refund(
                number, amount_fen=200, reason="test", by="a", limit_fen=1000, now=now
            )
            for _ in range(THREADS - 1)
        ]
        jobs[0]()
        assert together(*jobs) == []
        assert sum(refund.amount_fen for refund in Refund.objects.filter(charge__number=told.number)) == 400


def test_a_payment_and_its_refunds_told_and_asked_for_at_once_give_back_once(sandbox, bill, now, together):
    """The success, a refund at the gateway's console and a clerk's: of five yuan, three go back, by one of the two."""
    for index in range(ROUNDS):
        told = bill(plate=f"鄂L{index:03d}15")
        charges.open_charge(told, now=now)
        claiming.claim(now=now, resting=set(), limit=9)
        success = paid(Attempt.objects.get(parts__charge__number=told.number).number, now)
        console = dataclasses.replace(
            success,
            kind=FactKind.REFUND,
            our_number=f"CONSOLE{index}",
            reference=f"C{index}",
            amount_fen=300,
            payment_number=success.our_number,
        )
        facts = [
            lambda fact=fact: collection.settle(fact, source="notification", now=now) for fact in (success, console)
        ]
        jobs = facts * 5 + [
            lambda number=told.number: charges.ask_refund(
                number, amount_fen=300, reason="test", by="a", limit_fen=1000, now=now
            )
        ] * (THREADS - 10)
        assert together(*jobs) == []
        for again in facts:  # a refund told of before its payment is told again
            again()
        (refund,) = Refund.objects.filter(charge__number=told.number)
        assert refund.amount_fen == 300
        late = Suspense.objects.filter(our_number=console.our_number, reason=Suspense.Reason.REFUND_ABOVE_PAID).count()
        assert late == (1 if refund.source == Refund.Source.PERSON else 0)
        assert status(told.number) == "settled"
        assert Move.objects.filter(attempt__parts__charge__number=told.number, after="succeeded").count() == 1
    left = balances()
    assert left["clearing:wechat"] + left.get("refunds_payable", 0) == 200 * ROUNDS
