"""Money back: by whom it may be asked, how it is sent, and that its end is always found out."""

import time
from datetime import timedelta

import pytest
from django.db import IntegrityError

from payments import charges, collection
from payments.gateways.base import Fact, FactKind, State
from payments.models import Attempt, Refund
from tests.payments.books import balances, gateway_money, refunds, status

pytestmark = pytest.mark.django_db

NOTHING = {"clearing:wechat": 500, "revenue": -500}


@pytest.fixture
def paid(sandbox, bill, now):
    told = bill(number="S1")
    charges.open_charge(told, now=now)
    collection.collect(now=now)
    time.sleep(0.05)
    collection.chase(now=now + timedelta(seconds=6))
    assert status("S1") == "settled"
    return "S1"


def ask(number, now, *, fen=500, limit=1000, by="clerk"):
    return charges.ask_refund(number, amount_fen=fen, reason="多收", by=by, limit_fen=limit, now=now)


def chase(now, *seconds):
    for each in seconds:
        time.sleep(0.05)
        collection.chase(now=now + timedelta(seconds=each))


# --- refusals -------------------------------------------------------------------------------------------------------


def test_nothing_goes_back_for_a_charge_that_is_not_paid(sandbox, bill, now):
    charges.open_charge(bill(number="S1"), now=now)
    assert ask("S1", now) == charges.NotRefunded.NOTHING_PAID
    assert ask("S9", now) == charges.NotRefunded.UNKNOWN_CHARGE


def test_more_than_was_paid_does_not_go_back(paid, now):
    assert ask(paid, now, fen=501) == charges.NotRefunded.TOO_MUCH
    ask(paid, now, fen=300)
    assert ask(paid, now, fen=201) == charges.NotRefunded.TOO_MUCH


def test_what_went_back_at_the_console_out_of_several_charges_lessens_what_each_can_get(sandbox, bill, now):
    for number in ("S1", "S2"):
        charges.open_charge(bill(number=number, plate="鄂L12340"), now=now)
    charges.take_cash(["S1", "S2"], by="clerk", now=now)
    payment = Attempt.objects.get(kind="cash")
    console = Fact(
        gateway=payment.gateway, kind=FactKind.REFUND, our_number="C1", reference="C1", state=State.SUCCEEDED,
        amount_fen=700, at=now, event_id="", payment_number=payment.number,
    )  # fmt: skip
    collection.settle(console, source="statement", now=now)
    assert ask("S1", now, fen=301) == charges.NotRefunded.TOO_MUCH
    assert ask("S1", now, fen=300).amount_fen == 300
    assert ask("S2", now, fen=1) == charges.NotRefunded.NOTHING_PAID


def test_the_fifty_first_refund_of_a_payment_is_refused(paid, now):
    for _ in range(50):
        assert isinstance(ask(paid, now, fen=1), charges.RefundView)
    assert ask(paid, now, fen=1) == charges.NotRefunded.TOO_OFTEN
    assert Refund.objects.count() == 50


@pytest.mark.parametrize("missing", [{"fen": 0}, {"by": ""}])
def test_a_refund_needs_an_amount_and_a_name(missing, paid, now):
    with pytest.raises(ValueError, match="needs an amount"):
        ask(paid, now, **missing)


def test_postgresql_refuses_refunds_above_what_was_paid(paid, now):
    attempt = Attempt.objects.get()
    common = {"attempt": attempt, "gateway": "wechat", "status": "approved", "source": "person", "requested_at": now}
    Refund.objects.create(number="R1", cause_key="1", amount_fen=400, **common)
    with pytest.raises(IntegrityError, match="exceed what was paid"):
        Refund.objects.create(number="R2", cause_key="2", amount_fen=101, **common)


def test_postgresql_refuses_one_person_above_the_limit(paid, now):
    asked = ask(paid, now, limit=100)
    assert isinstance(asked, charges.RefundView)
    with pytest.raises(IntegrityError, match="refund_by_two_above_limit"):
        Refund.objects.update(status="approved", approved_by="clerk")


def test_a_second_person_may_refuse_and_the_ledger_is_as_before(sandbox, paid, now):
    asked = ask(paid, now, limit=100)
    assert isinstance(asked, charges.RefundView)
    assert asked.waits_for_second
    assert balances()["refunds_payable"] == -500
    chase(now, 10, 20)
    assert gateway_money(sandbox) == 500
    assert not charges.decide_refund(asked.number, agreed=True, by="clerk", now=now)
    assert charges.decide_refund(asked.number, agreed=False, by="chief", now=now)
    assert not charges.decide_refund(asked.number, agreed=True, by="chief", now=now)
    assert balances() == NOTHING
    assert isinstance(ask(paid, now), charges.RefundView)


# --- the ordinary way -----------------------------------------------------------------------------------------------


def test_a_refund_within_the_limit_goes_back_by_itself(sandbox, paid, now):
    ask(paid, now, fen=200)
    chase(now, 10, 20, 40)
    assert refunds() == [(200, "succeeded")]
    assert balances() == {"clearing:wechat": 300, "revenue": -300}
    assert gateway_money(sandbox) == 300
    view = charges.views([paid])[paid]
    assert (view.status, view.paid_fen, view.refunded_fen, view.due_fen) == ("settled", 500, 200, 0)


def test_a_refund_above_the_limit_goes_back_when_two_agree(sandbox, paid, now):
    asked = ask(paid, now, limit=100)
    assert isinstance(asked, charges.RefundView)
    assert charges.decide_refund(asked.number, agreed=True, by="chief", now=now)
    chase(now, 10, 20, 40)
    assert refunds() == [(500, "succeeded")]
    assert balances() == {}


def test_several_parts_go_back_until_nothing_is_left(sandbox, paid, now):
    for fen in (100, 150, 250):
        assert isinstance(ask(paid, now, fen=fen), charges.RefundView)
    chase(now, 10, 20, 40)
    assert gateway_money(sandbox) == 0
    assert ask(paid, now, fen=1) == charges.NotRefunded.NOTHING_PAID


# --- faults ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["lose_answer", "error_500_after", "tamper", "lose_request", "error_500", "not_json"])
def test_a_refund_without_a_trustworthy_answer_is_asked_after_and_goes_back_once(kind, sandbox, paid, now):
    sandbox.world.faults.set([{"fault": kind, "operation": "refund"}])
    ask(paid, now)
    collection.chase(now=now + timedelta(seconds=10))
    assert refunds()[0][1] in ("unknown", "succeeded")
    chase(now, 20, 40, 80, 120, 200, 300, 600)
    assert refunds() == [(500, "succeeded")]
    assert sandbox.world.books.count("refunds") == 1
    assert balances() == {}


def test_a_refund_the_merchant_has_no_money_for_is_sent_again_under_its_number(sandbox, paid, now):
    sandbox.world.faults.set([{"fault": "refuse", "operation": "refund", "status": 403, "code": "NOT_ENOUGH"}])
    ask(paid, now)
    chase(now, 10, 20)
    number = Refund.objects.get().number
    assert refunds() == [(500, "approved")]
    chase(now, 8000, 8010, 8030)
    assert refunds() == [(500, "succeeded")]
    assert [row["number"] for _, row in sandbox.world.books.rows("refunds")] == [number]


def test_a_refund_whose_way_back_is_dead_waits_for_a_person(sandbox, paid, now):
    sandbox.world.turn({"refund": "ABNORMAL"})
    ask(paid, now)
    chase(now, 10, 20, 40)
    assert refunds() == [(500, "abnormal")]
    assert balances()["refunds_payable"] == -500
    assert Refund.objects.get().act_at is None


def test_a_refund_the_gateway_refuses_for_good_is_taken_out_of_the_ledger(sandbox, paid, now):
    sandbox.world.faults.set([{"fault": "refuse", "operation": "refund", "status": 400, "code": "PARAM_ERROR"}])
    ask(paid, now)
    chase(now, 10)
    assert refunds() == [(500, "failed")]
    assert balances() == NOTHING


def test_a_refund_told_of_before_its_payment_waits_for_it(sandbox, bill, now):
    charges.open_charge(bill(number="S1"), now=now)
    collection.collect(now=now)
    attempt = Attempt.objects.get()
    console = Fact(
        gateway="wechat",
        kind=FactKind.REFUND,
        our_number="CONSOLE1",
        reference="50001",
        state=State.SUCCEEDED,
        amount_fen=500,
        at=now,
        event_id="",
        payment_number=attempt.number,
    )
    assert collection.settle(console, source="notification", now=now) == "early"
    chase(now, 6)
    assert collection.settle(console, source="notification", now=now) == "applied"
    assert balances() == {}
    assert Refund.objects.get().source == "external"


def test_a_refund_of_more_than_was_paid_is_parked(sandbox, paid, now):
    too_much = Fact(
        gateway="wechat",
        kind=FactKind.REFUND,
        our_number="CONSOLE2",
        reference="50002",
        state=State.SUCCEEDED,
        amount_fen=501,
        at=now,
        event_id="",
        payment_number=Attempt.objects.get().number,
    )
    assert collection.settle(too_much, source="notification", now=now) == "parked"
    assert balances() == NOTHING


def test_an_advance_that_the_driver_repays_moves_no_money(sandbox, paid, now):
    back = Fact(
        gateway="wechat",
        kind=FactKind.PAY_BACK,
        our_number=Attempt.objects.get().number,
        reference="",
        state=State.SUCCEEDED,
        amount_fen=500,
        at=now,
        event_id="",
    )
    assert collection.settle(back, source="notification", now=now) == "applied"
    assert collection.settle(back, source="notification", now=now) == "repeated"
    assert Attempt.objects.get().repaid_at == now
    assert balances() == NOTHING
