"""Which berths wait for their fold: claiming them, waking them later, setting the poisoned aside."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

TRIES = 3
TRY_AGAIN_AFTER = timedelta(seconds=5)
# Whether road r bills only what pictures prove: then the fold counts those that came, not those announced.
ASKS_FOR_PICTURES = "coalesce(r.policy @@ '$.pictures > 0', false)"


@dataclass(frozen=True, slots=True)
class Claim:
    """A berth whose state row this transaction holds, and the moment from which its story must be read again."""

    berth_id: int
    since_at: datetime
    road_id: int


# Four times as many as are wanted, so that workers who skip each other's berths still find some.
_CANDIDATES = """
SELECT q.berth_id FROM parking_staleberth q
WHERE q.due_at <= %(now)s AND (%(berths)s::bigint[] IS NULL OR q.berth_id = ANY(%(berths)s))
  AND NOT EXISTS (
      SELECT 1 FROM parking_berthstate s WHERE s.berth_id = q.berth_id AND s.set_aside_at IS NOT NULL
  )
GROUP BY q.berth_id ORDER BY min(q.due_at) LIMIT 4 * %(limit)s
"""
_ENSURE_STATE = """
INSERT INTO parking_berthstate (berth_id, occupied, failures, failure)
SELECT t.id, false, 0, '' FROM unnest(%s::bigint[]) AS t(id)
WHERE NOT EXISTS (SELECT 1 FROM parking_berthstate s WHERE s.berth_id = t.id)
ON CONFLICT DO NOTHING
"""
_LOCK_STATES = """
SELECT s.berth_id, b.road_id FROM parking_berthstate s JOIN parking_berth b ON b.id = s.berth_id
WHERE s.berth_id = ANY(%s) LIMIT %s FOR UPDATE OF s SKIP LOCKED
"""
_TAKE_ROWS = """
WITH taken AS (DELETE FROM parking_staleberth WHERE berth_id = ANY(%s) RETURNING berth_id, since_at)
SELECT berth_id, min(since_at) FROM taken GROUP BY berth_id
"""


def claim(*, now: datetime, limit: int, berth_ids: Sequence[int] | None = None) -> list[Claim]:
    """Take up to `limit` stale berths for this transaction: their states locked, all their stale rows removed.

    Workers on any number of hosts skip each other's berths. An event that commits after this leaves a stale row of its
    own, so no wake-up is lost; the fold says anew when time alone will change its answer. Only who holds a berth's
    state removes its rows, so nobody waits for anybody.
    """
    with connection.cursor() as cursor:
        wanted = None if berth_ids is None else list(berth_ids)
        cursor.execute(_CANDIDATES, {"now": now, "berths": wanted, "limit": limit})
        candidates = [row[0] for row in cursor.fetchall()]
        if not candidates:
            return []
        cursor.execute(_ENSURE_STATE, [candidates])
        cursor.execute(_LOCK_STATES, [candidates, limit])
        locked = dict(cursor.fetchall())
        cursor.execute(_TAKE_ROWS, [list(locked)])
        return [Claim(berth_id, since_at, locked[berth_id]) for berth_id, since_at in cursor.fetchall()]


def wake_later(due: Iterable[tuple[int, datetime, datetime]]) -> None:
    """Leave a row for each (berth id, since, due): the sweep reads that berth again then."""
    rows = list(due)
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO parking_staleberth (berth_id, since_at, due_at) "
                "SELECT * FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[])",
                [list(column) for column in zip(*rows, strict=True)],
            )


def failed(claim: Claim, *, trace: str, now: datetime) -> None:
    """A bug met this berth: try again soon, and set it aside with its traceback after three tries."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE parking_berthstate SET failures = failures + 1, failure = %s, "
            "set_aside_at = CASE WHEN failures + 1 >= %s THEN %s::timestamptz END WHERE berth_id = %s",
            [trace[-20_000:], TRIES, now, claim.berth_id],
        )
    wake_later([(claim.berth_id, claim.since_at, now + TRY_AGAIN_AFTER)])


def pending(*, now: datetime, berth_ids: Sequence[int] | None = None) -> int:
    """How many stale rows are due, those of berths set aside left out."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM parking_staleberth q LEFT JOIN parking_berthstate s ON s.berth_id = q.berth_id "
            "WHERE q.due_at <= %(now)s AND s.set_aside_at IS NULL "
            "AND (%(berths)s::bigint[] IS NULL OR q.berth_id = ANY(%(berths)s))",
            {"now": now, "berths": None if berth_ids is None else list(berth_ids)},
        )
        return int(cursor.fetchone()[0])


def try_again(berth_ids: Sequence[int], *, now: datetime) -> int:
    """Take berths that were set aside back: their stale rows wait for them still. Gives how many there were."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE parking_berthstate SET set_aside_at = NULL, failures = 0 "
            "WHERE berth_id = ANY(%s) AND set_aside_at IS NOT NULL",
            [list(berth_ids)],
        )
        count = int(cursor.rowcount)
        cursor.execute("UPDATE parking_staleberth SET due_at = %s WHERE berth_id = ANY(%s)", [now, list(berth_ids)])
        return count
