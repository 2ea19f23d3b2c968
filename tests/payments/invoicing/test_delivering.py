"""By mail, by link, again; each try a row."""

import hashlib
from datetime import timedelta

import pytest
from django.core import mail
from django.db import transaction

from payments import invoicing
from payments.models import Delivery, Document, Invoice
from tests.payments.invoicing.conftest import go_on, states

pytestmark = pytest.mark.django_db


@pytest.fixture
def issued(office, vat, ask, paid, now):
    def make(*numbers, email="a@example.com"):
        for number in numbers or ("S1",):
            paid(number)
        ask(*(numbers or ("S1",)), email=email)
        go_on(now, until=lambda: Invoice.objects.filter(status="issued", fetch_at=None, deliver_at=None).exists())
        return Invoice.objects.get()

    return make


def tries():
    return list(Delivery.objects.filter(channel="mail").order_by("pk").values_list("tries", "status", "detail"))


def test_what_isnt_issued_is_not_delivered(vat, ask, paid, now):
    ask(paid())
    with pytest.raises(invoicing.NotDelivered):
        invoicing.make_link(Invoice.objects.get().serial, now=now)
    with pytest.raises(invoicing.NotDelivered):
        invoicing.send_again(Invoice.objects.get().serial, email="a@example.com", now=now)


def test_the_mail_brings_the_documents_untouched_and_a_link(issued):
    invoice = issued()
    [message] = mail.outbox
    assert message.to == ["a@example.com"]
    assert invoice.number in message.subject
    attached = {name.rpartition(".")[2]: body for name, body, _ in message.attachments}
    for document in Document.objects.all():
        body = attached[document.kind]
        body = body.encode() if isinstance(body, str) else body
        assert hashlib.sha256(body).hexdigest() == document.sha256
    assert "/i/" in message.body
    assert tries() == [(1, "sent", "")]


def test_without_an_address_nothing_is_mailed(issued):
    issued(email="")
    assert mail.outbox == []
    assert tries() == []


def test_a_mail_waits_for_the_files_but_not_for_ever(office, vat, ask, paid, now):
    office.world.faults.set([{"fault": "error_500", "operation": "file", "gateway": "documents", "times": -1}])
    ask(paid(), email="a@example.com")
    done = go_on(now, until=lambda: states() == [(False, "issued")])
    assert mail.outbox == []
    go_on(done, until=lambda: mail.outbox, seconds=660)
    assert "还在生成" in mail.outbox[0].body


def test_merged_sessions_are_named_in_an_attached_statement(issued):
    issued("S1", "S2")
    names = [name for name, _, _ in mail.outbox[0].attachments]
    assert any(name.startswith("statement-") and name.endswith(".pdf") for name in names)


def test_a_mail_server_that_is_away_is_tried_again_row_by_row(issued, settings, now):
    invoice = issued(email="")
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    invoicing.send_again(invoice.serial, email="b@example.com", now=now)
    for minutes in (0, 2, 15, 90, 200, 300):
        invoicing.work(now=now + timedelta(minutes=minutes))
    assert tries() == [(n, "failed", "ConnectionRefusedError") for n in (1, 2, 3, 4)]


def test_a_mail_of_a_worker_that_died_is_sent_again(issued, now):
    invoice = issued(email="")
    delivery = invoicing.send_again(invoice.serial, email="b@example.com", now=now)
    Delivery.objects.filter(pk=delivery.pk).update(status="sending", send_at=now + timedelta(minutes=10))
    invoicing.work(now=now + timedelta(minutes=5))
    assert mail.outbox == []
    invoicing.work(now=now + timedelta(minutes=11))
    assert len(mail.outbox) == 1


def test_it_is_sent_again_as_often_as_is_decent(issued, now):
    invoice = issued(email="")
    for _ in range(10):
        invoicing.send_again(invoice.serial, email="b@example.com", now=now)
    with pytest.raises(invoicing.NotDelivered):
        invoicing.send_again(invoice.serial, email="b@example.com", now=now)


def test_a_link_leads_to_its_invoice_until_it_expires_and_its_token_is_nowhere_kept(issued, now):
    invoice = issued(email="")
    link = invoicing.make_link(invoice.serial, now=now)
    assert len(link.token) >= 40
    assert invoicing.behind(link.token, now=now) == invoice.serial
    assert invoicing.behind(link.token, now=now + timedelta(days=31)) is None
    assert invoicing.behind(link.token[:-1], now=now) is None
    row = Delivery.objects.get(channel="link")
    assert link.token not in str(row.__dict__)
    assert row.opened_at == now


@pytest.mark.parametrize("change", [{"body": b"%PDF-other"}, {"sha256": "0" * 64}], ids=["body", "hash"])
def test_postgresql_keeps_documents_as_they_are(change, issued):
    issued(email="")
    with pytest.raises(Exception, match="Cannot update or delete"), transaction.atomic():
        Document.objects.update(**change)
    with pytest.raises(Exception, match="Cannot update or delete"), transaction.atomic():
        Document.objects.all().delete()


def test_postgresql_refuses_a_document_whose_hash_is_anothers(issued, now):
    invoice = issued(email="")
    with pytest.raises(Exception, match="hash"), transaction.atomic():
        Document.objects.create(invoice=invoice, kind="picture", body=b"x", sha256="0" * 64, fetched_at=now)


def test_postgresql_keeps_an_issued_invoice_as_it_is(issued):
    issued(email="")
    with pytest.raises(Exception, match="never changes"), transaction.atomic():
        Invoice.objects.update(number="1")
    with pytest.raises(Exception, match="Cannot delete"), transaction.atomic():
        Invoice.objects.all().delete()
