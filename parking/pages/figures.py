"""The city's figures of today, as the live page shows them. No plates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q
from django.db.models.functions import ExtractHour
from django.utils import timezone
from django.utils.translation import gettext

from parking import pulse
from parking.models import ParkingSession
from parking.pages import charts, kerb
from parking.pages.kerb import RoadNow
from payments import charges


@dataclass(frozen=True, slots=True)
class RoadToday:
    """A road now and its day so far."""

    now: RoadNow
    arrivals: int
    received_fen: int
    receivable_fen: int


@dataclass(frozen=True, slots=True)
class City:
    """Everything the live page shows. Shares in percent, money in fen, turnover in stays a berth."""

    at: datetime
    roads: Sequence[RoadToday]
    berths: int
    occupied: int
    arrivals: int
    arrivals_before: int
    held: int
    receivable_fen: int
    received_fen: int
    arrivals_by_hour: charts.Hours
    told_at: datetime | None
    fresh: bool

    @property
    def free(self) -> int:
        """Berths not known to be occupied."""
        return self.berths - self.occupied

    @property
    def percent(self) -> int:
        """Occupied share of all open berths."""
        return round(100 * self.occupied / self.berths) if self.berths else 0

    @property
    def turnover(self) -> str:
        """Arrivals today divided by open berths."""
        return f"{self.arrivals / self.berths:.2f}" if self.berths else "—"

    @property
    def collected_percent(self) -> int | None:
        """Received of what today's charges ask for."""
        return round(100 * self.received_fen / self.receivable_fen) if self.receivable_fen else None


def city(*, now: datetime) -> City:
    """The day so far; the number of queries does not grow with the city."""
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    roads = kerb.roads_now(now=now)
    arrivals = _by_road(midnight, now)
    today, yesterday = _by_hour(midnight, now), _by_hour(midnight - timedelta(days=1), midnight)
    money = charges.sums([road.code for road in roads], from_at=midnight, to_at=now)
    told = [
        RoadToday(
            road,
            arrivals.get(road.id, 0),
            money[road.code].received_fen if road.code in money else 0,
            money[road.code].receivable_fen if road.code in money else 0,
        )
        for road in roads
    ]
    hour = timezone.localtime(now).hour
    same_time = ParkingSession.objects.filter(
        arrived_at__gte=midnight - timedelta(days=1), arrived_at__lt=now - timedelta(days=1), contested=False
    ).exclude(status=ParkingSession.Status.VOID)
    words = gettext("今天到现在驶入 %(today)d 次，昨天全天 %(before)d 次。") % {
        "today": sum(today),
        "before": sum(yesterday),
    }
    return City(
        at=now,
        roads=told,
        berths=sum(road.berths for road in roads),
        occupied=sum(road.occupied for road in roads),
        arrivals=sum(arrivals.values()),
        arrivals_before=same_time.count(),
        held=ParkingSession.objects.filter(status=ParkingSession.Status.HELD, arrived_at__gte=midnight).count(),
        receivable_fen=sum(each.receivable_fen for each in told),
        received_fen=sum(each.received_fen for each in told),
        arrivals_by_hour=charts.hours(today[: hour + 1], yesterday, unit=gettext("次"), words=words),
        told_at=max((road.told_at for road in roads if road.told_at), default=None),
        fresh=pulse.read(now=now).ready(now=now),
    )


def _arrived(from_at: datetime, to_at: datetime) -> Q:
    # A contested stay overlaps a better proved one: counting both would count one car twice.
    return Q(arrived_at__gte=from_at, arrived_at__lt=to_at, contested=False) & ~Q(status="void")


def _by_road(from_at: datetime, to_at: datetime) -> dict[int, int]:
    rows = ParkingSession.objects.filter(_arrived(from_at, to_at)).order_by().values("road_id").annotate(n=Count("id"))
    return {row["road_id"]: row["n"] for row in rows}


def _by_hour(from_at: datetime, to_at: datetime) -> list[int]:
    rows = (
        ParkingSession.objects.filter(_arrived(from_at, to_at))
        .order_by()
        .annotate(hour=ExtractHour("arrived_at"))
        .values("hour")
        .annotate(n=Count("id"))
    )
    counts = {row["hour"]: row["n"] for row in rows}
    return [counts.get(hour, 0) for hour in range(24)]
