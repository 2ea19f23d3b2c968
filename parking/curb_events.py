"""Who came and went at the kerb, as Curb Events of CDS: from stays, without plates, and only where nobody stands alone.

An event is told once its hour is over and only when at least `K` of its kind happened on its road in that hour; its
moment is given to the hour's quarter, its place is the middle of the road's berths.
"""

import hashlib
import hmac
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from parking import curbs

K = 5
"""As for the history of occupancy (`figures.history.K`)."""
LONGEST = timedelta(hours=24)

_EVENTS = """
WITH moved AS (
    SELECT s.id, s.road_id, 'park_start' AS kind, s.arrived_at AS at, date_trunc('hour', s.arrived_at) AS hour_at
    FROM parking_parkingsession s
    WHERE s.arrived_at >= %(from)s AND s.arrived_at < %(to)s AND s.status <> 'void' AND NOT s.contested
    UNION ALL
    SELECT s.id, s.road_id, 'park_end', s.left_at, date_trunc('hour', s.left_at)
    FROM parking_parkingsession s
    WHERE s.left_at >= %(from)s AND s.left_at < %(to)s AND s.status <> 'void' AND NOT s.contested
), counted AS (
    SELECT moved.*, count(*) OVER (PARTITION BY road_id, kind, hour_at) AS many FROM moved
), middle AS (
    SELECT road_id, avg(longitude) AS longitude, avg(latitude) AS latitude FROM parking_berth
    WHERE opened AND longitude IS NOT NULL GROUP BY road_id
)
SELECT c.id, c.kind, date_bin('15 minutes', c.at, 'epoch'), c.hour_at, r.code, m.longitude, m.latitude
FROM counted c JOIN parking_road r ON r.id = c.road_id AND r.opened JOIN middle m ON m.road_id = c.road_id
WHERE c.many >= %(k)s AND (%(road)s = '' OR r.code = %(road)s)
ORDER BY 3, r.code, c.kind, c.id
"""


def document(*, from_at: datetime, to_at: datetime, now: datetime, road: str = "") -> dict[str, Any]:
    """The events in [from_at, to_at) of one road (its code) or all, as a CDS document. One query."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    asked: dict[str, datetime | int | str] = {"from": from_at, "to": min(to_at, hour), "k": K, "road": road}
    with connection.cursor() as cursor:
        cursor.execute(_EVENTS, asked)
        events = [_event(row) for row in cursor.fetchall()]
    return curbs.envelope({"events": events}, now=now)


def _event(row: Sequence[Any]) -> dict[str, Any]:
    session_id, kind, at, hour_at, road, longitude, latitude = row
    told: dict[str, Any] = {
        "event_id": _unlinkable(f"{session_id}:{kind}"),
        "event_type": kind,
        "event_location": {
            "type": "Feature",
            "properties": {"timestamp": curbs.millis(at)},
            "geometry": {"type": "Point", "coordinates": [round(longitude, 6), round(latitude, 6)]},
        },
        "event_time": curbs.millis(at),
        "event_publication_time": curbs.millis(hour_at + timedelta(hours=1)),
        "curb_zone_id": curbs.zone_id(road),
        "data_source_type": "other",
        # The witnesses of a road together: one device's id would tell the berth.
        "data_source_device_id": curbs.named_id(f"witnesses:{road}"),
    }
    if kind == "park_start":
        told["vehicle_blocked_lane_types"] = []
    return told


def _unlinkable(text: str) -> str:
    """An id that stays the same and leads nobody back to the stay, nor from a stay's beginning to its end."""
    digest = hmac.new(settings.SECRET_KEY.encode(), f"curb-event:{text}".encode(), hashlib.sha256).digest()
    return str(uuid.UUID(bytes=digest[:16], version=4))
