"""Worked examples that stand in a tariff document, and whether the tariff reproduces them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from parking.domain.calendar import Calendar
from parking.domain.events import PLATE_COLORS
from parking.domain.tariff.engine import price
from parking.domain.tariff.reader import Fields
from parking.domain.tariff.stay import History, Nearness, PastStay, Vehicle
from parking.domain.tariff.tariff import Example, Tariff
from parking.domain.tariff.vehicles import VehicleClass


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """An example the tariff prices otherwise."""

    example: Example
    amount_fen: int


def read(fields: Fields, unit: int, zone: ZoneInfo, classes: Mapping[str, VehicleClass]) -> tuple[Example, ...]:
    """Read `examples`; a time without an offset is the tariff's local time."""
    found = []
    for row in fields.rows("examples"):
        arrived_at, left_at = _period(row, zone)
        amount = row.number("amount") * unit
        if amount.denominator != 1:
            raise row.refuse("amount", "应为最小货币单位的整数倍", "must be a whole number of minor units")
        found.append(
            Example(
                arrived_at=arrived_at,
                left_at=left_at,
                vehicle=Vehicle(
                    plate_color=row.one_of("plate_color", PLATE_COLORS, "blue"),
                    vehicle_class=row.one_of("vehicle_class", tuple(classes)) if row.has("vehicle_class") else "",
                    berths=row.whole("berths", default=1, low=1, high=20),
                    disabled=row.flag("disabled", default=False),
                    exempt=row.text("exempt", ""),
                    tags=frozenset(row.words("tags")),
                ),
                amount_fen=amount.numerator,
                independent=row.flag("independent", default=False),
                note=row.text("note", ""),
                earlier=_earlier(row, arrived_at, zone),
            )
        )
        row.take("vehicle_class", None)
        row.close()
    return tuple(found)


def _earlier(row: Fields, before: datetime, zone: ZoneInfo) -> tuple[tuple[datetime, datetime, Nearness], ...]:
    found = []
    for past in row.rows("earlier"):
        arrived_at, left_at = _period(past, zone)
        near = past.one_of("near", tuple(each.name.lower() for each in Nearness), "road")
        if left_at > before:
            raise past.refuse("left_at", "应不晚于本次驶入", "must not be after the arrival of the example")
        past.close()
        found.append((arrived_at, left_at, Nearness[near.upper()]))
    return tuple(sorted(found))


def _period(row: Fields, zone: ZoneInfo) -> tuple[datetime, datetime]:
    arrived_at, left_at = _instant(row, "arrived_at", zone), _instant(row, "left_at", zone)
    if left_at < arrived_at:
        raise row.refuse("left_at", "早于驶入时间", "is before the arrival")
    return arrived_at, left_at


def _instant(row: Fields, name: str, zone: ZoneInfo) -> datetime:
    text = row.text(name)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise row.refuse(name, "应为 RFC 3339 时间", "must be an RFC 3339 time") from None
    return at if at.tzinfo else at.replace(tzinfo=zone)


def differences(*, tariff: Tariff, calendar: Calendar) -> tuple[Difference, ...]:
    """Return the examples of the document that the tariff does not reproduce; none when all is well."""
    found = []
    for example in tariff.examples:
        fee = price(
            arrived_at=example.arrived_at,
            left_at=example.left_at,
            tariff=tariff,
            calendar=calendar,
            vehicle=example.vehicle,
            history=_history(example, tariff, calendar),
        )
        if fee.amount_fen != example.amount_fen:
            found.append(Difference(example=example, amount_fen=fee.amount_fen))
    return tuple(found)


def _history(example: Example, tariff: Tariff, calendar: Calendar) -> History:
    """Return the earlier stays as the tariff itself charged them, each knowing those before it."""
    stays: tuple[PastStay, ...] = ()
    for arrived_at, left_at, nearness in example.earlier:
        fee = price(
            arrived_at=arrived_at,
            left_at=left_at,
            tariff=tariff,
            calendar=calendar,
            vehicle=example.vehicle,
            history=History(stays=stays),
        )
        stays += (
            PastStay(
                arrived_at=arrived_at,
                left_at=left_at,
                nearness=nearness,
                charged_fen=fee.amount_fen,
                used=fee.used,
                continues=fee.continues,
            ),
        )
    return History(stays=stays)
