"""The figures of a period: of the whole, by hour or by day, over all roads or some."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Count, Sum

from parking.figures import appeals, counting, ground, rolling
from parking.figures.counting import HOUR, Hours, Run, Window
from parking.figures.counts import COLUMNS, NOTHING, Counts, Ground, Standing
from parking.figures.definitions import Facts
from parking.models import BerthState, DeviceCount, Heartbeat, Road, RoadHour
from parking.orders import CITY_TIME
from payments import charges

DAY = timedelta(days=1)
STEPS = {"hour": HOUR, "day": DAY}
LONGEST = {"hour": timedelta(days=31), "day": timedelta(days=400)}
"""How long a period may be told in each step."""


@dataclass(frozen=True, slots=True)
class Part:
    """One step of the period, half open, with what the figures are computed from."""

    from_at: datetime
    to_at: datetime
    facts: Facts


@dataclass(frozen=True, slots=True)
class Read:
    """The sums of a period, hour by hour and road by road, and what they are measured against."""

    roads: Sequence[Road]
    from_at: datetime
    to_at: datetime
    now: datetime
    hours: Mapping[tuple[int, datetime], Counts]
    berths: ground.Berths
    windows: Mapping[int, Sequence[Window]]

    def facts(self, from_at: datetime, to_at: datetime, *, road_id: int | None = None) -> Facts:
        """What is known of a part of the period, of one road or all."""
        roads = [road for road in self.roads if road_id is None or road.pk == road_id]
        counts = NOTHING
        known = Ground()
        until = min(to_at, self.now)
        wanted = {road.pk for road in roads}
        for (id_, hour_at), found in self.hours.items():
            if id_ in wanted and from_at <= hour_at < to_at:
                counts += found
                known += _ripe(found, hour_at, self.now)
        for road in roads:
            known += self._ground(road, from_at, until)
        return Facts(counts, known)

    def _ground(self, road: Road, from_at: datetime, until: datetime) -> Ground:
        berths = self.berths.at(road.pk, self.now)
        if until <= from_at:
            return Ground(berths=berths)
        charging = sum(
            self.berths.seconds(road.pk, max(window.from_at, from_at), min(window.to_at, until))
            for window in self.windows.get(road.zone_id, ())
            if window.from_at < until and window.to_at > from_at
        )
        return Ground(
            berths=berths,
            berth_s=self.berths.seconds(road.pk, from_at, until),
            charging_berth_s=charging,
        )

    def parts(self, by: str) -> list[Part]:
        """The period step by step; a day is a day of the city."""
        told = []
        start = self.from_at
        while start < self.to_at:
            if by == "day":
                midnight = start.astimezone(CITY_TIME).replace(hour=0, minute=0, second=0, microsecond=0)
                end = min(midnight + DAY, self.to_at)
            else:
                end = min(start + HOUR, self.to_at)
            told.append(Part(start, end, self.facts(start, end)))
            start = end
        return told


def _ripe(counts: Counts, hour_at: datetime, now: datetime) -> Ground:
    """The charges of an hour whose 7th and 30th day is over."""
    midnight = hour_at.astimezone(CITY_TIME).replace(hour=0, minute=0, second=0, microsecond=0) + DAY
    seven, thirty = now >= midnight + 7 * DAY, now >= midnight + 30 * DAY
    return Ground(
        ripe7_receivable_fen=counts.receivable_fen if seven else 0,
        ripe7_collected_fen=counts.collected_t7_fen if seven else 0,
        ripe30_receivable_fen=counts.receivable_fen if thirty else 0,
        ripe30_collected_fen=counts.collected_t30_fen if thirty else 0,
    )


def read(
    *,
    from_at: datetime,
    to_at: datetime,
    now: datetime,
    roads: Iterable[Road] | None = None,
    charging: bool = True,
) -> Read:
    """The sums of the half-open period, widened to whole hours, in a constant number of queries.

    Hours that the sweep has summed come from the kept sums, later ones from the tables themselves. Without `charging`
    no tariff is read, and utilisation is not known.
    """
    chosen = list(Road.objects.order_by("code") if roads is None else roads)
    start = rolling.hour_of(from_at)
    end = rolling.hour_of(to_at + HOUR - timedelta(microseconds=1))
    kept_until = Heartbeat.objects.filter(name="figures").values_list("at", flat=True).first()
    fresh_from = max(start, min(kept_until or start, rolling.hour_of(now)))
    ids = [road.pk for road in chosen]
    zones = {road.zone_id for road in chosen} if charging else set()
    windows = ground.charging(zones, from_at=start, to_at=min(end, now))
    rows = RoadHour.objects.filter(road_id__in=ids, hour_at__gte=start, hour_at__lt=min(end, fresh_from))
    hours: Hours = {
        (road_id, hour_at): Counts(*numbers)
        for road_id, hour_at, *numbers in rows.values_list("road_id", "hour_at", *COLUMNS)
    }
    if fresh_from < min(end, now):
        runs = [Run(id_, fresh_from, rolling.hour_of(now) + HOUR) for id_ in ids]
        hours |= counting.count(runs, windows=windows, codes={road.pk: road.code for road in chosen}, now=now)
    by_zone: dict[int, list[Window]] = defaultdict(list)
    for window in windows:
        by_zone[window.zone_id].append(window)
    return Read(chosen, start, end, now, hours, ground.Berths(ids), by_zone)


def standing(roads: Sequence[Road], *, from_at: datetime, to_at: datetime, now: datetime) -> dict[int, Standing]:
    """What is known of each road now: cars, arrears, devices; and the period's appeals, told with the first road."""
    ids = [road.pk for road in roads]
    occupied = dict(
        BerthState.objects.filter(occupied=True, berth__opened=True, berth__road_id__in=ids)
        .values_list("berth__road_id")
        .annotate(n=Count("pk"))
    )
    owed = charges.overdue([road.code for road in roads], now=now)
    devices = {
        row["road_id"]: row
        for row in DeviceCount.objects.filter(road_id__in=ids)
        .values("road_id")
        .annotate(all=Sum("devices"), up=Sum("online"))
    }
    told: dict[int, Standing] = {}
    for road in roads:
        count, fen = owed.get(road.code, (0, 0))
        row = devices.get(road.pk)
        told[road.pk] = Standing(
            occupied=occupied.get(road.pk, 0),
            arrears_fen=fen,
            arrears_charges=count,
            devices=row["all"] if row else 0,
            devices_online=row["up"] if row else 0,
        )
    made = appeals.count(ids, from_at=from_at, to_at=to_at)
    if roads:
        first = roads[0].pk
        told[first] = replace(
            told[first], appeals=made.made, appeals_decided=made.decided, appeals_overturned=made.overturned
        )
    return told


def together(standings: Iterable[Standing]) -> Standing:
    """What is known of several roads as one."""
    total = Standing()
    for each in standings:
        total = Standing(
            occupied=total.occupied + each.occupied,
            arrears_fen=total.arrears_fen + each.arrears_fen,
            arrears_charges=total.arrears_charges + each.arrears_charges,
            devices=total.devices + each.devices,
            devices_online=total.devices_online + each.devices_online,
            appeals=total.appeals + each.appeals,
            appeals_decided=total.appeals_decided + each.appeals_decided,
            appeals_overturned=total.appeals_overturned + each.appeals_overturned,
        )
    return total


def whole(found: Read) -> Facts:
    """The facts of the whole period over all roads that were read, with what stands now."""
    facts = found.facts(found.from_at, found.to_at)
    known = standing(found.roads, from_at=found.from_at, to_at=found.to_at, now=found.now)
    return Facts(facts.counts, facts.ground, together(known.values()))
