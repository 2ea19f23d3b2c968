"""The berths around a route."""

from collections.abc import Collection, Iterable, Sequence

from django.db.models import Q

from parking.domain.whereabouts import METRES_A_DEGREE, REACH_M, Spot
from parking.inspections.items import Where
from parking.models import Berth


def berths(named: Collection[str], places: Sequence[Where]) -> dict[str, Berth]:
    """The berths of these codes, and those around these places, by code; one query."""
    wanted = Q(code__in=set(named))
    if places:
        slack = 200 / METRES_A_DEGREE
        wanted |= Q(
            longitude__gte=min(each.longitude for each in places) - 2 * slack,
            longitude__lte=max(each.longitude for each in places) + 2 * slack,
            latitude__gte=min(each.latitude for each in places) - slack,
            latitude__lte=max(each.latitude for each in places) + slack,
        )
    return {berth.code: berth for berth in Berth.objects.filter(wanted).select_related("road")}


class Grid:
    """Berths by squares of some 100 m, so that a long route does not compare every scan with every berth."""

    _SIDE = 0.001

    def __init__(self, berths: Iterable[Berth]) -> None:
        self._squares: dict[tuple[int, int], list[Spot]] = {}
        for berth in berths:
            if berth.longitude is not None and berth.latitude is not None:
                spot = Spot(berth.code, (berth.longitude, berth.latitude), _outline(berth))
                self._squares.setdefault(self._square(spot.middle), []).append(spot)

    def near(self, at: tuple[float, float], accuracy_m: float | None) -> list[Spot]:
        """The spots of the squares around a position."""
        wide = 1 + int((REACH_M + 2 * min(accuracy_m or 10.0, 200.0)) / (self._SIDE * METRES_A_DEGREE * 0.8))
        x, y = self._square(at)
        return [
            spot
            for east in range(x - wide, x + wide + 1)
            for north in range(y - wide, y + wide + 1)
            for spot in self._squares.get((east, north), ())
        ]

    def _square(self, at: tuple[float, float]) -> tuple[int, int]:
        return int(at[0] // self._SIDE), int(at[1] // self._SIDE)


def _outline(berth: Berth) -> tuple[tuple[float, float], ...]:
    shape = berth.geometry
    if shape.get("type") != "Polygon":
        return ()
    return tuple((float(x), float(y)) for x, y, *_ in shape["coordinates"][0][:-1])
