"""Refunds as people ask for them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import transaction

from payments import refunding
from payments.collection import returning
from payments.gateways.base import BankCard, NotSent, Refused
from payments.models import Attempt, Charge, Part, Refund

# WeChat Pay's own limit for one payment.
MOST_REFUNDS = 50


class NotRefunded(StrEnum):
    """Why a refund could not be asked for."""

    UNKNOWN_CHARGE = "unknown_charge"
    NOTHING_PAID = "nothing_paid"
    TOO_MUCH = "too_much"
    TOO_OFTEN = "too_often"


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundView:
    """A refund as others may know it."""

    number: str
    charge_number: str
    gateway: str
    amount_fen: int
    status: str
    status_words: str
    reason: str
    requested_by: str
    requested_at: datetime
    waits_for_second: bool
    succeeded_at: datetime | None


def ask_refund(
    number: str, *, amount_fen: int, reason: str, by: str, limit_fen: int, now: datetime
) -> RefundView | NotRefunded:
    """Give part or all of what was paid for a charge back along the way it came.

    Above `limit_fen`, the asking person's own authority, it waits for a second person (decide_refund).
    """
    if amount_fen <= 0 or not reason or not by:
        raise ValueError("a refund needs an amount, a reason and a name")
    with transaction.atomic():
        charge = Charge.objects.select_for_update().filter(number=number).first()
        if charge is None:
            return NotRefunded.UNKNOWN_CHARGE
        paid = Part.objects.filter(charge=charge, attempt__status=Attempt.Status.SUCCEEDED).order_by("-attempt_id")
        parts = [(refunding.refundable(part=part), part) for part in paid]
        if not any(left > 0 for left, _ in parts):
            return NotRefunded.NOTHING_PAID
        fitting = next((part for left, part in parts if left >= amount_fen), None)
        if fitting is None:
            return NotRefunded.TOO_MUCH
        if Refund.objects.filter(attempt_id=fitting.attempt_id).count() >= MOST_REFUNDS:
            return NotRefunded.TOO_OFTEN
        refund = refunding.ask(part=fitting, amount_fen=amount_fen, reason=reason, by=by, limit_fen=limit_fen, now=now)
        return _view(refund)


def decide_refund(number: str, *, agreed: bool, by: str, now: datetime) -> bool:
    """A second person agrees to a refund or refuses it. False when it doesn't wait, or `by` asked for it."""
    return refunding.decide(number=number, by=by, agreed=agreed, now=now)


class NotMended(StrEnum):
    """Why an abnormal refund could not be sent another way."""

    NOTHING_WAITS = "nothing_waits"
    NOT_OFFERED = "not_offered"
    REFUSED = "refused"
    SILENT = "silent"


def mend_refund(number: str, *, bank: str, card: str, holder: str, by: str, now: datetime) -> NotMended | None:
    """Send an abnormal refund to the driver's own bank card; None when the gateway took it. Asks the network.

    The card is sealed for the gateway and kept nowhere.
    """
    found = returning.mend(number=number, card=BankCard(bank=bank, number=card, holder=holder), by=by, now=now)
    match found:
        case None:
            return NotMended.NOTHING_WAITS
        case Refused(code="NOT_OFFERED"):
            return NotMended.NOT_OFFERED
        case Refused():
            return NotMended.REFUSED
        case NotSent():
            return NotMended.SILENT
    return None


def refund_by_transfer(number: str, *, slip: str, by: str, now: datetime) -> bool:
    """An abnormal refund was paid from our bank account under that slip number, by another than who asked for it."""
    return refunding.by_transfer(number=number, by=by, slip=slip, now=now)


def refunds_of(numbers: list[str]) -> dict[str, list[RefundView]]:
    """The refunds of these charges, by charge number, oldest first; one query."""
    found = Refund.objects.filter(charge__number__in=numbers).select_related("charge").order_by("pk")
    told: dict[str, list[RefundView]] = {}
    for refund in found:
        view = _view(refund)
        told.setdefault(view.charge_number, []).append(view)
    return told


def _view(refund: Refund) -> RefundView:
    return RefundView(
        number=refund.number,
        charge_number=refund.charge.number if refund.charge else "",
        gateway=refund.gateway,
        amount_fen=refund.amount_fen,
        status=refund.status,
        status_words=refund.get_status_display(),
        reason=refund.reason,
        requested_by=refund.requested_by,
        requested_at=refund.requested_at,
        waits_for_second=refund.status == Refund.Status.REQUESTED,
        succeeded_at=refund.succeeded_at,
    )
