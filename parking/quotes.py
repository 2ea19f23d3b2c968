"""What a stay would cost: for drivers before they park, and for the terminal."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parking import notices, tariffs
from parking.domain import tariff as engine
from parking.domain.tariff import Fee, InForce, StayError, Vehicle
from parking.models import Road
from parking.tariffs import Version

# The engine's arguments as the outside surface calls them.
_NAMES = {"vehicle.vehicle_class": "vehicle.class"}


class Unquotable(Exception):
    """A quote that can't be given: a stable code, a sentence, the fields it concerns."""

    def __init__(self, code: str, message: str, *, status: int = 400, fields: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.status, self.fields = code, message, status, fields or {}


def quote(
    *, road: str, tariff: str, arrived_at: datetime, left_at: datetime, plate_color: str, vehicle_class: str
) -> dict[str, Any]:
    """The fee of a stay on a road or under a tariff, in the contract's form. Raises Unquotable.

    On a road a stay that spans a change of version is priced as billing would: as the version at its arrival says.
    """
    vehicle = Vehicle(plate_color=plate_color, vehicle_class=vehicle_class)
    if road:
        free = notices.free_time_of(road, from_at=arrived_at, to_at=left_at)
        vehicle = replace(vehicle, permits=tuple(free))
        parts = _of_road(road, arrived_at, left_at, vehicle)
    else:
        version = of_code(tariff, arrived_at)
        parts = [(InForce(from_at=arrived_at, tariff=version.tariff), version)]
    fee, used = _priced(parts, arrived_at=arrived_at, left_at=left_at, vehicle=vehicle)
    return {
        "amount_fen": fee.amount_fen,
        "currency": fee.currency,
        "lines": tariffs.lines(fee),
        "tariff": {"code": used.code, "version": used.number},
        "provisional": fee.provisional,
    }


def fee_of(version: Version, *, arrived_at: datetime, left_at: datetime, plate_color: str, vehicle_class: str) -> Fee:
    """The fee under one version. Raises Unquotable that names the field."""
    parts = [(InForce(from_at=arrived_at, tariff=version.tariff), version)]
    vehicle = Vehicle(plate_color=plate_color, vehicle_class=vehicle_class)
    return _priced(parts, arrived_at=arrived_at, left_at=left_at, vehicle=vehicle)[0]


def _priced(
    parts: Sequence[tuple[InForce, Version]], *, arrived_at: datetime, left_at: datetime, vehicle: Vehicle
) -> tuple[Fee, Version]:
    try:
        fee, used = engine.price_in_force(
            versions=[each for each, _ in parts],
            arrived_at=arrived_at,
            left_at=left_at,
            vehicle=vehicle,
            calendar=tariffs.calendar(),
        )
    except StayError as error:
        reason = error.reason_en if (get_language() or "").startswith("en") else error.reason_zh
        raise Unquotable("invalid", reason, fields={_NAMES.get(error.field, error.field): reason}) from error
    return fee, next(version for each, version in parts if each is used[0])


def _of_road(code: str, arrived_at: datetime, left_at: datetime, vehicle: Vehicle) -> list[tuple[InForce, Version]]:
    zone_id = Road.objects.filter(code=code).values_list("zone_id", flat=True).first()
    if zone_id is None:
        reason = _("没有这个路段。")
        raise Unquotable("unknown_road", reason, status=404, fields={"road": reason})
    versions = tariffs.in_force([zone_id], until=max(arrived_at, left_at))[zone_id]
    parts = tariffs.segments(versions, arrived_at=arrived_at, left_at=left_at, vehicle=vehicle)
    if not parts:
        raise Unquotable(
            "no_tariff", _("该路段在该时刻没有生效的计费规则。"), status=404, fields={"road": _("无计费规则")}
        )
    return parts


def of_code(code: str, at: datetime) -> Version:
    """The newest approved version of a tariff that is in force at a moment, else its first. Raises Unquotable."""
    found = tariffs.versions_of(code)
    if not found:
        raise Unquotable(
            "unknown_tariff", _("没有这个计费规则。"), status=404, fields={"tariff": _("没有这个计费规则")}
        )
    return tariffs.choose(found, at=at) or found[-1]


def in_force(*, now: datetime) -> list[dict[str, Any]]:
    """The approved versions in force now, each with its zone and document."""
    rows = (
        tariffs.law()
        .filter(in_force_from__lte=now)
        .filter(Q(withdrawn_from__isnull=True) | Q(withdrawn_from__gt=now))
        .select_related("zone")
        .order_by("zone_id", "-in_force_from", "-id")
    )
    seen: set[tuple[int | None, tuple[str, ...]]] = set()
    result = []
    for row in rows:
        key = (row.zone_id, tuple(row.vehicle_classes))
        if key not in seen:
            seen.add(key)
            result.append(
                {
                    "code": row.code,
                    "version": row.version,
                    "zone": row.zone.code if row.zone else None,
                    "vehicle_classes": row.vehicle_classes,
                    "in_force_from": row.in_force_from.isoformat(),
                    "document": row.document,
                }
            )
    return result
