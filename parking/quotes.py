"""What a stay would cost: for drivers before they park, and for the terminal."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parking import notices, tariffs
from parking.domain import tariff as engine
from parking.domain.tariff import Fee, Permit, StayError, Vehicle
from parking.models import Road, TariffVersion
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
    """The fee of a stay on a road or under a tariff, in the contract's form. Raises Unquotable."""
    version = _of_road(road, arrived_at) if road else of_code(tariff, arrived_at)
    fee = fee_of(
        version,
        arrived_at=arrived_at,
        left_at=left_at,
        plate_color=plate_color,
        vehicle_class=vehicle_class,
        permits=notices.free_time_of(road, from_at=arrived_at, to_at=left_at) if road else (),
    )
    return {
        "amount_fen": fee.amount_fen,
        "currency": fee.currency,
        "lines": tariffs.lines(fee),
        "tariff": {"code": version.code, "version": version.number},
        "provisional": fee.provisional,
    }


def fee_of(
    version: Version,
    *,
    arrived_at: datetime,
    left_at: datetime,
    plate_color: str,
    vehicle_class: str,
    permits: Sequence[Permit] = (),
) -> Fee:
    """The fee under one version. Raises Unquotable that names the field."""
    try:
        return engine.price(
            arrived_at=arrived_at,
            left_at=left_at,
            tariff=version.tariff,
            vehicle=Vehicle(plate_color=plate_color, vehicle_class=vehicle_class, permits=tuple(permits)),
            calendar=tariffs.calendar(),
        )
    except StayError as error:
        reason = error.reason_en if (get_language() or "").startswith("en") else error.reason_zh
        raise Unquotable("invalid", reason, fields={_NAMES.get(error.field, error.field): reason}) from error


def _of_road(code: str, at: datetime) -> Version:
    zone_id = Road.objects.filter(code=code).values_list("zone_id", flat=True).first()
    if zone_id is None:
        reason = _("没有这个路段。")
        raise Unquotable("unknown_road", reason, status=404, fields={"road": reason})
    version = tariffs.choose(tariffs.in_force([zone_id], until=at)[zone_id], at=at)
    if version is None:
        raise Unquotable(
            "no_tariff", _("该路段在该时刻没有生效的计费规则。"), status=404, fields={"road": _("无计费规则")}
        )
    return version


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
        TariffVersion.objects.filter(status=TariffVersion.Status.APPROVED, in_force_from__lte=now)
        .select_related("zone")
        .order_by("zone_id", "-in_force_from")
    )
    seen: set[int | None] = set()
    result = []
    for row in rows:
        if row.zone_id not in seen:
            seen.add(row.zone_id)
            result.append(
                {
                    "code": row.code,
                    "version": row.version,
                    "zone": row.zone.code if row.zone else None,
                    "in_force_from": row.in_force_from.isoformat(),
                    "document": row.document,
                }
            )
    return result
