"""What a comparison comes to: facts for the reducer, differences for people, postings for the ledger."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from payments import collection, ledger
from payments.domain import accounts
from payments.domain.matching import Outcome, Pair
from payments.gateways.base import Fact, FactKind, State
from payments.models import Difference, Entry, Move, Statement, StatementLine, Suspense
from payments.reconciliation.comparing import day_of


def believe(statement: Statement, pairs: Sequence[Pair], *, now: datetime) -> None:
    """Tell the reducer what the statement proves and we don't know: missed payments, refunds made at the console."""
    lines = {line.pk: line for line in statement.rows.all()}
    for pair in pairs:
        if pair.theirs is None or not pair.theirs.done or (pair.ours is not None and pair.ours.done):
            continue
        if pair.ours is None and pair.theirs.kind != FactKind.REFUND:
            continue
        line = lines[pair.theirs.key]
        fact = Fact(
            gateway=statement.gateway,
            kind=FactKind(line.kind),
            our_number=pair.ours.number if pair.ours else line.number,
            reference=line.reference,
            state=State.SUCCEEDED,
            amount_fen=line.amount_fen,
            at=line.at,
            event_id=f"statement:{statement.day}:{line.place}",
            payment_number=line.payment_number,
            evidence={"statement": str(statement.day), "line": line.place},
        )
        collection.settle(fact, source=Move.Source.STATEMENT, now=now)


def note(statement: Statement, pairs: Sequence[Pair], *, now: datetime) -> int:
    """Write down the differences; those of an earlier look that are gone have resolved themselves."""
    outcomes: dict[str, list[int]] = {}
    standing = set()
    for pair in pairs:
        if pair.theirs is not None:
            outcomes.setdefault(pair.outcome.value, []).append(pair.theirs.key)
        if pair.outcome in (Outcome.MATCHED, Outcome.NEXT_DAY):
            continue
        kind, number, reference = _identity(pair)
        found, _ = Difference.objects.get_or_create(
            gateway=statement.gateway,
            day=statement.day,
            outcome=pair.outcome.value,
            kind=kind,
            number=number,
            reference=reference,
            defaults={
                "ours_fen": pair.ours.amount_fen if pair.ours else None,
                "theirs_fen": pair.theirs.amount_fen if pair.theirs else None,
                "found_at": now,
            },
        )
        standing.add(found.pk)
    for outcome, keys in outcomes.items():
        StatementLine.objects.filter(pk__in=keys).update(outcome=outcome)
    Difference.objects.filter(gateway=statement.gateway, day=statement.day, resolved_at__isnull=True).exclude(
        pk__in=standing
    ).update(resolved_at=now, resolution="已相符或已按对账单入账")
    agreed = [pair.ours.number for pair in pairs if pair.outcome is Outcome.MATCHED and pair.ours]
    Suspense.objects.filter(
        gateway=statement.gateway,
        our_number__in=agreed,
        reason__in=[Suspense.Reason.AMOUNT, Suspense.Reason.STRANGER],
        resolved_at__isnull=True,
    ).update(resolved_at=now, resolution="对账相符")
    matched = len(outcomes.get(Outcome.MATCHED.value, ()))
    Statement.objects.filter(pk=statement.pk).update(matched=matched)
    return matched


def _identity(pair: Pair) -> tuple[str, str, str]:
    side = pair.ours or pair.theirs
    assert side is not None
    return side.kind, side.number, pair.theirs.reference if pair.theirs else side.reference


def book(statement: Statement, pairs: Sequence[Pair], *, now: datetime) -> None:
    """Fees, and money that moved at the gateway without a cause in our books: it waits in suspense."""
    at = day_of(statement)[1] - timedelta(seconds=1)
    money = accounts.clearing(statement.gateway)
    postings = []
    if statement.fee_fen:
        postings.append(
            ledger.transfer(
                cause=Entry.Cause.FEE,
                cause_key=f"fee:{statement.gateway}:{statement.day}",
                at=at,
                debit=accounts.GATEWAY_FEE,
                credit=money,
                amount_fen=statement.fee_fen,
                charge_id=None,
            )
        )
    for pair in pairs:
        surplus = _surplus(pair)
        if surplus and pair.theirs is not None:
            postings.append(
                ledger.transfer(
                    cause=Entry.Cause.SUSPENSE,
                    cause_key=f"suspense:{statement.gateway}:{statement.day}:{':'.join(_identity(pair))}",
                    at=at,
                    debit=money,
                    credit=accounts.SUSPENSE,
                    amount_fen=surplus,
                    charge_id=None,
                )
            )
    ledger.book(postings=postings, now=now)


def _surplus(pair: Pair) -> int:
    """What the gateway holds for us beyond our books by this line; negative when it holds less."""
    if pair.theirs is None or not pair.theirs.done:
        return 0
    booked = pair.ours.amount_fen if pair.ours and pair.ours.done else 0
    sign = 1 if pair.theirs.kind == FactKind.PAYMENT else -1
    return sign * (pair.theirs.amount_fen - booked)
