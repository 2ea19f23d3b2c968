"""Ending a permit before its time."""

from datetime import datetime
from enum import StrEnum

from django.conf import settings
from django.db import transaction

from parking.models import Permit, User
from parking.permits.reading import refundable_fen
from payments import charges
from payments.charges import RefundView


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


def give_back(number: str, *, holder: User, now: datetime) -> RefundView | NotRefunded | charges.NotRefunded:
    """The holder ends their own permit. The rule says the sum, so a second person looks at large ones only."""
    limit = settings.PERMIT_REFUND_LIMIT_FEN
    by = f"driver:{holder.pk}"
    return refund(number, by=by, reason="车主退证", limit_fen=limit, now=now, holder=holder)
