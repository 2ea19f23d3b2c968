"""The driver pays by hand, beside a machine that may be debiting."""

import time
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from payments import charges, collection
from payments.models import Attempt, Charge, Part, Refund
from sandbox.gateway import alipay_trades, wechat_orders
from tests.payments.books import attempts, balances, gateway_money, refunds, status

pytestmark = pytest.mark.django_db


@pytest.fixture
def owed(sandbox, bill, now):
    """Charges of a plate without a mandate: nothing debits them."""

    def make(count=1):
        told = [bill(plate="鄂L12340") for _ in range(count)]
        charges.open_charges(told, now=now)
        collection.collect(now=now)
        return [one.number for one in told]

    return make


def start(numbers, now, *, gateway="wechat", kind="native"):
    return charges.start_payment(numbers, gateway=gateway, kind=kind, return_url="https://example.test/", now=now)


def pay(sandbox, number, *, gateway="wechat", force=False):
    if gateway == "wechat":
        wechat_orders.pay(sandbox.wechat, number, force=force)
    else:
        alipay_trades.pay(sandbox.alipay, number, force=force)


# --- refusals -------------------------------------------------------------------------------------------------------


def test_nothing_is_started_for_a_charge_that_is_not_there(sandbox, now):
    assert start(["S9"], now) == charges.NotStarted(why=charges.Why.UNKNOWN_CHARGE)
    assert start([], now) == charges.NotStarted(why=charges.Why.UNKNOWN_CHARGE)


def test_nothing_is_started_for_a_charge_that_is_settled(owed, now):
    (number,) = owed()
    charges.waive(number, reason="test", by="op", now=now)
    answer = start([number], now)
    assert isinstance(answer, charges.NotStarted)
    assert answer.why == charges.Why.NOTHING_DUE


def test_the_driver_waits_while_a_debit_is_pending(sandbox, bill, now):
    sandbox.world.turn({"settle": "hold"})
    told = bill()
    charges.open_charge(told, now=now)
    collection.collect(now=now)
    answer = start([told.number], now + timedelta(minutes=5))
    assert isinstance(answer, charges.NotStarted)
    assert answer.why == charges.Why.DEBIT_PENDING
    assert answer.attempt_number == Attempt.objects.get().number


def test_a_pending_debit_that_has_come_off_meanwhile_is_found_out_first(sandbox, bill, now):
    told = bill()
    charges.open_charge(told, now=now)
    collection.collect(now=now)
    time.sleep(0.05)
    answer = start([told.number], now + timedelta(seconds=2))
    assert isinstance(answer, charges.NotStarted)
    assert answer.why == charges.Why.NOTHING_DUE
    assert status(told.number) == "settled"


def test_a_gateway_that_refuses_the_order_leaves_the_charge_free(sandbox, owed, now):
    (number,) = owed()
    sandbox.world.faults.set([{"fault": "refuse", "operation": "order", "status": 400, "code": "PARAM_ERROR"}])
    answer = start([number], now)
    assert isinstance(answer, charges.NotStarted)
    assert answer.why == charges.Why.GATEWAY_REFUSED
    assert isinstance(start([number], now), charges.PaymentStart)


def test_postgresql_refuses_a_second_attempt_in_flight(owed, now):
    (number,) = owed()
    start([number], now)
    charge = Charge.objects.get(number=number)
    with transaction.atomic():
        second = Attempt.objects.create(
            number="P-second", gateway="alipay", kind="native", amount_fen=500, status="created", created_at=now
        )
    with pytest.raises(IntegrityError, match="part_one_in_flight"):
        Part.objects.create(attempt=second, charge=charge, amount_fen=500)


# --- the ordinary way -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("gateway", "kind"), [("wechat", "native"), ("wechat", "wap"), ("alipay", "wap")])
def test_a_payment_by_hand_settles_its_charge(gateway, kind, sandbox, owed, now):
    (number,) = owed()
    answer = start([number], now, gateway=gateway, kind=kind)
    assert isinstance(answer, charges.PaymentStart)
    assert answer.url.startswith("http")
    if gateway == "alipay":
        import httpx

        assert httpx.get(answer.url, follow_redirects=True).status_code == 200
    pay(sandbox, answer.attempt_number, gateway=gateway)
    collection.chase(now=now + timedelta(seconds=6))
    state = charges.payment_state(answer.attempt_number)
    assert state is not None
    assert (state.final, state.succeeded, state.amount_fen) == (True, True, 500)
    assert status(number) == "settled"
    assert balances() == {f"clearing:{gateway}": 500, "revenue": -500}


def test_several_charges_are_paid_by_one_payment(sandbox, owed, now):
    numbers = owed(3)
    answer = start(numbers, now)
    assert isinstance(answer, charges.PaymentStart)
    assert answer.amount_fen == 1500
    pay(sandbox, answer.attempt_number)
    collection.chase(now=now + timedelta(seconds=6))
    assert {status(number) for number in numbers} == {"settled"}
    assert balances() == {"clearing:wechat": 1500, "revenue": -1500}


def test_a_second_tab_gets_the_same_payment(owed, now):
    (number,) = owed()
    assert start([number], now) == start([number], now + timedelta(minutes=1))


def test_another_choice_closes_the_payment_that_stood(sandbox, owed, now):
    first, second = owed(2)
    one = start([first], now)
    both = start([first, second], now + timedelta(minutes=1))
    assert isinstance(one, charges.PaymentStart)
    assert isinstance(both, charges.PaymentStart)
    assert Attempt.objects.get(number=one.attempt_number).status == "closed"
    assert both.amount_fen == 1000


def test_a_payment_made_just_before_it_is_closed_counts(sandbox, owed, now):
    first, second = owed(2)
    one = start([first], now)
    assert isinstance(one, charges.PaymentStart)
    pay(sandbox, one.attempt_number)
    answer = start([first, second], now + timedelta(minutes=1))
    assert isinstance(answer, charges.NotStarted)
    assert answer.why == charges.Why.NOTHING_DUE
    assert (status(first), status(second)) == ("settled", "open")


def test_an_order_whose_answer_was_lost_is_asked_for_again_under_its_number(sandbox, owed, now):
    (number,) = owed()
    sandbox.world.faults.set([{"fault": "lose_answer", "operation": "order"}])
    lost = start([number], now)
    assert isinstance(lost, charges.NotStarted)
    assert lost.why == charges.Why.GATEWAY_SILENT
    again = start([number], now + timedelta(seconds=5))
    assert isinstance(again, charges.PaymentStart)
    assert again.attempt_number == lost.attempt_number


def test_an_offer_nobody_took_is_closed_after_its_time(sandbox, owed, now):
    (number,) = owed()
    answer = start([number], now)
    assert isinstance(answer, charges.PaymentStart)
    for minutes in (1, 3, 6, 17, 20, 60):
        collection.chase(now=now + timedelta(minutes=minutes))
    state = charges.payment_state(answer.attempt_number)
    assert state is not None
    assert state.status == "closed"
    assert status(number) == "open"


# --- paid twice -----------------------------------------------------------------------------------------------------


def test_after_ten_minutes_the_driver_may_pay_and_a_late_debit_goes_back(sandbox, bill, now):
    sandbox.world.turn({"settle": "hold"})
    told = bill()
    charges.open_charge(told, now=now)
    collection.collect(now=now)
    debit = Attempt.objects.get()
    answer = start([told.number], now + timedelta(minutes=11))
    assert isinstance(answer, charges.PaymentStart)
    pay(sandbox, answer.attempt_number)
    sandbox.desk._settle({"number": debit.number, "result": "ok"})
    for minutes in (12, 20, 40, 100):
        time.sleep(0.05)
        collection.chase(now=now + timedelta(minutes=minutes))
    assert {state for _, _, state in attempts(told.number)} == {"succeeded"}
    assert refunds() == [(500, "succeeded")]
    assert status(told.number) == "settled"
    assert balances() == {"clearing:wechat": 500, "revenue": -500}
    assert gateway_money(sandbox) == 500


def test_the_later_of_two_payments_goes_back_whichever_is_heard_of_first(sandbox, owed, now):
    from payments.gateways.base import Fact, FactKind, State

    for first_heard in (0, 1):
        (number,) = owed()
        one = start([number], now)
        assert isinstance(one, charges.PaymentStart)
        Attempt.objects.filter(number=one.attempt_number).update(released_at=now)
        two = start([number], now, gateway="alipay", kind="wap")
        assert isinstance(two, charges.PaymentStart)
        facts = [
            Fact(
                gateway=gateway,
                kind=FactKind.PAYMENT,
                our_number=answer.attempt_number,
                reference=f"T{answer.attempt_number}",
                state=State.SUCCEEDED,
                amount_fen=500,
                at=now + timedelta(seconds=seconds),
                event_id="",
            )
            for gateway, answer, seconds in (("wechat", one, 10), ("alipay", two, 20))
        ]
        for fact in facts if first_heard == 0 else reversed(facts):
            collection.settle(fact, source="notification", now=now + timedelta(seconds=30))
        refund = Refund.objects.order_by("-pk")[0]
        assert refund.attempt.number == two.attempt_number
        assert (refund.amount_fen, refund.status, refund.source) == (500, "approved", "double")


def test_a_payment_after_a_waiver_goes_back_whole(sandbox, owed, now):
    (number,) = owed()
    answer = start([number], now)
    assert isinstance(answer, charges.PaymentStart)
    assert charges.waive(number, reason="申诉成立", by="op", now=now) == charges.Closed.DONE
    pay(sandbox, answer.attempt_number)
    for seconds in (6, 12, 30, 60):
        time.sleep(0.05)
        collection.chase(now=now + timedelta(seconds=seconds))
    assert status(number) == "waived"
    assert refunds() == [(500, "succeeded")]
    assert balances() == {}
    assert gateway_money(sandbox) == 0


def test_money_that_comes_after_closing_is_taken_as_it_is(sandbox, owed, now):
    first, second = owed(2)
    one = start([first], now)
    start([first, second], now)
    assert isinstance(one, charges.PaymentStart)
    assert Attempt.objects.get(number=one.attempt_number).status == "closed"
    pay(sandbox, one.attempt_number, force=True)
    Attempt.objects.filter(number=one.attempt_number).update(status="closed")
    from payments.gateways.base import Fact, FactKind, State

    fact = Fact(
        gateway="wechat",
        kind=FactKind.PAYMENT,
        our_number=one.attempt_number,
        reference="T1",
        state=State.SUCCEEDED,
        amount_fen=500,
        at=now,
        event_id="",
    )
    assert collection.settle(fact, source="notification", now=now) == "applied"
    assert status(first) == "settled"


def test_a_debit_withdrawn_for_a_payment_nobody_made_is_tried_again(sandbox, bill, now):
    told = bill()
    charges.open_charge(told, now=now)
    from payments.collection.claiming import claim

    claim(now=now, resting=set(), limit=9)
    started = start([told.number], now)
    assert isinstance(started, charges.PaymentStart)
    assert attempts(told.number)[0] == ("wechat", "debit", "closed")
    for minutes in (1, 16, 17):
        collection.chase(now=now + timedelta(minutes=minutes))
    assert attempts(told.number)[1] == ("wechat", "native", "closed")
    for minutes in (20, 21):
        collection.collect(now=now + timedelta(minutes=minutes))
        time.sleep(0.05)
        collection.chase(now=now + timedelta(minutes=minutes, seconds=30))
    assert status(told.number) == "settled"
    assert gateway_money(sandbox) == 500
