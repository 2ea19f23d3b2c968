"""How many devices are in service on each road, and how many of them are online: heard within their own rhythm."""

from datetime import datetime

from django.db import connection

# `rounds` judges each device by its rhythm: one that is late or failing still speaks.
_COUNT = """
WITH counted AS (
    SELECT b.road_id, d.kind, count(DISTINCT d.id) AS devices,
        count(DISTINCT d.id) FILTER (WHERE s.condition IN ('ok', 'late', 'failing')) AS online
    FROM sensors_device d
    JOIN sensors_installation i ON i.device_id = d.id AND i.installed_at <= %(now)s
        AND (i.removed_at IS NULL OR i.removed_at > %(now)s)
    JOIN parking_berth b ON b.id = i.berth_id
    LEFT JOIN sensors_devicestate s ON s.device_id = d.id
    WHERE d.active GROUP BY b.road_id, d.kind
), gone AS (
    DELETE FROM parking_devicecount k
    WHERE NOT EXISTS (SELECT 1 FROM counted c WHERE c.road_id = k.road_id AND c.kind = k.kind)
)
INSERT INTO parking_devicecount AS k (road_id, kind, devices, online, at)
SELECT road_id, kind, devices, online, %(now)s FROM counted
ON CONFLICT (road_id, kind) DO UPDATE SET devices = excluded.devices, online = excluded.online, at = excluded.at
"""


def take(*, now: datetime) -> None:
    """Count them and tell parking, whose figures may not ask us. A device on two roads counts on both."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"now": now})
