"""What a shared row says now, by its key. The keys are made by the triggers of migration 0014."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from parking.figures.history import STEP, K
from parking.orders import local

_OPEN_BERTHS = "(SELECT count(*) FROM parking_berth b WHERE b.road_id = r.id AND b.opened)"

_ROAD = f"""
SELECT r.id::text, r.code, r.name, r.name_en, z.code, r.district, {_OPEN_BERTHS}, r.opened, r.geometry
FROM parking_road r JOIN parking_zone z ON z.id = r.zone_id WHERE r.id = ANY(%s::bigint[])
"""  # noqa: S608
_BERTH = """
SELECT b.id::text, b.code, b.full_code, r.code, b.longitude, b.latitude, b.opened
FROM parking_berth b JOIN parking_road r ON r.id = b.road_id WHERE b.id = ANY(%s::bigint[])
"""
_STATE = """
SELECT b.id::text, b.code, r.code, s.occupied, s.occupied_since
FROM parking_berthstate s JOIN parking_berth b ON b.id = s.berth_id JOIN parking_road r ON r.id = b.road_id
WHERE s.berth_id = ANY(%s::bigint[])
"""
# On a road of few berths, a berth and a time would point at a neighbour.
_STAY = f"""
SELECT p.id::text, r.code, CASE WHEN {_OPEN_BERTHS} >= {K} THEN b.code END, p.arrived_at, p.left_at
FROM parking_parkingsession p JOIN parking_berth b ON b.id = p.berth_id JOIN parking_road r ON r.id = p.road_id
WHERE p.id = ANY(%s::bigint[]) AND p.status <> 'void' AND NOT p.contested
"""  # noqa: S608
_HOUR = """
WITH asked AS (
    SELECT key, split_part(key, '@', 1)::bigint AS road_id, to_timestamp(split_part(key, '@', 2)::bigint) AS hour_at
    FROM unnest(%s::text[]) AS t(key)
)
SELECT a.key, r.code, h.hour_at, h.arrivals, h.departures, h.stay_s, h.occupied_s, h.charges, h.receivable_fen,
    h.collected_fen,
    coalesce((SELECT c.berths FROM parking_berthcount c WHERE c.road_id = r.id AND c.from_at <= h.hour_at
        ORDER BY c.from_at DESC LIMIT 1),
        (SELECT c.berths FROM parking_berthcount c WHERE c.road_id = r.id ORDER BY c.from_at LIMIT 1), 0)
FROM asked a JOIN parking_roadhour h ON h.road_id = a.road_id AND h.hour_at = a.hour_at
JOIN parking_road r ON r.id = h.road_id
"""
_NOTICE = """
SELECT n.id::text, n.kind, n.everywhere, n.from_at, least(n.to_at, n.ended_at), n.reason, n.reason_en,
    coalesce((SELECT array_agg(r.code ORDER BY r.code) FROM parking_roadnotice_roads m
        JOIN parking_road r ON r.id = m.road_id WHERE m.roadnotice_id = n.id), '{}')
FROM parking_roadnotice n WHERE n.id = ANY(%s::bigint[])
"""
_TARIFF = """
SELECT t.id::text, t.code, t.version, t.name, z.code, t.in_force_from, t.withdrawn_from, t.document
FROM parking_tariffversion t LEFT JOIN parking_zone z ON z.id = t.zone_id
WHERE t.id = ANY(%s::bigint[]) AND t.status IN ('approved', 'withdrawn')
"""
_DEVICE = """
WITH asked AS (
    SELECT key, split_part(key, '/', 1)::bigint AS road_id, split_part(key, '/', 2) AS kind
    FROM unnest(%s::text[]) AS t(key)
)
SELECT a.key, r.code, d.kind, d.devices, d.online
FROM asked a JOIN parking_devicecount d ON d.road_id = a.road_id AND d.kind = a.kind
JOIN parking_road r ON r.id = d.road_id
"""

_HOUR_S = 3600


def _road(row: Sequence[Any]) -> dict[str, Any]:
    code, name, name_en, zone, district, berths, opened, geometry = row
    return {
        "code": code,
        "name": name,
        "name_en": name_en,
        "zone": zone,
        "district": district,
        "berths": berths,
        "opened": opened,
        "geometry": json.loads(geometry) or None,
    }


def _berth(row: Sequence[Any]) -> dict[str, Any]:
    return dict(zip(("code", "full_code", "road", "longitude", "latitude", "opened"), row, strict=True))


def _state(row: Sequence[Any]) -> dict[str, Any]:
    berth, road, occupied, since = row
    return {"berth": berth, "road": road, "occupied": occupied, "since": _minute(since)}


def _stay(row: Sequence[Any]) -> dict[str, Any]:
    road, berth, arrived_at, left_at = row
    return {"road": road, "berth": berth, "arrived_at": _minute(arrived_at), "left_at": _minute(left_at)}


def _hour(row: Sequence[Any]) -> dict[str, Any]:
    road, hour_at, arrivals, departures, stay_s, occupied_s, charges, receivable_fen, collected_fen, berths = row
    paid_by_many = charges >= K
    return {
        "road": road,
        "hour": local(hour_at),
        "arrivals": arrivals if arrivals >= K else None,
        "departures": departures if departures >= K else None,
        "mean_stay_s": round(stay_s / departures) if departures >= K else None,
        "occupancy": round(round(min(occupied_s / (berths * _HOUR_S), 1) / STEP) * STEP, 2) if berths >= K else None,
        "receivable_fen": receivable_fen if paid_by_many else None,
        "collected_fen": collected_fen if paid_by_many else None,
    }


def _notice(row: Sequence[Any]) -> dict[str, Any]:
    kind, everywhere, from_at, to_at, reason, reason_en, roads = row
    return {
        "kind": kind,
        "everywhere": everywhere,
        "roads": roads,
        "from": local(from_at),
        "to": local(to_at),
        "reason": reason,
        "reason_en": reason_en,
    }


def _tariff(row: Sequence[Any]) -> dict[str, Any]:
    code, version, name, zone, in_force_from, withdrawn_from, document = row
    return {
        "code": code,
        "version": version,
        "name": name,
        "zone": zone,
        "in_force_from": local(in_force_from),
        "withdrawn_from": local(withdrawn_from),
        "document": json.loads(document),
    }


def _device(row: Sequence[Any]) -> dict[str, Any]:
    return dict(zip(("road", "kind", "devices", "online"), row, strict=True))


def _minute(at: datetime | None) -> str | None:
    """To the minute: the second would let a bystander's note find one car among many."""
    return local(at.astimezone(UTC) - timedelta(seconds=at.second, microseconds=at.microsecond)) if at else None


_SOURCES: dict[str, tuple[str, Callable[[Sequence[Any]], dict[str, Any]]]] = {
    "road": (_ROAD, _road),
    "berth": (_BERTH, _berth),
    "berth-state": (_STATE, _state),
    "stay": (_STAY, _stay),
    "road-hour": (_HOUR, _hour),
    "notice": (_NOTICE, _notice),
    "tariff": (_TARIFF, _tariff),
    "device": (_DEVICE, _device),
}


def read(dataset: str, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The rows that stand now, by key, with the catalogue's fields; a key without a row is left out. One query."""
    if not keys:
        return {}
    sql, shape = _SOURCES[dataset]
    with connection.cursor() as cursor:
        cursor.execute(sql, [list(keys)])
        return {row[0]: shape(row[1:]) for row in cursor.fetchall()}
