"""Intake: store what the witnesses said, once, and wake the fold."""

import hashlib
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.db import connection, transaction

from parking import tasks
from parking.domain.events import OccupancyEvent

log = logging.getLogger(__name__)


class Verdict(StrEnum):
    """What became of one event at the door."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    UNKNOWN_BERTH = "unknown_berth"


@dataclass(frozen=True, slots=True)
class Observed:
    """The verdict on each event, in the order in which they were given."""

    verdicts: tuple[Verdict, ...]

    def count(self, verdict: Verdict) -> int:
        """How many events met this verdict."""
        return self.verdicts.count(verdict)


# The order of the columns in `_rows`. The key decides: an event is written when its key was new, in the same statement.
_STORE = """
WITH incoming AS (
    SELECT * FROM unnest(
        %s::text[], %s::text[], %s::uuid[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::timestamptz[],
        %s::timestamptz[], %s::text[], %s::text[], %s::float8[], %s::float8[], %s::bigint[], %s::text[], %s::text[],
        %s::smallint[], %s::text[]
    ) AS t(source, event_id, content, berth_id, kind, witness, device, observed_at, received_at, plate, plate_color,
           plate_confidence, action_confidence, sequence, visit, revokes, picture_count, detail)
), stored AS (
    INSERT INTO parking_eventkey (source, event_id, content, berth_id, observed_at)
    SELECT source, event_id, content, berth_id, observed_at FROM incoming
    ON CONFLICT (source, event_id) DO NOTHING
    RETURNING source, event_id, berth_id, observed_at
), written AS (
    INSERT INTO parking_eventrecord (source, event_id, berth_id, kind, witness, device, observed_at, received_at,
        plate, plate_color, plate_confidence, action_confidence, sequence, visit, revokes, picture_count, detail, frame)
    SELECT source, event_id, i.berth_id, kind, witness, device, i.observed_at, received_at,
        plate, plate_color, plate_confidence, action_confidence, sequence, visit, revokes, picture_count, detail, %s
    FROM incoming i JOIN stored USING (source, event_id)
), marked AS (
    INSERT INTO parking_staleberth (berth_id, since_at, due_at)
    SELECT berth_id, min(observed_at), %s::timestamptz FROM stored GROUP BY berth_id
)
SELECT source, event_id FROM stored
"""

_KNOWN = """
SELECT e.source, e.event_id, e.content FROM parking_eventkey e
JOIN unnest(%s::text[], %s::text[]) AS t(source, event_id) ON e.source = t.source AND e.event_id = t.event_id
"""


def observe(events: Sequence[OccupancyEvent], *, now: datetime, frame: int | None = None) -> Observed:
    """Store each event once, mark its berth stale and wake the fold when the transaction commits.

    One transaction, a constant number of statements. `frame` is the id of the frame they came in. The same
    (source, event_id) with equal content is a duplicate, with other content a conflict; the first one stands.
    """
    if not events:
        return Observed(())
    berths = berth_ids({event.berth for event in events})
    verdicts: list[Verdict | None] = [None] * len(events)
    first: dict[tuple[str, str], tuple[OccupancyEvent, UUID]] = {}
    contents = [content(event) for event in events]
    for index, event in enumerate(events):
        if event.berth not in berths:
            verdicts[index] = Verdict.UNKNOWN_BERTH
            continue
        key = (event.source, event.event_id)
        known = first.get(key)
        if known is None:
            first[key] = (event, contents[index])
        else:
            verdicts[index] = Verdict.DUPLICATE if known[1] == contents[index] else Verdict.CONFLICT
    with transaction.atomic(savepoint=False):
        stored = _store(first, berths, now=now, frame=frame)
        standing = _known([key for key in first if key not in stored])
        if stored:
            transaction.on_commit(wake)
    for index, event in enumerate(events):
        if verdicts[index] is None:
            key = (event.source, event.event_id)
            if key in stored:
                verdicts[index] = Verdict.ACCEPTED
            else:
                same = standing.get(key) == contents[index]
                verdicts[index] = Verdict.DUPLICATE if same else Verdict.CONFLICT
    return Observed(tuple(verdict for verdict in verdicts if verdict is not None))


def berth_ids(codes: set[str]) -> dict[str, int]:
    """The ids of the berths with these codes; unknown codes are left out."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT code, id FROM parking_berth WHERE code = ANY(%s)", [list(codes)])
        return dict(cursor.fetchall())


def berths_of(event_ids: set[str], *, source: str) -> dict[str, str]:
    """The berth codes of stored events of one source, by event id."""
    if not event_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.event_id, b.code FROM parking_eventkey e JOIN parking_berth b ON b.id = e.berth_id "
            "WHERE e.source = %s AND e.event_id = ANY(%s)",
            [source, list(event_ids)],
        )
        return dict(cursor.fetchall())


def content(event: OccupancyEvent) -> UUID:
    """A digest of what the witness said: equal for a repeat, different when the same id says something else.

    Pictures may be announced later, and a device without a clock is heard at another moment each time: neither counts.
    """
    said = (
        event.berth,
        event.kind.value,
        event.observed_at.timestamp() if event.clocked else None,
        event.device,
        event.plate,
        event.plate_color,
        event.plate_confidence,
        event.action_confidence,
        event.sequence,
        event.visit,
        event.revokes,
    )
    return UUID(bytes=hashlib.blake2b(repr(said).encode(), digest_size=16).digest())


def _store(
    first: dict[tuple[str, str], tuple[OccupancyEvent, UUID]],
    berths: dict[str, int],
    *,
    now: datetime,
    frame: int | None,
) -> set[tuple[str, str]]:
    if not first:
        return set()
    # In one order everywhere, so that two requests with the same events can't wait for each other.
    rows = [_row(event, digest, berths[event.berth]) for _, (event, digest) in sorted(first.items())]
    with connection.cursor() as cursor:
        cursor.execute(_STORE, [*map(list, zip(*rows, strict=True)), frame, now])
        return set(cursor.fetchall())


def _row(event: OccupancyEvent, digest: UUID, berth_id: int) -> tuple[Any, ...]:
    return (
        event.source,
        event.event_id,
        digest,
        berth_id,
        event.kind.value,
        event.witness.value,
        event.device,
        event.observed_at,
        event.received_at,
        event.plate,
        event.plate_color,
        event.plate_confidence,
        event.action_confidence,
        event.sequence,
        event.visit,
        event.revokes,
        event.picture_count,
        event.detail,
    )


def _known(keys: list[tuple[str, str]]) -> dict[tuple[str, str], UUID]:
    if not keys:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, [[source for source, _ in keys], [event_id for _, event_id in keys]])
        return {(source, event_id): digest for source, event_id, digest in cursor.fetchall()}


_WAKE_EVERY_S = 1
_silent_until = 0.0


def wake() -> None:
    """Hint to the worker that berths are stale: at most once a second, and never a reason to fail.

    The table holds the truth; the timetable's sweep finds what a lost hint would have said.
    """
    global _silent_until
    if time.monotonic() < _silent_until:
        return
    try:
        if cache.add("parking:wake", 1, timeout=_WAKE_EVERY_S):
            tasks.reconcile.apply_async(retry=False, expires=5)
    except Exception as error:  # the broker's client raises many kinds; none of them may fail an ingest
        _silent_until = time.monotonic() + 5
        log.warning("the fold was not woken (%s); the sweep will find it", type(error).__name__)
