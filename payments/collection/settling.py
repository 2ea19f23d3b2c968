"""The one reducer: what an answer, a notification, a query or a statement line does to our books."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum

from django.db import transaction

from payments import ledger, moves, refunding
from payments.collection import entries, refusing
from payments.collection.suspending import clear, park
from payments.domain import accounts, schedule
from payments.domain.states import IN_FLIGHT, AttemptState
from payments.gateways.base import Fact, FactKind, State
from payments.models import Attempt, Charge, Entry, Move, Part, Suspense

Source = Move.Source


class Verdict(StrEnum):
    """What became of a fact."""

    APPLIED = "applied"
    REPEATED = "repeated"  # we knew it
    STALE = "stale"  # we know better
    EARLY = "early"  # something else must be known first: tell it again
    PARKED = "parked"  # it can't be true as it stands: see Suspense


def settle(fact: Fact, *, source: Move.Source, now: datetime) -> Verdict:
    """Apply a fact in one transaction. Told in any order and any number of times, facts end in the same books."""
    if fact.stranger:
        park(fact, reason=Suspense.Reason.STRANGER, now=now)
        return Verdict.PARKED
    match fact.kind:
        case FactKind.PAYMENT:
            return _cleared(fact, _payment(fact, source=source, now=now), now=now)
        case FactKind.REFUND:
            return _cleared(fact, _refund(fact, source=source, now=now), now=now)
        case FactKind.PAY_BACK:
            return _pay_back(fact)
        case FactKind.ENTRY_STATE:
            return Verdict.APPLIED if entries.told(fact, now=now) else Verdict.STALE
        case FactKind.MANDATE:
            return Verdict.APPLIED if entries.mandate_told(fact, now=now) else Verdict.STALE


def _cleared(fact: Fact, verdict: Verdict, *, now: datetime) -> Verdict:
    if fact.state is State.SUCCEEDED and verdict in (Verdict.APPLIED, Verdict.REPEATED):
        clear(fact, now=now)
    return verdict


def lock(attempt_id: int) -> tuple[Attempt, list[Part], dict[int, Charge]]:
    """The attempt with its parts and their charges, locked in the order everyone locks: charges, then attempts."""
    parts = list(Part.objects.filter(attempt_id=attempt_id).order_by("charge_id"))
    charges = Charge.objects.select_for_update().filter(pk__in=[p.charge_id for p in parts]).order_by("pk").in_bulk()
    return Attempt.objects.select_for_update().get(pk=attempt_id), parts, charges


def _payment(fact: Fact, *, source: Move.Source, now: datetime) -> Verdict:
    found = Attempt.objects.filter(gateway=fact.gateway, number=fact.our_number).values_list("pk", flat=True).first()
    if found is None:
        park(fact, reason=Suspense.Reason.UNKNOWN_NUMBER, now=now)
        return Verdict.PARKED
    with transaction.atomic():
        attempt, parts, charges = lock(found)
        if fact.state is State.SUCCEEDED:
            return _paid(fact, attempt, parts, charges, source=source, now=now)
        if fact.state is State.ABSENT:
            return _absent(fact, attempt, charges.values(), source=source, now=now)
        to = {
            State.PENDING: AttemptState.PENDING,
            State.UNKNOWN: AttemptState.UNKNOWN,
            State.FAILED: AttemptState.FAILED,
            State.CLOSED: AttemptState.CLOSED,
        }.get(fact.state)
        if to is None or to == attempt.status:
            return Verdict.REPEATED
        changes: dict[str, object] = {"code": fact.code[:64], "message": fact.message[:300]}
        if fact.evidence:
            changes["evidence"] = dict(fact.evidence)
        if to in (AttemptState.FAILED, AttemptState.CLOSED):
            changes["next_query_at"] = None
        if not moves.advance(attempt, to=to, source=source, detail=_words(fact), now=now, **changes):
            return Verdict.STALE
        if to is AttemptState.PENDING:
            entries.debited(attempt)
        elif to in (AttemptState.FAILED, AttemptState.CLOSED):
            entries.refused(attempt, reason=fact.code)
            refusing.after(attempt, charges=charges.values(), now=now)
        return Verdict.APPLIED


def _paid(
    fact: Fact, attempt: Attempt, parts: Sequence[Part], charges: dict[int, Charge], *, source: Source, now: datetime
) -> Verdict:
    if fact.amount_fen != attempt.amount_fen:
        park(fact, reason=Suspense.Reason.AMOUNT, now=now)
        if attempt.status in IN_FLIGHT:
            # What the gateway answers to our own question settles which of the two is true.
            Attempt.objects.filter(pk=attempt.pk).update(next_query_at=now)
        return Verdict.PARKED
    reference = fact.reference or None
    if attempt.status == AttemptState.SUCCEEDED:
        if reference and attempt.reference and reference != attempt.reference:
            park(fact, reason=Suspense.Reason.REFERENCE, now=now)
            return Verdict.PARKED
        return Verdict.REPEATED
    if reference and Attempt.objects.filter(gateway=attempt.gateway, reference=reference).exclude(pk=attempt.pk):
        park(fact, reason=Suspense.Reason.REFERENCE, now=now)
        return Verdict.PARKED
    at = fact.at or now
    moves.advance(
        attempt,
        to=AttemptState.SUCCEEDED,
        source=source,
        detail=_words(fact),
        now=now,
        reference=reference,
        succeeded_at=at,
        advanced=fact.paid_by_advance,
        next_query_at=None,
        code="",
        message="",
        evidence=dict(fact.evidence),
    )
    entries.debited(attempt)
    _book(attempt, parts, charges, at=at, now=now)
    return Verdict.APPLIED


def _book(attempt: Attempt, parts: Sequence[Part], charges: dict[int, Charge], *, at: datetime, now: datetime) -> None:
    """Money in: what is still owed is paid by it, what is more belongs to the customer and goes back."""
    owed = ledger.due(charge_ids=charges)
    postings, paid_twice = [], []
    money = accounts.CASH if attempt.kind == Attempt.Kind.CASH else accounts.clearing(attempt.gateway)
    for part in parts:
        taken = min(part.amount_fen, max(owed.get(part.charge_id, 0), 0))
        sides = [ledger.Side(account=money, amount_fen=part.amount_fen, charge_id=part.charge_id)]
        if taken:
            sides.append(ledger.Side(account=accounts.RECEIVABLE, amount_fen=-taken, charge_id=part.charge_id))
        if part.amount_fen > taken:
            over = part.amount_fen - taken
            sides.append(ledger.Side(account=accounts.CUSTOMER_CREDIT, amount_fen=-over, charge_id=part.charge_id))
            paid_twice.append((part, over))
        key = f"paid:{attempt.gateway}:{attempt.number}:{part.charge_id}"
        postings.append(ledger.Posting(cause=Entry.Cause.PAID, cause_key=key, at=at, sides=tuple(sides)))
        if taken and taken == owed.get(part.charge_id, 0):
            close(charges[part.charge_id], status=Charge.Status.SETTLED, at=at)
    ledger.book(postings=postings, now=now)
    for part, over in paid_twice:
        refunding.give_back_double(part=part, amount_fen=over, now=now)


def close(charge: Charge, *, status: Charge.Status, at: datetime) -> bool:
    """End a charge that nothing is owed of any more. False when it had ended before."""
    return bool(
        Charge.objects.filter(pk=charge.pk, status=Charge.Status.OPEN).update(
            status=status, settled_at=at, collect_at=None, notice_at=None, urge_at=None
        )
    )


def _absent(fact: Fact, attempt: Attempt, charges: Iterable[Charge], *, source: Move.Source, now: datetime) -> Verdict:
    if attempt.status not in IN_FLIGHT or attempt.status == AttemptState.CREATED:
        return Verdict.STALE
    attempt.absent_count += 1
    attempt.save(update_fields=["absent_count"])
    if attempt.kind != Attempt.Kind.DEBIT:
        # A code nobody scanned yet is unknown to some gateways; only after its time does silence mean anything.
        if attempt.expires_at and now >= attempt.expires_at + schedule.ABSENT_AFTER:
            changes = {"next_query_at": None}
            moves.advance(attempt, to=AttemptState.CLOSED, source=source, detail=_words(fact), now=now, **changes)
            refusing.after(attempt, charges=charges, now=now)
            return Verdict.APPLIED
        return Verdict.REPEATED
    sent_at = attempt.submitted_at or attempt.created_at
    if not schedule.never_happened(absent_answers=attempt.absent_count, sent_at=sent_at, now=now):
        return Verdict.REPEATED
    # Never arrived: the same number and the same content go out once more.
    moves.advance(
        attempt,
        to=AttemptState.CREATED,
        source=source,
        detail=_words(fact),
        now=now,
        absent_count=0,
        query_count=0,
        next_query_at=now,
    )
    return Verdict.APPLIED


def _refund(fact: Fact, *, source: Move.Source, now: datetime) -> Verdict:
    match refunding.told(fact, source=source, now=now):
        case refunding.Told.APPLIED:
            return Verdict.APPLIED
        case refunding.Told.REPEATED:
            return Verdict.REPEATED
        case refunding.Told.STALE:
            return Verdict.STALE
        case refunding.Told.EARLY:
            return Verdict.EARLY
        case refunding.Told.ABOVE_PAID:
            park(fact, reason=Suspense.Reason.REFUND_ABOVE_PAID, now=now)
        case refunding.Told.AMOUNT:
            park(fact, reason=Suspense.Reason.AMOUNT, now=now)
        case refunding.Told.UNKNOWN_NUMBER:
            park(fact, reason=Suspense.Reason.UNKNOWN_NUMBER, now=now)
    return Verdict.PARKED


def _pay_back(fact: Fact) -> Verdict:
    """The driver repaid the gateway what it had advanced: their affair, noted."""
    changed = Attempt.objects.filter(gateway=fact.gateway, number=fact.our_number, repaid_at__isnull=True).update(
        repaid_at=fact.at
    )
    return Verdict.APPLIED if changed else Verdict.REPEATED


def _words(fact: Fact) -> str:
    return " ".join(word for word in (fact.state.value, fact.code, fact.message) if word)
