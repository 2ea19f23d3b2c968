"""The kerb as it is now, for anyone: roads with free berths, as GeoJSON, NGSI-LD and Curb Data Specification."""

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db import connection

from parking import curbs, notices
from parking.notices import Notice
from parking.orders import local

# How long one reading of the tables is told to everybody.
KEPT_S = 2
# How much longer the old reading is told while somebody reads anew.
STALE_S = 5
_NGSI_CONTEXT = [
    "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld",
    "https://raw.githubusercontent.com/smart-data-models/dataModel.Parking/master/context.jsonld",
]
_RIBBON_M = 12.0

_ROADS = """
SELECT r.id, r.code, r.name, r.name_en, r.geometry, count(b.id), count(b.id) FILTER (WHERE s.occupied),
    max(s.last_event_at), z.name, (SELECT min(c.from_at) FROM parking_berthcount c WHERE c.road_id = r.id)
FROM parking_road r JOIN parking_zone z ON z.id = r.zone_id JOIN parking_berth b ON b.road_id = r.id AND b.opened
LEFT JOIN parking_berthstate s ON s.berth_id = b.id
WHERE r.opened GROUP BY r.id, z.name ORDER BY r.code
"""
_SPOTS = """
SELECT b.code, b.longitude, b.latitude, b.opened, s.occupied, s.last_event_at
FROM parking_berth b JOIN parking_road r ON r.id = b.road_id AND r.opened
LEFT JOIN parking_berthstate s ON s.berth_id = b.id
WHERE r.code = %s ORDER BY b.code
"""


@dataclass(frozen=True, slots=True)
class RoadNow:
    """An open road at this moment. `free` is none while the road is closed."""

    code: str
    name: str
    name_en: str
    geometry: dict[str, Any]
    berths: int
    occupied: int
    known_at: datetime | None
    zone: str
    since_at: datetime | None
    notice: Notice | None

    @property
    def free(self) -> int:
        """Berths where one may park."""
        return 0 if self.notice is not None and self.notice.closed else self.berths - self.occupied


def roads(*, now: datetime) -> list[RoadNow]:
    """Every open road, in order of code; three queries however many berths."""
    with connection.cursor() as cursor:
        cursor.execute(_ROADS)
        rows = cursor.fetchall()
    standing = notices.standing(now=now)
    return [
        RoadNow(
            code,
            name,
            name_en,
            json.loads(geometry) or {},
            berths,
            occupied,
            known_at,
            zone,
            since_at,
            standing.get(id_),
        )
        for id_, code, name, name_en, geometry, berths, occupied, known_at, zone, since_at in rows
    ]


@dataclass(frozen=True, slots=True)
class Body:
    """An answer ready to send: JSON, and a tag that changes when what it says changes."""

    data: bytes
    tag: str


def body(shape: str, *, now: datetime) -> Body:
    """All roads in a shape (`geojson`, `ngsi`, `cds` ...), read from the tables at most every two seconds.

    When the kept body is due, one asker reads anew; the others are told the old one meanwhile, up to STALE_S longer.
    """
    key = f"kerbside:{shape}"
    kept = cache.get(key)
    if isinstance(kept, tuple):
        data, tag, told_at = kept
        if now - told_at < timedelta(seconds=KEPT_S) or not cache.add(f"{key}:reading", True, STALE_S):
            return Body(data, tag)
    made = _made(shape, now=now)
    cache.set(key, (made.data, made.tag, now), KEPT_S + STALE_S)
    cache.delete(f"{key}:reading")
    return made


def _made(shape: str, *, now: datetime) -> Body:
    told = SHAPES[shape](roads(now=now), now=now)
    # The moment of telling is no news: who asks again after it hears that nothing changed.
    news = {name: value for name, value in told.items() if name not in _MOMENTS} if isinstance(told, dict) else told
    digest = hashlib.sha256(json.dumps(news, sort_keys=True, default=str).encode()).hexdigest()
    return Body(json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode(), f'"{digest[:32]}"')


_MOMENTS = ("generated_at", "last_updated")


def geojson(found: Sequence[RoadNow], *, now: datetime) -> dict[str, Any]:
    """Roads as GeoJSON features (WGS-84) with their berths, free berths, what holds there, and the newest event."""
    features = [
        {
            "type": "Feature",
            "id": road.code,
            "geometry": road.geometry or None,
            "properties": {
                "code": road.code,
                "name": road.name,
                "name_en": road.name_en,
                "berths": road.berths,
                "free": road.free,
                "notice": _notice(road.notice),
                "known_at": local(road.known_at),
            },
        }
        for road in found
    ]
    return {"type": "FeatureCollection", "generated_at": local(now), "features": features}


def _notice(notice: Notice | None) -> dict[str, Any] | None:
    if notice is None:
        return None
    return {
        "kind": notice.kind,
        "reason": notice.reason_zh,
        "reason_en": notice.reason_en,
        "from": local(notice.from_at),
        "to": local(notice.to_at),
    }


def ngsi(found: Sequence[RoadNow], *, now: datetime) -> list[dict[str, Any]]:
    """Roads as NGSI-LD entities of type OnStreetParking (smart-data-models/dataModel.Parking), normalized."""
    return [
        {
            "id": f"urn:ngsi-ld:OnStreetParking:openberth:{road.code}",
            "type": "OnStreetParking",
            "name": _property(road.name),
            "category": _property([_charging(road), "shortTerm"]),
            "allowedVehicleType": _property(["car"]),
            "chargeType": _property(["temporaryFee" if _charging(road) == "feeCharged" else "free"]),
            "areaServed": _property(road.zone),
            "totalSpotNumber": _property(road.berths),
            "availableSpotNumber": _observed(road.free, road.known_at),
            "occupiedSpotNumber": _observed(road.occupied, road.known_at),
            **({"description": _property(road.notice.reason_zh)} if road.notice is not None else {}),
            "location": {"type": "GeoProperty", "value": road.geometry},
            "@context": _NGSI_CONTEXT,
        }
        for road in found
        if road.geometry  # the model's schema requires a place
    ]


def _charging(road: RoadNow) -> str:
    """The word of the model: a closed road is no free one, it has no free berth."""
    return "free" if road.notice is not None and not road.notice.closed else "feeCharged"


def ngsi_spots(code: str) -> list[dict[str, Any]]:
    """The berths of one road as NGSI-LD entities of type ParkingSpot; empty for an unknown road."""
    with connection.cursor() as cursor:
        cursor.execute(_SPOTS, [code])
        rows = cursor.fetchall()
    return [
        {
            "id": f"urn:ngsi-ld:ParkingSpot:openberth:{berth}",
            "type": "ParkingSpot",
            "name": _property(berth),
            "category": _property(["onStreet"]),
            "status": _observed(_status(opened, occupied), known_at),
            "refParkingSite": {"type": "Relationship", "object": f"urn:ngsi-ld:OnStreetParking:openberth:{code}"},
            **(
                {"location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [longitude, latitude]}}}
                if longitude is not None
                else {}
            ),
            "@context": _NGSI_CONTEXT,
        }
        for berth, longitude, latitude, opened, occupied, known_at in rows
    ]


def _status(opened: bool, occupied: bool | None) -> str:
    if not opened:
        return "closed"
    if occupied is None:
        return "unknown"
    return "occupied" if occupied else "free"


def _property(value: Any) -> dict[str, Any]:
    return {"type": "Property", "value": value}


def _observed(value: Any, at: datetime | None) -> dict[str, Any]:
    told = _property(value)
    return told | {"observedAt": f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"} if at else told


def cds(found: Sequence[RoadNow], *, now: datetime) -> dict[str, Any]:
    """Roads as Curb Zones of CDS 1.0. A zone must be a polygon: a road's line is drawn as a ribbon; none, no zone."""
    zones = [
        {
            "curb_zone_id": curbs.zone_id(road.code),
            "geometry": {"type": "Polygon", "coordinates": [ribbon(road.geometry["coordinates"])]},
            "curb_policy_ids": [curbs.policy_id(road.zone)],
            "published_date": curbs.millis(road.since_at or now),
            "last_updated_date": curbs.millis(road.known_at or now),
            "start_date": curbs.millis(road.since_at or now),
            "street_name": road.name,
            "num_spaces": road.berths,
            "available_spaces": road.free,
            "availability_time": curbs.millis(road.known_at or now),
        }
        for road in found
        if road.geometry.get("type") == "LineString"
    ]
    return curbs.envelope({"zones": zones}, now=now)


def cds_policies(found: Sequence[RoadNow], *, now: datetime) -> dict[str, Any]:
    """The policies that zones name: parking, by a charging zone. Prices stand in `tariffs/`, not in CDS's few units."""
    since: dict[str, datetime] = {}
    for road in found:
        since[road.zone] = min(since.get(road.zone, now), road.since_at or now)
    policies = [
        {
            "curb_policy_id": curbs.policy_id(zone),
            "published_date": curbs.millis(at),
            "priority": 1,
            "rules": [{"activity": "parking"}],
        }
        for zone, at in sorted(since.items())
    ]
    return curbs.envelope({"policies": policies}, now=now)


def ribbon(line: Sequence[Sequence[float]], *, metres: float = _RIBBON_M) -> list[list[float]]:
    """A closed ring of so many metres to both sides of a line, all WGS-84 degrees."""
    north = metres / 110_860
    sides: tuple[list[list[float]], list[list[float]]] = ([], [])
    for index, (longitude, latitude, *_height) in enumerate(line):
        before, after = line[max(index - 1, 0)], line[min(index + 1, len(line) - 1)]
        squeeze = math.cos(math.radians(latitude))
        along = math.atan2(after[1] - before[1], (after[0] - before[0]) * squeeze)
        east, up = -math.sin(along) * north / squeeze, math.cos(along) * north
        sides[0].append([round(longitude + east, 7), round(latitude + up, 7)])
        sides[1].append([round(longitude - east, 7), round(latitude - up, 7)])
    ring = [*sides[0], *reversed(sides[1])]
    return [*ring, ring[0]]


SHAPES: dict[str, Any] = {"geojson": geojson, "ngsi": ngsi, "cds": cds, "cds-policies": cds_policies}
