"""What happened to a charge, from its opening to the last word about it, in order of time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from payments.models import Adjustment, Charge, Invoice, InvoiceMove, Part, Refund, Urged


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One thing that happened: words for people, fen where money is meant, who did it, the small print."""

    at: datetime
    what: str
    amount_fen: int | None = None
    by: str = ""
    note: str = ""


def history(number: str) -> list[Happening]:
    """All that happened to the charge of that number, oldest first; nothing for an unknown one. Six queries."""
    charge = Charge.objects.filter(number=number).first()
    if charge is None:
        return []
    found = [Happening(at=charge.opened_at, what=str(_("生成应收")), amount_fen=charge.amount_fen)]
    if charge.settled_at:
        found.append(Happening(at=charge.settled_at, what=charge.get_status_display()))
    for part in (_payments, _adjustments, _refunds, _messages, _papers):
        found += part(charge)
    return sorted(found, key=lambda each: each.at)


def _payments(charge: Charge) -> Iterator[Happening]:
    for part in Part.objects.filter(charge=charge).select_related("attempt"):
        attempt = part.attempt
        what = f"{attempt.get_kind_display()} · {attempt.get_status_display()}"
        small = " ".join(each for each in (attempt.gateway, attempt.number, attempt.code, attempt.message) if each)
        yield Happening(
            at=attempt.succeeded_at or attempt.created_at,
            what=what,
            amount_fen=part.amount_fen,
            by=attempt.taken_by,
            note=small,
        )


def _adjustments(charge: Charge) -> Iterator[Happening]:
    for done in Adjustment.objects.filter(charge=charge):
        what = f"{done.get_kind_display()} · {done.get_status_display()}"
        by = "、".join(each for each in (done.requested_by, done.decided_by) if each)
        yield Happening(
            at=done.decided_at or done.requested_at, what=what, amount_fen=done.amount_fen, by=by, note=done.reason
        )


def _refunds(charge: Charge) -> Iterator[Happening]:
    asked: StrPromise = _("申请退款")
    for refund in Refund.objects.filter(charge=charge):
        by = "、".join(each for each in (refund.requested_by, refund.approved_by) if each)
        small = " ".join(each for each in (refund.reason, refund.code, refund.message) if each)
        yield Happening(at=refund.requested_at, what=str(asked), amount_fen=refund.amount_fen, by=by, note=small)
        yield Happening(
            at=refund.succeeded_at or refund.submitted_at or refund.requested_at,
            what=refund.get_status_display(),
            amount_fen=refund.amount_fen,
            note=refund.number,
        )


def _messages(charge: Charge) -> Iterator[Happening]:
    for urged in Urged.objects.filter(charge=charge).select_related("urging"):
        message = urged.urging
        what = _("缴费通知") if urged.notice else _("催缴短信")
        yield Happening(
            at=message.sent_at or message.made_at,
            what=f"{what} · {message.get_status_display()}",
            amount_fen=message.amount_fen,
            note=message.phone,
        )


def _papers(charge: Charge) -> Iterator[Happening]:
    for move in InvoiceMove.objects.filter(invoice__lines__charge=charge).select_related("invoice").distinct():
        state = Invoice.Status(move.after).label
        paper = _("电子发票")
        yield Happening(at=move.at, what=f"{paper} · {state}", by=move.by, note=move.detail)
