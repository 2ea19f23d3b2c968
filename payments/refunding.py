"""Money back: asked for by people or by ourselves, agreed, sent, chased, booked."""

from datetime import datetime
from enum import StrEnum

from django.db import transaction
from django.db.models import Sum

from payments import ledger, moves
from payments.domain import accounts, numbers, schedule
from payments.domain.states import REFUND_DEAD, RefundState
from payments.gateways.base import Fact, State
from payments.models import Attempt, Charge, Entry, Move, Part, Refund

_R = RefundState
DOUBLE_REASON = "重复支付退款"


class Told(StrEnum):
    """What a fact about a refund came to."""

    APPLIED = "applied"
    REPEATED = "repeated"
    STALE = "stale"
    EARLY = "early"  # of a payment we don't know to be paid yet: ask about that first
    UNKNOWN_NUMBER = "unknown_number"
    AMOUNT = "amount"
    ABOVE_PAID = "above_paid"


def refundable(*, part: Part) -> int:
    """How many fen of this part of a payment can still go back."""
    living = Refund.objects.filter(attempt_id=part.attempt_id, charge_id=part.charge_id).exclude(status__in=REFUND_DEAD)
    return part.amount_fen - int(living.aggregate(total=Sum("amount_fen"))["total"] or 0)


def give_back_double(*, part: Part, amount_fen: int, now: datetime) -> Refund | None:
    """Ask for the refund of what a charge was paid too much: out of its latest payment, whichever we heard of last.

    The caller holds the charge locked. None when this excess was asked for before.
    """
    paid = Part.objects.filter(charge_id=part.charge_id, attempt__status=Attempt.Status.SUCCEEDED).order_by(
        "-attempt__succeeded_at", "-attempt_id"
    )
    chosen = next((one for one in paid.select_related("attempt") if refundable(part=one) >= amount_fen), part)
    return _ask(
        part=chosen,
        amount_fen=amount_fen,
        source=Refund.Source.DOUBLE,
        cause_key=f"double:{part.attempt_id}:{part.charge_id}",
        reason=DOUBLE_REASON,
        by="",
        needs_second=False,
        now=now,
    )


def ask(*, part: Part, amount_fen: int, reason: str, by: str, limit_fen: int, now: datetime) -> Refund:
    """A person asks for a refund; above that person's own limit it waits for a second one. The charge is locked."""
    asked = Refund.objects.filter(attempt_id=part.attempt_id, charge_id=part.charge_id).count()
    refund = _ask(
        part=part,
        amount_fen=amount_fen,
        source=Refund.Source.PERSON,
        cause_key=f"asked:{part.attempt_id}:{part.charge_id}:{asked}",
        reason=reason,
        by=by,
        needs_second=amount_fen > limit_fen,
        now=now,
    )
    assert refund is not None
    return refund


def _ask(
    *,
    part: Part,
    amount_fen: int,
    source: Refund.Source,
    cause_key: str,
    reason: str,
    by: str,
    needs_second: bool,
    now: datetime,
) -> Refund | None:
    attempt = Attempt.objects.get(pk=part.attempt_id)
    refund, new = Refund.objects.get_or_create(
        cause_key=cause_key,
        defaults={
            "number": numbers.refund(now=now),
            "attempt": attempt,
            "charge_id": part.charge_id,
            "gateway": attempt.gateway,
            "amount_fen": amount_fen,
            "status": _R.REQUESTED if needs_second else _R.APPROVED,
            "source": source,
            "reason": reason[:80],
            "requested_by": by,
            "requested_at": now,
            "needs_second": needs_second,
            "act_at": None if needs_second else now,
        },
    )
    if not new:
        return None
    debit = _taken_from(refund)
    ledger.book(
        postings=[
            ledger.transfer(
                cause=Entry.Cause.REFUND_ASKED,
                cause_key=f"refund_asked:{refund.gateway}:{refund.number}",
                at=now,
                debit=debit,
                credit=accounts.REFUNDS_PAYABLE,
                amount_fen=amount_fen,
                charge_id=part.charge_id,
            )
        ],
        now=now,
    )
    return refund


def _taken_from(refund: Refund) -> str:
    if refund.source == Refund.Source.DOUBLE:
        return accounts.CUSTOMER_CREDIT
    return accounts.income(refund.charge.kind if refund.charge else "stay")


def lock(refund_id: int) -> Refund:
    """The refund, locked after its charge and its attempt as everyone locks them."""
    seen = Refund.objects.get(pk=refund_id)
    if seen.charge_id:
        Charge.objects.select_for_update().get(pk=seen.charge_id)
    Attempt.objects.select_for_update().get(pk=seen.attempt_id)
    return Refund.objects.select_for_update().get(pk=refund_id)


def decide(*, number: str, by: str, agreed: bool, now: datetime) -> bool:
    """A second person agrees to a refund or refuses it. False when it doesn't wait for one, or `by` asked for it."""
    found = Refund.objects.filter(number=number, status=_R.REQUESTED).values_list("pk", flat=True).first()
    if found is None:
        return False
    with transaction.atomic():
        refund = lock(found)
        if refund.status != _R.REQUESTED or not by or by == refund.requested_by:
            return False
        changes = {"approved_by": by, "approved_at": now, "act_at": now if agreed else None}
        to = _R.APPROVED if agreed else _R.CLOSED
        moves.advance_refund(refund, to=to, source=Move.Source.PERSON, detail=by, now=now, **changes)
        if not agreed:
            _drop(refund, now=now)
        return True


def told(fact: Fact, *, source: Move.Source, now: datetime) -> Told:
    """Apply what was said of a refund; one made in the gateway's own console becomes a refund of ours."""
    found = Refund.objects.filter(gateway=fact.gateway, number=fact.our_number).values_list("pk", flat=True).first()
    if found is None:
        return _external(fact, source=source, now=now)
    with transaction.atomic():
        refund = lock(found)
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
            _done(refund, was_dropped=was_dead, at=fact.at or now, now=now)
        elif to in REFUND_DEAD:
            _drop(refund, now=now)
        return Told.APPLIED


def by_transfer(*, number: str, by: str, slip: str, now: datetime) -> bool:
    """An ABNORMAL refund was sent to the driver from our bank account; `slip` is the bank's number of the transfer.

    False when it doesn't wait for that, or `by` is who asked for it. The gateway keeps the money it could not return.
    """
    if not slip:
        raise ValueError("a transfer has a number")
    found = Refund.objects.filter(number=number, status=_R.ABNORMAL).values_list("pk", flat=True).first()
    if found is None:
        return False
    with transaction.atomic():
        refund = lock(found)
        if refund.status != _R.ABNORMAL or not by or by == refund.requested_by:
            return False
        moves.advance_refund(
            refund, to=_R.SUCCEEDED, source=Move.Source.PERSON, detail=f"{by}: {slip}", now=now, succeeded_at=now,
            code="BANK_TRANSFER", message=slip[:300], act_at=None,
        )  # fmt: skip
        _done(refund, was_dropped=False, at=now, now=now, paid_from=accounts.BANK)
        return True


def _done(refund: Refund, *, was_dropped: bool, at: datetime, now: datetime, paid_from: str = "") -> None:
    debit = _taken_from(refund) if was_dropped else accounts.REFUNDS_PAYABLE
    cash = Attempt.objects.filter(pk=refund.attempt_id, kind=Attempt.Kind.CASH).exists()
    ledger.book(
        postings=[
            ledger.transfer(
                cause=Entry.Cause.REFUND_DONE,
                cause_key=f"refund_done:{refund.gateway}:{refund.number}",
                at=at,
                debit=debit,
                credit=paid_from or (accounts.CASH if cash else accounts.clearing(refund.gateway)),
                amount_fen=refund.amount_fen,
                charge_id=refund.charge_id,
            )
        ],
        now=now,
    )


def _drop(refund: Refund, *, now: datetime) -> None:
    ledger.book(
        postings=[
            ledger.transfer(
                cause=Entry.Cause.REFUND_DROPPED,
                cause_key=f"refund_dropped:{refund.gateway}:{refund.number}",
                at=now,
                debit=accounts.REFUNDS_PAYABLE,
                credit=_taken_from(refund),
                amount_fen=refund.amount_fen,
                charge_id=refund.charge_id,
            )
        ],
        now=now,
    )


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
        _done(refund, was_dropped=True, at=fact.at or now, now=now)
        return Told.APPLIED
