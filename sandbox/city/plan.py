"""From the table of roads to a map: lines bent a little, berths painted along the kerb, devices given their berths.

Lengths are metres on a plane around the plan's origin, x east and y north; what is written is WGS-84 degrees.
Everything follows from the table, so that each run draws the same city.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sandbox.city.roads import ROADS, RoadPlan

ORIGIN = (114.3200, 29.8600)
METRES_PER_DEGREE_NORTH = 110_860.0
METRES_PER_DEGREE_EAST = 111_413.0 * math.cos(math.radians(ORIGIN[1]))

BERTH_LENGTH = 6.0
BERTH_WIDTH = 2.5
PITCH = 6.6
FROM_CENTRE = 6.0
BLOCK = 12
BLOCK_GAP = 18.0
CORNER_CLEARANCE = 22.0
TURN = math.radians(9.0)
DISTRICT = "421202"

SOURCE_OF_KIND = {
    "geomagnetic": "xianning-chirpstack",
    "high_camera": "xianning-signaltone-high",
    "low_camera": "xianning-signaltone-low",
}
PATROLS = 4
CODEC_OF_KIND = {"geomagnetic": "chirpstack", "high_camera": "signaltone", "low_camera": "signaltone"}
GROUPS_OF_KIND = {"geomagnetic": (1,), "high_camera": (10, 9, 8), "low_camera": (2, 2, 1)}

Point = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Painted:
    """One berth: its centre and four corners in degrees, the side of the road (+1 right, -1 left)."""

    centre: Point
    corners: tuple[Point, Point, Point, Point]
    side: int


def bend(x: float, y: float) -> Point:
    """The plane's smooth distortion: one to one, so that lines that met once still meet once."""
    bent_x = x + 95.0 * math.sin(y / 640.0 + 0.6) + 30.0 * math.sin(y / 233.0)
    bent_y = y + 80.0 * math.sin(x / 580.0 - 0.4) + 26.0 * math.sin(x / 251.0 + 1.1)
    return (
        bent_x * math.cos(TURN) - bent_y * math.sin(TURN),
        bent_x * math.sin(TURN) + bent_y * math.cos(TURN),
    )


def degrees(point: Point) -> Point:
    """A point of the plane as (longitude, latitude), to a centimetre."""
    return (
        round(ORIGIN[0] + point[0] / METRES_PER_DEGREE_EAST, 7),
        round(ORIGIN[1] + point[1] / METRES_PER_DEGREE_NORTH, 7),
    )


def _on_road(road: RoadPlan, along: float) -> Point:
    return bend(along, road.at) if road.axis == "x" else bend(road.at, along)


def centre_line(road: RoadPlan) -> list[Point]:
    """The road's line in degrees, a vertex about every 50 m."""
    steps = max(2, round((road.end - road.start) / 50))
    return [degrees(_on_road(road, road.start + (road.end - road.start) * i / steps)) for i in range(steps + 1)]


def _crossings(road: RoadPlan) -> list[float]:
    return [
        other.at
        for other in ROADS
        if other.axis != road.axis
        and other.start - CORNER_CLEARANCE <= road.at <= other.end + CORNER_CLEARANCE
        and road.start - CORNER_CLEARANCE <= other.at <= road.end + CORNER_CLEARANCE
    ]


def _blocks(road: RoadPlan) -> list[list[float]]:
    """Places along the road (before bending) in blocks of up to twelve, clear of corners, with drives between."""
    corners = _crossings(road)
    blocks: list[list[float]] = []
    block: list[float] = []
    along = road.start + CORNER_CLEARANCE
    while along < road.end - CORNER_CLEARANCE:
        corner = next((c for c in corners if abs(along - c) < CORNER_CLEARANCE), None)
        if corner is not None or len(block) == BLOCK:
            blocks.append(block)
            block = []
            along = corner + CORNER_CLEARANCE if corner is not None else along + BLOCK_GAP
            continue
        block.append(along)
        # The bend stretches and squeezes: step by what is PITCH metres afterwards.
        here, ahead = _on_road(road, along), _on_road(road, along + 1.0)
        along += PITCH / math.hypot(ahead[0] - here[0], ahead[1] - here[1])
    blocks.append(block)
    return [b for b in blocks if b]


def _spread(blocks: Sequence[list[float]], needed: int) -> list[float]:
    """`needed` places out of blocks chosen evenly along the road."""
    for count in range(1, len(blocks) + 1):
        chosen = [blocks[i * len(blocks) // count] for i in range(count)]
        places = [place for block in chosen for place in block]
        if len(places) >= needed:
            return places[:needed]
    raise ValueError(f"room for {sum(map(len, blocks))} berths, {needed} wanted")


def _paint(road: RoadPlan, along: float, side: int) -> Painted:
    here, ahead = _on_road(road, along), _on_road(road, along + 0.5)
    length = math.hypot(ahead[0] - here[0], ahead[1] - here[1])
    tx, ty = (ahead[0] - here[0]) / length, (ahead[1] - here[1]) / length
    nx, ny = ty * side, -tx * side
    cx, cy = here[0] + nx * FROM_CENTRE, here[1] + ny * FROM_CENTRE

    def corner(forward: float, outward: float) -> Point:
        return degrees(
            (
                cx + tx * forward * BERTH_LENGTH / 2 + nx * outward * BERTH_WIDTH / 2,
                cy + ty * forward * BERTH_LENGTH / 2 + ny * outward * BERTH_WIDTH / 2,
            )
        )

    return Painted(
        centre=degrees((cx, cy)), corners=(corner(-1, -1), corner(1, -1), corner(1, 1), corner(-1, 1)), side=side
    )


def berths(road: RoadPlan) -> list[Painted]:
    """The road's berths in the order in which they are numbered: up the right side, then up the left.

    A road with few berths has them on one side only.
    """
    blocks = _blocks(road)
    one_side = road.berths <= sum(map(len, blocks)) and road.kind == "low_camera"
    right = road.berths if one_side else (road.berths + 1) // 2
    return [_paint(road, along, 1) for along in _spread(blocks, right)] + (
        [] if one_side else [_paint(road, along, -1) for along in _spread(blocks, road.berths - right)]
    )


def _groups(painted: Sequence[Painted], sizes: Sequence[int]) -> Iterator[int]:
    """For each berth the ordinal of its device: neighbours on one side share one, as many as `sizes` says in turn."""
    group, left, turn = -1, 0, 0
    side = 0
    for berth in painted:
        if left == 0 or berth.side != side:
            group, left, turn, side = group + 1, sizes[turn % len(sizes)], turn + 1, berth.side
        left -= 1
        yield group


def _device_code(road: RoadPlan, ordinal: int) -> str:
    number = int(road.code[2:])
    if road.kind == "geomagnetic":
        # An EUI-64 of the locally administered kind: no maker owns it.
        return f"0254504c{number:04x}{ordinal + 1:04x}"
    prefix = "XLTH" if road.kind == "high_camera" else "XLTL"
    return f"{prefix}{number:02d}{ordinal + 1:04d}"


def city() -> dict[str, object]:
    """The whole demo city as a GeoJSON FeatureCollection in the form `load_network` takes."""
    features: list[dict[str, object]] = []
    for road in ROADS:
        shared = {"road": road.code, "road_name": road.name, "zone": road.zone}
        features.append(
            {
                "type": "Feature",
                "properties": shared
                | {
                    "road_name_en": road.name_en,
                    "district": DISTRICT,
                    "phase": 1 if road.kind == "geomagnetic" else 2,
                },
                "geometry": {"type": "LineString", "coordinates": [list(point) for point in centre_line(road)]},
            }
        )
        painted = berths(road)
        groups = _groups(painted, GROUPS_OF_KIND[road.kind])
        for ordinal, (berth, group) in enumerate(zip(painted, groups, strict=True), start=1):
            ring = [list(point) for point in (*berth.corners, berth.corners[0])]
            features.append(
                {
                    "type": "Feature",
                    "properties": shared
                    | {
                        "berth": f"{road.code}-{ordinal:03d}",
                        "code": f"{DISTRICT}{int(road.code[2:]):04d}{ordinal:04d}",
                        "lon": berth.centre[0],
                        "lat": berth.centre[1],
                        "device": _device_code(road, group),
                        "device_kind": road.kind,
                        "codec": CODEC_OF_KIND[road.kind],
                        "source": SOURCE_OF_KIND[road.kind],
                    },
                    "geometry": {"type": "Polygon", "coordinates": [ring]},
                }
            )
    features.extend(
        {
            "type": "Feature",
            "properties": {
                "device": f"PATROL-{number:02d}",
                "device_kind": "patrol",
                "codec": "",
                "source": "xianning-patrol",
            },
            "geometry": None,
        }
        for number in range(1, PATROLS + 1)
    )
    return {"type": "FeatureCollection", "features": features}
