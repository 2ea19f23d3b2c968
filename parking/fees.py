"""What a car that still stands owes so far, and when that next rises."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from parking import tariffs
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
    found = {}
    for case in tariffs.cases(stays, closed=False):
        fee = tariffs.price_case(case)
        if fee.hold:
            continue
        rise = tariffs.rise(case, at=now)
        found[case.stay.key] = Running(
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
        berth_id=session.berth_id,
        plate=session.plate,
        plate_color=session.plate_color,
        arrived_at=session.arrived_at,
        left_at=now,
    )
