"""Our payments and refunds of a day beside the lines of its statement."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q

from payments.domain import matching
from payments.domain.matching import Neighbours, Ours, Pair, Theirs
from payments.gateways.base import FactKind, State
from payments.models import Attempt, Refund, Statement, StatementLine

SHANGHAI = ZoneInfo("Asia/Shanghai")
# The gateway's clock and ours may put a payment on different days.
_MIDNIGHT = timedelta(minutes=10)


def compare(statement: Statement) -> list[Pair]:
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


def day_of(statement: Statement) -> tuple[datetime, datetime]:
    midnight = datetime.combine(statement.day, time(), tzinfo=SHANGHAI)
    return midnight, midnight + timedelta(days=1)


def near_midnight(at: datetime | None, day: date) -> bool:
    """Whether the gateway's clock may have put that moment on a neighbouring day."""
    from_at = datetime.combine(day, time(), tzinfo=SHANGHAI)
    return at is not None and (at - from_at < _MIDNIGHT or from_at + timedelta(days=1) - at < _MIDNIGHT)


def _payments(statement: Statement, lines: Sequence[StatementLine]) -> list[Ours]:
    from_at, to_at = day_of(statement)
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
            near_midnight=near_midnight(attempt.succeeded_at, statement.day),
        )
        for attempt in found
    ]


def _refunds(statement: Statement, lines: Sequence[StatementLine]) -> list[Ours]:
    # A gateway puts a refund on the day on which it was asked for.
    from_at, to_at = day_of(statement)
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
            near_midnight=near_midnight(refund.submitted_at, statement.day),
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
