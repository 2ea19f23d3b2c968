"""From an open charge to money, without anybody standing in the street."""

import dataclasses
import time
from datetime import timedelta

import pytest

from payments import charges, collection
from payments.models import Attempt, Charge, Mandate, Move, PlateEntry
from tests.payments.books import attempts, balances, gateway_money, refunds, status

pytestmark = pytest.mark.django_db

PAID = {"clearing:wechat": 500, "revenue": -500}
OWED = {"receivable": 500, "revenue": -500}


@pytest.fixture
def later(sandbox):
    """The sandbox has had its second, ours goes on by that many."""

    def wait(now, seconds):
        time.sleep(0.05)
        return now + timedelta(seconds=seconds)

    return wait


def opened(bill, now, **changes):
    told = bill(**changes)
    charges.open_charge(told, now=now)
    return told.number


def fault(sandbox, **rule):
    sandbox.world.faults.add([rule])


# --- refusals -------------------------------------------------------------------------------------------------------


def test_a_plate_without_a_mandate_is_left_to_pay_by_hand(sandbox, bill, now):
    number = opened(bill, now, plate="鄂L12340")
    collection.collect(now=now)
    view = charges.views([number])[number]
    assert view.status == "open"
    assert view.due_fen == 500
    assert attempts(number) == [("wechat", "debit", "failed"), ("alipay", "debit", "failed")]
    assert Charge.objects.get().collect_at is None
    assert balances() == OWED


def test_a_debit_that_the_gateway_refuses_ends_in_a_charge_to_pay_by_hand(sandbox, bill, now, later, settings):
    settings.PAYMENT_GATEWAYS = {"wechat": settings.PAYMENT_GATEWAYS["wechat"]}
    sandbox.world.turn({"settle": "fail"})
    number = opened(bill, now)
    collection.collect(now=now)
    collection.chase(now=later(now, 6))
    assert attempts(number) == [("wechat", "debit", "failed")]
    assert status(number) == "open"
    assert Charge.objects.get().collect_at is None
    assert PlateEntry.objects.get().status != PlateEntry.Status.LIVE


def test_a_bill_without_a_plate_is_never_sent_anywhere(sandbox, bill, now):
    number = opened(bill, now, plate="")
    collection.collect(now=now)
    assert attempts(number) == []
    assert Charge.objects.get().collect_at is None


def test_a_refusal_about_our_own_account_is_not_held_against_the_driver(sandbox, bill, now, later):
    fault(sandbox, fault="refuse", operation="debit", status=401, code="SIGN_ERROR", gateway="wechat")
    number = opened(bill, now)
    collection.collect(now=now)
    assert attempts(number) == [("wechat", "debit", "created")]
    collection.chase(now=later(now, 600))
    collection.chase(now=later(now, 610))
    assert status(number) == "settled"
    assert Attempt.objects.get().send_count == 2


# --- the ordinary way -----------------------------------------------------------------------------------------------


def test_a_charge_is_debited_once_and_settled_by_the_query(sandbox, bill, now, later):
    number = opened(bill, now)
    collection.collect(now=now)
    assert attempts(number) == [("wechat", "debit", "pending")]
    assert status(number) == "open"
    collection.chase(now=later(now, 6))
    assert attempts(number) == [("wechat", "debit", "succeeded")]
    assert status(number) == "settled"
    assert balances() == PAID
    assert gateway_money(sandbox) == 500
    assert PlateEntry.objects.get().status == PlateEntry.Status.USED
    assert [move.after for move in Move.objects.all()] == ["submitted", "pending", "succeeded"]


def test_what_the_gateway_advances_is_paid_to_us(sandbox, bill, now, later):
    sandbox.world.turn({"settle": "advance"})
    number = opened(bill, now)
    collection.collect(now=now)
    collection.chase(now=later(now, 6))
    assert status(number) == "settled"
    assert Attempt.objects.get().advanced


def test_two_charges_of_one_plate_are_debited_one_after_the_other(sandbox, bill, now, later):
    first, second = opened(bill, now, berth="A01"), opened(bill, now, berth="A02")
    collection.collect(now=now)
    assert [attempts(first), attempts(second)] == [[("wechat", "debit", "pending")], []]
    collection.collect(now=later(now, 4))
    collection.chase(now=later(now, 20))
    assert [status(first), status(second)] == ["settled", "settled"]
    assert balances() == {"clearing:wechat": 1000, "revenue": -1000}


def test_a_mandate_the_driver_ended_is_not_used(sandbox, bill, now, later):
    Mandate.objects.create(
        gateway="wechat", plate="鄂L12345", plate_color="blue", state="normal", told_at=now, ended_at=now
    )
    number = opened(bill, now)
    collection.collect(now=now)
    assert [gateway for gateway, _, _ in attempts(number)] == ["alipay"]


def test_the_gateway_the_driver_prefers_is_asked_first(sandbox, bill, now):
    Mandate.objects.create(
        gateway="alipay", plate="鄂L12345", plate_color="blue", state="normal", told_at=now, first=True
    )
    number = opened(bill, now)
    collection.collect(now=now)
    assert attempts(number) == [("alipay", "debit", "succeeded")]
    assert balances() == {"clearing:alipay": 500, "revenue": -500}


def test_a_batch_needs_the_same_number_of_queries_to_be_claimed(sandbox, bill, now, django_assert_max_num_queries):
    from payments.collection.claiming import claim

    for count in (1, 40):
        charges.open_charges([bill(plate=f"鄂L{count:02d}{i:03d}") for i in range(count)], now=now)
        with django_assert_max_num_queries(18):
            claim(now=now, resting=set(), limit=64)
    assert Attempt.objects.count() == 41


# --- faults ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["lose_answer", "error_500_after", "tamper", "stale", "bad_signature", "not_json"])
def test_an_answer_that_cannot_be_trusted_leaves_the_outcome_unknown_until_asked(kind, sandbox, bill, now, later):
    fault(sandbox, fault=kind, operation="debit", gateway="wechat")
    number = opened(bill, now)
    collection.collect(now=now)
    assert attempts(number) == [("wechat", "debit", "unknown")]
    collection.collect(now=now + timedelta(seconds=1))
    assert len(attempts(number)) == 1
    collection.chase(now=later(now, 6))
    assert attempts(number) == [("wechat", "debit", "succeeded")]
    assert balances() == PAID
    assert gateway_money(sandbox) == 500


@pytest.mark.parametrize("kind", ["lose_request", "error_500"])
def test_an_order_that_never_arrived_is_sent_again_under_its_number(kind, sandbox, bill, now, later):
    fault(sandbox, fault=kind, operation="debit", gateway="wechat")
    number = opened(bill, now)
    collection.collect(now=now)
    sent = Attempt.objects.get().number
    for seconds in (6, 17, 30):
        collection.chase(now=later(now, seconds))
        assert attempts(number) == [("wechat", "debit", "unknown")]
        assert Attempt.objects.get().send_count == 1
    for seconds in (90, 96, 110, 300):
        collection.chase(now=later(now, seconds))
    assert attempts(number) == [("wechat", "debit", "succeeded")]
    assert (Attempt.objects.get().number, Attempt.objects.get().send_count) == (sent, 2)
    assert gateway_money(sandbox) == 500


def test_a_query_that_is_refused_says_nothing_about_the_payment(sandbox, bill, now, later):
    number = opened(bill, now)
    collection.collect(now=now)
    fault(sandbox, fault="refuse", operation="query", status=429, code="FREQUENCY_LIMITED")
    collection.chase(now=later(now, 6))
    assert attempts(number)[0][2] in ("pending", "unknown")
    collection.chase(now=later(now, 60))
    assert status(number) == "settled"


def test_a_gateway_that_is_away_keeps_the_number_and_rests(sandbox, bill, now, settings):
    from payments import breaker, gateways

    options = settings.PAYMENT_GATEWAYS["wechat"]["OPTIONS"]
    there = options["host"]
    options["host"] = "http://127.0.0.1:9"
    settings.PAYMENT_GATEWAYS = {"wechat": settings.PAYMENT_GATEWAYS["wechat"]}
    gateways.forget()
    numbers = [opened(bill, now, plate=f"鄂L1234{digit}") for digit in (1, 2, 3, 5, 6)]
    collection.collect(now=now)
    assert {attempts(number)[0][2] for number in numbers} == {"created"}
    assert breaker.resting(now=now) == {"wechat"}
    collection.collect(now=now + timedelta(seconds=14))
    assert {attempt.send_count for attempt in Attempt.objects.all()} == {1}
    options["host"] = there
    gateways.forget()
    collection.collect(now=now + timedelta(seconds=60))
    time.sleep(0.1)
    collection.chase(now=now + timedelta(seconds=70))
    assert {status(number) for number in numbers} == {"settled"}
    assert breaker.resting(now=now + timedelta(seconds=70)) == set()
    assert gateway_money(sandbox) == 2500
    assert refunds() == []


def test_a_worker_that_died_after_the_call_is_made_good_by_a_query(sandbox, bill, now, later, monkeypatch):
    from payments.collection import chasing

    class Killed(BaseException):
        pass

    def die(*args, **kwargs):
        raise Killed

    number = opened(bill, now)
    monkeypatch.setattr(chasing, "_record", die)
    with pytest.raises(Killed):
        collection.collect(now=now)
    monkeypatch.undo()
    assert attempts(number) == [("wechat", "debit", "submitted")]
    collection.chase(now=later(now, 31))
    assert status(number) == "settled"
    assert gateway_money(sandbox) == 500


def test_a_worker_that_died_before_the_call_sends_it_after_two_absences(sandbox, bill, now, later, monkeypatch):
    from payments.collection import chasing

    class Killed(BaseException):
        pass

    def die(jobs):
        raise Killed

    number = opened(bill, now)
    monkeypatch.setattr(chasing.calling, "run", die)
    with pytest.raises(Killed):
        collection.collect(now=now)
    monkeypatch.undo()
    for seconds in (31, 50, 100, 120, 140):
        collection.chase(now=later(now, seconds))
    assert status(number) == "settled"
    assert gateway_money(sandbox) == 500
    assert len(attempts(number)) == 1


def test_a_charge_in_another_currency_is_sent_to_no_gateway(sandbox, bill, now):
    told = dataclasses.replace(bill(), currency="EUR")
    charges.open_charge(told, now=now)
    collection.collect(now=now)
    assert attempts(told.number) == []
    answer = charges.start_payment([told.number], gateway="wechat", kind="native", return_url="", now=now)
    assert isinstance(answer, charges.NotStarted)
    assert answer.detail == "currency"
