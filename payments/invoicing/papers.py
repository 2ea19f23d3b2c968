"""Our own papers beside an invoice: the statement of its sessions, and a driver's month. Neither is a tax document."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from payments.domain import accounts
from payments.domain.money import yuan
from payments.models import Charge, Entry, Invoice, InvoiceLine, Leg
from payments.printing import pdf
from payments.wire.moments import BEIJING


@dataclass(frozen=True, slots=True, kw_only=True)
class _Session:
    number: str
    place: str
    plate: str
    from_at: str
    to_at: str
    gross: str
    net: str
    tax: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    number: str
    place: str
    plate: str
    from_at: str
    to_at: str
    charged: str
    paid: str
    refunded: str
    owed: str
    invoice: str


def attachment_pdf(serial: str, *, language: str) -> bytes:
    """The sessions of a blue invoice, one by one, as PDF. Raises printing.CannotPrint, DoesNotExist for no serial."""
    return pdf(attachment_html(Invoice.objects.get(serial=serial, blue=None), language=language))


def attachment_html(invoice: Invoice, *, language: str) -> str:
    """Its page before it becomes a PDF."""
    lines = InvoiceLine.objects.filter(invoice=invoice).select_related("charge").order_by("charge__from_at", "pk")
    sessions = [
        _Session(
            number=line.charge.number,
            place=line.charge.place,
            plate=line.charge.plate,
            from_at=_clock(line.charge.from_at),
            to_at=_clock(line.charge.to_at),
            gross=yuan(line.gross_fen),
            net=yuan(line.net_fen),
            tax=yuan(line.tax_fen),
        )
        for line in lines
    ]
    return _render(
        "payments/attachment.html",
        {
            "invoice": invoice,
            "sessions": sessions,
            "taxed": invoice.rate > 0,
            "rate": f"{(invoice.rate * 100).normalize():f}",
            "gross": yuan(invoice.gross_fen),
            "net": yuan(invoice.net_fen),
            "tax": yuan(invoice.tax_fen),
        },
        language=language,
    )


def statement_pdf(numbers: Iterable[str], *, month: date, holder: str, language: str, now: datetime) -> bytes:
    """A driver's month as PDF: the charges of these stays. Raises printing.CannotPrint."""
    return pdf(statement_html(numbers, month=month, holder=holder, language=language, now=now))


def statement_html(numbers: Iterable[str], *, month: date, holder: str, language: str, now: datetime) -> str:
    """Its page before it becomes a PDF; four queries however many stays. `holder` is printed as it is given."""
    charges = list(Charge.objects.filter(number__in=list(numbers)).order_by("from_at", "pk"))
    ids = [charge.pk for charge in charges]
    paid, refunded, owed = _money(ids)
    invoices = dict(
        InvoiceLine.objects.filter(charge_id__in=ids, living=True)
        .exclude(invoice__number="")
        .values_list("charge_id", "invoice__number")
    )
    rows = [
        _Row(
            number=charge.number,
            place=charge.place,
            plate=charge.plate,
            from_at=_clock(charge.from_at),
            to_at=_clock(charge.to_at),
            charged=yuan(charge.amount_fen),
            paid=yuan(paid.get(charge.pk, 0)),
            refunded=yuan(refunded[charge.pk]) if refunded.get(charge.pk) else "",
            owed=yuan(owed[charge.pk]) if owed.get(charge.pk) else "",
            invoice=invoices.get(charge.pk, ""),
        )
        for charge in charges
    ]
    return _render(
        "payments/statement.html",
        {
            "month": month,
            "holder": holder,
            "rows": rows,
            "made": _clock(now),
            "charged": yuan(sum(charge.amount_fen for charge in charges)),
            "paid": yuan(sum(paid.values())),
            "refunded": yuan(sum(refunded.values())),
            "owed": yuan(sum(owed.values())),
        },
        language=language,
    )


def _money(charge_ids: list[int]) -> tuple[dict[int, int], dict[int, int], dict[int, int]]:
    """What was paid, given back and is still owed of each charge."""
    paid: dict[int, int] = {}
    refunded: dict[int, int] = {}
    owed: dict[int, int] = {}
    for charge_id, account, cause, amount in Leg.objects.filter(charge_id__in=charge_ids).values_list(
        "charge_id", "account", "entry__cause", "amount_fen"
    ):
        if account == accounts.RECEIVABLE:
            owed[charge_id] = owed.get(charge_id, 0) + amount
        elif account == accounts.CASH or account.startswith("clearing:"):
            if cause == Entry.Cause.REFUND_DONE:
                refunded[charge_id] = refunded.get(charge_id, 0) - amount
            else:
                paid[charge_id] = paid.get(charge_id, 0) + amount
    return paid, refunded, owed


def _render(template: str, told: dict[str, object], *, language: str) -> str:
    english = language.startswith("en")
    with translation.override("en" if english else "zh-hans"):
        return render_to_string(
            template,
            {
                "english": english,
                "operator": settings.OPERATOR["name_en" if english else "name"],
                "contact": settings.OPERATOR["contact"],
                **told,
            },
        )


def _clock(at: datetime) -> str:
    return f"{at.astimezone(BEIJING):%Y-%m-%d %H:%M}"
