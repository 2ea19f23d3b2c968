"""The account at the gateway: what its fund statement says moved, against the trade statement and the ledger."""

import hashlib
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import connection, transaction

from payments import gateways
from payments.domain import accounts, matching
from payments.domain.funds import FundKind
from payments.domain.matching import Neighbours, Ours, Outcome, Pair, Theirs
from payments.gateways.base import FundFlow, NoStatement, State
from payments.models import Difference, Entry, FundDay, FundLine, Statement, StatementLine
from payments.reconciliation import targets
from payments.reconciliation.comparing import SHANGHAI, near_midnight

_Ref = tuple[str, str]  # a difference's kind, the gateway's number


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """How much the account grew on a day by the gateway's statement and by our ledger, in fen."""

    theirs_fen: int
    ours_fen: int


def reconcile(*, gateway: str, day: date, now: datetime) -> str:
    """Fetch a day's fund statement (no transaction), compare and book it. Gives "" or why there is none yet."""
    told = gateways.gateway(gateway).funds(day)
    if isinstance(told, NoStatement) and told.empty:
        told = FundFlow(day=day, rows=(), problems=(), content=b"")
    if not isinstance(told, FundFlow):
        return told.reason if isinstance(told, NoStatement) else told.detail
    with transaction.atomic():
        fund_day = _keep(gateway, told, now=now)
        _book(fund_day, now=now)
        _note(fund_day, _compare(fund_day), now=now)
    return ""


def movement(*, gateway: str, day: date) -> Movement | None:
    """The day by both books; None without a fund statement."""
    found = FundDay.objects.filter(gateway=gateway, day=day).first()
    if found is None:
        return None
    theirs = (found.closing_fen or 0) - (found.opening_fen or 0)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(l.amount_fen), 0) FROM payments_leg l JOIN payments_entry e ON e.id = l.entry_id"
            " WHERE l.account = %s AND e.at >= %s AND e.at < %s",
            [accounts.clearing(gateway), midnight(day), midnight(day + timedelta(days=1))],
        )
        return Movement(theirs_fen=theirs, ours_fen=int(cursor.fetchone()[0]))


def midnight(day: date) -> datetime:
    """Where a Beijing day begins."""
    return datetime.combine(day, time(), tzinfo=SHANGHAI)


def _keep(gateway: str, told: FundFlow, *, now: datetime) -> FundDay:
    FundDay.objects.get_or_create(gateway=gateway, day=told.day, defaults={"fetched_at": now})
    fund_day = FundDay.objects.select_for_update().get(gateway=gateway, day=told.day)
    fund_day.fetched_at = now
    fund_day.sha256 = hashlib.sha256(told.content).hexdigest()
    fund_day.line_count = len(told.rows)
    fund_day.opening_fen, fund_day.closing_fen = told.opening_fen, told.closing_fen
    fund_day.paid_out_fen = -sum(row.amount_fen for row in told.rows if row.kind is FundKind.PAYOUT)
    fund_day.fee_fen = -sum(row.amount_fen for row in told.rows if row.kind is FundKind.FEE)
    fund_day.problems = list(told.problems)
    fund_day.save()
    fund_day.rows.all().delete()
    FundLine.objects.bulk_create(
        [
            FundLine(
                fund_day=fund_day,
                place=place,
                kind=row.kind.value,
                flow=row.flow[:64],
                reference=row.reference[:64],
                amount_fen=row.amount_fen,
                balance_fen=row.balance_fen,
                at=row.at,
                name=row.name[:64],
            )
            for place, row in enumerate(told.rows, start=1)
        ],
        batch_size=2000,
    )
    return fund_day


def _book(fund_day: FundDay, *, now: datetime) -> None:
    """Payouts leave the clearing account for the bank; what has no name waits in suspense for one."""
    gateway, day = fund_day.gateway, fund_day.day
    at = midnight(day + timedelta(days=1)) - timedelta(seconds=1)
    wanted: dict[str, dict[str, int]] = {FundKind.PAYOUT: {}, FundKind.OTHER: {}}
    names = {FundKind.PAYOUT: "payout", FundKind.OTHER: "stray"}
    for line in fund_day.rows.filter(kind__in=list(names)):
        base = targets.key(names[FundKind(line.kind)], gateway, day, line.flow)
        wanted[line.kind][base] = wanted[line.kind].get(base, 0) + line.amount_fen
    for kind, cause, other in (
        (FundKind.PAYOUT, Entry.Cause.SETTLEMENT, accounts.BANK),
        (FundKind.OTHER, Entry.Cause.SUSPENSE, accounts.SUSPENSE),
    ):
        prefix = targets.key(names[kind], gateway, day, "")
        targets.reach(gateway=gateway, cause=cause, prefix=prefix, wanted=wanted[kind], other=other, at=at, now=now)


def _compare(fund_day: FundDay) -> list[Pair]:
    """The trade statement's payments and refunds of the day beside the account's movements, each summed by its number.

    What a neighbouring day's statement tells of is that day's.
    """
    gateway, day = fund_day.gateway, fund_day.day
    around = [day + timedelta(days=days) for days in (-1, 1)]
    told = Counter[_Ref]()
    near = dict[_Ref, bool]()
    for line in StatementLine.objects.filter(statement__gateway=gateway, statement__day=day, state=State.SUCCEEDED):
        told[f"fund_{line.kind}", line.reference] += line.amount_fen
        near[f"fund_{line.kind}", line.reference] = near_midnight(line.at, day)
    moved = Counter[_Ref]()
    for row in FundLine.objects.filter(fund_day=fund_day, kind__in=[FundKind.PAYMENT.value, FundKind.REFUND.value]):
        moved[f"fund_{row.kind}", row.reference] += abs(row.amount_fen)
    elsewhere = {
        (f"fund_{kind}", reference)
        for kind, reference in StatementLine.objects.filter(
            statement__gateway=gateway, statement__day__in=around, state=State.SUCCEEDED
        ).values_list("kind", "reference")
    }
    days = FundDay.objects.filter(gateway=gateway, day__in=around)
    numbers: dict[str, set[str]] = {}
    for kind, reference in FundLine.objects.filter(fund_day__in=days).values_list("kind", "reference"):
        numbers.setdefault(f"fund_{kind}", set()).add(reference)
    return matching.compare(
        ours=[
            Ours(kind=kind, number=number, reference="", amount_fen=total, done=True, near_midnight=near[kind, number])
            for (kind, number), total in told.items()
        ],
        theirs=[
            Theirs(key=0, kind=kind, number=number, reference="", amount_fen=total, done=True)
            for (kind, number), total in moved.items()
            if (kind, number) in told or (kind, number) not in elsewhere
        ],
        neighbours=Neighbours(
            numbers={kind: frozenset(found) for kind, found in numbers.items()}, complete=days.count() == len(around)
        ),
    )


def _note(fund_day: FundDay, pairs: list[Pair], *, now: datetime) -> None:
    gateway, day = fund_day.gateway, fund_day.day
    found: list[tuple[str, str, str, int | None, int | None, str]] = []
    for pair in pairs:
        if pair.outcome in (Outcome.MATCHED, Outcome.NEXT_DAY):
            continue
        side = pair.ours or pair.theirs
        assert side is not None
        ours = pair.ours.amount_fen if pair.ours else None
        theirs = pair.theirs.amount_fen if pair.theirs else None
        found.append((pair.outcome.value, side.kind, side.number, ours, theirs, ""))
    for line in fund_day.rows.filter(kind=FundKind.OTHER.value):
        key = targets.key("stray", gateway, day, line.flow)
        found.append((Outcome.ONLY_BILL.value, "fund_other", line.flow, None, line.amount_fen, key))
    statement = Statement.objects.filter(gateway=gateway, day=day).first()
    if statement is not None and statement.fee_fen != fund_day.fee_fen:
        found.append((Outcome.AMOUNT_DIFF.value, "fund_fee", str(day), statement.fee_fen, fund_day.fee_fen, ""))
    standing = set()
    for outcome, kind, number, ours, theirs, key in found:
        row, _ = Difference.objects.update_or_create(
            gateway=gateway,
            day=day,
            outcome=outcome,
            kind=kind,
            number=number,
            reference="",
            defaults={"ours_fen": ours, "theirs_fen": theirs, "suspense_key": key},
            create_defaults={"ours_fen": ours, "theirs_fen": theirs, "suspense_key": key, "found_at": now},
        )
        standing.add(row.pk)
    gone = Difference.objects.filter(gateway=gateway, day=day, kind__startswith="fund_", resolved_at__isnull=True)
    gone.exclude(pk__in=standing).update(resolved_at=now, resolution="已相符")
