"""Who asks for money back: ourselves, or a person, above that person's limit with a second one."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q, Sum

from payments import ledger, moves
from payments.domain import accounts, numbers
from payments.domain.states import REFUND_DEAD, RefundState
from payments.models import Attempt, Entry, Move, Part, Refund
from payments.refunding import booking

_R = RefundState
DOUBLE_REASON = "重复支付退款"


def refundable(*, part: Part) -> int:
    """How many fen of this part of a payment can still go back.

    What went back at the gateway's console out of a payment of several charges is no part's: it lessens them all.
    """
    of_part = Sum("amount_fen", filter=Q(charge_id=part.charge_id))
    living = Refund.objects.filter(attempt_id=part.attempt_id).exclude(status__in=REFUND_DEAD)
    back = living.aggregate(of_part=of_part, in_all=Sum("amount_fen"))
    paid = Attempt.objects.values_list("amount_fen", flat=True).get(pk=part.attempt_id)
    return min(part.amount_fen - int(back["of_part"] or 0), paid - int(back["in_all"] or 0))


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
    debit = booking.taken_from(refund)
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


def decide(*, number: str, by: str, agreed: bool, now: datetime) -> bool:
    """A second person agrees to a refund or refuses it. False when it doesn't wait for one, or `by` asked for it."""
    found = Refund.objects.filter(number=number, status=_R.REQUESTED).values_list("pk", flat=True).first()
    if found is None:
        return False
    with transaction.atomic():
        refund = booking.lock(found)
        if refund.status != _R.REQUESTED or not by or by == refund.requested_by:
            return False
        changes = {"approved_by": by, "approved_at": now, "act_at": now if agreed else None}
        to = _R.APPROVED if agreed else _R.CLOSED
        moves.advance_refund(refund, to=to, source=Move.Source.PERSON, detail=by, now=now, **changes)
        if not agreed:
            booking.drop(refund, now=now)
        return True


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
        refund = booking.lock(found)
        if refund.status != _R.ABNORMAL or not by or by == refund.requested_by:
            return False
        moves.advance_refund(
            refund, to=_R.SUCCEEDED, source=Move.Source.PERSON, detail=f"{by}: {slip}", now=now, succeeded_at=now,
            code="BANK_TRANSFER", message=slip[:300], act_at=None,
        )  # fmt: skip
        booking.done(refund, was_dropped=False, at=now, now=now, paid_from=accounts.BANK)
        return True
