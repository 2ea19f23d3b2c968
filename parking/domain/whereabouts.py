"""Which berth a scan was made at: from where the scanner thought it was, and how sure it was of that. Pure.

A scan that names a bay is wrong in one row of nine (Amsterdam's scan cars, where the bay chosen on board and the one by
geometry can be compared), so neither a name nor a position alone moves a car between neighbours.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

METRES_A_DEGREE = 111_320.0
# Accuracy is the radius that holds 68 % of positions; of a plane's two normal errors that is one and a half sigma.
_SIGMAS = 1.515
_LEAST_ACCURACY_M = 1.0
# Nobody scans a car from further away than across the road.
REACH_M = 25.0
SURE = 0.8
_MANY = 5

Point = tuple[float, float]


class How(StrEnum):
    """How a scan came to its berth. Only the first two are told to the fold."""

    NAMED = "named"
    PLACED = "placed"
    AMBIGUOUS = "ambiguous"
    DISPUTED = "disputed"
    NOWHERE = "nowhere"


SAFE = (How.NAMED, How.PLACED)


@dataclass(frozen=True, slots=True)
class Spot:
    """A berth's place: (longitude, latitude) of its middle, and its outline where it is known."""

    code: str
    middle: Point
    outline: tuple[Point, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """The berth ("" for none), how it was found, its share of the likelihood 0..1, its distance in metres, rivals."""

    berth: str
    how: How
    share: float = 0.0
    distance_m: float | None = None
    rivals: tuple[str, ...] = ()


def metres(one: Point, other: Point) -> float:
    """The distance of two (longitude, latitude) points, good to a per mille over a few kilometres."""
    x, y = _plane(one, other)
    return math.hypot(x, y)


def match(spots: Iterable[Spot], *, named: str = "", at: Point | None = None, accuracy_m: float | None = None) -> Match:
    """The berth of a scan that names one, tells where it was made, or both; `spots` are those around it.

    Without a position a name stands. Without a name the likeliest berth must have SURE of the likelihood. Where both
    are given and the position is surely another berth's, neither is believed.
    """
    if at is None:
        return Match(named, How.NAMED, 1.0) if named else Match("", How.NOWHERE)
    near = _near(spots, at, accuracy_m)
    if named:
        return _named(named, near)
    if not near:
        return Match("", How.NOWHERE)
    (code, distance, share), rivals = near[0], tuple(each[0] for each in near[1:_MANY])
    if share >= SURE:
        return Match(code, How.PLACED, share, distance, rivals)
    return Match(code, How.AMBIGUOUS, share, distance, rivals)


def _named(named: str, near: Sequence[tuple[str, float, float]]) -> Match:
    own = next((each for each in near if each[0] == named), None)
    rivals = tuple(code for code, _, _ in near if code != named)[:_MANY]
    if own is None:
        return Match(named, How.DISPUTED, 0.0, None, rivals)
    best = near[0]
    if best[0] != named and best[2] >= SURE:
        return Match(named, How.DISPUTED, own[2], own[1], rivals)
    return Match(named, How.NAMED, max(own[2], SURE), own[1], rivals)


def _near(spots: Iterable[Spot], at: Point, accuracy_m: float | None) -> list[tuple[str, float, float]]:
    """(code, distance, share of the likelihood) of the berths within reach, the likeliest first."""
    accuracy = max(_LEAST_ACCURACY_M, accuracy_m if accuracy_m is not None else 10.0)
    reach = REACH_M + 2 * accuracy
    found = sorted((distance, spot.code) for spot in spots if (distance := away(spot, at)) <= reach)
    if not found:
        return []
    sigma = accuracy / _SIGMAS
    least = found[0][0]
    weights = [math.exp((least * least - distance * distance) / (2 * sigma * sigma)) for distance, _ in found]
    total = sum(weights)
    return [(code, distance, weight / total) for (distance, code), weight in zip(found, weights, strict=True)]


def away(spot: Spot, at: Point) -> float:
    """Metres from a position to a berth: to its outline (0 inside) where that is known, else to its middle."""
    if len(spot.outline) < 3:
        return metres(spot.middle, at)
    corners = [_plane(corner, at) for corner in spot.outline]
    edges = list(zip(corners, [*corners[1:], corners[0]], strict=True))
    inside = False
    for (ax, ay), (bx, by) in edges:
        if (ay > 0) != (by > 0) and ax + (bx - ax) * -ay / (by - ay) > 0:
            inside = not inside
    return 0.0 if inside else min(_from_origin(one, other) for one, other in edges)


def _plane(point: Point, origin: Point) -> Point:
    shrunk = math.cos(math.radians(origin[1]))
    return (point[0] - origin[0]) * METRES_A_DEGREE * shrunk, (point[1] - origin[1]) * METRES_A_DEGREE


def _from_origin(one: Point, other: Point) -> float:
    dx, dy = other[0] - one[0], other[1] - one[1]
    length = dx * dx + dy * dy
    along = 0.0 if not length else max(0.0, min(1.0, -(one[0] * dx + one[1] * dy) / length))
    return math.hypot(one[0] + along * dx, one[1] + along * dy)
