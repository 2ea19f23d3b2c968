"""Vehicles that come, told to payments: a contactless debit needs an entry at the gateway before the vehicle leaves."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from parking.policies import Kerb
from parking.records import Row
from payments import charges

# An arrival heard of later than this (a replay, a device that was away) is paid by hand or by an entry of its own.
_FRESH = timedelta(hours=24)


def tell(rows: Sequence[Row], *, gone: Iterable[str], codes: Mapping[int, str], roads: Mapping[int, Kerb],
         now: datetime) -> None:  # fmt: skip
    """Announce who is parked, and take back what will never be billed; `codes` and `roads` are by id.

    Writes rows in the caller's transaction and calls nobody: a sweep of payments tells the gateways.
    """
    parked = [row for row in rows if row.status == "parked" and not row.contested and now - row.arrived_at < _FRESH]
    charges.announce(
        [
            charges.Arrival(
                stay=row.number,
                plate=row.plate,
                plate_color=row.plate_color,
                place=roads[row.road_id].place(codes[row.berth_id]),
                spot=codes[row.berth_id],
                from_at=row.arrived_at,
            )
            for row in parked
        ],
        now=now,
    )
    never = {row.number for row in rows if row.status == "void" or (row.left_at is None and not row.plate)}
    # A session that was just made has told nobody anything.
    fresh = {row.number for row in rows if row.fresh}
    charges.withdraw_arrivals(sorted((never - fresh) | set(gone)))
