"""From GCJ-02, the datum of Chinese maps and most Chinese devices, to WGS-84, in which everything is kept here.

GCJ-02 is WGS-84 shifted by a published, smooth function of the place, on the Krasovsky 1940 ellipsoid. The shift has no
closed inverse; three rounds of correction bring it under a millimetre.
"""

import math

_SEMI_MAJOR_M = 6_378_245.0
_ECCENTRICITY_SQUARED = 0.00669342162296594323
_ROUNDS = 3


def from_gcj02(*, longitude: float, latitude: float) -> tuple[float, float]:
    """WGS-84 (longitude, latitude) in degrees of a place given in GCJ-02; outside China the place as it is."""
    east, north = longitude, latitude
    for _ in range(_ROUNDS):
        shifted = to_gcj02(longitude=east, latitude=north)
        east, north = east - (shifted[0] - longitude), north - (shifted[1] - latitude)
    return east, north


def to_gcj02(*, longitude: float, latitude: float) -> tuple[float, float]:
    """GCJ-02 (longitude, latitude) in degrees of a WGS-84 place; outside China the place as it is."""
    if not (72.004 <= longitude <= 137.8347 and 0.8293 <= latitude <= 55.8271):
        return longitude, latitude
    x, y = longitude - 105.0, latitude - 35.0
    phi = math.radians(latitude)
    bulge = 1 - _ECCENTRICITY_SQUARED * math.sin(phi) ** 2
    north_m = _north(x, y)
    east_m = _east(x, y)
    meridian = _SEMI_MAJOR_M * (1 - _ECCENTRICITY_SQUARED) / (bulge * math.sqrt(bulge))
    parallel = _SEMI_MAJOR_M / math.sqrt(bulge) * math.cos(phi)
    return longitude + math.degrees(east_m / parallel), latitude + math.degrees(north_m / meridian)


def _ripple(x: float) -> float:
    return (20 * math.sin(6 * x * math.pi) + 20 * math.sin(2 * x * math.pi)) * 2 / 3


def _north(x: float, y: float) -> float:
    return (
        -100
        + 2 * x
        + 3 * y
        + 0.2 * y * y
        + 0.1 * x * y
        + 0.2 * math.sqrt(abs(x))
        + _ripple(x)
        + (20 * math.sin(y * math.pi) + 40 * math.sin(y / 3 * math.pi)) * 2 / 3
        + (160 * math.sin(y / 12 * math.pi) + 320 * math.sin(y * math.pi / 30)) * 2 / 3
    )


def _east(x: float, y: float) -> float:
    return (
        300
        + x
        + 2 * y
        + 0.1 * x * x
        + 0.1 * x * y
        + 0.1 * math.sqrt(abs(x))
        + _ripple(x)
        + (20 * math.sin(x * math.pi) + 40 * math.sin(x / 3 * math.pi)) * 2 / 3
        + (150 * math.sin(x / 12 * math.pi) + 300 * math.sin(x / 30 * math.pi)) * 2 / 3
    )
