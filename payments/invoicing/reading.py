"""What others may know of invoices: frozen records, read with a constant number of queries."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import QuerySet

from payments.domain.invoice import InvoiceState
from payments.invoicing.reversing import WITHDRAWN
from payments.models import Delivery, Document, Invoice, InvoiceLine

_S = InvoiceState
# Of a document, by its kind.
MEDIA_TYPES: dict[str, str] = {
    "pdf": "application/pdf",
    "ofd": "application/ofd",
    "xml": "application/xml",
    "picture": "image/png",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryView:
    """One try to bring it to somebody."""

    channel: str
    status: str
    email: str = field(repr=False)
    made_at: datetime
    sent_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceView:
    """An invoice as its owner may know it. A red one names its `blue_serial`, a reversed one its `red_serial`.

    `waits_for` is what it waits for when it isn't issued: "us" (being made), "login", "retry" (tried again by itself),
    "staff" (a person of ours) or "" for nothing.
    """

    serial: str
    red: bool
    blue_serial: str
    red_serial: str
    replaces_serial: str
    status: str
    waits_for: str
    code_said: str
    reason: str
    regime: str
    buyer_kind: str
    buyer_name: str
    buyer_tax_number: str
    seller_name: str
    gross_fen: int
    net_fen: int
    tax_fen: int
    rate: str
    number: str
    code: str
    check_code: str
    place: str
    from_at: datetime
    to_at: datetime
    email: str = field(repr=False)
    requested_at: datetime
    issued_at: datetime | None
    charges: tuple[str, ...]
    files: tuple[str, ...]
    deliveries: tuple[DeliveryView, ...]

    @property
    def issued(self) -> bool:
        """Whether the document exists at the bureau, reversed or not."""
        return self.status in (_S.ISSUED, _S.RED_REQUIRED, _S.RED_PENDING, _S.REVERSED)

    @property
    def withdrawn(self) -> bool:
        """Whether it was given up before it was issued: nobody refused it."""
        return self.status == _S.FAILED and self.code_said == WITHDRAWN

    @property
    def moving(self) -> bool:
        """Whether it is on its way somewhere, so that it is worth looking again."""
        return self.status in (_S.REQUESTED, _S.SUBMITTED, _S.RED_REQUIRED, _S.RED_PENDING) or (
            self.status == _S.ISSUED and not self.files
        )


def invoices_of(
    owner: str, *, before: int | None = None, limit: int | None = 50
) -> tuple[list[InvoiceView], int | None]:
    """The owner's invoices, newest first, and the key of the next page; five queries. Without a limit all of them."""
    found = Invoice.objects.filter(owner=owner).order_by("-pk")
    if before is not None:
        found = found.filter(pk__lt=before)
    if limit is None:
        return _views(list(_whole(found))), None
    page = list(_whole(found)[: limit + 1])
    return _views(page[:limit]), page[limit - 1].pk if len(page) > limit else None


def invoice_of(owner: str, serial: str) -> InvoiceView | None:
    """One invoice of this owner's; None for another's."""
    views = _views(list(_whole(Invoice.objects.filter(owner=owner, serial=serial))))
    return views[0] if views else None


def invoice_behind(serial: str) -> InvoiceView | None:
    """The invoice of that serial whoever's it is: for those who were led there by its link."""
    views = _views(list(_whole(Invoice.objects.filter(serial=serial))))
    return views[0] if views else None


def living_of(numbers: Iterable[str]) -> dict[str, str]:
    """The serial of the living invoice of each of these charges, by charge number."""
    lines = InvoiceLine.objects.filter(charge__number__in=list(numbers), living=True)
    return dict(lines.values_list("charge__number", "invoice__serial"))


def document(serial: str, kind: str, *, owner: str | None = None) -> Document | None:
    """A file of an issued invoice as the issuer made it; with `owner` only of that owner's."""
    found = Document.objects.filter(invoice__serial=serial, kind=kind)
    if owner is not None:
        found = found.filter(invoice__owner=owner)
    return found.first()


def _whole(found: "QuerySet[Invoice]") -> "QuerySet[Invoice]":
    return found.select_related("blue", "replaces")


def _views(rows: Sequence[Invoice]) -> list[InvoiceView]:
    ids = [row.pk for row in rows]
    charges: dict[int, list[str]] = {}
    # A red document reverses the charges of its blue one.
    owners = {row.blue_id or row.pk for row in rows}
    for invoice_id, number in InvoiceLine.objects.filter(invoice_id__in=owners).values_list(
        "invoice_id", "charge__number"
    ):
        charges.setdefault(invoice_id, []).append(number)
    files: dict[int, list[str]] = {}
    for invoice_id, kind in Document.objects.filter(invoice_id__in=ids).values_list("invoice_id", "kind"):
        files.setdefault(invoice_id, []).append(kind)
    reds = dict(Invoice.objects.filter(blue_id__in=ids).exclude(number="").values_list("blue_id", "serial"))
    deliveries: dict[int, list[DeliveryView]] = {}
    for each in Delivery.objects.filter(invoice_id__in=ids).order_by("pk"):
        deliveries.setdefault(each.invoice_id, []).append(
            DeliveryView(
                channel=each.channel,
                status=each.status,
                email=each.email,
                made_at=each.made_at,
                sent_at=each.sent_at,
            )
        )
    return [
        InvoiceView(
            serial=row.serial,
            red=row.blue_id is not None,
            blue_serial=row.blue.serial if row.blue else "",
            red_serial=reds.get(row.pk, ""),
            replaces_serial=row.replaces.serial if row.replaces else "",
            status=row.status,
            waits_for=_waits_for(row),
            code_said=row.code_said,
            reason=row.reason,
            regime=row.regime,
            buyer_kind=row.buyer_kind,
            buyer_name=row.buyer_name,
            buyer_tax_number=row.buyer_tax_number,
            seller_name=row.seller_as_sent["name"],
            gross_fen=row.gross_fen,
            net_fen=row.net_fen,
            tax_fen=row.tax_fen,
            rate=f"{(row.rate * 100).normalize():f}",
            number=row.number,
            code=row.code,
            check_code=row.check_code,
            place=row.place,
            from_at=row.from_at,
            to_at=row.to_at,
            email=row.email,
            requested_at=row.requested_at,
            issued_at=row.issued_at,
            charges=tuple(sorted(charges.get(row.blue_id or row.pk, ()))),
            files=tuple(sorted(files.get(row.pk, ()), key=("pdf", "ofd", "xml", "picture").index)),
            deliveries=tuple(deliveries.get(row.pk, ())),
        )
        for row in rows
    ]


def _waits_for(row: Invoice) -> str:
    if row.status == _S.WAITING_LOGIN:
        return "login"
    if row.status == _S.FAILED:
        return "retry" if row.retryable else "staff" if row.number else ""
    return "us" if row.status in (_S.REQUESTED, _S.SUBMITTED, _S.RED_REQUIRED, _S.RED_PENDING) else ""
