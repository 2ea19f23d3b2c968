"""What is said of refunds: answers, notifications, queries, statement lines."""

from datetime import datetime
from enum import StrEnum

from django.db import transaction
from django.db.models import Sum

from payments import moves
from payments.domain import schedule
from payments.domain.states import REFUND_DEAD, RefundState
from payments.gateways.base import Fact, State
from payments.models import Attempt, Charge, Move, Part, Refund
from payments.refunding import booking

_R = RefundState


class Told(StrEnum):
    """What a fact about a refund came to."""

    APPLIED = "applied"
    REPEATED = "repeated"
    STALE = "stale"
    EARLY = "early"  # of a payment we don't know to be paid yet: ask about that first
    UNKNOWN_NUMBER = "unknown_number"
    AMOUNT = "amount"
    ABOVE_PAID = "above_paid"


def told(fact: Fact, *, source: Move.Source, now: datetime) -> Told:
    """Apply what was said of a refund; one made in the gateway's own console becomes a refund of ours."""
    found = Refund.objects.filter(gateway=fact.gateway, number=fact.our_number).values_list("pk", flat=True).first()
    if found is None:
        return _external(fact, source=source, now=now)
    with transaction.atomic():
        refund = booking.lock(found)
        if fact.state is State.ABSENT:
            return _absent(refund, source=source, now=now)
        to = {
            State.SUCCEEDED: _R.SUCCEEDED,
            State.PENDING: _R.PROCESSING,
            State.FAILED: _R.FAILED,
            State.CLOSED: _R.CLOSED,
            State.ABNORMAL: _R.ABNORMAL,
            State.UNKNOWN: _R.UNKNOWN,
        }.get(fact.state)
        if to is None or to == refund.status:
            return Told.REPEATED
        changes: dict[str, object] = {"code": fact.code[:64], "message": fact.message[:300]}
        if fact.evidence:
            changes["evidence"] = dict(fact.evidence)
        if to is _R.SUCCEEDED:
            if fact.amount_fen is not None and fact.amount_fen != refund.amount_fen:
                return Told.AMOUNT
            changes |= {"succeeded_at": fact.at or now, "reference": fact.reference or None}
        if to is _R.ABNORMAL:
            changes["reference"] = fact.reference or str(fact.evidence.get("refund_id", "")) or refund.reference
        if to in REFUND_DEAD or to in (_R.SUCCEEDED, _R.ABNORMAL):
            changes["act_at"] = None
        was_dead = refund.status in REFUND_DEAD
        if not moves.advance_refund(refund, to=to, source=source, detail=fact.state.value, now=now, **changes):
            return Told.STALE
        if to is _R.SUCCEEDED:
            booking.done(refund, was_dropped=was_dead, at=fact.at or now, now=now)
        elif to in REFUND_DEAD:
            booking.drop(refund, now=now)
        return Told.APPLIED


def _absent(refund: Refund, *, source: Move.Source, now: datetime) -> Told:
    if refund.status not in (_R.SUBMITTED, _R.PROCESSING, _R.UNKNOWN):
        return Told.STALE
    refund.absent_count += 1
    refund.save(update_fields=["absent_count"])
    sent_at = refund.submitted_at or refund.requested_at
    if not schedule.never_happened(absent_answers=refund.absent_count, sent_at=sent_at, now=now):
        return Told.REPEATED
    changes = {"absent_count": 0, "query_count": 0, "act_at": now}
    if refund.status == _R.PROCESSING:
        moves.advance_refund(refund, to=_R.UNKNOWN, source=source, detail="absent", now=now)
    moves.advance_refund(refund, to=_R.APPROVED, source=source, detail="never arrived", now=now, **changes)
    return Told.APPLIED


def _external(fact: Fact, *, source: Move.Source, now: datetime) -> Told:
    """A refund made at the gateway's console."""
    if fact.state is not State.SUCCEEDED or not fact.amount_fen:
        return Told.UNKNOWN_NUMBER
    attempt = Attempt.objects.filter(gateway=fact.gateway, number=fact.payment_number).first()
    if attempt is None:
        return Told.UNKNOWN_NUMBER
    parts = list(Part.objects.filter(attempt=attempt).order_by("charge_id"))
    with transaction.atomic():
        list(Charge.objects.select_for_update().filter(pk__in=[p.charge_id for p in parts]).order_by("pk"))
        attempt = Attempt.objects.select_for_update().get(pk=attempt.pk)
        if attempt.status != Attempt.Status.SUCCEEDED:
            Attempt.objects.filter(pk=attempt.pk).update(next_query_at=now)
            return Told.EARLY
        # Told twice at once, the other telling may have made it while this one waited for the lock.
        if Refund.objects.filter(gateway=fact.gateway, number=fact.our_number).exists():
            return Told.REPEATED
        back = Refund.objects.filter(attempt=attempt).exclude(status__in=REFUND_DEAD)
        if attempt.amount_fen - int(back.aggregate(total=Sum("amount_fen"))["total"] or 0) < fact.amount_fen:
            return Told.ABOVE_PAID
        refund, new = Refund.objects.get_or_create(
            cause_key=f"external:{fact.gateway}:{fact.our_number}",
            defaults={
                "number": fact.our_number[:64],
                "attempt": attempt,
                "charge_id": parts[0].charge_id if len(parts) == 1 else None,
                "gateway": fact.gateway,
                "amount_fen": fact.amount_fen,
                "status": _R.SUCCEEDED,
                "source": Refund.Source.EXTERNAL,
                "reason": fact.message[:80] or fact.gateway,
                "reference": fact.reference or None,
                "requested_at": fact.at or now,
                "succeeded_at": fact.at or now,
                "evidence": dict(fact.evidence),
            },
        )
        if not new:
            return Told.REPEATED
        booking.done(refund, was_dropped=True, at=fact.at or now, now=now)
        return Told.APPLIED
