"""What issuers said is emptied after two years; what they issued stays."""

from datetime import timedelta

import pytest

from payments import retention
from payments.models import Document, Invoice
from tests.payments.invoicing.conftest import ask, go_on, mine, office, paid, seller, vat  # noqa: F401

pytestmark = pytest.mark.django_db
YEARS = timedelta(days=731)


def test_an_invoice_that_still_waits_keeps_its_evidence(vat, ask, paid, now):  # noqa: F811
    ask(paid())
    Invoice.objects.update(evidence={"code": "E9106"})
    retention.shred(now=now + YEARS)
    assert Invoice.objects.get().evidence == {"code": "E9106"}


def test_an_issued_invoice_loses_the_raw_answer_and_keeps_its_documents(office, vat, ask, paid, now):  # noqa: F811
    ask(paid())
    go_on(now, until=lambda: Document.objects.count() == 3)
    before = Invoice.objects.values("number", "gross_fen", "status", "files").get()
    bodies = sorted(bytes(each.body) for each in Document.objects.all())
    assert Invoice.objects.get().evidence
    retention.shred(now=now + timedelta(days=700))
    assert Invoice.objects.get().evidence
    retention.shred(now=now + YEARS)
    assert Invoice.objects.get().evidence == {}
    assert Invoice.objects.values("number", "gross_fen", "status", "files").get() == before
    assert sorted(bytes(each.body) for each in Document.objects.all()) == bodies
