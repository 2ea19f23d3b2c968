"""Tax and fiscal income leave revenue when their document exists, and come back with the red one."""

from datetime import date, timedelta

import pytest

from payments import invoicing, ledger
from payments.invoicing import booking
from payments.models import Entry, Invoice, Leg, Regime, TaxRule
from tests.payments.invoicing.conftest import go_on, states
from tests.payments.invoicing.test_reversing import give_back, issued  # noqa: F401

pytestmark = pytest.mark.django_db
BOTH = [(False, "reversed"), (True, "issued")]


def balances():
    return {name: -ledger.balance(account=name) for name in ("revenue", "vat_payable", "fiscal_payable")}


def splits():
    return Entry.objects.filter(cause="split").order_by("pk")


def test_nothing_is_split_before_the_document_exists(vat, ask, paid):
    ask(paid())
    assert balances() == {"revenue": 1090, "vat_payable": 0, "fiscal_payable": 0}


def test_no_tax_splits_nothing(issued, vat):  # noqa: F811
    TaxRule.objects.update(rate=0)
    issued(1090)
    assert not splits().exists()


def test_the_red_of_a_document_that_was_never_booked_gives_nothing_back(vat, ask, paid, now):
    ask(paid())
    booking.split(Invoice(blue=Invoice.objects.get(), serial="red", regime="vat"), at=now, now=now)
    assert not splits().exists()
    assert balances()["vat_payable"] == 0


def test_an_issued_invoice_takes_the_tax_of_each_line_out_of_revenue(issued):  # noqa: F811
    blue = issued(1090, 500, 300)
    assert balances() == {
        "revenue": blue.net_fen,
        "vat_payable": blue.tax_fen,
        "fiscal_payable": 0,
    }
    taxes = Leg.objects.filter(account="vat_payable").order_by("charge__number")
    told = list(taxes.values_list("charge__number", "amount_fen"))
    assert told == [("S0", -90), ("S1", -41), ("S2", -25)]
    assert [entry.at for entry in splits()] == [blue.issued_at]


def test_the_same_document_is_booked_once(issued, now):  # noqa: F811
    blue = issued(1090)
    before = balances()
    booking.split(blue, at=now, now=now + timedelta(hours=1))
    assert balances() == before
    assert splits().count() == 1


def test_a_red_invoice_puts_it_back(issued, now):  # noqa: F811
    blue = issued(1090, 500)
    invoicing.reverse(blue.serial, by="finance", now=now)
    go_on(now, until=lambda: states() == BOTH, seconds=30)
    assert balances() == {"revenue": 1590, "vat_payable": 0, "fiscal_payable": 0}
    red = Invoice.objects.get(blue=blue)
    assert [entry.cause_key for entry in splits()] == [f"split:{blue.serial}", f"split:{red.serial}"]


def test_after_a_partial_refund_the_tax_is_that_of_the_rest(issued, now):  # noqa: F811
    issued(1090)
    give_back("S0", 545, now=now)
    go_on(now, until=lambda: states() == [*BOTH, (False, "issued")], seconds=30)
    assert balances() == {"revenue": 500, "vat_payable": 45, "fiscal_payable": 0}


def test_a_fiscal_receipts_money_is_the_treasurys(office, seller, ask, paid, now):
    seller.issuer = "fiscal"
    seller.save()
    Regime.objects.create(scope="", valid_from=date(2020, 1, 1), kind="fiscal", seller=seller)
    ask(paid())
    go_on(now, until=lambda: states() == [(False, "issued")])
    assert balances() == {"revenue": 0, "vat_payable": 0, "fiscal_payable": 1090}
    invoicing.reverse(Invoice.objects.get().serial, by="finance", now=now)
    go_on(now, until=lambda: states() == BOTH, seconds=30)
    assert balances() == {"revenue": 1090, "vat_payable": 0, "fiscal_payable": 0}
