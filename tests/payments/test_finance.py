import csv
import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from payments import charges, collection, finance
from payments.collection.claiming import claim
from payments.gateways.base import Fact, FactKind, State
from payments.models import Attempt, Refund

pytestmark = pytest.mark.django_db


@pytest.fixture
def day_of_money(sandbox, bill, now):
    """Two paid on road A, one of them partly given back; one owed on A and one on B."""
    bills = [
        bill(number="S1", plate="鄂L00001", amount_fen=500),
        bill(number="S2", plate="鄂L00002", amount_fen=700),
        bill(number="S3", plate="", amount_fen=900),
        bill(number="S4", plate="", amount_fen=1100, scope="B"),
    ]
    charges.open_charges(bills, now=now)
    claim(now=now, resting=set(), limit=9)
    for attempt in Attempt.objects.all():
        collection.settle(fact(attempt.number, attempt.amount_fen, now), source="query", now=now)
    asked = charges.ask_refund("S2", amount_fen=200, reason="test", by="a", limit_fen=1000, now=now)
    assert isinstance(asked, charges.RefundView)
    Refund.objects.update(status="processing")
    collection.settle(fact(asked.number, 200, now, kind=FactKind.REFUND), source="query", now=now)


def fact(number, fen, now, *, kind=FactKind.PAYMENT):
    return Fact(
        gateway="wechat",
        kind=kind,
        our_number=number,
        reference=f"T{number}",
        state=State.SUCCEEDED,
        amount_fen=fen,
        at=now,
        event_id="",
    )


def exported(what, *options):
    out = io.StringIO()
    call_command("export_finance", what, *options, stdout=out)
    return list(csv.DictReader(io.StringIO(out.getvalue())))


def test_days_in_the_wrong_order_are_refused():
    with pytest.raises(CommandError, match="before the first"):
        call_command("export_finance", "income", "--from", "2026-11-02", "--to", "2026-11-01")


def test_income_is_told_by_day_road_and_channel(day_of_money, now):
    (row,) = finance.income(from_at=now - timedelta(days=1), to_at=now + timedelta(days=1))
    assert (row.scope, row.channel, row.payments, row.paid_fen, row.refunded_fen) == ("A", "wechat", 2, 1200, 200)
    assert finance.income(from_at=now - timedelta(days=2), to_at=now - timedelta(days=1)) == []


@pytest.mark.parametrize(
    ("days", "bounds"), [(0, (None, None)), (31, (0, 30)), (65, (30, 60)), (91, (60, 90)), (121, (90, None))]
)
def test_what_is_owed_is_aged_from_the_day_it_fell_due(days, bounds, day_of_money, now):
    rows = finance.ageing(now=now + timedelta(days=days, minutes=1))
    assert [(row.scope, row.charges, row.owed_fen) for row in rows] == [("A", 1, 900), ("B", 1, 1100)]
    assert {(row.from_days, row.to_days) for row in rows} == {bounds}


def test_the_balances_sum_to_nothing_and_the_journal_is_their_proof(day_of_money, now):
    told = finance.balances(before=now + timedelta(days=1))
    assert told == {"clearing:wechat": 1000, "receivable": 2000, "refunds_payable": 0, "revenue": -3000}
    journal = list(finance.journal(from_at=now - timedelta(days=1), to_at=now + timedelta(days=1)))
    for account, total in told.items():
        assert sum(line.amount_fen for line in journal if line.account == account) == total


def test_the_exports_are_csv(day_of_money, now):
    day = str((now + timedelta(hours=8)).date())
    assert [row["paid_fen"] for row in exported("income", "--from", day)] == ["1200"]
    assert len(exported("journal", "--from", day)) == 16
    assert len(exported("balances", "--from", day)) == 4
    assert len(exported("ageing")) == 2


def test_the_sums_by_road_are_one_query(day_of_money, now, django_assert_num_queries):
    with django_assert_num_queries(1):
        told = charges.sums(["A", "B", "C"], from_at=now - timedelta(days=1), to_at=now + timedelta(days=1))
    assert told["A"] == charges.Sums(charges=3, settled=2, receivable_fen=2100, collected_fen=1000, received_fen=1000)
    assert told["B"] == charges.Sums(charges=1, settled=0, receivable_fen=1100, collected_fen=0, received_fen=0)
    assert "C" not in told
