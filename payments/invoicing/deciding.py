"""What people of finance do about an invoice: try again, give up, reverse. Each leaves their name in its story."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from payments.domain.invoice import InvoiceState
from payments.invoicing import moving, reversing
from payments.models import Charge, Invoice

_S = InvoiceState


def retry(serial: str, *, by: str, now: datetime) -> bool:
    """Go on with an invoice that waits: with its serial where nothing definite was heard, with a new one after a no.

    False when there is nothing to try again.
    """
    with transaction.atomic():
        invoice = _lock(serial)
        if invoice is None:
            return False
        if invoice.status == _S.FAILED and not invoice.retryable:
            return not invoice.number and invoice.blue_id is None and reversing.ask_again(invoice, by=by, now=now)
        if invoice.status == _S.FAILED:
            return moving.advance(invoice, to=_S.REQUESTED, now=now, by=by, detail="retry", act_at=now)
        return bool(
            Invoice.objects.filter(pk=invoice.pk)
            .filter(Q(status__in=[_S.REQUESTED, _S.SUBMITTED, _S.WAITING_LOGIN, _S.RED_REQUIRED]))
            .update(act_at=now)
        )


def give_up(serial: str, *, by: str, now: datetime) -> bool:
    """End an invoice that the issuer surely doesn't have: never sent, or refused. Its charges may be invoiced anew."""
    with transaction.atomic():
        invoice = _lock(serial)
        if invoice is None or invoice.number:
            return False
        never_sent = invoice.status == _S.REQUESTED and invoice.send_count == 0
        if not never_sent and not (invoice.status == _S.FAILED and invoice.retryable):
            return False
        return moving.advance(
            invoice,
            to=_S.FAILED,
            now=now,
            by=by,
            detail="given up",
            retryable=False,
            act_at=None,
            code_said=reversing.WITHDRAWN,
        )


def reverse(serial: str, *, by: str, now: datetime) -> bool:
    """Reverse an issued invoice that is wrong, or one that was issued with other amounts than ours."""
    with transaction.atomic():
        invoice = _lock(serial)
        if invoice is None or not invoice.number or invoice.blue_id is not None:
            return False
        return reversing.require(invoice, why=Invoice.Why.MISTAKE, by=by, now=now)


def _lock(serial: str) -> Invoice | None:
    found = Invoice.objects.filter(serial=serial).first()
    if found is None:
        return None
    list(Charge.objects.select_for_update(of=("self",)).filter(invoice_lines__invoice=found).order_by("pk"))
    return moving.lock(found.pk)
