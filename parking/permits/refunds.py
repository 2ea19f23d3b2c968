"""Ending a permit before its time."""

from datetime import datetime, timedelta
from enum import StrEnum

from django.db import transaction

from parking.models import Permit, User
from payments import charges
from payments.charges import RefundView

_DAY = timedelta(days=1)


class NotRefunded(StrEnum):
    """Why a permit gives no money back."""

    UNKNOWN_PERMIT = "unknown_permit"
    ENDED = "ended"
    NOT_PAID = "not_paid"
    NOTHING_LEFT = "nothing_left"


def refund(
    number: str, *, by: str, reason: str, limit_fen: int, now: datetime, holder: User | None = None
) -> RefundView | NotRefunded | charges.NotRefunded:
    """End a paid permit now and ask for the price of its unused whole days back; before it begins, for all of it.

    With `holder` only that person's own. Above `limit_fen` the refund waits for a second person, as any other.
    """
    with transaction.atomic():
        found = Permit.objects.select_for_update(of=("self",)).filter(number=number, revoked_at__isnull=True)
        permit = (found if holder is None else found.filter(holder=holder)).select_related("charge").first()
        if permit is None:
            return NotRefunded.UNKNOWN_PERMIT
        if permit.to_at <= now:
            return NotRefunded.ENDED
        if permit.charge is None or permit.charge.status != "settled":
            return NotRefunded.NOT_PAID
        amount = refundable_fen(permit, now=now)
        if amount <= 0:
            return NotRefunded.NOTHING_LEFT
        asked = charges.ask_refund(permit.number, amount_fen=amount, reason=reason, by=by, limit_fen=limit_fen, now=now)
        if isinstance(asked, RefundView):
            Permit.objects.filter(pk=permit.pk).update(revoked_at=now, reason=reason[:200])
        return asked


def refundable_fen(permit: Permit, *, now: datetime) -> int:
    """What ending the permit now would give back: its price by unused whole days, rounded down."""
    whole = max((permit.to_at - permit.from_at) // _DAY, 1)
    left = whole if now <= permit.from_at else max((permit.to_at - now) // _DAY, 0)
    return permit.price_fen * min(left, whole) // whole
