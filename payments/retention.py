"""What gateways and issuers said of drivers is kept only as long as a dispute may need it."""

from datetime import datetime, timedelta

from payments.domain.states import IN_FLIGHT, REFUND_DEAD, RefundState
from payments.models import Attempt, Invoice, Notification, Refund, Suspense

KEEP = timedelta(days=730)


def shred(*, now: datetime) -> int:
    """Empty the gateways' and issuers' raw answers and notifications that are older than two years; amounts, states
    and invoices' documents stay.

    Gives how many rows were emptied.
    """
    before = now - KEEP
    ended = [*REFUND_DEAD, RefundState.SUCCEEDED]
    return (
        Attempt.objects.filter(created_at__lt=before)
        .exclude(status__in=IN_FLIGHT)
        .exclude(evidence={}, offer={})
        .update(evidence={}, offer={})
        + Refund.objects.filter(requested_at__lt=before, status__in=ended).exclude(evidence={}).update(evidence={})
        + Invoice.objects.filter(requested_at__lt=before, act_at=None).exclude(evidence={}).update(evidence={})
        + Notification.objects.filter(received_at__lt=before, processed_at__isnull=False)
        .exclude(body=b"", facts=[])
        .update(body=b"", facts=[])
        + Suspense.objects.filter(seen_at__lt=before, resolved_at__isnull=False).exclude(fact={}).update(fact={})
    )
