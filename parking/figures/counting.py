"""The sums of an hour, read from the sessions and charges themselves: one statement for each, however many hours."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from parking.figures.counts import COLUMNS, NOTHING, Counts
from payments import charges

HOUR = timedelta(hours=1)
Hours = dict[tuple[int, datetime], Counts]


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive whole hours of one road, half open."""

    road_id: int
    from_at: datetime
    to_at: datetime


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch in which a zone's tariff asks for money."""

    zone_id: int
    from_at: datetime
    to_at: datetime


# A stay that began more than a day before the run is found by the small index of long ones.
_SESSIONS = """
WITH runs AS (
    SELECT * FROM unnest(%(roads)s::bigint[], %(from_at)s::timestamptz[], %(to_at)s::timestamptz[])
        AS t(road_id, from_at, to_at)
), windows AS (
    SELECT * FROM unnest(%(zones)s::bigint[], %(begins)s::timestamptz[], %(ends)s::timestamptz[])
        AS t(zone_id, from_at, to_at)
), found AS (
    SELECT r.road_id, road.zone_id, r.from_at, r.to_at, s.arrived_at, s.left_at, s.status, s.touched,
        NOT s.contested AND s.status <> 'void' AS counts, least(coalesce(s.left_at, %(now)s), %(now)s) AS ended_at
    FROM runs r
    JOIN parking_road road ON road.id = r.road_id
    JOIN LATERAL (
        SELECT arrived_at, left_at, status, touched, contested FROM parking_parkingsession
        WHERE road_id = r.road_id AND arrived_at >= r.from_at - interval '1 day' AND arrived_at < r.to_at
        UNION ALL
        SELECT arrived_at, left_at, status, touched, contested FROM parking_parkingsession
        WHERE road_id = r.road_id AND arrived_at < r.from_at - interval '1 day'
            AND (left_at IS NULL OR left_at - arrived_at > interval '1 day')
            AND (left_at IS NULL OR left_at >= r.from_at)
    ) s ON true
), moments AS (
    SELECT road_id, date_trunc('hour', arrived_at) AS hour_at, 1 AS arrivals, 0 AS departures, 0 AS stay_s,
        0 AS orders, 0 AS auto_orders
    FROM found WHERE counts AND arrived_at >= from_at AND arrived_at < to_at
    UNION ALL
    SELECT road_id, date_trunc('hour', left_at), 0, counts::int,
        CASE WHEN counts THEN extract(epoch FROM left_at - arrived_at) ELSE 0 END,
        (status IN ('billed', 'held') OR (status = 'void' AND touched))::int, (status = 'billed' AND NOT touched)::int
    FROM found WHERE left_at >= from_at AND left_at < to_at
), spans AS (
    SELECT f.road_id, f.zone_id, hour.at AS hour_at, greatest(f.arrived_at, hour.at) AS since,
        least(f.ended_at, hour.at + interval '1 hour') AS until
    FROM found f
    CROSS JOIN LATERAL generate_series(
        greatest(date_trunc('hour', f.arrived_at), f.from_at), least(f.ended_at, f.to_at - interval '1 hour'),
        interval '1 hour') AS hour(at)
    WHERE f.counts AND f.ended_at > f.from_at
), stood AS (
    SELECT s.road_id, s.hour_at, extract(epoch FROM s.until - s.since) AS occupied_s,
        coalesce((
            SELECT sum(extract(epoch FROM least(s.until, w.to_at) - greatest(s.since, w.from_at))) FROM windows w
            WHERE w.zone_id = s.zone_id AND w.from_at < s.until AND w.to_at > s.since
        ), 0) AS charged_s
    FROM spans s WHERE s.until > s.since
)
SELECT road_id, hour_at, sum(arrivals), sum(departures), round(sum(stay_s)), round(sum(occupied_s)),
    round(sum(charged_s)), sum(orders), sum(auto_orders)
FROM (
    SELECT road_id, hour_at, arrivals, departures, stay_s, 0 AS occupied_s, 0 AS charged_s, orders, auto_orders
    FROM moments
    UNION ALL
    SELECT road_id, hour_at, 0, 0, 0, occupied_s, charged_s, 0, 0 FROM stood
) AS told GROUP BY road_id, hour_at
"""


def count(runs: Sequence[Run], *, windows: Sequence[Window], codes: Mapping[int, str], now: datetime) -> Hours:
    """The sums of each hour of the runs in which anything happened. `codes`: the roads' codes by id.

    A car that still stands is counted until `now`. Hours of the future are empty.
    """
    if not runs:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            _SESSIONS,
            {
                "roads": [run.road_id for run in runs],
                "from_at": [run.from_at for run in runs],
                "to_at": [run.to_at for run in runs],
                "zones": [window.zone_id for window in windows],
                "begins": [window.from_at for window in windows],
                "ends": [window.to_at for window in windows],
                "now": now,
            },
        )
        found: Hours = {
            (road_id, hour_at): Counts(*(int(number) for number in numbers))
            for road_id, hour_at, *numbers in cursor.fetchall()
        }
    ids = {code: id_ for id_, code in codes.items()}
    for money in charges.hours([charges.Run(scope=codes[r.road_id], from_at=r.from_at, to_at=r.to_at) for r in runs]):
        key = (ids[money.scope], money.hour_at)
        found[key] = found.get(key, NOTHING) + Counts(
            **{name: getattr(money, name) for name in COLUMNS if hasattr(money, name)}
        )
    return {key: counts for key, counts in found.items() if counts != NOTHING}


def runs_of(hours: Mapping[int, set[datetime]], *, longest: timedelta = timedelta(days=7)) -> list[Run]:
    """The roads' hours as runs of consecutive ones, none longer than `longest`."""
    runs: list[Run] = []
    for road_id, wanted in sorted(hours.items()):
        start = end = None
        for hour in sorted(wanted):
            if start is not None and hour == end and hour - start < longest:
                end = hour + HOUR
                continue
            if start is not None and end is not None:
                runs.append(Run(road_id, start, end))
            start, end = hour, hour + HOUR
        if start is not None and end is not None:
            runs.append(Run(road_id, start, end))
    return runs
