"""What falls with what: a vendor that takes back an event by a name we know more events under."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.db import connection

from parking import occupancy
from parking.domain.events import OccupancyEvent
from sensors.codecs.fields import event_id
from sensors.codecs.reading import CodecError, Reading
from sensors.keys import Speaker

_KEEP = """
INSERT INTO sensors_companion (source_id, name, event_id, berth, told_at)
SELECT %s, t.*, %s FROM unnest(%s::text[], %s::text[], %s::text[]) AS t
ON CONFLICT DO NOTHING
"""
_FIND = "SELECT name, event_id, berth FROM sensors_companion WHERE source_id = %s AND name = ANY(%s) ORDER BY event_id"


def keep(
    events: Sequence[OccupancyEvent], readings: Sequence[Reading | CodecError], origin: Sequence[int], *,
    speaker: Speaker, now: datetime,
) -> None:  # fmt: skip
    """Remember the companions that placed readings name, with their berth; one statement, none where there are none."""
    rows: set[tuple[str, str, str]] = set()
    for event, index in zip(events, origin, strict=True):
        reading = readings[index]
        if isinstance(reading, Reading):
            rows.update((name, companion, event.berth) for name, companion in reading.companions)
    if rows:
        with connection.cursor() as cursor:
            columns = [list(column) for column in zip(*sorted(rows), strict=True)]
            cursor.execute(_KEEP, [speaker.id, now, *columns])


def expand(readings: Sequence[Reading | CodecError], *, speaker: Speaker) -> Sequence[Reading | CodecError]:
    """With a revocation more for each companion of what is taken back; names that nothing bears are left out then.

    A revocation that nothing is known of stays as it is. Two statements, none where no revocation asks for it.
    """
    loose = {reading.target for reading in readings if isinstance(reading, Reading) and reading.target}
    if not loose:
        return readings
    companions: dict[str, list[tuple[str, str]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_FIND, [speaker.id, sorted(loose)])
        for name, companion, berth in cursor.fetchall():
            companions.setdefault(name, []).append((companion, berth))
    if not companions:
        return readings
    named = {reading.revokes for reading in readings if isinstance(reading, Reading)}
    stored = occupancy.berths_of(named, source=speaker.name)
    found: list[Reading | CodecError] = []
    done: set[str] = set()
    for reading in readings:
        known = companions.get(reading.target, []) if isinstance(reading, Reading) else []
        if isinstance(reading, CodecError) or not known:
            found.append(reading)
            continue
        if reading.revokes in stored:
            found.append(reading)
        for companion, berth in known:
            if companion not in done:
                done.add(companion)
                renamed = event_id(reading.event_id, companion)
                found.append(replace(reading, event_id=renamed, revokes=companion, berth=berth))
    return found
