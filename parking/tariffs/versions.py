"""The approved versions as pricing reads them, and which of them holds at a moment."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db.models import Q, QuerySet

from parking.domain import tariff as engine
from parking.domain.tariff import InForce, Tariff, Vehicle
from parking.models import TariffVersion

_ORDINARY = Vehicle()


@dataclass(frozen=True, slots=True)
class Version:
    """An approved version, parsed. It holds from `in_force_from`; from `withdrawn_from` on it doesn't."""

    id: int
    code: str
    number: int
    zone_id: int | None
    in_force_from: datetime
    withdrawn_from: datetime | None
    tariff: Tariff

    def holds(self, at: datetime, vehicle: Vehicle) -> bool:
        """Tell whether it may price such a vehicle at the moment."""
        return (
            self.in_force_from <= at
            and (self.withdrawn_from is None or at < self.withdrawn_from)
            and self.tariff.is_for(vehicle)
        )


def in_force(zone_ids: Iterable[int], *, until: datetime) -> dict[int, list[Version]]:
    """For each zone the approved versions that began before `until`, newest first; the city's own come last."""
    ids = set(zone_ids)
    versions = _read(
        law()
        .filter(Q(zone_id__in=ids) | Q(zone_id__isnull=True), in_force_from__lte=until)
        .order_by("-in_force_from", "-id")
    )
    whole_city = [version for version in versions if version.zone_id is None]
    return {id_: [version for version in versions if version.zone_id == id_] + whole_city for id_ in ids}


def versions_of(code: str) -> list[Version]:
    """The approved versions of one tariff, newest first."""
    return _read(law().filter(code=code).order_by("-in_force_from", "-version"))


def choose(versions: Sequence[Version], *, at: datetime, vehicle: Vehicle = _ORDINARY) -> Version | None:
    """The version in force at a moment: the zone's own before the city's, the newest first."""
    return next((version for version in versions if version.holds(at, vehicle)), None)


def segments(
    versions: Sequence[Version], *, arrived_at: datetime, left_at: datetime, vehicle: Vehicle = _ORDINARY
) -> list[tuple[InForce, Version]]:
    """The versions in force one after another during a stay, as `price_in_force` takes them; none at arrival: empty."""
    first = choose(versions, at=arrived_at, vehicle=vehicle)
    if first is None:
        return []
    found = [(InForce(from_at=arrived_at, tariff=first.tariff), first)]
    edges = {at for version in versions for at in (version.in_force_from, version.withdrawn_from) if at is not None}
    for at in sorted(edge for edge in edges if arrived_at < edge < left_at):
        version = choose(versions, at=at, vehicle=vehicle)
        if version is not None and version is not found[-1][1]:
            found.append((InForce(from_at=at, tariff=version.tariff), version))
    return found


def law() -> "QuerySet[TariffVersion]":
    """The versions that are law, or were until they were withdrawn."""
    # A version that is withdrawn from a day on still priced, and still explains, what came before.
    status = TariffVersion.Status
    return TariffVersion.objects.filter(
        Q(status=status.APPROVED) | Q(status=status.WITHDRAWN, approved_at__isnull=False, withdrawn_from__isnull=False)
    )


def _read(rows: "QuerySet[TariffVersion]") -> list[Version]:
    names = ("id", "code", "version", "zone_id", "in_force_from", "withdrawn_from", "document")
    found = []
    for id_, code, number, zone_id, in_force_from, withdrawn_from, document in rows.values_list(*names):
        found.append(Version(id_, code, number, zone_id, in_force_from, withdrawn_from, parsed(document)))
    return found


def parsed(document: dict[str, Any]) -> Tariff:
    """The tariff of a document; equal documents share one with the day plans it has made. Raises TariffError."""
    return _parsed(json.dumps(document, sort_keys=True))


@lru_cache(maxsize=256)
def _parsed(document: str) -> Tariff:
    return engine.parse(json.loads(document))
