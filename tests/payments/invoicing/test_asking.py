"""Asking for invoices: what belongs together, what can't be invoiced, and that no charge is in two."""

import threading
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from payments import charges, invoicing
from payments.domain import tax
from payments.invoicing import Why
from payments.models import Charge, Invoice, InvoiceLine, Regime, Seller, TaxRule
from tests.payments.invoicing.conftest import MINE, pay

pytestmark = pytest.mark.django_db


def test_nobody_is_invoiced_to_anothers_title(vat, mine, paid, now):
    with pytest.raises(invoicing.NoSuchTitle):
        invoicing.ask([paid()], owner="user:2", title_id=mine.pk, language="zh-hans", now=now)


def test_a_title_that_was_removed_takes_no_more_invoices(vat, mine, paid, ask, now):
    invoicing.remove(mine.pk, owner=MINE, now=now)
    with pytest.raises(invoicing.NoSuchTitle):
        ask(paid())


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda **it: "S9", Why.UNKNOWN),
        (lambda **it: it["open"](), Why.NOT_PAID),
        (lambda **it: it["free"](), Why.NOTHING_LEFT),
        (lambda **it: it["old"](), Why.TOO_OLD),
    ],
    ids=["unknown", "unpaid", "free", "old"],
)
def test_a_charge_that_cant_be_invoiced_is_left_out_with_its_reason(make, why, vat, ask, paid, bill, now):
    def unpaid():
        return charges.open_charge(bill(number="S2"), now=now).number

    def free():
        return charges.open_charge(bill(number="S3", amount_fen=0), now=now).number

    def old():
        number = paid("S4")
        Charge.objects.filter(number=number).update(settled_at=now - timedelta(days=366))
        return number

    asked = ask(make(open=unpaid, free=free, old=old))
    assert asked.serials == ()
    assert list(asked.refused.values()) == [why]


def test_without_a_regime_nothing_is_invoiced(ask, paid):
    assert list(ask(paid()).refused.values()) == [Why.NO_REGIME]


def test_without_a_rate_nothing_is_invoiced(vat, ask, paid):
    TaxRule.objects.all().delete()
    assert list(ask(paid()).refused.values()) == [Why.NO_TAX_RULE]


def test_a_road_of_its_own_rule_goes_before_the_rule_for_all(vat, ask, paid):
    Regime.objects.create(scope="B", valid_from=date(2026, 1, 1), kind="none")
    asked = ask(paid("S1"), paid("S2", scope="B"))
    assert len(asked.serials) == 1
    assert asked.refused == {"S2": Why.NOT_INVOICED}


def test_the_day_on_which_the_stay_ended_decides_by_the_beijing_calendar(vat, seller, ask, paid):
    number = paid()
    charge = Charge.objects.get(number=number)
    TaxRule.objects.create(seller=seller, valid_from=date(2026, 7, 1), method="simplified", rate="0.05", policy="09")
    # Half past midnight of the first of July in Beijing is still June in Greenwich.
    moment = charge.to_at.replace(year=2026, month=6, day=30, hour=16, minute=30)
    Charge.objects.filter(pk=charge.pk).update(from_at=moment - timedelta(hours=1), to_at=moment)
    ask(number)
    invoice = Invoice.objects.get()
    assert (invoice.rate, invoice.policy) == (Decimal("0.05"), "09")


def test_net_and_tax_are_split_for_each_charge_and_added_up(vat, ask, paid):
    ask(*[paid(f"S{n}", amount_fen=300 + n) for n in range(8)])
    invoice = Invoice.objects.get()
    parts = [tax.split(300 + n, rate=Decimal("0.09")) for n in range(8)]
    assert (invoice.net_fen, invoice.tax_fen) == (sum(p[0] for p in parts), sum(p[1] for p in parts))
    assert invoice.gross_fen == sum(300 + n for n in range(8))


def test_sellers_regimes_and_rates_are_never_mixed(vat, seller, ask, paid):
    treasury = Seller.objects.create(name="财政", tax_number="T2", clerk="王五", issuer="fiscal", region="湖北省")
    other = Seller.objects.create(name="另一家", tax_number="T3", clerk="王五", issuer="local", region="湖北省")
    Regime.objects.create(scope="B", valid_from=date(2026, 1, 1), kind="fiscal", seller=treasury)
    Regime.objects.create(scope="C", valid_from=date(2026, 1, 1), kind="vat", seller=other)
    TaxRule.objects.create(seller=other, valid_from=date(2020, 1, 1), method="small", rate="0.03")
    ask(*[paid(f"S{scope}{n}", scope=scope) for scope in "ABC" for n in range(2)])
    found = Invoice.objects.order_by("issuer").values_list("issuer", "rate", "gross_fen", "tax_fen")
    assert list(found) == [
        ("fiscal", Decimal(0), 2180, 0),
        ("local", Decimal("0.03"), 2180, 64),
        ("nuonuo", Decimal("0.09"), 2180, 180),
    ]


def test_the_same_charge_again_is_refused(vat, ask, paid):
    number = paid()
    ask(number)
    assert ask(number).refused == {number: Why.ALREADY}


def test_postgresql_refuses_a_charge_in_two_living_invoices(vat, ask, paid):
    ask(paid("S1"))
    ask(paid("S2"))
    one, two = InvoiceLine.objects.order_by("pk")
    with pytest.raises(IntegrityError, match="charge_in_one_living_invoice"), transaction.atomic():
        InvoiceLine.objects.create(invoice=two.invoice, charge=one.charge, gross_fen=1, net_fen=1, tax_fen=0)


@pytest.mark.parametrize(
    "change",
    [
        {"gross_fen": 2, "net_fen": 2, "tax_fen": 0},
        {"buyer_name": "王五"},
        {"serial": "F0"},
        {"seller_as_sent": {}},
    ],
    ids=["amounts", "buyer", "serial", "seller"],
)
def test_postgresql_keeps_what_was_asked_for(change, vat, ask, paid):
    ask(paid())
    with pytest.raises(Exception, match="never changes"), transaction.atomic():
        Invoice.objects.update(**change)


def test_the_number_of_queries_doesnt_grow_with_the_charges(vat, ask, paid):
    few, many = [paid(f"S{n}") for n in range(2)], [paid(f"T{n}") for n in range(40)]
    ask(paid("U1"))
    counts = []
    for numbers in (few, many):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            ask(*numbers)
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.django_db(transaction=True)
def test_two_who_ask_at_once_get_one_invoice(vat, ask, paid):
    number = paid()
    got = []

    def run():
        got.append(len(ask(number).serials))
        connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == [0, 0, 0, 1]
    assert Invoice.objects.count() == 1


def test_what_can_be_invoiced_is_offered_newest_first(vat, paid, ask, bill, now):
    numbers = [paid("S1"), paid("S2", amount_fen=500)]
    charges.open_charge(bill(number="S3"), now=now)
    assert {(each.number, each.amount_fen) for each in invoicing.offers([*numbers, "S3", "S4"], now=now)} == {
        ("S1", 1090),
        ("S2", 500),
    }
    ask("S1")
    assert [each.number for each in invoicing.offers(numbers, now=now)] == ["S2"]


def test_the_remark_names_the_stay(vat, ask, paid):
    ask(paid())
    assert Invoice.objects.get().remark.startswith("鄂L12345 温泉路 A01 ")


def test_a_charge_paid_later_can_be_asked_for_later(vat, ask, bill, now):
    number = charges.open_charge(bill(number="S1"), now=now).number
    assert ask(number).refused == {"S1": Why.NOT_PAID}
    pay(number, now=now)
    assert len(ask(number).serials) == 1
