"""Keeping the hourly sums: a sweep over the hours that changed, and making all of them anew."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction

from parking.figures import counting, ground
from parking.figures.counting import HOUR, Run
from parking.figures.counts import COLUMNS
from parking.models import Heartbeat, ParkingSession, Road, RoadHour
from payments import charges

# One sweep at a time in the whole installation: two that read at different moments could write in the other order.
_LOCK = 0x0F16
_ROLLED = "figures"
TAKEN = 5_000
"""How many marks one transaction takes."""

_TAKE = """
WITH taken AS (
    DELETE FROM parking_stalehour WHERE id IN (
        SELECT id FROM parking_stalehour ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
    ) RETURNING road_id, from_at, to_at
) SELECT road_id, from_at, max(coalesce(to_at, 'infinity')) = 'infinity', max(to_at)
FROM taken GROUP BY road_id, from_at
"""
_DROP = """
DELETE FROM parking_roadhour h
USING unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[]) AS t(road_id, from_at, to_at)
WHERE h.road_id = t.road_id AND h.hour_at >= t.from_at AND h.hour_at < t.to_at
"""


def hour_of(at: datetime) -> datetime:
    """The whole hour a moment lies in."""
    return at.replace(minute=0, second=0, microsecond=0)


def sweep(*, now: datetime, batches: int = 20) -> int:
    """Sum anew each hour that a session, a charge or the clock has changed; gives how many road hours it looked at.

    Only hours that are over are kept: the present one is read from the tables (`series`).
    """
    total = 0
    for _ in range(batches):
        done, more = _batch(now=now)
        total += done
        if not more:
            break
    return total


def _batch(*, now: datetime) -> tuple[int, bool]:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
            if not cursor.fetchone()[0]:
                return 0, False
            cursor.execute(_TAKE, [TAKEN])
            marks = cursor.fetchall()
        ground.note_berths(now=now)
        roads = {road.pk: road for road in Road.objects.only("id", "code", "zone_id")}
        ids = {road.code: road.pk for road in roads.values()}
        ended = hour_of(now)
        stale: dict[int, set[datetime]] = defaultdict(set)
        for road_id, from_at, open_ended, to_at in marks:
            until = ended if open_ended else min(hour_of(to_at) + HOUR, ended)
            if road_id in roads:
                stale[road_id].update(_hours(hour_of(from_at), until))
        moved = charges.take_changed_hours(limit=TAKEN)
        for scope, hour_at in moved:
            if scope in ids and hour_at < ended:
                stale[ids[scope]].add(hour_at)
        for road_id in _passed(ended, roads):
            stale[road_id].update(_hours(_rolled(ended), ended))
        Heartbeat.objects.update_or_create(name=_ROLLED, defaults={"at": ended})
        write(counting.runs_of(stale), roads=list(roads.values()), now=now)
    return sum(map(len, stale.values())), len(marks) == TAKEN or len(moved) == TAKEN


def _hours(from_at: datetime, to_at: datetime) -> list[datetime]:
    hours = []
    while from_at < to_at:
        hours.append(from_at)
        from_at += HOUR
    return hours


def _rolled(ended: datetime) -> datetime:
    last = Heartbeat.objects.filter(name=_ROLLED).values_list("at", flat=True).first()
    # Longer ago than a month nobody looked: what stood open then has been marked by its own changes since.
    return max(last or ended, ended - timedelta(days=31))


def _passed(ended: datetime, roads: Iterable[int]) -> list[int]:
    """All roads, when an hour has ended since the last sweep: marks that were taken while it ran came to no sum yet,
    and time alone has filled it where cars stand."""
    return [] if _rolled(ended) >= ended else list(roads)


def write(runs: Sequence[Run], *, roads: Sequence[Road], now: datetime) -> int:
    """Replace the kept sums of these hours by what the tables say; gives how many rows stand there then."""
    if not runs:
        return 0
    zones = {road.pk: road.zone_id for road in roads}
    windows = ground.charging(
        {zones[run.road_id] for run in runs},
        from_at=min(run.from_at for run in runs),
        to_at=max(run.to_at for run in runs),
    )
    found = counting.count(runs, windows=windows, codes={road.pk: road.code for road in roads}, now=now)
    with connection.cursor() as cursor:
        cursor.execute(
            _DROP, [[run.road_id for run in runs], [run.from_at for run in runs], [run.to_at for run in runs]]
        )
    RoadHour.objects.bulk_create(
        [
            RoadHour(road_id=road_id, hour_at=hour_at, **{name: getattr(counts, name) for name in COLUMNS})
            for (road_id, hour_at), counts in found.items()
        ],
        batch_size=2_000,
    )
    return len(found)


def rebuild(*, now: datetime, from_at: datetime | None = None) -> int:
    """Throw the kept sums away, from a moment on, and make them anew from sessions and charges. Gives the rows made."""
    ended = hour_of(now)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        ground.note_berths(now=now)
        first = from_at or _first()
        kept = RoadHour.objects.all() if first is None else RoadHour.objects.filter(hour_at__gte=hour_of(first))
        kept.delete()
        roads = list(Road.objects.only("id", "code", "zone_id"))
        made = 0
        start = ended if first is None else hour_of(first)
        while start < ended:
            end = min(start + timedelta(days=28), ended)
            made += write([Run(road.pk, start, end) for road in roads], roads=roads, now=now)
            start = end
        Heartbeat.objects.update_or_create(name=_ROLLED, defaults={"at": ended})
    return made


def _first() -> datetime | None:
    """When the first session began or the first charge was opened."""
    arrived = ParkingSession.objects.order_by("arrived_at").values_list("arrived_at", flat=True).first()
    billed = ParkingSession.objects.filter(billed_at__isnull=False).order_by("billed_at")
    opened = billed.values_list("billed_at", flat=True).first()
    return min([at for at in (arrived, opened) if at is not None], default=None)
