"""What other berths know of the plates read on a berth: one plate twice, one car on two berths, a scan next door.

Two berths are next door when no other berth of their road has a code between theirs and, where both are surveyed, they
lie within a car's length and a half of each other.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from parking.chapters import Chapter
from parking.domain.events import Kind, Witness
from parking.domain.fusion import Around, Elsewhere
from parking.domain.story import Story
from parking.matching import Standing
from parking.records import Row

# No stay is compared with one that began longer before it.
_LONGEST = "interval '14 days'"
# Clocks of two devices differ by so much without a contradiction.
_TOLERANCE = "interval '90 seconds'"
_METRES = 15

_NEXT_DOOR = f"""
    one.road_id = two.road_id AND NOT EXISTS (
        SELECT 1 FROM parking_berth m WHERE m.road_id = one.road_id
            AND m.code > least(one.code, two.code) AND m.code < greatest(one.code, two.code)
    ) AND coalesce(
        abs(one.latitude - two.latitude) * 111320 < {_METRES}
        AND abs(one.longitude - two.longitude) * 111320 * cos(radians(one.latitude)) < {_METRES}, true)
"""  # noqa: S608
_ELSEWHERE = f"""
SELECT t.berth_id, two.code, s.plate, s.arrived_at, s.left_at, {_NEXT_DOOR}, EXISTS (
    SELECT 1 FROM parking_eventrecord e
    WHERE e.berth_id = s.berth_id AND e.observed_at = s.arrived_at AND e.plate = s.plate AND e.kind = 'arrival'
)
FROM unnest(%(berths)s::bigint[], %(plates)s::text[], %(starts)s::timestamptz[], %(ends)s::timestamptz[])
    AS t(berth_id, plate, from_at, to_at)
JOIN parking_parkingsession s ON s.plate = t.plate AND s.arrived_at <= t.to_at
    AND s.arrived_at > t.from_at - {_LONGEST} AND (s.left_at IS NULL OR s.left_at >= t.from_at)
JOIN parking_berth one ON one.id = t.berth_id
JOIN parking_berth two ON two.id = s.berth_id
WHERE s.berth_id <> t.berth_id AND s.status <> 'void' AND s.id <> ALL(%(rewritten)s)
"""  # noqa: S608 - only the literals above
_TOUCHING = f"""
SELECT one.id, two.id FROM unnest(%s::bigint[], %s::bigint[]) AS t(one_id, two_id)
JOIN parking_berth one ON one.id = t.one_id JOIN parking_berth two ON two.id = t.two_id
WHERE {_NEXT_DOOR}
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class _Seen:
    """A plate on a berth for a time, as this batch's own fold tells it. `until` None is still there."""

    berth_id: int
    code: str
    plate: str
    from_at: datetime
    until: datetime | None
    sure: bool


def around(told: Sequence[tuple[Chapter, Story]], *, now: datetime) -> dict[int, Around]:
    """For each berth of the batch (by id) that shares a plate with another berth: what is known there.

    One statement for the sessions that stand, one more where two berths of the batch itself share a plate.
    """
    wanted = [each for chapter, one in told for each in _wanted(chapter, one, now)]
    if not wanted:
        return {}
    found: dict[int, list[Elsewhere]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(
            _ELSEWHERE,
            {
                "berths": [each[0] for each in wanted],
                "plates": [each[1] for each in wanted],
                "starts": [each[2] for each in wanted],
                "ends": [each[3] for each in wanted],
                "rewritten": [each.id for chapter, _ in told for each in chapter.standing],
            },
        )
        for berth_id, code, plate, arrived_at, left_at, next_door, sure in cursor.fetchall():
            found[berth_id].append(
                Elsewhere(
                    berth=code, plate=plate, arrived_at=arrived_at, left_at=left_at, next_door=next_door, sure=sure
                )
            )
    for berth_id, other in _within(wanted, told):
        found[berth_id].append(other)
    codes = {chapter.claim.berth_id: chapter.code for chapter, _ in told}
    return {
        berth_id: Around(berth=codes[berth_id], elsewhere=tuple(dict.fromkeys(others)))
        for berth_id, others in found.items()
    }


def _wanted(chapter: Chapter, one: Story, now: datetime) -> Iterable[tuple[int, str, datetime, datetime]]:
    """(berth, plate, from, to) for each stay with a plate, and for each scan of a passing patrol."""
    for stay in one.stays:
        if stay.plate and not stay.contested:
            yield chapter.claim.berth_id, stay.plate, stay.arrived_at, stay.left_at or now
    for event in chapter.events:
        if event.plate and event.witness is Witness.PATROL and event.kind is Kind.OCCUPIED:
            yield chapter.claim.berth_id, event.plate, event.observed_at, event.observed_at


def _within(
    wanted: Sequence[tuple[int, str, datetime, datetime]], told: Sequence[tuple[Chapter, Story]]
) -> list[tuple[int, Elsewhere]]:
    """What berths of this batch know of each other: none of it is written yet."""
    by_plate: dict[str, list[_Seen]] = defaultdict(list)
    for chapter, one in told:
        arrivals = {(each.observed_at, each.plate) for each in chapter.events if each.kind is Kind.ARRIVAL}
        for stay in one.stays:
            if stay.plate:
                sure = (stay.arrived_at, stay.plate) in arrivals
                by_plate[stay.plate].append(
                    _Seen(chapter.claim.berth_id, chapter.code, stay.plate, stay.arrived_at, stay.left_at, sure)
                )
    pairs = [
        (berth_id, other)
        for berth_id, plate, from_at, to_at in wanted
        for other in by_plate[plate]
        if other.berth_id != berth_id and other.from_at <= to_at and (other.until is None or other.until >= from_at)
    ]
    if not pairs:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_TOUCHING, [[berth_id for berth_id, _ in pairs], [other.berth_id for _, other in pairs]])
        touching = set(cursor.fetchall())
    return [
        (
            berth_id,
            Elsewhere(
                berth=other.code,
                plate=other.plate,
                arrived_at=other.from_at,
                left_at=other.until,
                next_door=(berth_id, other.berth_id) in touching,
                sure=other.sure,
            ),
        )
        for berth_id, other in pairs
    ]


# Sessions elsewhere whose hold may fall, and those next door whose doubt came from scans of this car.
_WAKE = f"""
WITH moved AS (
    SELECT * FROM unnest(%(berths)s::bigint[], %(plates)s::text[], %(starts)s::timestamptz[], %(ends)s::timestamptz[])
        AS t(berth_id, plate, from_at, to_at)
), shared AS (
    SELECT s.berth_id, s.arrived_at FROM moved
    JOIN parking_parkingsession s ON s.plate = moved.plate AND s.arrived_at <= moved.to_at
        AND s.arrived_at > moved.from_at - {_LONGEST} AND (s.left_at IS NULL OR s.left_at >= moved.from_at)
    WHERE s.status = 'held' AND s.holds && ARRAY['double_plate', 'straddle']::varchar[]
), scanned AS (
    SELECT s.berth_id, s.arrived_at FROM moved
    JOIN parking_berth here ON here.id = moved.berth_id
    CROSS JOIN LATERAL (
        (SELECT id FROM parking_berth WHERE road_id = here.road_id AND code > here.code ORDER BY code LIMIT 1)
        UNION ALL
        (SELECT id FROM parking_berth WHERE road_id = here.road_id AND code < here.code ORDER BY code DESC LIMIT 1)
    ) AS beside
    JOIN parking_parkingsession s ON s.berth_id = beside.id AND s.status = 'held' AND s.arrived_at <= moved.to_at
        AND s.arrived_at > moved.from_at - {_LONGEST} AND (s.left_at IS NULL OR s.left_at >= moved.from_at)
    WHERE EXISTS (
        SELECT 1 FROM parking_eventrecord e
        WHERE e.berth_id = beside.id AND e.observed_at BETWEEN moved.from_at AND moved.to_at
            AND e.plate = moved.plate AND e.witness = 'patrol'
    )
)
INSERT INTO parking_staleberth (berth_id, since_at, due_at)
SELECT berth_id, min(arrived_at), %(now)s FROM (SELECT * FROM shared UNION ALL SELECT * FROM scanned) AS found
WHERE berth_id <> ALL(%(done)s) GROUP BY berth_id
"""  # noqa: S608


def wake_others(rows: Sequence[Row], gone: Sequence[Standing], *, berth_ids: Sequence[int], now: datetime) -> None:
    """Mark the berths stale whose decision these sessions change: only for what is new of plate or time.

    A fold that comes to the same sessions again wakes nobody, so two berths never wake each other without end. The
    berths of the batch itself were read with what the others tell.
    """
    moved: list[tuple[int, str, datetime, datetime]] = [
        (row.berth_id, plate, row.arrived_at, row.left_at or now)
        for row in rows
        if row.changed
        for plate in {row.plate, row.plate_before}
        if plate
    ]
    moved += [(each.berth_id, each.plate, each.arrived_at, each.left_at or now) for each in gone if each.plate]
    if not moved:
        return
    columns: list[list[Any]] = [list(column) for column in zip(*moved, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(
            _WAKE,
            {
                "berths": columns[0],
                "plates": columns[1],
                "starts": columns[2],
                "ends": columns[3],
                "now": now,
                "done": list(berth_ids),
            },
        )


# Of two berths next door the one taken later gives way; farther off neither of the two can be trusted.
_DOUBLES = f"""
WITH pairs AS (
    SELECT a.id AS a_id, b.id AS b_id, {_NEXT_DOOR} AS next_door,
        (a.arrived_at, one.code) < (b.arrived_at, two.code) AS a_first
    FROM parking_parkingsession a
    JOIN parking_parkingsession b ON b.plate = a.plate AND b.berth_id <> a.berth_id
        AND b.arrived_at < a.left_at - {_TOLERANCE} AND b.arrived_at > a.arrived_at - {_LONGEST}
        AND (b.left_at IS NULL OR b.left_at > a.arrived_at + {_TOLERANCE})
        AND (b.left_at IS NULL OR b.left_at - b.arrived_at > {_TOLERANCE})
    JOIN parking_berth one ON one.id = a.berth_id
    JOIN parking_berth two ON two.id = b.berth_id
    WHERE a.id = ANY(%(sessions)s) AND a.plate <> '' AND a.status <> 'void' AND b.status <> 'void'
        AND NOT a.contested AND NOT b.contested
), sides AS (
    SELECT a_id AS id, b_id AS other, next_door FROM pairs WHERE NOT next_door OR NOT a_first
    UNION ALL
    SELECT b_id, a_id, next_door FROM pairs WHERE NOT next_door OR a_first
)
INSERT INTO parking_discrepancy (berth_id, session_id, event, reason, detail, found_at, outcome)
SELECT s.berth_id, s.id, other.number, CASE WHEN sides.next_door THEN 'straddle' ELSE 'double_plate' END,
    jsonb_build_object('kind', 'session', 'observed_at', other.arrived_at, 'number', other.number), %(now)s, ''
FROM sides
JOIN parking_parkingsession s ON s.id = sides.id
JOIN parking_parkingsession other ON other.id = sides.other
WHERE s.status = 'billed'
ON CONFLICT (berth_id, event, reason) DO NOTHING
"""  # noqa: S608


def dispute_doubles(session_ids: Sequence[int], *, now: datetime) -> None:
    """A billed session whose plate was on another berth at the same time is put before a person; a repeat adds none."""
    if session_ids:
        with connection.cursor() as cursor:
            cursor.execute(
                _DOUBLES,
                {"sessions": list(session_ids), "now": now},
            )
