"""What a comparison comes to: facts for the reducer, differences for people, postings for the ledger."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from payments import collection
from payments.domain import accounts
from payments.domain.matching import Outcome, Pair
from payments.gateways.base import Fact, FactKind, State
from payments.models import Difference, Entry, Move, Statement, StatementLine, Suspense
from payments.reconciliation import targets
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
        amounts = {
            "ours_fen": pair.ours.amount_fen if pair.ours else None,
            "theirs_fen": pair.theirs.amount_fen if pair.theirs else None,
            "suspense_key": _key(statement, pair) if _surplus(pair) else "",
        }
        found, _ = Difference.objects.update_or_create(
            gateway=statement.gateway,
            day=statement.day,
            outcome=pair.outcome.value,
            kind=kind,
            number=number,
            reference=reference,
            defaults=amounts,
            create_defaults={**amounts, "found_at": now},
        )
        standing.add(found.pk)
    for outcome, keys in outcomes.items():
        StatementLine.objects.filter(pk__in=keys).update(outcome=outcome)
    Difference.objects.filter(
        gateway=statement.gateway, day=statement.day, kind__in=[kind.value for kind in FactKind], resolved_at=None
    ).exclude(pk__in=standing).update(resolved_at=now, resolution="已相符或已按对账单入账")
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
    """Fees, and money that moved at the gateway without a cause in our books: it waits in suspense.

    A corrected statement corrects both: what was booked for the one before is reversed by what it says otherwise.
    """
    Statement.objects.select_for_update().get(pk=statement.pk)
    at = day_of(statement)[1] - timedelta(seconds=1)
    gateway, day = statement.gateway, statement.day
    fee = targets.key("fee", gateway, day)
    targets.reach(
        gateway=gateway,
        cause=Entry.Cause.FEE,
        prefix=fee,
        wanted={fee: -statement.fee_fen},
        other=accounts.GATEWAY_FEE,
        at=at,
        now=now,
    )
    wanted: dict[str, int] = {}
    for pair in pairs:
        surplus = _surplus(pair)
        if surplus:
            base = _key(statement, pair)
            wanted[base] = wanted.get(base, 0) + surplus
    targets.reach(
        gateway=gateway,
        cause=Entry.Cause.SUSPENSE,
        prefix=targets.key("suspense", gateway, day, ""),
        wanted=wanted,
        other=accounts.SUSPENSE,
        at=at,
        now=now,
    )


def _key(statement: Statement, pair: Pair) -> str:
    return targets.key("suspense", statement.gateway, statement.day, *_identity(pair))


def _surplus(pair: Pair) -> int:
    """What the gateway holds for us beyond our books by this line; negative when it holds less."""
    if pair.theirs is None or not pair.theirs.done:
        return 0
    booked = pair.ours.amount_fen if pair.ours and pair.ours.done else 0
    sign = 1 if pair.theirs.kind == FactKind.PAYMENT else -1
    return sign * (pair.theirs.amount_fen - booked)
