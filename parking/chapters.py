"""What the fold needs to know of a batch of berths: five statements, however many berths."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from parking.domain.events import Kind, OccupancyEvent, Witness
from parking.domain.story import Billed
from parking.matching import Standing
from parking.stale import ASKS_FOR_PICTURES, Claim

# A held stay that nothing has touched for so long is a border like a billed one: the fold need not go behind it.
SETTLES_AFTER = timedelta(days=2)


@dataclass(slots=True)
class Chapter:
    """All that is read of one berth. `newest` is the running number of the event that was stored last."""

    claim: Claim
    since: datetime | None
    code: str = ""
    newest: int = 0
    events: list[OccupancyEvent] = field(default_factory=list)
    billed: list[Billed] = field(default_factory=list)
    standing: list[Standing] = field(default_factory=list)


# The second moment is where an event lies that a newer one takes back or corrects.
_BORDERS = """
WITH claimed AS (
    SELECT * FROM unnest(%(berths)s::bigint[], %(since)s::timestamptz[]) AS t(berth_id, since_at)
), reach AS (
    SELECT c.berth_id, least(c.since_at, min(target.observed_at)) AS since_at
    FROM claimed c
    LEFT JOIN parking_eventrecord r
        ON r.berth_id = c.berth_id AND r.observed_at >= c.since_at AND r.revokes <> ''
    LEFT JOIN parking_eventkey target ON target.source = r.source AND target.event_id = r.revokes
    GROUP BY c.berth_id, c.since_at
)
SELECT reach.berth_id, b.code, (
    SELECT s.left_at FROM parking_parkingsession s
    WHERE s.berth_id = reach.berth_id AND s.arrived_at < reach.since_at AND s.left_at <= reach.since_at
        AND NOT s.contested AND (s.status = 'billed' OR (s.status <> 'parked' AND s.updated_at < %(settled)s))
        AND NOT (s.status = 'void' AND s.charge_id IS NOT NULL)
    ORDER BY s.arrived_at DESC LIMIT 1
)
FROM reach JOIN parking_berth b ON b.id = reach.berth_id
"""
_EVENTS = f"""
SELECT e.berth_id, e.source, e.event_id, e.kind, e.observed_at, e.received_at, e.witness, e.device, e.plate,
    e.plate_color, e.plate_confidence, e.action_confidence, e.sequence, e.visit, e.revokes,
    CASE WHEN {ASKS_FOR_PICTURES} THEN (
        SELECT count(*) FROM parking_picture p
        WHERE p.source = e.source AND p.event_id = e.event_id AND p.stored_at IS NOT NULL
    ) ELSE e.picture_count END, e.detail, e.id
FROM unnest(%s::bigint[], %s::timestamptz[]) AS t(berth_id, since_at)
JOIN parking_berth b ON b.id = t.berth_id JOIN parking_road r ON r.id = b.road_id
JOIN parking_eventrecord e ON e.berth_id = t.berth_id AND e.observed_at >= t.since_at
"""  # noqa: S608  # a constant of ours
_SESSIONS = """
SELECT s.berth_id, s.id, s.number, s.status, s.arrived_at, s.left_at, s.plate, s.visit, s.contested, s.arrival_event,
    s.billed_at, s.read_to
FROM unnest(%s::bigint[], %s::timestamptz[]) AS t(berth_id, since_at)
JOIN parking_parkingsession s ON s.berth_id = t.berth_id AND (s.arrived_at >= t.since_at OR s.left_at IS NULL
    OR (s.arrived_at < t.since_at AND s.left_at >= t.since_at))
WHERE s.status <> 'void' OR (s.touched AND s.charge_id IS NULL)
"""
# A billed order that a ruling replaced is over: no stay continues it (the two statements above).
_BEGINNING = datetime.fromisoformat("0001-01-02T00:00:00+00:00")


def chapters(claims: Sequence[Claim], *, now: datetime) -> list[Chapter]:
    """Events and sessions of the claimed berths, from the last border before what is new."""
    found: dict[int, Chapter] = {}
    by_berth = {claim.berth_id: claim for claim in claims}
    with connection.cursor() as cursor:
        cursor.execute(
            _BORDERS,
            {
                "berths": list(by_berth),
                "since": [claim.since_at for claim in by_berth.values()],
                "settled": now - SETTLES_AFTER,
            },
        )
        for berth_id, code, since in cursor.fetchall():
            found[berth_id] = Chapter(by_berth[berth_id], since, code)
        window: Any = [list(found), [chapter.since or _BEGINNING for chapter in found.values()]]
        cursor.execute(_EVENTS, window)
        kinds, witnesses = Kind._value2member_map_, Witness._value2member_map_
        for (
            berth_id, source, event_id, kind, observed_at, received_at, witness, device, plate,
            plate_color, plate_confidence, action_confidence, sequence, visit, revokes, picture_count, detail,
            stored_as,
        ) in cursor.fetchall():  # fmt: skip
            chapter = found[berth_id]
            chapter.newest = max(chapter.newest, stored_as)
            chapter.events.append(
                OccupancyEvent(
                    source=source,
                    event_id=event_id,
                    berth=chapter.code,
                    kind=kinds[kind],  # type: ignore[arg-type]
                    observed_at=observed_at,
                    received_at=received_at,
                    witness=witnesses[witness],  # type: ignore[arg-type]
                    device=device,
                    plate=plate,
                    plate_color=plate_color,
                    plate_confidence=plate_confidence,
                    action_confidence=action_confidence,
                    sequence=sequence,
                    visit=visit,
                    revokes=revokes,
                    picture_count=picture_count,
                    detail=detail,
                    stored_as=stored_as,
                )
            )
        cursor.execute(_SESSIONS, window)
        billed: dict[int, list[Billed]] = defaultdict(list)
        for (
            berth_id, session_id, number, status, arrived_at, left_at, plate, visit, contested, arrival_event,
            billed_at, read_to,
        ) in cursor.fetchall():  # fmt: skip
            if status == "billed":
                billed[berth_id].append(Billed(session_id, arrived_at, left_at, plate, visit, billed_at, read_to))
            else:
                found[berth_id].standing.append(
                    Standing(session_id, number, arrived_at, left_at, contested, arrival_event, plate, berth_id)
                )
    for berth_id, stays in billed.items():
        found[berth_id].billed = stays
    return list(found.values())
