"""What a replay came to: the sessions and charges of its berths in its period."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import connection


@dataclass(frozen=True, slots=True)
class Closing:
    """Counts and sums of the sessions on these berths that began in the period; money in fen."""

    sessions: int
    parked: int
    ended: int
    held: int
    billed: int
    contested: int
    charges: int
    receivable_fen: int
    settled_charges: int
    settled_fen: int


_COUNT = """
SELECT count(*), count(*) FILTER (WHERE s.status = 'parked'), count(*) FILTER (WHERE s.status = 'ended'),
    count(*) FILTER (WHERE s.status = 'held'), count(*) FILTER (WHERE s.status = 'billed'),
    count(*) FILTER (WHERE s.contested), count(s.charge_id), coalesce(sum(s.fee_fen), 0),
    count(*) FILTER (WHERE c.status = 'settled'), coalesce(sum(s.fee_fen) FILTER (WHERE c.status = 'settled'), 0)
FROM parking_parkingsession s
JOIN parking_berth b ON b.id = s.berth_id
LEFT JOIN payments_charge c ON c.id = s.charge_id
WHERE b.code = ANY(%s) AND s.arrived_at >= %s AND s.arrived_at <= %s AND s.status <> 'void'
"""
_CONTESTED = """
SELECT b.code, s.arrived_at, s.left_at FROM parking_parkingsession s JOIN parking_berth b ON b.id = s.berth_id
WHERE s.contested AND b.code = ANY(%s) AND s.arrived_at >= %s AND s.arrived_at <= %s AND s.status <> 'void'
ORDER BY b.code, s.arrived_at
"""
_WAITING = """
SELECT count(*) FROM parking_staleberth q JOIN parking_berth b ON b.id = q.berth_id
LEFT JOIN parking_berthstate s ON s.berth_id = b.id
WHERE b.code = ANY(%s) AND s.set_aside_at IS NULL AND q.due_at <= %s
"""


def count(berths: Collection[str], *, from_at: datetime, to_at: datetime) -> Closing:
    """Count what stands now; `to_at` is the last moment included."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [list(berths), from_at, to_at])
        return Closing(*map(int, cursor.fetchone()))


def contested(
    berths: Collection[str], *, from_at: datetime, to_at: datetime
) -> list[tuple[str, datetime, datetime | None]]:
    """The stays that overlap a better proved one on their berth: (berth, arrived, left)."""
    with connection.cursor() as cursor:
        cursor.execute(_CONTESTED, [list(berths), from_at, to_at])
        return list(cursor.fetchall())


def waiting(berths: Collection[str], *, until: datetime) -> int:
    """How many folds of these berths are due by then."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [list(berths), until])
        return int(cursor.fetchone()[0])
