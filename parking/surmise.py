"""A guess how many berths will be free when a driver arrives: the road's own past weeks, with their spread."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import connection

from parking.domain import surmise as pure

WEEKS: Final = 8

# Stays of more than two days are rare enough to be left out; the bound lets the index do the work.
_PAST = """
SELECT r.id, k.week,
       (SELECT count(*) FROM parking_parkingsession s
         WHERE s.road_id = r.id AND s.arrived_at > k.then - interval '2 days' AND s.arrived_at <= k.then
           AND (s.left_at > k.then OR s.left_at IS NULL) AND s.status <> 'void' AND NOT s.contested),
       (SELECT count(*) FROM parking_parkingsession s
         WHERE s.road_id = r.id AND s.arrived_at > k.later - interval '2 days' AND s.arrived_at <= k.later
           AND (s.left_at > k.later OR s.left_at IS NULL) AND s.status <> 'void' AND NOT s.contested)
  FROM parking_road r
 CROSS JOIN (SELECT n AS week, %(now)s - n * interval '7 days' AS then,
                    %(now)s - n * interval '7 days' + %(lead_s)s * interval '1 second' AS later
               FROM generate_series(1, %(weeks)s) AS n) k
 WHERE r.id = ANY(%(roads)s)
   AND EXISTS (SELECT 1 FROM parking_parkingsession s
                WHERE s.road_id = r.id AND s.arrived_at > k.then - interval '2 days' AND s.arrived_at <= k.later)
"""


@dataclass(frozen=True, slots=True)
class Guess:
    """Berths free at arrival: the middle and the range that past weeks span, from so many weeks."""

    free: int
    low: int
    high: int
    weeks: int


def at_arrival(roads: Mapping[int, tuple[int, int]], *, now: datetime, lead: timedelta) -> dict[int, Guess]:
    """The guess for each road id; `roads` gives its (berths, occupied now). One query.

    How the number of cars changed from this hour to the hour of arrival in each of the last eight weeks is added to
    what is there now. Roads with fewer than six such weeks get no guess.
    """
    if not roads:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            _PAST,
            {
                "now": now,
                "lead_s": lead.total_seconds(),
                "weeks": WEEKS,
                "roads": sorted(roads),
            },
        )
        changes: dict[int, list[int]] = {}
        for id_, _week, then, later in cursor.fetchall():
            changes.setdefault(id_, []).append(later - then)
    return {id_: guess for id_, told in changes.items() if (guess := _guess(told, *roads[id_])) is not None}


def _guess(changes: Sequence[int], berths: int, occupied: int) -> Guess | None:
    told = pure.free_at_arrival(changes=changes, berths=berths, occupied=occupied)
    return Guess(*told, weeks=len(changes)) if told else None
