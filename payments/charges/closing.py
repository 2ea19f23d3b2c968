"""What people take off a charge: waived, reduced, voided, written off, each with a reason and a name."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import transaction

from payments import ledger
from payments.collection import settling
from payments.domain import accounts
from payments.models import Adjustment, Charge, Entry

_STATUS = {
    Adjustment.Kind.WAIVER: Charge.Status.WAIVED,
    Adjustment.Kind.REDUCTION: Charge.Status.WAIVED,
    Adjustment.Kind.VOID: Charge.Status.VOID,
    Adjustment.Kind.WRITE_OFF: Charge.Status.WRITTEN_OFF,
}


class Closed(StrEnum):
    """What became of the wish to take something off a charge."""

    DONE = "done"
    WAITS = "waits"  # for a second person
    UNKNOWN_CHARGE = "unknown_charge"
    NOT_OPEN = "not_open"
    TOO_MUCH = "too_much"
    SAME_PERSON = "same_person"
    NOTHING_WAITS = "nothing_waits"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    kind: Adjustment.Kind
    amount_fen: int | None
    reason: str
    by: str


def waive(number: str, *, reason: str, by: str, now: datetime) -> Closed:
    """Ask nothing more for the charge. Money already paid for it stays; give it back by a refund."""
    return _take_off(number, _Wish(kind=Adjustment.Kind.WAIVER, amount_fen=None, reason=reason, by=by), now=now)


def reduce(number: str, *, amount_fen: int, reason: str, by: str, now: datetime) -> Closed:
    """Take part of what is due off the charge."""
    wish = _Wish(kind=Adjustment.Kind.REDUCTION, amount_fen=amount_fen, reason=reason, by=by)
    return _take_off(number, wish, now=now)


def void(number: str, *, reason: str, by: str, now: datetime) -> Closed:
    """Undo a charge that should never have been."""
    return _take_off(number, _Wish(kind=Adjustment.Kind.VOID, amount_fen=None, reason=reason, by=by), now=now)


def ask_write_off(number: str, *, reason: str, by: str, now: datetime) -> Closed:
    """Propose to give up the claim; another person must agree (decide_write_off)."""
    if not reason or not by:
        raise ValueError("a write-off needs a reason and a name")
    with transaction.atomic():
        charge = Charge.objects.select_for_update().filter(number=number).first()
        if charge is None:
            return Closed.UNKNOWN_CHARGE
        if charge.status != Charge.Status.OPEN:
            return Closed.NOT_OPEN
        if not charge.adjustments.filter(status=Adjustment.Status.REQUESTED).exists():
            Adjustment.objects.create(
                charge=charge,
                kind=Adjustment.Kind.WRITE_OFF,
                status=Adjustment.Status.REQUESTED,
                amount_fen=ledger.due(charge_ids=[charge.pk])[charge.pk],
                reason=reason,
                requested_by=by,
                requested_at=now,
            )
        return Closed.WAITS


def decide_write_off(number: str, *, agreed: bool, by: str, now: datetime) -> Closed:
    """A second person agrees to give up the claim, or doesn't."""
    with transaction.atomic():
        charge = Charge.objects.select_for_update().filter(number=number).first()
        if charge is None:
            return Closed.UNKNOWN_CHARGE
        waiting = charge.adjustments.filter(status=Adjustment.Status.REQUESTED).first()
        if waiting is None:
            return Closed.NOTHING_WAITS
        if not by or by == waiting.requested_by:
            return Closed.SAME_PERSON
        owed = ledger.due(charge_ids=[charge.pk]).get(charge.pk, 0)
        agreed = agreed and charge.status == Charge.Status.OPEN and owed > 0
        waiting.status = Adjustment.Status.DONE if agreed else Adjustment.Status.REFUSED
        waiting.decided_by, waiting.decided_at = by, now
        if agreed:
            waiting.amount_fen = owed
        waiting.save()
        if not agreed:
            return Closed.DONE if charge.status == Charge.Status.OPEN else Closed.NOT_OPEN
        _book(charge, waiting, owed=owed, now=now)
        return Closed.DONE


def _take_off(number: str, wish: _Wish, *, now: datetime) -> Closed:
    if not wish.reason or not wish.by:
        raise ValueError("what is taken off a charge needs a reason and a name")
    with transaction.atomic():
        charge = Charge.objects.select_for_update().filter(number=number).first()
        if charge is None:
            return Closed.UNKNOWN_CHARGE
        owed = ledger.due(charge_ids=[charge.pk]).get(charge.pk, 0)
        if charge.status != Charge.Status.OPEN or owed <= 0:
            return Closed.NOT_OPEN
        amount = owed if wish.amount_fen is None else wish.amount_fen
        if not 0 < amount <= owed:
            return Closed.TOO_MUCH
        done = Adjustment.objects.create(
            charge=charge,
            kind=wish.kind,
            status=Adjustment.Status.DONE,
            amount_fen=amount,
            reason=wish.reason,
            requested_by=wish.by,
            requested_at=now,
        )
        _book(charge, done, owed=owed, now=now)
        return Closed.DONE


def _book(charge: Charge, done: Adjustment, *, owed: int, now: datetime) -> None:
    loss = accounts.WRITE_OFF if done.kind == Adjustment.Kind.WRITE_OFF else accounts.REVENUE
    ledger.book(
        postings=[
            ledger.transfer(
                cause=Entry.Cause.ADJUSTED,
                cause_key=f"adjusted:{charge.number}:{done.pk}",
                at=now,
                debit=loss,
                credit=accounts.RECEIVABLE,
                amount_fen=done.amount_fen,
                charge_id=charge.pk,
            )
        ],
        now=now,
    )
    if done.amount_fen == owed:
        settling.close(charge, status=_STATUS[Adjustment.Kind(done.kind)], at=now)
