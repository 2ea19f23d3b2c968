"""What the simulated town charges: the demo tariff, through the product's own engine."""

from datetime import datetime
from functools import cache, lru_cache

from parking.domain import settling
from parking.domain import tariff as engine
from parking.domain.calendar import Calendar
from parking.domain.tariff import Vehicle

TARIFF = "xianning-demo"
_CALENDAR = Calendar()


@cache
def _tariff() -> engine.Tariff:
    return engine.library.load(TARIFF)


@lru_cache(maxsize=4096)
def fee(arrived_at: datetime, left_at: datetime, plate: str, color: str) -> int:
    """The fee of a stay under the demo tariff, in fen."""
    priced = engine.price(
        arrived_at=arrived_at,
        left_at=left_at,
        tariff=_tariff(),
        vehicle=Vehicle(plate=plate, plate_color=color),
        calendar=_CALENDAR,
    )
    return priced.amount_fen


@lru_cache(maxsize=4096)
def free_for_anyone(arrived_at: datetime, left_at: datetime) -> bool:
    """Whether no car at all would owe anything."""
    return settling.free_for_anyone(arrived_at=arrived_at, left_at=left_at, tariff=_tariff(), calendar=_CALENDAR)
