"""Our own papers: the statement beside a merged invoice, and the driver's month. Neither calls itself an invoice."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from payments import charges, invoicing
from payments.invoicing import papers
from payments.models import Invoice

pytestmark = pytest.mark.django_db


def month(numbers, *, now, language="zh-hans"):
    return papers.statement_html(numbers, month=date(2026, 11, 1), holder="138****0000", language=language, now=now)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_no_paper_of_ours_calls_itself_an_electronic_invoice(language, vat, ask, paid, now):
    ask(paid("S1"), paid("S2"))
    for page in (
        papers.attachment_html(Invoice.objects.get(), language=language),
        month(["S1", "S2"], now=now, language=language),
    ):
        assert "电子发票" not in page
        assert "<h1>发票" not in page
        assert "<h1>Invoice" not in page


def test_an_empty_month_says_so(now):
    assert "这个月没有停车费" in month([], now=now)


def test_the_attachment_adds_up_line_by_line(vat, ask, paid):
    ask(paid("S1", amount_fen=1090), paid("S2", amount_fen=545))
    page = papers.attachment_html(Invoice.objects.get(), language="en")
    for text in ("Parking breakdown", "10.00", "0.90", "5.00", "0.45", "15.00", "1.35", "16.35", "S1", "S2", "9%"):
        assert text in page


def test_the_month_tells_what_was_charged_and_is_still_owed(vat, paid, bill, now):
    charges.open_charge(bill(number="S9", amount_fen=300), now=now)
    page = month(["S9", "S8"], now=now)
    assert page.count("3.00") == 4  # charged and owed, in the line and in the sum
    assert "S8" not in page


def test_the_month_takes_as_many_queries_for_many_stays_as_for_few(paid, now):
    few, many = [paid("S1"), paid("S2")], [paid(f"T{n}") for n in range(30)]
    counts = []
    for numbers in (few, many):
        with CaptureQueriesContext(connection) as queries:
            month(numbers, now=now)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_papers_print_and_fetch_nothing(vat, ask, paid, now):
    ask(*[paid(f"S{n}") for n in range(12)])
    for body in (
        invoicing.attachment_pdf(Invoice.objects.get().serial, language="zh-hans"),
        invoicing.statement_pdf(["S1"], month=date(2026, 11, 1), holder="138****0000", language="en", now=now),
    ):
        assert body.startswith(b"%PDF-")
        assert len(body) > 5_000
