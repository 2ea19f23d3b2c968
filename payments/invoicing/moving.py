"""The one place where invoices change state: a conditional UPDATE decides, the move is written down."""

from collections.abc import Sequence
from datetime import datetime

from payments.domain import invoice as domain
from payments.domain.invoice import InvoiceState
from payments.models import Invoice, InvoiceMove


def began(invoices: Sequence[Invoice], *, by: str, now: datetime) -> None:
    """The first line of each invoice's story."""
    InvoiceMove.objects.bulk_create(
        [InvoiceMove(invoice=each, before="", after=each.status, by=by, at=now) for each in invoices]
    )


def advance(
    invoice: Invoice, *, to: InvoiceState, now: datetime, by: str = "", detail: str = "", **changes: object
) -> bool:
    """Move an invoice from the state in which it was read, with the columns that change along.

    False, and nothing is done, when the table knows no such move or another was faster.
    """
    before = InvoiceState(invoice.status)
    if not domain.may_move(before, to):
        return False
    if not Invoice.objects.filter(pk=invoice.pk, status=before).update(status=to, **changes):
        return False
    invoice.status = to
    for name, value in changes.items():
        setattr(invoice, name, value)
    InvoiceMove.objects.create(invoice=invoice, before=before, after=to, by=by, detail=detail[:300], at=now)
    return True


def lock(invoice_id: int) -> Invoice:
    """The invoice, locked; a red one after its blue one, as everyone locks them."""
    blue_id = Invoice.objects.values_list("blue_id", flat=True).get(pk=invoice_id)
    if blue_id is not None:
        Invoice.objects.select_for_update().get(pk=blue_id)
    return Invoice.objects.select_for_update().get(pk=invoice_id)
