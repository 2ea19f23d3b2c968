"""T+1: the gateway's statement against our books, day by day, until a person closes the day."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from django.db import transaction

from payments import gateways
from payments.gateways import base
from payments.gateways.base import NoStatement
from payments.models import Difference, FundDay, Statement, StatementLine
from payments.reconciliation import funding
from payments.reconciliation.booking import believe, book, note
from payments.reconciliation.comparing import SHANGHAI, compare
from payments.reconciliation.funding import Movement, movement
from payments.reconciliation.reading import DayView, DifferenceView, day, days, differences, work_offs
from payments.reconciliation.targets import suspended
from payments.reconciliation.working_off import ask_work_off, decide_work_off

__all__ = [
    "SHANGHAI",
    "DayView",
    "DifferenceView",
    "Ended",
    "Movement",
    "Report",
    "ask_work_off",
    "close_day",
    "day",
    "days",
    "decide_work_off",
    "differences",
    "movement",
    "reconcile",
    "resolve",
    "suspended",
    "work_offs",
]


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
    # Why there is no fund statement yet; "" when there is.
    funds_missing: str = ""


def reconcile(*, gateway: str, day: date, now: datetime) -> Report:
    """Fetch a day's statements (no transaction) and compare them. Run again, it resolves what agrees by then."""
    if Statement.objects.filter(gateway=gateway, day=day, closed_at__isnull=False).exists():
        return Report(ended=Ended.CLOSED)
    told = gateways.gateway(gateway).statement(day)
    if isinstance(told, NoStatement) and told.empty:
        told = base.Statement(day=day, rows=(), paid_fen=0, refunded_fen=0, fee_fen=0, problems=(), content=b"")
    if not isinstance(told, base.Statement):
        reason = told.reason if isinstance(told, NoStatement) else told.detail
        return Report(ended=Ended.NOT_READY, detail=reason)
    statement = _keep(gateway, told, now=now)
    first = compare(statement)
    note(statement, first, now=now)
    # What the statement proves is a fact like any other: it goes through the one reducer. Then look anew.
    believe(statement, first, now=now)
    pairs = compare(statement)
    with transaction.atomic():
        matched = note(statement, pairs, now=now)
        book(statement, pairs, now=now)
    missing = funding.reconcile(gateway=gateway, day=day, now=now)
    return Report(
        ended=Ended.DONE,
        funds_missing=missing,
        matched=matched,
        open_differences=Difference.objects.filter(gateway=gateway, day=day, resolved_at__isnull=True).count(),
    )


def close_day(*, gateway: str, day: date, by: str, now: datetime) -> bool:
    """A person signs the day off. False while a difference is open or one of the day's two statements is missing."""
    with transaction.atomic():
        statement = Statement.objects.select_for_update().filter(gateway=gateway, day=day, closed_at=None).first()
        is_open = Difference.objects.filter(gateway=gateway, day=day, resolved_at__isnull=True).exists()
        moved = FundDay.objects.filter(gateway=gateway, day=day).exists()
        if statement is None or not moved or is_open or not by:
            return False
        statement.closed_at, statement.closed_by = now, by
        statement.save(update_fields=["closed_at", "closed_by"])
        return True


def resolve(*, difference_id: int, by: str, resolution: str, now: datetime) -> bool:
    """A person says what became of a difference. False when it is resolved already, or money still waits for it.

    Money in suspense goes away by the true fact (the next statement, a refund) or by two people (ask_work_off).
    """
    if not by or not resolution:
        raise ValueError("resolving needs a name and words")
    found = Difference.objects.filter(pk=difference_id, resolved_at__isnull=True).first()
    if found is None or suspended([found.suspense_key]):
        return False
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
