"""The state machine under every fault, over real HTTP: each ends right, and never with a second invoice.

docs/invoices.md names these tests fault by fault.
"""

import time
from datetime import timedelta

import pytest

from payments import invoicing, issuers
from payments.models import Document, Invoice, InvoiceLine, InvoiceMove, IssuerHealth, Seller
from tests.payments.invoicing.conftest import MINE, documents, go_on, states

pytestmark = pytest.mark.django_db

ISSUERS = ["nuonuo", "local"]
HOUR = 3600.0


@pytest.fixture(params=ISSUERS)
def at(request, office, vat):
    """The seller's account at each issuer in turn."""
    Seller.objects.update(issuer=request.param)
    return request.param


def issued():
    return Invoice.objects.filter(status="issued", fetch_at__isnull=True).exists()


def refuse(office, *rules):
    office.world.faults.set([{"gateway": "*", **rule} for rule in rules])


def one_good_invoice(office):
    """One invoice of ours, one document at the bureau, the same number, amounts and files."""
    invoice = Invoice.objects.get()
    assert invoice.status == "issued"
    assert documents(office) == [invoice.number]
    assert set(invoice.documents.values_list("kind", flat=True)) == {"pdf", "ofd", "xml"}
    assert InvoiceLine.objects.filter(living=True).count() == 1


def test_an_order_is_issued_and_its_files_are_kept_byte_for_byte(at, office, ask, paid, now):
    ask(paid())
    go_on(now, until=issued)
    one_good_invoice(office)
    for document in Document.objects.all():
        kept = issuers.issuer(at).download(document.invoice.files[document.kind])
        assert bytes(document.body) == kept


@pytest.mark.parametrize("fault", ["lose_request", "error_500"])
def test_a_time_out_before_issue_is_asked_after_and_sent_again_with_its_serial(fault, at, office, ask, paid, now):
    refuse(office, {"fault": fault, "operation": "issue"})
    ask(paid())
    serial = Invoice.objects.get().serial
    invoicing.work(now=now)
    assert states() == [(False, "submitted")]
    # Within the grace nothing is sent again, however often the issuer says that it knows no such serial.
    for seconds in range(5, 590, 30):
        invoicing.work(now=now + timedelta(seconds=seconds))
    assert Invoice.objects.get().send_count == 1
    assert documents(office) == []
    go_on(now, until=issued, seconds=601, step=60)
    assert Invoice.objects.get().serial == serial
    assert Invoice.objects.get().send_count == 2
    one_good_invoice(office)


@pytest.mark.parametrize("fault", ["lose_answer", "error_500_after", "delay_answer", "not_json"])
def test_a_time_out_after_issue_is_asked_after_and_never_sent_again(fault, at, office, ask, paid, now):
    refuse(office, {"fault": fault, "operation": "issue", "seconds": 1.2})
    ask(paid())
    go_on(now, until=issued)
    assert Invoice.objects.get().send_count == 1
    one_good_invoice(office)


def test_duplicate_means_ask(at, office, ask, paid, now):
    ask(paid())
    go_on(now, until=lambda: states() == [(False, "issued")])
    # The same row told to be sent again, as after a restored backup.
    row = Invoice.objects.get()
    assert isinstance(issuers.issuer(at).issue(_order_of(row)), (invoicing.working.Issued))
    assert len(documents(office)) == 1


def _order_of(row):
    from payments.invoicing import orders

    return orders.order(row, grosses=[row.gross_fen])


def test_a_duplicate_that_is_heard_by_the_worker_ends_in_one_invoice(office, vat, ask, paid, now):
    refuse(office, {"fault": "lose_answer", "operation": "issue"}, {"fault": "error_500", "operation": "query"})
    ask(paid())
    invoicing.work(now=now)
    # The queries fail for a day; then a person has it sent again by force of a late "missing".
    Invoice.objects.update(status="requested", act_at=now)
    go_on(now, until=issued, seconds=5)
    one_good_invoice(office)


def test_a_lost_login_waits_and_goes_on_with_its_serial_when_the_drawer_is_back(at, office, ask, paid, now):
    office.world.turn({"issue": "login"})
    ask(paid())
    serial = Invoice.objects.get().serial
    go_on(now, until=lambda: states() == [(False, "waiting_login")])
    assert documents(office) == []
    office.world.turn({"issue": "ok"})
    invoicing.watch(now=now + timedelta(seconds=300))
    go_on(now, until=issued, seconds=301)
    assert Invoice.objects.get().serial == serial
    one_good_invoice(office)


def test_the_watch_tells_of_a_lost_login_and_of_credit_that_runs_out(office, vat, now):
    office.world.turn({"issue": "login"})
    invoicing.watch(now=now)
    assert not IssuerHealth.objects.get(issuer="nuonuo").login_holds
    office.world.turn({"issue": "credit"})
    invoicing.watch(now=now)
    health = IssuerHealth.objects.get(issuer="nuonuo")
    assert health.login_holds
    assert health.credit_left_fen == 0
    assert invoicing.credit_is_low(health)


def test_spent_credit_fails_for_now_and_is_tried_again_with_its_serial(at, office, ask, paid, now):
    office.world.turn({"issue": "credit"})
    ask(paid())
    serial = Invoice.objects.get().serial
    go_on(now, until=lambda: states() == [(False, "failed")])
    row = Invoice.objects.get()
    assert row.retryable
    assert row.reason
    # It still holds its charge: nobody gets a second invoice while this one is only delayed.
    assert ask("S1").refused == {"S1": invoicing.Why.ALREADY}
    office.world.turn({"issue": "ok"})
    go_on(now, until=issued, seconds=HOUR + 60)
    assert Invoice.objects.get().serial == serial
    one_good_invoice(office)


def test_a_definite_no_fails_with_its_reason_and_lets_the_charge_go(at, office, ask, paid, now):
    office.world.turn({"issue": "fail"})
    ask(paid())
    go_on(now, until=lambda: states() == [(False, "failed")])
    row = Invoice.objects.get()
    assert not row.retryable
    assert "商品编码有误" in row.reason
    assert row.act_at is None
    office.world.turn({"issue": "ok"})
    ask("S1")
    go_on(now, until=issued, seconds=60)
    assert len(documents(office)) == 1
    assert Invoice.objects.exclude(pk=row.pk).get().serial != row.serial


@pytest.mark.parametrize("wrong", [{"gross": 1091}, {"net": 999, "tax": 91}], ids=["gross", "tax"])
def test_other_amounts_than_ours_fail_and_are_never_taken_silently(wrong, at, office, ask, paid, now):
    refuse(office, {"fault": "lose_answer", "operation": "issue"})
    ask(paid())
    invoicing.work(now=now)
    time.sleep(0.05)
    serial = Invoice.objects.get().serial
    office.world.books.change("invoices", serial, **wrong)
    go_on(now, until=lambda: states() == [(False, "failed")])
    row = Invoice.objects.get()
    assert row.code_said == "AMOUNT"
    assert "ours" in row.reason
    # The document exists, so the charge isn't free; a person has it reversed.
    assert ask("S1").refused == {"S1": invoicing.Why.ALREADY}
    assert not invoicing.retry(serial, by="finance", now=now)
    assert invoicing.reverse(serial, by="finance", now=now)
    go_on(now, until=lambda: states() == [(False, "reversed"), (True, "issued")], seconds=60)
    assert len(ask("S1").serials) == 1


@pytest.mark.parametrize("fault", ["lose_answer", "not_json", "error_500"])
def test_a_missing_pdf_never_undoes_the_invoice_and_comes_later(fault, at, office, ask, paid, now):
    refuse(office, {"fault": fault, "operation": "file", "number": "pdf", "times": 3})
    ask(paid())
    go_on(now, until=lambda: Document.objects.count() == 2)
    assert states() == [(False, "issued")]
    go_on(now, until=issued, seconds=30, step=30)
    one_good_invoice(office)


def test_a_file_that_never_comes_is_given_up_after_a_day_and_told(office, vat, ask, paid, now):
    refuse(office, {"fault": "error_500", "operation": "file", "number": "pdf", "times": -1})
    ask(paid())
    go_on(now, until=issued, step=HOUR, most=40)
    assert invoicing.filing.missing(Invoice.objects.get()) == {"pdf"}
    assert states() == [(False, "issued")]


def test_a_document_whose_seal_failed_is_sealed_again(office, vat, ask, paid, now):
    office.world.turn({"issue": "seal"})
    ask(paid())
    go_on(now, until=issued)
    one_good_invoice(office)


def test_nobody_at_the_issuers_door_is_waited_for(office, vat, ask, paid, now, settings):
    options = settings.INVOICE_ISSUERS["nuonuo"]["OPTIONS"]
    options["host"], right = "http://127.0.0.1:9", options["host"]
    issuers.forget()
    ask(paid())
    invoicing.work(now=now)
    assert states() == [(False, "requested")]
    assert Invoice.objects.get().code_said == "NOT_SENT"
    options["host"] = right
    issuers.forget()
    go_on(now, until=issued, seconds=60)
    one_good_invoice(office)


def test_a_spent_token_budget_keeps_the_order_until_there_is_a_token_again(office, vat, ask, paid, now, settings):
    settings.INVOICE_ISSUERS["nuonuo"]["OPTIONS"]["token_budget"] = 5
    issuers.forget()
    ask(paid())
    invoicing.work(now=now)
    row = Invoice.objects.get()
    assert (row.status, row.reason) == ("requested", "token: BudgetSpent")
    settings.INVOICE_ISSUERS["nuonuo"]["OPTIONS"]["token_budget"] = 50
    issuers.forget()
    go_on(now, until=issued, seconds=60)
    one_good_invoice(office)


def test_our_own_refused_key_is_no_verdict_on_the_invoice(office, vat, ask, paid, now, settings):
    options = settings.INVOICE_ISSUERS["nuonuo"]["OPTIONS"]
    refuse(office, {"fault": "refuse", "operation": "issue", "code": "070307", "message": "签名错误"})
    assert options["app_key"]
    ask(paid())
    invoicing.work(now=now)
    row = Invoice.objects.get()
    assert (row.status, row.retryable, row.code_said) == ("failed", True, "070307")
    assert invoicing.retry(row.serial, by="finance", now=now)
    go_on(now, until=issued)
    one_good_invoice(office)


def test_a_query_that_is_refused_says_nothing(office, vat, ask, paid, now):
    office.world.turn({"issue": "hold"})
    ask(paid())
    invoicing.work(now=now)
    refuse(office, {"fault": "refuse", "operation": "query", "code": "E9613", "message": "次数超限"})
    invoicing.work(now=now + timedelta(seconds=10))
    assert states() == [(False, "submitted")]
    office.world.turn({"issue": "ok"})
    office.bureau.finish(Invoice.objects.get().serial, "ok")
    go_on(now, until=issued, seconds=60)
    one_good_invoice(office)


def test_each_move_is_written_down_and_stays(office, vat, ask, paid, now):
    ask(paid())
    go_on(now, until=issued)
    assert list(InvoiceMove.objects.values_list("before", "after")) == [
        ("", "requested"),
        ("requested", "submitted"),
        ("submitted", "issued"),
    ]


def test_a_fiscal_receipt_names_every_charge_and_has_no_tax(office, seller, ask, paid, now):
    from datetime import date

    from payments.models import Regime

    Seller.objects.update(issuer="fiscal")
    Regime.objects.create(scope="", valid_from=date(2020, 1, 1), kind="fiscal", seller=seller)
    ask(paid("S1"), paid("S2", amount_fen=500))
    go_on(now, until=issued)
    row = Invoice.objects.get()
    assert (row.gross_fen, row.tax_fen, len(row.code), len(row.number)) == (1590, 0, 8, 10)
    assert row.check_code


def test_fifty_charges_in_one_invoice_agree_with_the_issuer_to_the_cent(at, office, ask, paid, now):
    ask(*[paid(f"S{n}", amount_fen=301 + n) for n in range(50)])
    go_on(now, until=lambda: not Invoice.objects.exclude(status="issued", fetch_at__isnull=True).exists())
    theirs = {row["serial"]: row for _, row in office.world.books.rows("invoices")}
    assert Invoice.objects.count() == len(theirs)
    for row in Invoice.objects.all():
        lines = list(row.lines.values_list("gross_fen", "net_fen", "tax_fen"))
        told = theirs[row.serial]
        assert tuple(map(sum, zip(*lines, strict=True))) == (told["gross"], told["net"], told["tax"])
    assert sum(row["gross"] for row in theirs.values()) == sum(range(301, 351))
    assert InvoiceLine.objects.filter(living=True).count() == 50
    assert Invoice.objects.values_list("owner", flat=True).distinct().get() == MINE
