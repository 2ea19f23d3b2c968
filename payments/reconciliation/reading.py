"""Reconciled days as finance looks at them: both statements, both balances, what differs and what to do about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Q

from payments.models import Difference, FundDay, Statement
from payments.reconciliation import funding, targets
from payments.reconciliation.funding import Movement


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceView:
    """One difference; `held_fen` is what waits for it in suspense."""

    id: int
    outcome: str
    kind: str
    number: str
    reference: str
    ours_fen: int | None
    theirs_fen: int | None
    held_fen: int
    found_at: datetime
    resolved_at: datetime | None
    resolved_by: str
    resolution: str
    work_off_by: str
    work_off_reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DayView:
    """One gateway's day. Sums in fen; `movement` and `fund_*` are None while the fund statement is missing."""

    gateway: str
    day: date
    lines: int
    matched: int
    paid_fen: int
    refunded_fen: int
    fee_fen: int
    problems: tuple[str, ...]
    paid_out_fen: int | None
    closing_fen: int | None
    movement: Movement | None
    open_differences: int
    closed_at: datetime | None
    closed_by: str


def days(*, limit: int = 60) -> list[DayView]:
    """The newest days of all gateways, without their movements; three queries."""
    statements = list(Statement.objects.order_by("-day", "gateway")[:limit])
    return _views(statements, movements=False)


def day(*, gateway: str, on: date) -> DayView | None:
    """One day; None when its statement has not come."""
    found = _views(list(Statement.objects.filter(gateway=gateway, day=on)), movements=True)
    return found[0] if found else None


def differences(*, gateway: str, on: date) -> list[DifferenceView]:
    """What the day differs in, open ones first."""
    return _differences(Q(gateway=gateway, day=on))


def work_offs() -> list[DifferenceView]:
    """Differences whose money one person wants to work off and another must decide on."""
    return _differences(Q(resolved_at__isnull=True) & ~Q(work_off_by=""))


def _differences(wanted: Q) -> list[DifferenceView]:
    rows = list(Difference.objects.filter(wanted))
    held = targets.suspended([row.suspense_key for row in rows if row.suspense_key])
    rows.sort(key=lambda row: (row.resolved_at is not None, row.kind, row.pk))
    return [
        DifferenceView(
            id=row.pk,
            outcome=row.outcome,
            kind=row.kind,
            number=row.number,
            reference=row.reference,
            ours_fen=row.ours_fen,
            theirs_fen=row.theirs_fen,
            held_fen=held.get(row.suspense_key, 0),
            found_at=row.found_at,
            resolved_at=row.resolved_at,
            resolved_by=row.resolved_by,
            resolution=row.resolution,
            work_off_by=row.work_off_by,
            work_off_reason=row.work_off_reason,
        )
        for row in rows
    ]


def _views(statements: Sequence[Statement], *, movements: bool) -> list[DayView]:
    keys = {(one.gateway, one.day) for one in statements}
    dates = {day for _, day in keys}
    funds = {(one.gateway, one.day): one for one in FundDay.objects.filter(day__in=dates)}
    counted = (
        Difference.objects.filter(day__in=dates, resolved_at__isnull=True)
        .values_list("gateway", "day")
        .annotate(count=Count("pk"))
        .order_by()
    )
    still_open = {(gateway, day): count for gateway, day, count in counted}
    told = []
    for one in statements:
        fund = funds.get((one.gateway, one.day))
        told.append(
            DayView(
                gateway=one.gateway,
                day=one.day,
                lines=one.line_count,
                matched=one.matched,
                paid_fen=one.paid_fen,
                refunded_fen=one.refunded_fen,
                fee_fen=one.fee_fen,
                problems=(*one.problems, *(fund.problems if fund else [])),
                paid_out_fen=fund.paid_out_fen if fund else None,
                closing_fen=fund.closing_fen if fund else None,
                movement=funding.movement(gateway=one.gateway, day=one.day) if movements else None,
                open_differences=still_open.get((one.gateway, one.day), 0),
                closed_at=one.closed_at,
                closed_by=one.closed_by,
            )
        )
    return told
