"""Money that goes back reverses its invoice, and the rest gets a new one. The refund waits for nobody."""

from datetime import timedelta

import pytest

from payments import charges, invoicing
from payments.models import Invoice, InvoiceLine, Refund
from tests.payments.books import refunds
from tests.payments.invoicing.conftest import documents, go_on, states

pytestmark = pytest.mark.django_db


def give_back(number, amount_fen, *, now):
    """Asked for and agreed: the money is on its way."""
    charges.ask_refund(number, amount_fen=amount_fen, reason="多收", by="a", limit_fen=100_000, now=now)


@pytest.fixture
def issued(office, vat, ask, paid, now):
    """Charges in one issued invoice."""

    def make(*amounts, title=None, email=""):
        numbers = [paid(f"S{n}", amount_fen=amount) for n, amount in enumerate(amounts)]
        ask(*numbers, title=title, email=email)
        go_on(now, until=lambda: states() == [(False, "issued")])
        return Invoice.objects.get()

    return make


def test_a_whole_refund_ends_in_a_red_invoice_and_nothing_new(issued, office, now):
    blue = issued(1090)
    give_back("S0", 1090, now=now)
    go_on(now, until=lambda: states() == [(False, "reversed"), (True, "issued")], seconds=30)
    red = Invoice.objects.exclude(pk=blue.pk).get()
    assert (red.blue_id, red.gross_fen, red.net_fen, red.tax_fen) == (blue.pk, -1090, -1000, -90)
    assert documents(office, red=True) == [red.number]
    assert not InvoiceLine.objects.filter(living=True).exists()


def test_a_partial_refund_ends_in_a_full_red_and_a_new_blue_for_the_rest(issued, office, now):
    blue = issued(1090)
    give_back("S0", 327, now=now)
    wanted = [(False, "reversed"), (True, "issued"), (False, "issued")]
    go_on(now, until=lambda: states() == wanted, seconds=30)
    _, red, rest = Invoice.objects.order_by("pk")
    assert red.gross_fen == -1090
    assert (rest.gross_fen, rest.replaces_id, rest.buyer_name) == (763, blue.pk, "李四")
    assert len(documents(office)) == 2
    assert len(documents(office, red=True)) == 1


def test_one_refund_in_a_merged_invoice_leaves_the_others_in_a_new_one(issued, now):
    issued(1090, 500, 300)
    give_back("S1", 500, now=now)
    go_on(now, until=lambda: states() == [(False, "reversed"), (True, "issued"), (False, "issued")], seconds=30)
    lines = InvoiceLine.objects.filter(living=True).order_by("charge__number")
    assert list(lines.values_list("charge__number", "gross_fen")) == [("S0", 1090), ("S2", 300)]


def test_the_refund_is_done_while_the_buyer_still_has_to_agree(issued, office, now):
    issued(1090)
    office.world.turn({"red": "02"})
    give_back("S0", 1090, now=now)
    go_on(now, until=lambda: states()[0] == (False, "red_pending"), seconds=30)
    from payments import collection

    collection.chase(now=now + timedelta(seconds=60))
    assert refunds() == [(1090, "succeeded")]
    serial = Invoice.objects.get(blue__isnull=False).serial
    go_on(now, until=lambda: Invoice.objects.get(serial=serial).code_said == "BUYER", seconds=60)
    office.bureau.finish_red(serial, "04")
    go_on(now, until=lambda: states() == [(False, "reversed"), (True, "issued")], seconds=90, step=30)


def test_a_refund_that_waits_for_a_second_person_reverses_nothing_yet(issued, now):
    issued(1090)
    charges.ask_refund("S0", amount_fen=1090, reason="多收", by="a", limit_fen=1, now=now)
    invoicing.work(now=now + timedelta(seconds=60))
    assert states() == [(False, "issued")]
    charges.decide_refund(Refund.objects.get().number, agreed=True, by="b", now=now)
    invoicing.work(now=now + timedelta(seconds=61))
    assert states()[0][1] in ("red_required", "red_pending", "reversed")


def test_money_that_goes_back_before_the_invoice_was_sent_is_never_invoiced(office, vat, ask, paid, now):
    ask(paid("S0"), paid("S1", amount_fen=500))
    give_back("S0", 1090, now=now)
    go_on(now, until=lambda: states() == [(False, "failed"), (False, "issued")])
    assert Invoice.objects.get(status="issued").gross_fen == 500
    assert len(documents(office)) == 1


def test_money_that_goes_back_while_it_is_being_made_is_reversed_once_it_is(office, vat, ask, paid, now):
    office.world.turn({"issue": "hold"})
    ask(paid("S0"))
    invoicing.work(now=now)
    give_back("S0", 1090, now=now)
    invoicing.work(now=now + timedelta(seconds=3))
    assert states() == [(False, "submitted")]
    office.world.turn({"issue": "ok"})
    office.bureau.finish(Invoice.objects.get().serial, "ok")
    go_on(now, until=lambda: states() == [(False, "reversed"), (True, "issued")], seconds=10)


@pytest.mark.parametrize("word", ["05", "07", "16"])
def test_a_red_that_is_refused_is_tried_again_with_a_new_serial_and_told(word, issued, office, now):
    issued(1090)
    office.world.turn({"red": word})
    give_back("S0", 1090, now=now)
    go_on(now, until=lambda: states() == [(False, "red_required"), (True, "failed")], seconds=30)
    blue, red = Invoice.objects.order_by("pk")
    assert blue.code_said == red.code_said == f"RED_{word}"
    office.world.turn({"red": "01"})
    go_on(now, until=lambda: Invoice.objects.get(pk=blue.pk).status == "reversed", seconds=86_400 + 60)
    assert states() == [(False, "reversed"), (True, "failed"), (True, "issued")]
    assert len(documents(office, red=True)) == 1
    again = Invoice.objects.filter(blue=blue).order_by("-pk")[0]
    assert again.serial != red.serial


def test_after_three_refused_reds_a_person_decides(issued, office, now):
    issued(1090)
    office.world.turn({"red": "16"})
    give_back("S0", 1090, now=now)
    for day in range(4):
        go_on(now, until=lambda: True, seconds=day * 90_000)
        go_on(now, until=lambda: Invoice.objects.filter(status="submitted").count() == 0, seconds=day * 90_000 + 60)
    blue = Invoice.objects.get(blue__isnull=True)
    assert (blue.status, blue.act_at, blue.reds.count()) == ("red_required", None, 3)
    office.world.turn({"red": "01"})
    assert invoicing.retry(blue.serial, by="finance", now=now + timedelta(days=5))
    go_on(now + timedelta(days=5), until=lambda: Invoice.objects.get(pk=blue.pk).status == "reversed")


@pytest.mark.parametrize("fault", ["lose_answer", "error_500", "lose_request", "error_500_after"])
def test_a_red_in_the_dark_ends_in_one_red_invoice(fault, issued, office, now):
    issued(1090)
    office.world.faults.set([{"fault": fault, "operation": "reverse"}])
    give_back("S0", 1090, now=now)
    go_on(now, until=lambda: states() == [(False, "reversed"), (True, "issued")], seconds=30, step=60)
    assert len(documents(office, red=True)) == 1


def test_a_fiscal_receipt_is_written_off_the_same_way(office, seller, ask, paid, now):
    from datetime import date

    from payments.models import Regime, Seller

    Seller.objects.update(issuer="fiscal")
    Regime.objects.create(scope="", valid_from=date(2020, 1, 1), kind="fiscal", seller=seller)
    ask(paid("S0"))
    go_on(now, until=lambda: states() == [(False, "issued")])
    give_back("S0", 90, now=now)
    wanted = [(False, "reversed"), (True, "issued"), (False, "issued")]
    go_on(now, until=lambda: states() == wanted, seconds=30)


def test_an_invoice_that_was_wrong_is_reversed_by_a_person_and_asked_for_anew_by_its_driver(issued, ask, company, now):
    blue = issued(1090)
    assert invoicing.reverse(blue.serial, by="finance", now=now)
    go_on(now, until=lambda: states() == [(False, "reversed"), (True, "issued")], seconds=30)
    assert len(ask("S0", title=company).serials) == 1


def test_a_red_one_is_not_reversed_again(issued, now):
    blue = issued(1090)
    invoicing.reverse(blue.serial, by="finance", now=now)
    go_on(now, until=lambda: states() == [(False, "reversed"), (True, "issued")], seconds=30)
    red = Invoice.objects.get(blue=blue)
    assert not invoicing.reverse(red.serial, by="finance", now=now)
    assert not invoicing.reverse(blue.serial, by="finance", now=now)


def test_only_what_was_never_sent_or_was_refused_can_be_given_up(office, vat, ask, paid, now):
    ask(paid("S0"))
    assert invoicing.give_up(Invoice.objects.get().serial, by="finance", now=now)
    ask("S0")
    invoicing.work(now=now)
    second = Invoice.objects.order_by("-pk")[0]
    assert not invoicing.give_up(second.serial, by="finance", now=now)
