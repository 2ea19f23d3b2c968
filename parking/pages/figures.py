"""The live page's numbers and pictures: today's figures, three days' curves, each road's day. No plates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext
from django_stubs_ext import StrPromise

from parking import live
from parking.figures import definitions, series, words
from parking.figures.definitions import FIGURES
from parking.models import Road
from parking.pages import charts, kerb
from parking.pages.kerb import RoadNow


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure on the page: its name for the script, what it is called, its value in words, its definition."""

    name: str
    label: StrPromise
    value: str
    definition: StrPromise


@dataclass(frozen=True, slots=True)
class RoadToday:
    """A road now and its day so far."""

    now: RoadNow
    arrivals: int
    receivable_fen: int
    received_fen: int


@dataclass(frozen=True, slots=True)
class City:
    """Everything the live page shows."""

    at: datetime
    roads: Sequence[RoadToday]
    tiles: Sequence[Tile]
    berths: int
    occupied: int
    curves: charts.Days
    anomalies: Sequence[live.Anomaly]
    told_at: datetime | None
    fresh: bool

    @property
    def free(self) -> int:
        """Berths where somebody may park now."""
        return sum(road.now.free for road in self.roads)

    @property
    def percent(self) -> int:
        """Occupied share of all open berths."""
        return round(100 * self.occupied / self.berths) if self.berths else 0


def city(*, now: datetime) -> City:
    """The day so far; the number of queries does not grow with the city."""
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    roads = kerb.roads_now(now=now)
    found = series.read(from_at=midnight, to_at=now, now=now, roads=Road.objects.filter(opened=True).order_by("code"))
    values = definitions.values(series.whole(found))
    by_road = {road.pk: found.facts(found.from_at, found.to_at, road_id=road.pk).counts for road in found.roads}
    days = live.curves(now=now)
    return City(
        at=now,
        roads=[
            RoadToday(road, counts.arrivals, counts.receivable_fen, counts.received_fen)
            for road in roads
            for counts in [by_road[road.id]]
        ],
        tiles=[
            Tile(figure.name, figure.label, words.say(figure.name, values[figure.name]), figure.definition)
            for figure in FIGURES
        ],
        berths=sum(road.berths for road in roads),
        occupied=sum(road.occupied for road in roads),
        curves=charts.days(
            (days.today, days.yesterday, days.week_ago),
            words=gettext("现在平均占用 %(now).0f%%，昨天同时 %(before).0f%%，上周同日 %(week).0f%%。")
            % {
                "now": days.today[-1] if days.today else 0,
                "before": _same_hour(days.yesterday, days.today),
                "week": _same_hour(days.week_ago, days.today),
            },
        ),
        anomalies=live.anomalies(now=now),
        told_at=max((road.told_at for road in roads if road.told_at), default=None),
        fresh=live.fresh(now=now),
    )


def _same_hour(other: Sequence[float], today: Sequence[float]) -> float:
    return other[len(today) - 1] if today and len(other) >= len(today) else 0
