"""Networks as GeoJSON: a FeatureCollection of lines (roads) and polygons or points (berths)."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from parking.domain.network.rows import Refusal, Row, Wrong, degrees, road_row, row


def rows_of(document: Mapping[str, object]) -> Iterator[Row]:
    """A row for each feature of a FeatureCollection, numbered from 1."""
    features = document["features"]
    assert isinstance(features, list)
    for ordinal, feature in enumerate(features, start=1):
        try:
            yield _feature(ordinal, feature)
        except Wrong as wrong:
            yield Refusal(ordinal, wrong.name, wrong.reason)


def _feature(ordinal: int, feature: object) -> Row:
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        raise Wrong("type", "is not a Feature")
    properties, geometry = feature.get("properties"), feature.get("geometry")
    if not isinstance(properties, dict):
        raise Wrong("properties", "is missing")
    said = {name: value.strip() if isinstance(value, str) else value for name, value in properties.items()}
    if geometry is None and said.get("device"):
        return row(ordinal, said)
    if not isinstance(geometry, dict):
        raise Wrong("geometry", "is missing")
    shape = geometry.get("type")
    points = list(_points(geometry.get("coordinates")))
    if not points:
        raise Wrong("geometry", "has no points")
    clean = {"type": shape, "coordinates": geometry["coordinates"]}
    if shape in ("LineString", "MultiLineString"):
        if said.get("berth"):
            raise Wrong("geometry", "a line is a road, but a berth is named")
        if len(points) < 2:
            raise Wrong("geometry", "a line has at least two points")
        return road_row(ordinal, said, clean)
    if shape == "Polygon":
        return row(ordinal, said, clean, _ring_centre(geometry["coordinates"]))
    if shape != "Point" or len(points) != 1:
        raise Wrong("geometry", f"{shape!r:.40}: roads are lines, berths polygons or points")
    return row(ordinal, said, None, points[0])


def _points(coordinates: object) -> Iterator[tuple[float, float]]:
    if not isinstance(coordinates, list):
        raise Wrong("geometry", "coordinates must be lists of numbers")
    if coordinates and not isinstance(coordinates[0], list):
        if len(coordinates) < 2:
            raise Wrong("geometry", "a point needs longitude and latitude")
        pair = {"lon": coordinates[0], "lat": coordinates[1]}
        yield degrees(pair, "lon", 180), degrees(pair, "lat", 90)
        return
    for part in coordinates:
        yield from _points(part)


def _ring_centre(rings: object) -> tuple[float, float]:
    ring = rings[0] if isinstance(rings, list) and rings else None
    if not isinstance(ring, list) or len(ring) < 4 or ring[0] != ring[-1]:
        raise Wrong("geometry", "a polygon's ring has four points or more and ends where it began")
    points = list(_points(ring))
    if _area(points) == 0:
        raise Wrong("geometry", "the polygon has no area")
    corners = points[:-1]
    return (
        round(sum(point[0] for point in corners) / len(corners), 7),
        round(sum(point[1] for point in corners) / len(corners), 7),
    )


def _area(ring: Sequence[tuple[float, float]]) -> float:
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring))
