"""Where to go: each road with its room now and at arrival, its price, its place on the map and the way there.

Everything is kept in WGS-84. Chinese maps show GCJ-02, so what is handed to one is shifted, and what goes to the
phone's own map (`geo:`) is not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.utils import timezone

from parking import surmise, tariffs
from parking.domain import datum
from parking.models import Road
from parking.pages.kerb import RoadNow
from parking.surmise import Guess
from parking.tariffs import Billable

HOUR = timedelta(hours=1)
LEADS = (15, 30, 60)

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Near:
    """A road as somebody looking for a berth reads it. `hour_fen` is the first hour of a small car from now."""

    road: RoadNow
    guess: Guess | None
    hour_fen: int | None
    longitude: float | None
    latitude: float | None

    @property
    def amap(self) -> str:
        """The address that opens the navigation of the map most phones here have; GCJ-02."""
        if self.longitude is None or self.latitude is None:
            return ""
        east, north = datum.to_gcj02(longitude=self.longitude, latitude=self.latitude)
        place = f"{east:.6f},{north:.6f},{quote(self.road.name)}"
        return f"https://uri.amap.com/navigation?to={place}&mode=car&coordinate=gaode&callnative=1"

    @property
    def geo(self) -> str:
        """The address that opens the phone's own map; WGS-84."""
        if self.longitude is None or self.latitude is None:
            return ""
        return f"geo:{self.latitude:.6f},{self.longitude:.6f}?q={self.latitude:.6f},{self.longitude:.6f}"


def near(roads: Sequence[RoadNow], *, lead: timedelta, now: datetime) -> list[Near]:
    """The roads in the order given; a constant number of queries."""
    shapes = _shapes(roads)
    counts = {road.id: (road.berths, road.occupied) for road in roads if not road.closed}
    guesses = surmise.at_arrival(counts, now=now, lead=lead)
    hours = _hours({road.zone_id for road in roads}, now=now)
    found = []
    for road in roads:
        middle = _middle(shapes.get(road.id, ()))
        found.append(Near(road, guesses.get(road.id), hours.get(road.zone_id), *(middle or (None, None))))
    return found


def map_data(found: Sequence[Near]) -> dict[str, Any]:
    """What the map draws: lines in the datum of its tiles, each with its level and words."""
    shapes = _shapes([each.road for each in found])
    shift = settings.MAP_TILES["datum"] == "gcj02"
    return {
        "tiles": settings.MAP_TILES["url"],
        "attribution": settings.MAP_TILES["attribution"],
        "roads": [
            {
                "code": each.road.code,
                "level": each.road.level,
                "words": f"{each.road.name} · {each.road.free} / {each.road.berths}",
                "line": [_shown(point, shift=shift) for point in shapes[each.road.id]],
            }
            for each in found
            if shapes.get(each.road.id)
        ],
    }


def lead_of(text: str) -> timedelta:
    """How far away the reader is; a quarter of an hour unless they chose otherwise."""
    minutes = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
    return timedelta(minutes=minutes if minutes in LEADS else LEADS[0])


def _shown(point: Point, *, shift: bool) -> list[float]:
    east, north = datum.to_gcj02(longitude=point[0], latitude=point[1]) if shift else point
    return [round(north, 6), round(east, 6)]


def _shapes(roads: Sequence[RoadNow]) -> dict[int, Sequence[Point]]:
    rows = Road.objects.filter(pk__in=[road.id for road in roads]).values_list("pk", "geometry")
    return {id_: _points(geometry) for id_, geometry in rows}


def _points(geometry: Mapping[str, Any]) -> Sequence[Point]:
    told = geometry.get("coordinates") or []
    if geometry.get("type") == "MultiLineString":
        told = [point for line in told for point in line]
    return [(float(point[0]), float(point[1])) for point in told]


def _middle(points: Sequence[Point]) -> Point | None:
    return points[len(points) // 2] if points else None


def _hours(zone_ids: set[int], *, now: datetime) -> dict[int, int]:
    start = timezone.localtime(now).replace(second=0, microsecond=0)
    stays = [
        Billable(
            key=str(zone),
            zone_id=zone,
            road_id=0,
            plate="",
            plate_color="blue",
            arrived_at=start,
            left_at=start + HOUR,
        )
        for zone in zone_ids
    ]
    priced = tariffs.price_stays(stays, now=now)
    return {int(key): price.amount_fen for key, price in priced.items() if not price.hold}
