"""The kerb as it is now: roads with free berths."""

import json
from datetime import datetime
from typing import Any

from django.db import connection

from parking.orders import local

_ROADS = """
SELECT r.code, r.name, r.name_en, r.geometry, count(b.id), count(b.id) FILTER (WHERE s.occupied),
    max(s.last_event_at)
FROM parking_road r JOIN parking_berth b ON b.road_id = r.id AND b.opened
LEFT JOIN parking_berthstate s ON s.berth_id = b.id
WHERE r.opened GROUP BY r.id ORDER BY r.code
"""


def roads_geojson(*, now: datetime) -> dict[str, Any]:
    """Every open road as a GeoJSON feature (WGS-84) with its berths, free berths and the newest event's time."""
    with connection.cursor() as cursor:
        cursor.execute(_ROADS)
        rows = cursor.fetchall()
    features = [
        {
            "type": "Feature",
            "id": code,
            "geometry": json.loads(geometry) or None,
            "properties": {
                "code": code,
                "name": name,
                "name_en": name_en,
                "berths": berths,
                "free": berths - occupied,
                "known_at": local(known_at),
            },
        }
        for code, name, name_en, geometry, berths, occupied, known_at in rows
    ]
    return {"type": "FeatureCollection", "generated_at": local(now), "features": features}
