"""What the gateways paid out, took as fees and moved without a name: in the ledger to the fen."""

from datetime import timedelta

import pytest

from payments import charges, collection, reconciliation
from payments.models import Difference, Entry, FundDay, FundLine, Statement
from payments.reconciliation import Ended
from tests.payments.books import balances, gateway_money
from tests.payments.test_reconciliation import differences, paid, plant

__all__ = ["paid"]

pytestmark = pytest.mark.django_db


def reconcile(day, now, gateway="wechat"):
    return reconciliation.reconcile(gateway=gateway, day=day, now=now + timedelta(minutes=1))


def fund_differences():
    found = Difference.objects.filter(kind__startswith="fund_").order_by("pk")
    return [(one.outcome, one.kind, one.resolved_at is None) for one in found]


def forget_edits(sandbox):
    for key, _ in list(sandbox.world.books.rows("bill_edits")):
        sandbox.world.books.put("bill_edits", key, {"gateway": "none", "edit": "none"})


def test_a_day_whose_fund_statement_is_missing_is_not_closed(sandbox, paid, day, now):
    paid(1)
    reconcile(day, now)
    FundDay.objects.all().delete()
    assert not reconciliation.close_day(gateway="wechat", day=day, by="finance", now=now)


@pytest.mark.parametrize("gateway", ["wechat", "alipay"])
def test_a_day_is_settled_into_the_bank_the_next_morning(gateway, sandbox, paid, bill, day, now, settings):
    settings.PAYMENT_GATEWAYS = {gateway: settings.PAYMENT_GATEWAYS[gateway]}
    paid(3)
    report = reconcile(day, now, gateway)
    assert (report.ended, report.open_differences, report.funds_missing) == (Ended.DONE, 0, "")
    fee = Statement.objects.get().fee_fen
    held = gateway_money(sandbox) - fee
    assert balances()[f"clearing:{gateway}"] == held
    moved = reconciliation.movement(gateway=gateway, day=day)
    assert moved == reconciliation.Movement(theirs_fen=held, ours_fen=held)
    sandbox.world.offset += timedelta(days=1)
    try:
        report = reconcile(day + timedelta(days=1), now + timedelta(days=1), gateway)
    finally:
        sandbox.world.offset -= timedelta(days=1)
    assert report.open_differences == 0
    assert FundDay.objects.latest("day").paid_out_fen == held
    assert balances().get("bank") == held
    assert f"clearing:{gateway}" not in balances()
    assert reconciliation.close_day(gateway=gateway, day=day, by="finance", now=now)


def test_a_payment_that_never_reached_the_account_is_a_difference(sandbox, paid, day, now):
    number = paid(2)[0]
    plant(sandbox, {"edit": "fund_drop", "number": number})
    reconcile(day, now)
    assert fund_differences() == [("only_ours", "fund_payment", True), ("amount_diff", "fund_fee", True)]
    forget_edits(sandbox)
    reconcile(day, now)
    assert [is_open for *_, is_open in fund_differences()] == [False, False]


def test_a_movement_without_a_name_waits_in_suspense_until_two_people_work_it_off(sandbox, paid, day, now):
    paid(1)
    plant(sandbox, {"edit": "fund_stray", "day": day.isoformat(), "number": "1", "amount": -250})
    reconcile(day, now)
    reconcile(day, now)
    assert fund_differences() == [("only_bill", "fund_other", True)]
    assert balances()["suspense"] == 250
    moved = reconciliation.movement(gateway="wechat", day=day)
    assert moved.theirs_fen == moved.ours_fen
    difference = Difference.objects.get(kind="fund_other")
    assert not reconciliation.resolve(difference_id=difference.pk, by="a", resolution="核实", now=now)
    assert reconciliation.ask_work_off(difference_id=difference.pk, by="a", reason="渠道扣款")
    assert not reconciliation.ask_work_off(difference_id=difference.pk, by="b", reason="again")
    assert not reconciliation.decide_work_off(difference_id=difference.pk, by="a", agreed=True, now=now)
    assert reconciliation.decide_work_off(difference_id=difference.pk, by="b", agreed=True, now=now)
    assert "suspense" not in balances()
    assert balances()["write_off"] == 250
    reconcile(day, now)
    assert "suspense" not in balances()


def test_a_refused_work_off_can_be_asked_again(sandbox, paid, day, now):
    paid(1)
    plant(sandbox, {"edit": "fund_stray", "day": day.isoformat(), "number": "1", "amount": 90})
    reconcile(day, now)
    difference = Difference.objects.get(kind="fund_other")
    assert reconciliation.ask_work_off(difference_id=difference.pk, by="a", reason="不明")
    assert reconciliation.decide_work_off(difference_id=difference.pk, by="b", agreed=False, now=now)
    assert balances()["suspense"] == -90
    assert reconciliation.ask_work_off(difference_id=difference.pk, by="a", reason="不明")


def test_a_corrected_statement_reverses_what_the_wrong_one_put_in_suspense(sandbox, paid, day, now):
    number = paid(2)[0]
    plant(sandbox, {"edit": "amount", "number": number, "by": 7})
    reconcile(day, now)
    fee = balances()["gateway_fee"]
    assert balances()["suspense"] == -7
    assert differences() == [("amount_diff", "payment", number, True)]
    forget_edits(sandbox)
    reconcile(day, now)
    assert "suspense" not in balances()
    assert [is_open for *_, is_open in differences()] == [False]
    plant(sandbox, {"edit": "amount", "number": number, "by": 50_000})
    reconcile(day, now)
    assert balances()["suspense"] == -50_000
    assert balances()["gateway_fee"] == fee + 300
    assert balances()["clearing:wechat"] == gateway_money(sandbox) + 50_000 - fee - 300


def test_reconciling_again_books_nothing_twice(sandbox, paid, day, now):
    paid(2)
    reconcile(day, now)
    told = (balances(), Entry.objects.count(), FundLine.objects.count())
    for _ in range(3):
        reconcile(day, now)
    assert told == (balances(), Entry.objects.count(), FundLine.objects.count())


def test_a_clock_that_runs_away_is_told(sandbox, bill, now, monkeypatch):
    monkeypatch.setattr("payments.wire.http.MAX_DRIFT", -1)
    monkeypatch.setattr("payments.breaker.MAX_DRIFT", -1)
    charges.open_charge(bill(), now=now)
    collection.collect(now=now)
    collection.chase(now=now + timedelta(seconds=6))
    assert charges.backlog(now=now).drifting_gateways == ("wechat",)
    monkeypatch.setattr("payments.breaker.MAX_DRIFT", 60)
    collection.chase(now=now + timedelta(seconds=9))
    assert charges.backlog(now=now).drifting_gateways == ()
