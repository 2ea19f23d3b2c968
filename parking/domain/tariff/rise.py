"""When the fee of a car that stays next rises, and to how much."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from parking.domain.calendar import Calendar
from parking.domain.tariff.engine import price
from parking.domain.tariff.stay import NO_HISTORY, History, Vehicle
from parking.domain.tariff.tariff import Tariff

_SECOND = timedelta(seconds=1)
_ORDINARY = Vehicle()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rise:
    """From `at` on, to the second, leaving costs `amount_fen` instead of what it costs now."""

    at: datetime
    amount_fen: int


def next_rise(
    *,
    at: datetime,
    arrived_at: datetime,
    tariff: Tariff,
    calendar: Calendar,
    vehicle: Vehicle = _ORDINARY,
    history: History = NO_HISTORY,
    within: timedelta = timedelta(days=8),
) -> Rise | None:
    """Return the first rise after `at` of a stay that goes on, None when the fee stands still for the period.

    Halves the period some twenty times. Raises what `price` raises.
    """

    def fee(left_at: datetime) -> int:
        return price(
            arrived_at=arrived_at, left_at=left_at, tariff=tariff, calendar=calendar, vehicle=vehicle, history=history
        ).amount_fen

    at = at.replace(microsecond=0)
    now = fee(at)
    low, high = at, at + within
    reached = fee(high)
    if reached <= now:
        return None
    while high - low > _SECOND:
        middle = (low + (high - low) / 2).replace(microsecond=0)
        amount = fee(middle)
        if amount > now:
            high, reached = middle, amount
        else:
            low = middle
    return Rise(at=high, amount_fen=reached)
