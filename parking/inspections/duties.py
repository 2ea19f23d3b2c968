"""What waits on the street: tasks for a person on foot, the berths of some roads, and how far a route has come."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from parking import tokens
from parking.domain.whereabouts import metres
from parking.inspections.items import Where
from parking.models import Road, Shift, User

# A sensor says something at least once a day; what is silent for longer may be dead.
SILENT = timedelta(hours=26)
# Somebody looked at a silent device's berth: that will do for so long.
LOOKED = timedelta(hours=4)
UNSURE = 0.9
MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A berth that somebody should look at, and why: no_plate, low_confidence or silent."""

    why: str
    berth: str
    road: str
    since_at: datetime | None
    longitude: float | None
    latitude: float | None
    distance_m: float | None

    def as_dict(self) -> dict[str, Any]:
        """For an answer."""
        return {
            "why": self.why,
            "berth": self.berth,
            "road": self.road,
            "since_at": self.since_at.isoformat() if self.since_at else None,
            "longitude": self.longitude,
            "latitude": self.latitude,
            "distance_m": None if self.distance_m is None else round(self.distance_m),
        }


# One reason a berth, the most pressing one; whoever looked since the reason arose has answered it.
_TASKS = """
SELECT why, code, road, since_at, longitude, latitude FROM (
    SELECT b.code, r.code AS road, b.longitude, b.latitude, b.id,
        CASE WHEN s.id IS NOT NULL AND s.plate = '' THEN 'no_plate'
             WHEN s.id IS NOT NULL AND e.plate_confidence < %(unsure)s THEN 'low_confidence'
             WHEN t.last_event_at IS NULL OR t.last_event_at < %(silent)s THEN 'silent' END AS why,
        CASE WHEN s.id IS NOT NULL AND (s.plate = '' OR e.plate_confidence < %(unsure)s) THEN s.arrived_at
             ELSE t.last_event_at END AS since_at,
        CASE WHEN s.id IS NOT NULL AND (s.plate = '' OR e.plate_confidence < %(unsure)s) THEN s.arrived_at
             ELSE %(looked)s END AS unless_after
    FROM parking_berth b JOIN parking_road r ON r.id = b.road_id
    LEFT JOIN parking_berthstate t ON t.berth_id = b.id
    LEFT JOIN parking_parkingsession s ON s.berth_id = b.id AND s.status = 'parked' AND NOT s.contested
    LEFT JOIN parking_eventrecord e ON e.berth_id = b.id AND e.observed_at = s.arrived_at
        AND e.source || '/' || e.event_id = s.arrival_event
    WHERE r.code = ANY(%(roads)s) AND b.opened AND r.opened
) found
WHERE why IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM parking_patrolcheck c WHERE c.berth_id = found.id AND c.seen_at >= found.unless_after
)
"""
_STRIP = """
SELECT r.code, b.code, b.opened, coalesce(t.occupied, false), coalesce(s.plate <> '', false), c.seen_at
FROM parking_berth b JOIN parking_road r ON r.id = b.road_id
LEFT JOIN parking_berthstate t ON t.berth_id = b.id
LEFT JOIN parking_parkingsession s ON s.berth_id = b.id AND s.status = 'parked' AND NOT s.contested
LEFT JOIN LATERAL (
    SELECT seen_at FROM parking_patrolcheck WHERE berth_id = b.id ORDER BY seen_at DESC LIMIT 1
) c ON true
WHERE r.code = ANY(%s) ORDER BY r.code, b.code
"""
_PRESSING = ("no_plate", "low_confidence", "silent")


def shift_of(user: User) -> Shift | None:
    """The shift that runs now, if any."""
    return Shift.objects.filter(user=user, ended_at__isnull=True).first()


def allowed(user: User, codes: Iterable[str]) -> list[str]:
    """Those of the roads on which this person may inspect."""
    held = tokens.roads(user, "inspect")
    return [code for code in codes if held is None or code in held]


def roads_of(user: User) -> list[str]:
    """The roads of the running shift; none without one."""
    shift = shift_of(user)
    return allowed(user, shift.roads) if shift else []


def tasks(*, roads: Sequence[str], at: Where | None, now: datetime) -> list[Task]:
    """What waits on these roads, the nearest first where the position is known, else the most pressing; one query."""
    with connection.cursor() as cursor:
        cursor.execute(_TASKS, {"unsure": UNSURE, "silent": now - SILENT, "looked": now - LOOKED, "roads": list(roads)})
        rows = cursor.fetchall()
    found = [
        Task(
            why=why,
            berth=code,
            road=road,
            since_at=since_at,
            longitude=longitude,
            latitude=latitude,
            distance_m=_away(at, longitude, latitude),
        )
        for why, code, road, since_at, longitude, latitude in rows
    ]
    found.sort(
        key=lambda task: (
            task.distance_m if task.distance_m is not None else float("inf"),
            _PRESSING.index(task.why),
            task.berth,
        )
    )
    return found[:MOST]


def _away(at: Where | None, longitude: float | None, latitude: float | None) -> float | None:
    if at is None or longitude is None or latitude is None:
        return None
    return metres((at.longitude, at.latitude), (longitude, latitude))


def strips(roads: Sequence[str]) -> list[dict[str, Any]]:
    """The berths of these roads as they are: free, occupied, bound (a plate is known) or closed; no plates."""
    names = dict(Road.objects.filter(code__in=roads).values_list("code", "name"))
    with connection.cursor() as cursor:
        cursor.execute(_STRIP, [list(roads)])
        rows = cursor.fetchall()
    found: dict[str, dict[str, Any]] = {}
    for road, code, opened, occupied, bound, seen_at in rows:
        strip = found.setdefault(road, {"road": road, "name": names.get(road, road), "berths": []})
        state = "closed" if not opened else "free" if not occupied else "bound" if bound else "occupied"
        strip["berths"].append({"code": code, "state": state, "seen_at": seen_at.isoformat() if seen_at else None})
    return list(found.values())


def coverage(*, roads: Sequence[str], from_at: datetime, to_at: datetime, vehicle: str = "") -> list[dict[str, Any]]:
    """How many berths of each road were passed in [from, to), and each berth's last pass; one query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT r.code, b.code, max(c.seen_at), count(c.id) FROM parking_berth b "
            "JOIN parking_road r ON r.id = b.road_id "
            "LEFT JOIN parking_patrolcheck c ON c.berth_id = b.id AND c.seen_at >= %s AND c.seen_at < %s "
            "AND c.how IN ('named', 'placed') AND (%s = '' OR c.vehicle = %s) "
            "WHERE r.code = ANY(%s) AND b.opened GROUP BY r.code, b.code ORDER BY r.code, b.code",
            [from_at, to_at, vehicle, vehicle, list(roads)],
        )
        rows = cursor.fetchall()
    found: dict[str, dict[str, Any]] = {}
    for road, code, last, passes in rows:
        one = found.setdefault(road, {"road": road, "berths": 0, "passed": 0, "passes": []})
        one["berths"] += 1
        one["passed"] += last is not None
        one["passes"].append({"berth": code, "last_at": last.isoformat() if last else None, "times": passes})
    return list(found.values())
