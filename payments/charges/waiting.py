"""What waits for a person's decision about money."""

from dataclasses import dataclass
from datetime import datetime

from payments.models import Adjustment, Refund, Suspense


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteOffView:
    """A claim that somebody wants to give up."""

    charge_number: str
    amount_fen: int
    reason: str
    requested_by: str
    requested_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundWaiting:
    """A refund that waits for a second person (`abnormal` False), or for another way back (True)."""

    number: str
    charge_number: str
    gateway: str
    amount_fen: int
    reason: str
    requested_by: str
    requested_at: datetime
    abnormal: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspenseView:
    """A gateway's word that could not be booked."""

    id: int
    gateway: str
    reason: str
    kind: str
    our_number: str
    reference: str
    amount_fen: int | None
    seen_at: datetime


def write_offs_waiting() -> list[WriteOffView]:
    """Oldest first; one query."""
    found = Adjustment.objects.filter(status=Adjustment.Status.REQUESTED).select_related("charge").order_by("pk")
    return [
        WriteOffView(
            charge_number=one.charge.number,
            amount_fen=one.amount_fen,
            reason=one.reason,
            requested_by=one.requested_by,
            requested_at=one.requested_at,
        )
        for one in found
    ]


def refunds_waiting() -> list[RefundWaiting]:
    """Oldest first; one query."""
    for_people = [Refund.Status.REQUESTED, Refund.Status.ABNORMAL]
    found = Refund.objects.filter(status__in=for_people).select_related("charge").order_by("pk")
    return [
        RefundWaiting(
            number=one.number,
            charge_number=one.charge.number if one.charge else "",
            gateway=one.gateway,
            amount_fen=one.amount_fen,
            reason=one.reason,
            requested_by=one.requested_by,
            requested_at=one.requested_at,
            abnormal=one.status == Refund.Status.ABNORMAL,
        )
        for one in found
    ]


def suspense_open() -> list[SuspenseView]:
    """Oldest first; one query."""
    return [
        SuspenseView(
            id=one.pk,
            gateway=one.gateway,
            reason=one.get_reason_display(),
            kind=one.kind,
            our_number=one.our_number,
            reference=one.reference,
            amount_fen=one.amount_fen,
            seen_at=one.seen_at,
        )
        for one in Suspense.objects.filter(resolved_at__isnull=True).order_by("pk")[:200]
    ]


def resolve_suspense(*, suspense_id: int, by: str, resolution: str, now: datetime) -> bool:
    """A person says what became of such a word; no money moves by it. False when it is resolved already."""
    if not by or not resolution:
        raise ValueError("resolving needs a name and words")
    return bool(
        Suspense.objects.filter(pk=suspense_id, resolved_at__isnull=True).update(
            resolved_at=now, resolved_by=by, resolution=resolution[:300]
        )
    )
