"""Money by scope and hour, as sums that can be added up, and which of those hours have changed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The hours of one scope in a half-open period; both ends are whole hours."""

    scope: str
    from_at: datetime
    to_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HourSums:
    """One scope's hour, in fen and in charges. All but `received_fen` speak of the charges opened in the hour.

    `receivable_fen`: what they ask for after waivers, reductions and voids; a write-off stays owed in this sum.
    `collected_fen`: paid for them until now less what went back; `_t0`, `_t7`, `_t30`: the same, of the money that
    moved before the end of the Beijing day of opening, and of the 7th and 30th day after it.
    `paid_charges`: those for which something was paid; `contactless_charges`: those of them paid by a mandate's debit.
    `received_fen`: money that came in during the hour, for whatever charge, less what went back in it.
    """

    scope: str
    hour_at: datetime
    charges: int
    receivable_fen: int
    collected_fen: int
    collected_t0_fen: int
    collected_t7_fen: int
    collected_t30_fen: int
    received_fen: int
    paid_charges: int
    contactless_charges: int


_HOURS = """
WITH runs AS (
    SELECT * FROM unnest(%(scopes)s::text[], %(from_at)s::timestamptz[], %(to_at)s::timestamptz[])
        AS t(scope, from_at, to_at)
), opened AS (
    SELECT c.scope, date_trunc('hour', c.opened_at) AS hour_at, c.amount_fen - coalesce(off.fen, 0) AS asked,
        money.*, how.debit
      FROM runs r
      JOIN payments_charge c ON c.scope = r.scope AND c.opened_at >= r.from_at AND c.opened_at < r.to_at
     CROSS JOIN LATERAL (SELECT (date_trunc('day', c.opened_at AT TIME ZONE 'Asia/Shanghai') + interval '1 day')
                                    AT TIME ZONE 'Asia/Shanghai' AS ends_at) day
      LEFT JOIN LATERAL (SELECT sum(a.amount_fen) AS fen FROM payments_adjustment a
                          WHERE a.charge_id = c.id AND a.status = 'done' AND a.kind <> 'write_off') off ON true
      LEFT JOIN LATERAL (
            SELECT coalesce(sum(l.amount_fen), 0) AS fen,
                coalesce(sum(l.amount_fen) FILTER (WHERE e.at < day.ends_at), 0) AS t0,
                coalesce(sum(l.amount_fen) FILTER (WHERE e.at < day.ends_at + interval '7 days'), 0) AS t7,
                coalesce(sum(l.amount_fen) FILTER (WHERE e.at < day.ends_at + interval '30 days'), 0) AS t30,
                coalesce(bool_or(e.cause = 'paid'), false) AS paid
              FROM payments_leg l JOIN payments_entry e ON e.id = l.entry_id
             WHERE l.charge_id = c.id AND (l.account LIKE 'clearing:%%' OR l.account = 'cash')) money ON true
      LEFT JOIN LATERAL (SELECT bool_or(a.kind = 'debit') AS debit
                           FROM payments_part p JOIN payments_attempt a ON a.id = p.attempt_id
                          WHERE p.charge_id = c.id AND a.status = 'succeeded') how ON true
)
SELECT scope, hour_at, sum(charges), sum(asked), sum(fen), sum(t0), sum(t7), sum(t30), sum(received), sum(paid),
       sum(contactless)
  FROM (
    SELECT scope, hour_at, 1 AS charges, asked, fen, t0, t7, t30, 0 AS received, paid::int AS paid,
           (paid AND coalesce(debit, false))::int AS contactless
      FROM opened
    UNION ALL
    SELECT c.scope, date_trunc('hour', e.at), 0, 0, 0, 0, 0, 0, l.amount_fen, 0, 0
      FROM (SELECT from_at, to_at, array_agg(scope) AS scopes FROM runs GROUP BY from_at, to_at) r
      JOIN payments_entry e ON e.at >= r.from_at AND e.at < r.to_at AND e.cause IN ('paid', 'refund_done')
      JOIN payments_leg l ON l.entry_id = e.id AND (l.account LIKE 'clearing:%%' OR l.account = 'cash')
      JOIN payments_charge c ON c.id = l.charge_id AND c.scope = ANY(r.scopes)
  ) AS told
 GROUP BY scope, hour_at
"""
_TAKE = """
WITH taken AS (
    DELETE FROM payments_changedhour WHERE id IN (
        SELECT id FROM payments_changedhour ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
    ) RETURNING scope, hour_at
) SELECT DISTINCT scope, hour_at FROM taken
"""
_OVERDUE = """
SELECT c.scope, count(*), coalesce(sum(owed.fen), 0)
  FROM payments_charge c
  JOIN LATERAL (SELECT sum(l.amount_fen) AS fen FROM payments_leg l
                 WHERE l.charge_id = c.id AND l.account = 'receivable') owed ON true
 WHERE c.status = 'open' AND c.kind = 'stay' AND c.due_at <= %s AND c.scope = ANY(%s)
 GROUP BY c.scope
"""


def hours(runs: Sequence[Run]) -> list[HourSums]:
    """The sums of these hours, in one query; hours without charges and money are missing."""
    if not runs:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            _HOURS,
            {
                "scopes": [run.scope for run in runs],
                "from_at": [run.from_at for run in runs],
                "to_at": [run.to_at for run in runs],
            },
        )
        return [
            HourSums(
                scope=scope,
                hour_at=hour_at,
                charges=int(charges),
                receivable_fen=int(asked),
                collected_fen=int(fen),
                collected_t0_fen=int(t0),
                collected_t7_fen=int(t7),
                collected_t30_fen=int(t30),
                received_fen=int(received),
                paid_charges=int(paid),
                contactless_charges=int(contactless),
            )
            for scope, hour_at, charges, asked, fen, t0, t7, t30, received, paid, contactless in cursor.fetchall()
        ]


def take_changed_hours(*, limit: int) -> list[tuple[str, datetime]]:
    """Scopes and hours whose sums have changed; they are taken away, so call it in the transaction that sums anew."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [limit])
        return [(scope, hour_at) for scope, hour_at in cursor.fetchall()]


def overdue(scopes: Iterable[str], *, now: datetime) -> dict[str, tuple[int, int]]:
    """For each scope: how many open charges are past their due date, and the fen still owed for them."""
    with connection.cursor() as cursor:
        cursor.execute(_OVERDUE, [now, list(scopes)])
        return {scope: (int(count), int(fen)) for scope, count, fen in cursor.fetchall()}
