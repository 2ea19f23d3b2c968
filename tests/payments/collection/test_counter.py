"""Cash over the counter, role limits, and refunds whose way back is dead."""

import time
from datetime import timedelta

import pytest

from payments import authorities, charges, collection
from payments.models import Attempt, Move, Refund
from tests.payments.books import balances, refunds, status

pytestmark = pytest.mark.django_db


def settled(bill, now, **more):
    told = bill(number="S1", **more)
    charges.open_charge(told, now=now)
    collection.collect(now=now)
    time.sleep(0.05)
    collection.chase(now=now + timedelta(seconds=6))
    assert status("S1") == "settled"


def abnormal(sandbox, bill, now):
    """A refund whose card is dead."""
    settled(bill, now)
    sandbox.world.turn({"refund": "ABNORMAL"})
    asked = charges.ask_refund("S1", amount_fen=200, reason="多收", by="a", limit_fen=1000, now=now)
    for seconds in (10, 20, 40):
        collection.chase(now=now + timedelta(seconds=seconds))
        time.sleep(0.05)
    assert refunds() == [(200, "abnormal")]
    sandbox.world.turn({"refund": "SUCCESS"})
    return asked.number


def test_cash_is_taken_by_somebody(bill, now):
    with pytest.raises(ValueError, match="somebody"):
        charges.take_cash(["S1"], by="", now=now)


def test_what_is_settled_takes_no_cash(sandbox, bill, now):
    settled(bill, now)
    assert charges.take_cash(["S1"], by="clerk", now=now).why == charges.Why.NOTHING_DUE


def test_cash_pays_several_charges_at_once_and_is_banked_once(sandbox, bill, now):
    charges.open_charges([bill(number="S1", amount_fen=500), bill(number="S2", amount_fen=700)], now=now)
    taken = charges.take_cash(["S1", "S2"], by="clerk", now=now)
    assert taken.amount_fen == 1200
    assert (status("S1"), status("S2")) == ("settled", "settled")
    attempt = Attempt.objects.get()
    assert (attempt.gateway, attempt.kind, attempt.taken_by) == ("cash", "cash", "clerk")
    assert balances()["cash"] == 1200
    assert not charges.bank_cash(amount_fen=1300, slip="B1", by="clerk", now=now)
    assert charges.bank_cash(amount_fen=1000, slip="B1", by="clerk", now=now)
    assert not charges.bank_cash(amount_fen=100, slip="B1", by="clerk", now=now)
    assert (balances()["cash"], balances()["bank"]) == (200, 1000)


def test_cash_waits_while_a_debit_may_still_come_off(sandbox, bill, now):
    sandbox.world.turn({"settle": "hold"})
    charges.open_charge(bill(number="S1"), now=now)
    collection.collect(now=now)
    assert charges.take_cash(["S1"], by="clerk", now=now).why == charges.Why.DEBIT_PENDING
    assert "cash" not in balances()


def test_a_refund_of_cash_goes_back_over_the_counter(sandbox, bill, now):
    charges.open_charge(bill(number="S1"), now=now)
    charges.take_cash(["S1"], by="clerk", now=now)
    charges.ask_refund("S1", amount_fen=200, reason="多收", by="a", limit_fen=1000, now=now)
    collection.chase(now=now + timedelta(seconds=1))
    assert refunds() == [(200, "succeeded")]
    assert balances()["cash"] == 300


def test_a_role_without_a_limit_gives_nothing_back_alone(db):
    assert charges.refund_limit([]) == charges.refund_limit(["driver"]) == 0
    with pytest.raises(ValueError, match="below zero"):
        authorities.set_limit(role="finance", refund_fen=-1, by="boss", now=None)


def test_the_widest_of_somebodys_roles_counts_and_a_decision_beats_the_default(now):
    assert charges.refund_limit(["operator", "finance"]) == authorities.DEFAULTS["finance"]
    authorities.set_limit(role="finance", refund_fen=1, by="boss", now=now)
    assert charges.refund_limit(["finance"]) == 1
    assert charges.refund_limit(["operator", "finance"]) == authorities.DEFAULTS["operator"]


def test_a_refund_with_a_dead_card_waits_for_a_person(sandbox, bill, now):
    abnormal(sandbox, bill, now)
    assert charges.backlog(now=now).refunds_for_people == 1
    assert balances()["refunds_payable"] == -200


def test_it_goes_to_another_card_of_the_drivers_and_the_card_is_kept_nowhere(sandbox, bill, now, caplog):
    number = abnormal(sandbox, bill, now)
    card = {"bank": "ICBC_DEBIT", "card": "6222021234567890123", "holder": "张三", "by": "b", "now": now}
    assert charges.mend_refund("nothing", **card) == charges.NotMended.NOTHING_WAITS
    assert charges.mend_refund(number, **card) is None
    assert refunds() == [(200, "processing")]
    time.sleep(0.05)
    collection.chase(now=now + timedelta(seconds=60))
    assert refunds() == [(200, "succeeded")]
    assert "refunds_payable" not in balances()
    told = caplog.text + str(list(Move.objects.values())) + str(list(Refund.objects.values()))
    assert "6222021234567890123" not in told
    assert "张三" not in told


def test_a_transfer_from_the_bank_ends_it_too_but_not_by_who_asked(sandbox, bill, now):
    number = abnormal(sandbox, bill, now)
    assert not charges.refund_by_transfer(number, slip="T1", by="a", now=now)
    assert charges.refund_by_transfer(number, slip="T1", by="b", now=now)
    assert not charges.refund_by_transfer(number, slip="T1", by="b", now=now)
    assert refunds() == [(200, "succeeded")]
    assert (balances()["bank"], balances()["clearing:wechat"]) == (-200, 500)
