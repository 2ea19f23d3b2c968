"""The documents themselves: fetched once, kept byte for byte. A missing one never undoes an invoice."""

import hashlib
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from payments import issuers
from payments.domain import invoice as domain
from payments.invoicing import orders
from payments.issuers.base import Issued, Issuer, Reversed
from payments.models import Document, Invoice, Regime

# Some issuers draw the files minutes after the document; after so many tries (about a day) a person must ask.
MOST_TRIES = 30
WANTED: Mapping[str, frozenset[str]] = {
    Regime.Kind.VAT: frozenset({"pdf", "ofd", "xml"}),
    Regime.Kind.FISCAL: frozenset({"pdf"}),
}
# How each kind begins: an error page isn't kept for ten years as somebody's invoice.
_BEGINS = {"pdf": (b"%PDF",), "ofd": (b"PK",), "xml": (b"<", b"\xef\xbb\xbf<"), "picture": (b"\x89PNG", b"\xff\xd8")}


def work(*, now: datetime, limit: int) -> int:
    """Fetch what is due of one batch of issued invoices. Gives how many invoices were looked at."""
    with transaction.atomic():
        due = list(
            Invoice.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(fetch_at__lte=now)
            .select_related("blue")
            .order_by("fetch_at", "pk")[:limit]
        )
        for invoice in due:
            invoice.fetch_count += 1
            invoice.fetch_at = now + domain.RECOVER_AFTER
        Invoice.objects.bulk_update(due, ["fetch_count", "fetch_at"])
    for invoice in due:
        _fetch(invoice, now=now)
    return len(due)


def missing(invoice: Invoice) -> frozenset[str]:
    """The kinds of file that an invoice should have and hasn't."""
    return WANTED.get(invoice.regime, frozenset()) - set(invoice.documents.values_list("kind", flat=True))


def _fetch(invoice: Invoice, *, now: datetime) -> None:
    kept = set(invoice.documents.values_list("kind", flat=True))
    addresses = dict(invoice.files)
    if invoice.issuer in issuers.codes():
        issuer = issuers.issuer(invoice.issuer)
        if invoice.fetch_count > 1:
            addresses |= _addresses(issuer, invoice)
        for kind, address in addresses.items():
            if kind in kept or kind not in _BEGINS:
                continue
            body = issuer.download(address)
            if isinstance(body, bytes) and body.startswith(_BEGINS[kind]):
                Document.objects.bulk_create(
                    [
                        Document(
                            invoice=invoice,
                            kind=kind,
                            body=body,
                            sha256=hashlib.sha256(body).hexdigest(),
                            fetched_at=now,
                        )
                    ],
                    ignore_conflicts=True,
                )
                kept.add(kind)
    done = WANTED[invoice.regime] <= kept or invoice.fetch_count >= MOST_TRIES
    Invoice.objects.filter(pk=invoice.pk, fetch_count=invoice.fetch_count).update(
        files=addresses, fetch_at=None if done else now + domain.ask_after(invoice.fetch_count)
    )


def _addresses(issuer: Issuer, invoice: Invoice) -> Mapping[str, str]:
    """Where the issuer now says the files are."""
    if invoice.blue is not None:
        red = issuer.query_reversal(orders.red_order(invoice, blue=invoice.blue))
        return red.files if isinstance(red, Reversed) else {}
    found = issuer.query(invoice.serial)
    return found.files if isinstance(found, Issued) else {}
