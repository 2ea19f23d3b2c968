"""T+1: the gateway's statement against our books, day by day, until a person closes the day."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q

from payments import collection, gateways, ledger
from payments.domain import accounts, matching
from payments.domain.matching import Neighbours, Ours, Outcome, Pair, Theirs
from payments.gateways import base
from payments.gateways.base import Fact, FactKind, NoStatement, State
from payments.models import Attempt, Difference, Entry, Move, Refund, Statement, StatementLine, Suspense

SHANGHAI = ZoneInfo("Asia/Shanghai")
# The gateway's clock and ours may put a payment on different days.
_MIDNIGHT = timedelta(minutes=10)


class Ended(StrEnum):
    """What a reconciliation of one day came to."""

    DONE = "done"
    NOT_READY = "not_ready"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A day compared: how many lines agreed and how many differences are still open."""

    ended: Ended
    matched: int = 0
    open_differences: int = 0
    detail: str = ""


def reconcile(*, gateway: str, day: date, now: datetime) -> Report:
    """Fetch a day's statement (no transaction) and compare it. Run again, it resolves what agrees by then."""
    if Statement.objects.filter(gateway=gateway, day=day, closed_at__isnull=False).exists():
        return Report(ended=Ended.CLOSED)
    told = gateways.gateway(gateway).statement(day)
    if isinstance(told, NoStatement) and told.empty:
        told = base.Statement(day=day, rows=(), paid_fen=0, refunded_fen=0, fee_fen=0, problems=(), content=b"")
    if not isinstance(told, base.Statement):
        reason = told.reason if isinstance(told, NoStatement) else told.detail
        return Report(ended=Ended.NOT_READY, detail=reason)
    statement = _keep(gateway, told, now=now)
    first = _compare(statement)
    _note(statement, first, now=now)
    # What the statement proves is a fact like any other: it goes through the one reducer. Then look anew.
    _believe(statement, first, now=now)
    pairs = _compare(statement)
    with transaction.atomic():
        matched = _note(statement, pairs, now=now)
        _book(statement, pairs, now=now)
    return Report(
        ended=Ended.DONE,
        matched=matched,
        open_differences=Difference.objects.filter(gateway=gateway, day=day, resolved_at__isnull=True).count(),
    )


def close_day(*, gateway: str, day: date, by: str, now: datetime) -> bool:
    """A person signs the day off. False while a difference is open or there is no statement."""
    with transaction.atomic():
        statement = Statement.objects.select_for_update().filter(gateway=gateway, day=day, closed_at=None).first()
        is_open = Difference.objects.filter(gateway=gateway, day=day, resolved_at__isnull=True).exists()
        if statement is None or is_open or not by:
            return False
        statement.closed_at, statement.closed_by = now, by
        statement.save(update_fields=["closed_at", "closed_by"])
        return True


def resolve(*, difference_id: int, by: str, resolution: str, now: datetime) -> bool:
    """A person says what became of a difference. False when it is resolved already."""
    if not by or not resolution:
        raise ValueError("resolving needs a name and words")
    return bool(
        Difference.objects.filter(pk=difference_id, resolved_at__isnull=True).update(
            resolved_at=now, resolved_by=by, resolution=resolution[:300]
        )
    )


def _keep(gateway: str, told: base.Statement, *, now: datetime) -> Statement:
    with transaction.atomic():
        statement, _ = Statement.objects.update_or_create(
            gateway=gateway,
            day=told.day,
            defaults={
                "fetched_at": now,
                "sha256": hashlib.sha256(told.content).hexdigest(),
                "line_count": len(told.rows),
                "paid_fen": told.paid_fen,
                "refunded_fen": told.refunded_fen,
                "fee_fen": told.fee_fen,
                "problems": list(told.problems),
            },
        )
        statement.rows.all().delete()
        StatementLine.objects.bulk_create(
            [
                StatementLine(
                    statement=statement,
                    place=place,
                    kind=row.kind.value,
                    number=row.our_number[:64],
                    reference=row.reference[:64],
                    payment_number=row.payment_number[:64],
                    amount_fen=row.amount_fen,
                    fee_fen=row.fee_fen,
                    at=row.at,
                    state=row.state.value,
                    raw=dict(row.raw),
                )
                for place, row in enumerate(told.rows, start=1)
            ],
            batch_size=2000,
        )
        return statement


def _compare(statement: Statement) -> list[Pair]:
    lines = list(statement.rows.all())
    theirs = [
        Theirs(
            key=line.pk,
            kind=line.kind,
            number=line.number,
            reference=line.reference,
            amount_fen=line.amount_fen,
            done=None if line.state == State.PENDING else line.state == State.SUCCEEDED,
        )
        for line in lines
    ]
    return matching.compare(
        ours=_payments(statement, lines) + _refunds(statement, lines), theirs=theirs, neighbours=_around(statement)
    )


def _day(statement: Statement) -> tuple[datetime, datetime]:
    midnight = datetime.combine(statement.day, time(), tzinfo=SHANGHAI)
    return midnight, midnight + timedelta(days=1)


def _near(at: datetime | None, statement: Statement) -> bool:
    from_at, to_at = _day(statement)
    return at is not None and (at - from_at < _MIDNIGHT or to_at - at < _MIDNIGHT)


def _payments(statement: Statement, lines: Sequence[StatementLine]) -> list[Ours]:
    from_at, to_at = _day(statement)
    told = [line for line in lines if line.kind == FactKind.PAYMENT]
    found = Attempt.objects.filter(gateway=statement.gateway).filter(
        Q(succeeded_at__gte=from_at, succeeded_at__lt=to_at)
        | Q(number__in=[line.number for line in told])
        | Q(reference__in=[line.reference for line in told if line.reference])
    )
    return [
        Ours(
            kind=FactKind.PAYMENT,
            number=attempt.number,
            reference=attempt.reference or "",
            amount_fen=attempt.amount_fen,
            done=attempt.status == Attempt.Status.SUCCEEDED,
            near_midnight=_near(attempt.succeeded_at, statement),
        )
        for attempt in found
    ]


def _refunds(statement: Statement, lines: Sequence[StatementLine]) -> list[Ours]:
    # A gateway puts a refund on the day on which it was asked for.
    from_at, to_at = _day(statement)
    told = [line for line in lines if line.kind == FactKind.REFUND]
    found = Refund.objects.filter(gateway=statement.gateway).filter(
        Q(status=Refund.Status.SUCCEEDED, submitted_at__gte=from_at, submitted_at__lt=to_at)
        | Q(number__in=[line.number for line in told])
    )
    return [
        Ours(
            kind=FactKind.REFUND,
            number=refund.number,
            reference=refund.reference or "",
            amount_fen=refund.amount_fen,
            done=refund.status == Refund.Status.SUCCEEDED,
            near_midnight=_near(refund.submitted_at, statement),
        )
        for refund in found
    ]


def _around(statement: Statement) -> Neighbours:
    days = [statement.day - timedelta(days=1), statement.day + timedelta(days=1)]
    there = Statement.objects.filter(gateway=statement.gateway, day__in=days)
    numbers: dict[str, set[str]] = {}
    for kind, number in StatementLine.objects.filter(statement__in=there).values_list("kind", "number"):
        numbers.setdefault(kind, set()).add(number)
    return Neighbours(
        numbers={kind: frozenset(found) for kind, found in numbers.items()}, complete=there.count() == len(days)
    )


def _believe(statement: Statement, pairs: Sequence[Pair], *, now: datetime) -> None:
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


def _note(statement: Statement, pairs: Sequence[Pair], *, now: datetime) -> int:
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


def _book(statement: Statement, pairs: Sequence[Pair], *, now: datetime) -> None:
    """Fees, and money that moved at the gateway without a cause in our books: it waits in suspense."""
    at = _day(statement)[1] - timedelta(seconds=1)
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
