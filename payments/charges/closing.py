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


@dataclass(frozen=True, slots=True)
class _Wish:
    kind: Adjustment.Kind
    amount_fen: int | None
    reason: str
    by: str
    limit_fen: int | None


def waive(number: str, *, reason: str, by: str, now: datetime, limit_fen: int | None = None) -> Closed:
    """Ask nothing more for the charge. Money already paid for it stays; give it back by a refund.

    Above `limit_fen`, the asking person's own authority, it waits for a second person (decide_adjustment). None is for
    rules of the house, which ask nobody.
    """
    return _take_off(number, _Wish(Adjustment.Kind.WAIVER, None, reason, by, limit_fen), now=now)


def reduce(
    number: str, *, amount_fen: int, reason: str, by: str, now: datetime, limit_fen: int | None = None
) -> Closed:
    """Take part of what is due off the charge; `limit_fen` as in waive."""
    return _take_off(number, _Wish(Adjustment.Kind.REDUCTION, amount_fen, reason, by, limit_fen), now=now)


def void(number: str, *, reason: str, by: str, now: datetime, limit_fen: int | None = None) -> Closed:
    """Undo a charge that should never have been; `limit_fen` as in waive."""
    return _take_off(number, _Wish(Adjustment.Kind.VOID, None, reason, by, limit_fen), now=now)


def ask_write_off(number: str, *, reason: str, by: str, now: datetime) -> Closed:
    """Propose to give up the claim; another person must agree (decide_adjustment)."""
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


def decide_adjustment(number: str, *, agreed: bool, by: str, now: datetime) -> Closed:
    """A second person agrees to what waits for the charge, or doesn't.

    A reduction is for its amount, all else for what is owed by then.
    """
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
            waiting.amount_fen = min(waiting.amount_fen, owed) if waiting.kind == Adjustment.Kind.REDUCTION else owed
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
        waits = wish.limit_fen is not None and amount > wish.limit_fen
        if waits and charge.adjustments.filter(status=Adjustment.Status.REQUESTED).exists():
            return Closed.WAITS
        done = Adjustment.objects.create(
            charge=charge,
            kind=wish.kind,
            status=Adjustment.Status.REQUESTED if waits else Adjustment.Status.DONE,
            amount_fen=amount,
            reason=wish.reason,
            requested_by=wish.by,
            requested_at=now,
        )
        if waits:
            return Closed.WAITS
        _book(charge, done, owed=owed, now=now)
        return Closed.DONE


def _book(charge: Charge, done: Adjustment, *, owed: int, now: datetime) -> None:
    loss = accounts.WRITE_OFF if done.kind == Adjustment.Kind.WRITE_OFF else accounts.income(charge.kind)
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
