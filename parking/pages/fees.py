"""What a car that still stands owes so far, and when that next rises."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from parking import notices, tariffs
from parking.domain import tariff as engine
from parking.domain.tariff import Vehicle
from parking.models import ParkingSession
from parking.tariffs import Billable


@dataclass(frozen=True, slots=True)
class Running:
    """The fee if the car left now. `rises_at` is None when the price can't be told or rises no more."""

    amount_fen: int
    lines: Sequence[dict[str, Any]]
    rises_at: datetime | None = None
    rises_to_fen: int | None = None


def running(sessions: Sequence[ParkingSession], *, now: datetime) -> dict[str, Running]:
    """The running fee of each session that has a tariff, by number; a constant number of queries."""
    stays = [_stay(session, now) for session in sessions if session.arrived_at <= now]
    if not stays:
        return {}
    priced = tariffs.price_stays(stays, now=now)
    versions = tariffs.in_force({stay.zone_id for stay in stays}, until=now)
    days = tariffs.calendar()
    free = notices.free_time(
        {stay.road_id for stay in stays}, from_at=min(stay.arrived_at for stay in stays), to_at=None
    )
    found = {}
    for stay in stays:
        fee = priced[stay.key]
        version = tariffs.choose(versions[stay.zone_id], at=stay.arrived_at)
        if fee.hold or version is None:
            continue
        rise = engine.next_rise(
            at=now,
            arrived_at=stay.arrived_at,
            tariff=version.tariff,
            vehicle=Vehicle(plate=stay.plate, plate_color=stay.plate_color, permits=tuple(free.get(stay.road_id, ()))),
            calendar=days,
        )
        found[stay.key] = Running(
            amount_fen=fee.amount_fen,
            lines=fee.lines,
            rises_at=rise.at if rise else None,
            rises_to_fen=rise.amount_fen if rise else None,
        )
    return found


def _stay(session: ParkingSession, now: datetime) -> Billable:
    return Billable(
        key=session.number,
        zone_id=session.road.zone_id,
        road_id=session.road_id,
        plate=session.plate,
        plate_color=session.plate_color,
        arrived_at=session.arrived_at,
        left_at=now,
    )
