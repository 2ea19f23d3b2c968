"""What must always hold of money (I5, I6, I7, I11): each promise as one statement over what moved lately."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from django.db import connection

MOST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """One thing that breaks a promise: `key` names it, `model` and `object_id` say where it is looked at."""

    key: str
    words: str
    model: str
    object_id: str
    at: datetime


# Each gives (key, words, model, object id, moment); %(since)s is where the look back ends.
_PROMISES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        # The ledger: every entry sums to nothing, and what is due of a charge is never below nothing.
        "I5": (
            """
            SELECT 'entry:' || e.id, 'entry ' || e.cause_key || ' sums to ' || coalesce(sum(l.amount_fen), 0) || ' fen',
                'payments.entry', e.id::text, e.booked_at
            FROM payments_entry e LEFT JOIN payments_leg l ON l.entry_id = e.id
            WHERE e.at >= %(since)s GROUP BY e.id HAVING coalesce(sum(l.amount_fen), 0) <> 0 OR count(l.id) < 2
            LIMIT %(most)s
            """,
            """
            SELECT 'paid:' || p.id, 'payment ' || a.number || ' of ' || p.amount_fen || ' fen was booked as '
                || coalesce(sum(l.amount_fen), 0), 'payments.attempt', a.id::text, a.succeeded_at
            FROM payments_attempt a
            JOIN payments_part p ON p.attempt_id = a.id
            LEFT JOIN payments_entry e ON e.cause_key = 'paid:' || a.gateway || ':' || a.number || ':' || p.charge_id
            LEFT JOIN payments_leg l ON l.entry_id = e.id AND (l.account LIKE 'clearing:%%' OR l.account = 'cash')
            WHERE a.status = 'succeeded' AND a.created_at >= %(since)s
            GROUP BY a.id, p.id HAVING coalesce(sum(l.amount_fen), 0) <> p.amount_fen LIMIT %(most)s
            """,
        ),
        # Every payment that succeeded pays charges, and their parts are the whole of it.
        "I6": (
            """
            SELECT 'attempt:' || a.id, 'payment ' || a.number || ' of ' || a.amount_fen || ' fen pays '
                || coalesce(sum(p.amount_fen), 0) || ' fen of charges', 'payments.attempt', a.id::text, a.succeeded_at
            FROM payments_attempt a LEFT JOIN payments_part p ON p.attempt_id = a.id
            WHERE a.status = 'succeeded' AND a.created_at >= %(since)s
            GROUP BY a.id HAVING coalesce(sum(p.amount_fen), 0) <> a.amount_fen LIMIT %(most)s
            """,
        ),
        "I7": (
            """
            SELECT 'attempt:' || a.id, 'payment ' || a.number || ' of ' || a.amount_fen || ' fen has refunds of '
                || sum(r.amount_fen) || ' fen', 'payments.attempt', a.id::text, max(r.requested_at)
            FROM payments_refund r JOIN payments_attempt a ON a.id = r.attempt_id
            WHERE a.id IN (SELECT attempt_id FROM payments_refund WHERE requested_at >= %(since)s)
                AND r.status NOT IN ('closed', 'failed')
            GROUP BY a.id HAVING sum(r.amount_fen) > a.amount_fen LIMIT %(most)s
            """,
        ),
        "I11": (
            """
            SELECT 'refund:' || r.id, 'refund ' || r.number || ' names nobody who asked for it',
                'payments.refund', r.id::text, r.requested_at
            FROM payments_refund r
            WHERE r.requested_at >= %(since)s AND r.source = 'person' AND r.requested_by = '' LIMIT %(most)s
            """,
            """
            SELECT 'adjustment:' || a.id, 'adjustment of charge ' || c.number || ' names nobody',
                'payments.adjustment', a.id::text, a.requested_at
            FROM payments_adjustment a JOIN payments_charge c ON c.id = a.charge_id
            WHERE a.requested_at >= %(since)s AND a.requested_by = '' LIMIT %(most)s
            """,
        ),
    }
)


def broken(name: str, *, since: datetime) -> list[Broken]:
    """What breaks the promise of that name (I5, I6, I7, I11) among what moved since; at most a hundred a statement."""
    found = []
    with connection.cursor() as cursor:
        for statement in _PROMISES[name]:
            cursor.execute(statement, {"since": since, "most": MOST})
            found += [
                Broken(key=key, words=words, model=model, object_id=object_id, at=at)
                for key, words, model, object_id, at in cursor.fetchall()
            ]
    return found
