"""Reversals (红冲): money that goes back reverses its invoice, the rest of the money gets a new one.

A refund never waits for any of this: the sweep finds that an invoice says more than what is left.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from payments.domain import invoice as domain
from payments.domain import numbers as serials
from payments.domain.invoice import Heard, InvoiceState
from payments.invoicing import asking, moving
from payments.models import Charge, Invoice

_S = InvoiceState
WITHDRAWN = "WITHDRAWN"

# Invoices of which a line says more than what was received and not given back.
_TOO_MUCH = """
SELECT DISTINCT i.id
  FROM payments_refund r
  JOIN payments_invoiceline l ON l.charge_id = r.charge_id AND l.living
  JOIN payments_invoice i ON i.id = l.invoice_id
 WHERE r.status NOT IN ('requested', 'closed', 'failed')
   AND (i.status = 'issued' OR (i.status = 'requested' AND i.send_count = 0))
   AND l.gross_fen > (SELECT coalesce(sum(p.amount_fen), 0)
                        FROM payments_part p JOIN payments_attempt a ON a.id = p.attempt_id
                       WHERE p.charge_id = l.charge_id AND a.status = 'succeeded')
                   - (SELECT coalesce(sum(b.amount_fen), 0) FROM payments_refund b
                       WHERE b.charge_id = l.charge_id AND b.status NOT IN ('requested', 'closed', 'failed'))
 LIMIT %s
"""


def find_refunded(*, now: datetime, limit: int) -> int:
    """Reverse the invoices whose money has gone back or is on its way. Gives how many were found."""
    with connection.cursor() as cursor:
        cursor.execute(_TOO_MUCH, [limit])
        found = [invoice_id for (invoice_id,) in cursor.fetchall()]
    for invoice_id in found:
        with transaction.atomic():
            invoice = _with_charges_locked(invoice_id)
            if invoice.status == _S.REQUESTED and invoice.send_count == 0:
                # Nobody was asked for it yet: it is withdrawn, and what is left is asked for instead.
                if moving.advance(invoice, to=_S.FAILED, now=now, detail="refunded", code_said=WITHDRAWN, act_at=None):
                    ask_again(invoice, now=now)
            else:
                require(invoice, why=Invoice.Why.REFUND, by="", now=now)
    return len(found)


def require(invoice: Invoice, *, why: Invoice.Why, by: str, now: datetime) -> bool:
    """Say that an issued invoice must be reversed. False when it isn't one."""
    return moving.advance(invoice, to=_S.RED_REQUIRED, now=now, by=by, detail=why.value, why_red=why, act_at=now)


def begin(*, now: datetime, limit: int) -> int:
    """Make the red documents that are due: their serials are stored, then they go the way of every document."""
    with transaction.atomic():
        blues = list(
            Invoice.objects.select_for_update(skip_locked=True)
            .filter(status=_S.RED_REQUIRED, act_at__lte=now)
            .order_by("act_at", "pk")[:limit]
        )
        reds = Invoice.objects.bulk_create([_red_of(blue, now=now) for blue in blues], ignore_conflicts=True)
        stored = {red.serial: red for red in Invoice.objects.filter(serial__in=[red.serial for red in reds])}
        moving.began(list(stored.values()), by="", now=now)
        Invoice.objects.filter(pk__in=[blue.pk for blue in blues]).update(act_at=None)
        return len(blues)


def _red_of(blue: Invoice, *, now: datetime) -> Invoice:
    kept = (
        "owner", "regime", "issuer", "seller_id", "seller_as_sent", "buyer_kind", "buyer_name", "buyer_tax_number",
        "buyer_as_sent", "special", "rate", "policy", "region", "place", "from_at", "to_at", "plates", "why_red",
        "email", "language",
    )  # fmt: skip
    return Invoice(
        serial=serials.invoice(now=now),
        blue=blue,
        status=_S.REQUESTED,
        gross_fen=-blue.gross_fen,
        net_fen=-blue.net_fen,
        tax_fen=-blue.tax_fen,
        requested_at=now,
        act_at=now,
        **{name: getattr(blue, name) for name in kept},
    )


def follow(red: Invoice, *, state: InvoiceState, heard: Heard, now: datetime) -> None:
    """Bring the blue invoice to where its red one has come. The caller holds both locked."""
    assert red.blue_id is not None
    blue = Invoice.objects.get(pk=red.blue_id)
    if state is _S.ISSUED or (state is _S.SUBMITTED and heard is Heard.MAKING):
        moving.advance(blue, to=_S.RED_PENDING, now=now, code_said=red.code_said, reason=red.reason)
    if state is _S.ISSUED:
        done = moving.advance(blue, to=_S.REVERSED, now=now, detail=red.number, act_at=None, code_said="", reason="")
        if done and blue.why_red == Invoice.Why.REFUND:
            list(Charge.objects.select_for_update(of=("self",)).filter(invoice_lines__invoice=blue).order_by("pk"))
            ask_again(blue, now=now)
    elif state is not _S.SUBMITTED:
        told: dict[str, Any] = {"code_said": red.code_said, "reason": red.reason}
        if state is _S.FAILED and not red.retryable:
            tried = Invoice.objects.filter(blue=blue).count()
            told["act_at"] = now + domain.RED_AGAIN_AFTER if tried < domain.RED_TRIES else None
        if blue.status == _S.RED_PENDING:
            moving.advance(blue, to=_S.RED_REQUIRED, now=now, detail=red.reason, **told)
        else:
            Invoice.objects.filter(pk=blue.pk, status=_S.RED_REQUIRED).update(**told)


def _with_charges_locked(invoice_id: int) -> Invoice:
    list(Charge.objects.select_for_update(of=("self",)).filter(invoice_lines__invoice_id=invoice_id).order_by("pk"))
    return Invoice.objects.select_for_update().get(pk=invoice_id)


def ask_again(gone: Invoice, *, by: str = "", now: datetime) -> bool:
    """A new blue invoice for what is left of the charges of one that is gone, to the same buyer.

    The caller holds the charges locked. False when nothing is left to invoice.
    """
    charges: Iterable[Charge] = Charge.objects.filter(invoice_lines__invoice=gone).order_by("pk")
    buyer = asking.Buyer(
        kind=gone.buyer_kind,
        name=gone.buyer_name,
        tax_number=gone.buyer_tax_number,
        special=gone.special,
        more=gone.buyer_as_sent,
    )
    wish = asking.Wish(owner=gone.owner, buyer=buyer, email=gone.email, language=gone.language, by=by)
    return bool(asking.open_invoices(list(charges), wish=wish, replaces=gone, now=now).serials)
