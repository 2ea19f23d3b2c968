"""A stored invoice in the issuers' words: always the same order for the same row."""

from decimal import Decimal

from payments.issuers.base import (
    InvoiceLine,
    InvoiceOrder,
    Lease,
    RedOrder,
    RedReason,
    Seller,
    Title,
    TitleKind,
)
from payments.models import Invoice, Regime


def order(invoice: Invoice, *, grosses: list[int]) -> InvoiceOrder:
    """A blue document. Under VAT one line with the lease (特定要素 06); a fiscal receipt names every charge."""
    at = invoice.requested_at
    if invoice.regime == Regime.Kind.VAT:
        lines: tuple[InvoiceLine, ...] = (
            InvoiceLine(
                gross_fen=invoice.gross_fen,
                net_fen=invoice.net_fen,
                tax_fen=invoice.tax_fen,
                rate=Decimal(invoice.rate),
                policy=invoice.policy,
            ),
        )
    else:
        lines = tuple(InvoiceLine(gross_fen=gross, net_fen=gross, tax_fen=0, rate=Decimal(0)) for gross in grosses)
    return InvoiceOrder(
        serial=invoice.serial,
        seller=Seller(**invoice.seller_as_sent),
        title=_title(invoice),
        lines=lines,
        at=at,
        lease=Lease(
            region=invoice.region,
            address=invoice.place[:120],
            from_at=invoice.from_at,
            to_at=invoice.to_at,
            plates=tuple(invoice.plates),
        ),
        remark=invoice.remark,
        special=invoice.special,
    )


def red_order(red: Invoice, *, blue: Invoice) -> RedOrder:
    """The whole reversal of a blue document."""
    return RedOrder(
        serial=red.serial,
        blue_serial=blue.serial,
        blue_number=blue.number,
        blue_code=blue.code,
        seller=Seller(**blue.seller_as_sent),
        title=_title(blue),
        at=red.requested_at,
        reason=RedReason(red.why_red or RedReason.RETURNED),
        special=blue.special,
    )


def _title(invoice: Invoice) -> Title:
    return Title(
        kind=TitleKind(invoice.buyer_kind),
        name=invoice.buyer_name,
        tax_number=invoice.buyer_tax_number,
        **invoice.buyer_as_sent,
    )
