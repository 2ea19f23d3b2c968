"""What finance asks of the books: income, what is owed and for how long, balances, the journal. One query each."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from payments.models import Leg

# Days past due, as ageing is usually told; the last has no end.
_AGES = (0, 30, 60, 90)

_INCOME = """
SELECT (e.at AT TIME ZONE 'Asia/Shanghai')::date AS day, coalesce(c.scope, ''),
       CASE WHEN l.account = 'cash' THEN 'cash' ELSE substring(l.account FROM 10) END AS channel,
       count(*) FILTER (WHERE e.cause = 'paid'),
       coalesce(sum(l.amount_fen) FILTER (WHERE e.cause = 'paid'), 0),
       coalesce(-sum(l.amount_fen) FILTER (WHERE e.cause = 'refund_done'), 0)
  FROM payments_entry e
  JOIN payments_leg l ON l.entry_id = e.id
  LEFT JOIN payments_charge c ON c.id = l.charge_id
 WHERE e.at >= %s AND e.at < %s AND e.cause IN ('paid', 'refund_done')
   AND (l.account LIKE 'clearing:%%' OR l.account = 'cash')
 GROUP BY 1, 2, 3
 ORDER BY 1, 2, 3
"""

_AGEING = """
SELECT c.scope, width_bucket(extract(epoch FROM %s - c.due_at) / 86400, ARRAY[0, 30, 60, 90]::float8[]) AS age,
       count(*), sum(owed.fen)
  FROM payments_charge c
  JOIN LATERAL (SELECT sum(l.amount_fen) AS fen FROM payments_leg l
                 WHERE l.charge_id = c.id AND l.account = 'receivable') owed ON true
 WHERE c.status = 'open' AND c.kind = 'stay' AND c.opened_at < %s
 GROUP BY 1, 2
 ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Income:
    """A Beijing day's money of one road through one channel, in fen. `channel` is a gateway's code, or cash."""

    day: date
    scope: str
    channel: str
    payments: int
    paid_fen: int
    refunded_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Age:
    """Open charges of one road, from `from_days` past due to before `to_days`; both None: not due yet."""

    scope: str
    from_days: int | None
    to_days: int | None
    charges: int
    owed_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A leg of the journal."""

    entry: int
    at: datetime
    cause: str
    cause_key: str
    account: str
    amount_fen: int
    charge: str


def income(*, from_at: datetime, to_at: datetime) -> list[Income]:
    """Money in and out of the half-open period, by Beijing day, road and channel."""
    with connection.cursor() as cursor:
        cursor.execute(_INCOME, [from_at, to_at])
        return [
            Income(
                day=day, scope=scope, channel=channel, payments=count, paid_fen=int(paid), refunded_fen=int(refunded)
            )
            for day, scope, channel, count, paid, refunded in cursor.fetchall()
        ]


def ageing(*, now: datetime) -> list[Age]:
    """What is owed now, by road and by how long it is past due."""
    with connection.cursor() as cursor:
        cursor.execute(_AGEING, [now, now])
        return [
            Age(
                scope=scope,
                from_days=_AGES[age - 1] if age else None,
                to_days=_AGES[age] if 0 < age < len(_AGES) else None,
                charges=count,
                owed_fen=int(owed or 0),
            )
            for scope, age, count, owed in cursor.fetchall()
        ]


def balances(*, before: datetime) -> dict[str, int]:
    """Every account's balance of what happened before that moment, in fen, debits positive; they sum to nothing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT l.account, sum(l.amount_fen) FROM payments_leg l JOIN payments_entry e ON e.id = l.entry_id"
            " WHERE e.at < %s GROUP BY 1 ORDER BY 1",
            [before],
        )
        return {account: int(total) for account, total in cursor.fetchall()}


def journal(*, from_at: datetime, to_at: datetime) -> Iterator[Line]:
    """The ledger of the half-open period, leg by leg in order of booking, streamed."""
    found = Leg.objects.filter(entry__at__gte=from_at, entry__at__lt=to_at).order_by("entry_id", "pk")
    rows = found.values_list(
        "entry_id", "entry__at", "entry__cause", "entry__cause_key", "account", "amount_fen", "charge__number"
    )
    for entry, at, cause, cause_key, account, amount, charge in rows.iterator(chunk_size=5000):
        yield Line(
            entry=entry,
            at=at,
            cause=cause,
            cause_key=cause_key,
            account=account,
            amount_fen=amount,
            charge=charge or "",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Till:
    """What one clerk took in cash on one Beijing day, in fen."""

    day: date
    clerk: str
    payments: int
    taken_fen: int


def tills(*, from_at: datetime, to_at: datetime) -> list[Till]:
    """Cash by day and clerk in the half-open period; one query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (succeeded_at AT TIME ZONE 'Asia/Shanghai')::date, taken_by, count(*), sum(amount_fen)"
            " FROM payments_attempt WHERE kind = 'cash' AND succeeded_at >= %s AND succeeded_at < %s"
            " GROUP BY 1, 2 ORDER BY 1, 2",
            [from_at, to_at],
        )
        return [
            Till(day=day, clerk=clerk, payments=count, taken_fen=int(taken))
            for day, clerk, count, taken in cursor.fetchall()
        ]
