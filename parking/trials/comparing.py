"""A past period priced again under another tariff: what it would have brought, and who would have paid more or less.

Stays stream from the database, in order of plate when the tariff asks for earlier stays, so that a million of them need
no more memory than a thousand. The old amount is what was billed, before coupons; the new one knows none. What road
notices made free is free in both.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection

from parking import notices
from parking.domain import tariff as engine
from parking.domain.tariff import NO_HISTORY, History, Nearness, PastStay, StayError, Tariff, Vehicle
from parking.models import Exemption, PermitPlate, Road
from parking.tariffs import days, rights
from parking.tariffs.rights import DISABLED, Rights

CITY_TIME = ZoneInfo("Asia/Shanghai")
CHUNK = 5_000
_STAYS = """
SELECT s.road_id, s.berth_id, s.plate, s.plate_color, s.arrived_at, s.left_at,
    CASE WHEN c.id IS NULL THEN s.fee_fen ELSE s.fee_fen - (
        SELECT coalesce(sum((line ->> 'amount_fen')::bigint), 0)::bigint
        FROM jsonb_array_elements(s.lines) AS line WHERE line ->> 'kind' = 'coupon'
    ) END,
    extract(hour FROM s.arrived_at AT TIME ZONE 'Asia/Shanghai')::int
FROM parking_parkingsession s LEFT JOIN parking_coupon c ON c.session_id = s.id
WHERE s.status = 'billed' AND s.arrived_at >= %(from_at)s AND s.arrived_at < %(to_at)s
  AND (%(roads)s::bigint[] IS NULL OR s.road_id = ANY(%(roads)s))
"""
_COUNT = f"SELECT count(*) FROM ({_STAYS}) AS stays"  # noqa: S608 - our own text


@dataclass(slots=True)
class Sum:
    """Stays and their money, old and new, in minor units."""

    stays: int = 0
    more: int = 0
    less: int = 0
    old: int = 0
    new: int = 0

    def add(self, old: int, new: int) -> None:
        """One stay."""
        self.stays += 1
        self.old += old
        self.new += new
        if new > old:
            self.more += 1
        elif new < old:
            self.less += 1


@dataclass(slots=True)
class Result:
    """What a comparison found. `refused` stays have no price under the new tariff; the sums keep their old one."""

    total: Sum = field(default_factory=Sum)
    by_road: dict[str, Sum] = field(default_factory=lambda: defaultdict(Sum))
    by_hour: list[Sum] = field(default_factory=lambda: [Sum() for _ in range(24)])
    refused: int = 0

    def as_data(self) -> dict[str, Any]:
        """As it is stored and printed."""

        def row(one: Sum) -> dict[str, int]:
            return {"stays": one.stays, "more": one.more, "less": one.less, "old_fen": one.old, "new_fen": one.new}

        return {
            "total": row(self.total),
            "refused": self.refused,
            "by_road": {code: row(one) for code, one in sorted(self.by_road.items())},
            "by_hour": [row(one) for one in self.by_hour],
        }


class _Stay(NamedTuple):
    road_id: int
    berth_id: int
    plate: str
    plate_color: str
    arrived_at: datetime
    left_at: datetime
    fee_fen: int
    hour: int


def compare(
    tariff: Tariff,
    *,
    from_at: datetime,
    to_at: datetime,
    zone_id: int | None = None,
    seen: Callable[[int, int], None] | None = None,
) -> Result:
    """Price every billed stay that arrived in the period again; `seen(done, total)` is told now and then.

    With a zone only the stays on its roads. Call it outside a transaction: it may take a minute.
    """
    roads = dict(Road.objects.filter(**({"zone_id": zone_id} if zone_id else {})).values_list("id", "code"))
    zones = dict(Road.objects.values_list("id", "zone_id"))
    wanted = {"from_at": from_at, "to_at": to_at, "roads": list(roads) if zone_id else None}
    calendar = days.calendar()
    registered = _registered(from_at, to_at)
    free = notices.free_time(roads, from_at=from_at, to_at=None)
    reach = engine.reach(tariff)
    total = 0
    if seen is not None:
        with connection.cursor() as cursor:
            cursor.execute(_COUNT, wanted)
            total = cursor.fetchone()[0]
    result = Result()
    ordinary: dict[str, Vehicle] = {}
    plate = ""
    past: list[tuple[_Stay, PastStay]] = []
    for done, stay in enumerate(_stream(wanted, ordered=bool(reach)), start=1):
        history = NO_HISTORY
        if reach and stay.plate:
            if stay.plate != plate:
                plate, past = stay.plate, []
            past = [(each, old) for each, old in past if old.left_at >= stay.arrived_at - reach]
            history = _history(past, stay)
        known = registered.get(stay.plate)
        if known is None:
            vehicle = ordinary.get(stay.plate_color)
            if vehicle is None:
                vehicle = ordinary[stay.plate_color] = Vehicle(plate_color=stay.plate_color)
        else:
            vehicle = _vehicle(known, stay, zones[stay.road_id], tariff)
        granted = free.get(stay.road_id)
        if granted:
            vehicle = replace(vehicle, permits=(*granted, *vehicle.permits))
        try:
            fee = engine.price(
                arrived_at=stay.arrived_at,
                left_at=stay.left_at,
                tariff=tariff,
                calendar=calendar,
                vehicle=vehicle,
                history=history,
            )
        except StayError:
            result.refused += 1
            new = stay.fee_fen
        else:
            new = fee.amount_fen
            if reach and stay.plate:
                one = PastStay(
                    arrived_at=stay.arrived_at,
                    left_at=stay.left_at,
                    charged_fen=new,
                    used=fee.used,
                    continues=fee.continues,
                )
                past.append((stay, one))
        result.total.add(stay.fee_fen, new)
        result.by_road[roads[stay.road_id]].add(stay.fee_fen, new)
        result.by_hour[stay.hour].add(stay.fee_fen, new)
        if seen is not None and done % CHUNK == 0:
            seen(done, total)
    return result


def _stream(wanted: dict[str, Any], *, ordered: bool) -> Iterator[_Stay]:
    # In autocommit the named cursor is WITH HOLD: progress may be written beside it.
    with connection.chunked_cursor() as cursor:
        cursor.execute(_STAYS + (" ORDER BY s.plate, s.arrived_at, s.id" if ordered else ""), wanted)
        while rows := cursor.fetchmany(CHUNK):
            yield from map(_Stay._make, rows)


def _history(past: Sequence[tuple[_Stay, PastStay]], stay: _Stay) -> History:
    if not past:
        return NO_HISTORY
    found = []
    for before, one in past:
        near = Nearness.CITY
        if before.road_id == stay.road_id:
            near = Nearness.BERTH if before.berth_id == stay.berth_id else Nearness.ROAD
        found.append(
            PastStay(
                arrived_at=one.arrived_at,
                left_at=one.left_at,
                nearness=near,
                charged_fen=one.charged_fen,
                used=one.used,
                continues=one.continues,
            )
        )
    return History(stays=tuple(found))


def _registered(from_at: datetime, to_at: datetime) -> dict[str, Rights]:
    last = to_at + timedelta(days=90)
    plates = set(Exemption.objects.values_list("plate", flat=True))
    plates.update(PermitPlate.objects.filter(permit__to_at__gt=from_at).values_list("plate", flat=True))
    return rights.of(plates, from_at=from_at, to_at=last, coupons=False)


def _vehicle(known: Rights, stay: _Stay, zone_id: int, tariff: Tariff) -> Vehicle:
    kinds = known.kinds_at(stay.arrived_at, plate_color=stay.plate_color)
    return Vehicle(
        plate_color=stay.plate_color,
        berths=max((each.berths for each in kinds), default=1),
        disabled=any(each.kind == DISABLED for each in kinds),
        exempt=next((each.kind for each in kinds if each.kind in tariff.document.exempt), ""),
        tags=frozenset(each.kind for each in kinds),
        permits=known.permits_on(road_id=stay.road_id, zone_id=zone_id),
    )
