"""Which tariff holds for a stay, and what the stay costs under it; loading tariffs from files."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Max, Q

from parking import notices
from parking.domain import calendar as calendars
from parking.domain import tariff as engine
from parking.domain.calendar import Calendar
from parking.domain.tariff import Fee, Permit, Tariff, Vehicle
from parking.models import CalendarDay, TariffVersion, Zone

NO_TARIFF = "no_tariff"
NOT_PRICED = "not_priced"
_CITY_TIME = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True, kw_only=True)
class Billable:
    """A stay that asks for its price; `key` names it in the answer."""

    key: str
    zone_id: int
    road_id: int
    plate: str
    plate_color: str
    arrived_at: datetime
    left_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    """A fee as it is stored with the session; `hold` is set when there is none and why."""

    hold: str = ""
    amount_fen: int = 0
    currency: str = "CNY"
    lines: Sequence[dict[str, Any]] = field(default_factory=list)
    provisional: bool = False
    tariff_id: int | None = None
    tariff_code: str = ""
    tariff_version: int = 0


def price_stays(stays: Sequence[Billable], *, now: datetime) -> dict[str, Priced]:
    """The fee of each stay under the version in force when it began, in a constant number of queries.

    A stay that spans a change of tariff is priced by the version in force at its arrival: the one on the sign the
    driver read.
    """
    if not stays:
        return {}
    versions = in_force({stay.zone_id for stay in stays}, until=max(stay.arrived_at for stay in stays))
    days = calendar()
    free = notices.free_time(
        {stay.road_id for stay in stays},
        from_at=min(stay.arrived_at for stay in stays),
        to_at=max(stay.left_at for stay in stays),
    )
    return {stay.key: _price(stay, versions, days, free.get(stay.road_id, ())) for stay in stays}


def _price(
    stay: Billable, versions: Mapping[int, Sequence["Version"]], days: Calendar, free: Sequence[Permit]
) -> Priced:
    version = choose(versions.get(stay.zone_id, ()), at=stay.arrived_at)
    if version is None:
        return Priced(hold=NO_TARIFF)
    try:
        fee = engine.price(
            arrived_at=stay.arrived_at,
            left_at=stay.left_at,
            tariff=version.tariff,
            vehicle=Vehicle(plate=stay.plate, plate_color=stay.plate_color, permits=tuple(free)),
            calendar=days,
        )
    except ValueError:
        return Priced(hold=NOT_PRICED)
    return Priced(
        amount_fen=fee.amount_fen,
        currency=fee.currency,
        lines=lines(fee),
        provisional=fee.provisional,
        tariff_id=version.id,
        tariff_code=version.code,
        tariff_version=version.number,
    )


def lines(fee: Fee) -> list[dict[str, Any]]:
    """The fee's lines in the form of the contract, with both languages and the arithmetic."""
    return [
        {
            "from": line.from_at.astimezone(_CITY_TIME).isoformat(),
            "to": line.to_at.astimezone(_CITY_TIME).isoformat(),
            "rule": line.rule,
            "rule_en": line.rule_en,
            "clause": line.clause,
            "quantity": line.quantity,
            "unit_price_fen": line.unit_price_fen,
            "amount_fen": line.amount_fen,
        }
        for line in fee.lines
    ]


@dataclass(frozen=True, slots=True)
class Version:
    """An approved version, parsed."""

    id: int
    code: str
    number: int
    zone_id: int | None
    in_force_from: datetime
    tariff: Tariff


def in_force(zone_ids: Iterable[int], *, until: datetime) -> dict[int, list[Version]]:
    """For each zone the approved versions that began before `until`, newest first; the city's own come last."""
    ids = set(zone_ids)
    rows = (
        TariffVersion.objects.filter(Q(zone_id__in=ids) | Q(zone_id__isnull=True))
        .filter(status=TariffVersion.Status.APPROVED, in_force_from__lte=until)
        .order_by("-in_force_from")
        .values_list("id", "code", "version", "zone_id", "in_force_from", "document")
    )
    versions = [Version(*row[:5], _parsed(json.dumps(row[5], sort_keys=True))) for row in rows]
    whole_city = [version for version in versions if version.zone_id is None]
    return {id_: [version for version in versions if version.zone_id == id_] + whole_city for id_ in ids}


def versions_of(code: str) -> list[Version]:
    """The approved versions of one tariff, newest first."""
    rows = (
        TariffVersion.objects.filter(code=code, status=TariffVersion.Status.APPROVED)
        .order_by("-in_force_from", "-version")
        .values_list("id", "code", "version", "zone_id", "in_force_from", "document")
    )
    return [Version(*row[:5], _parsed(json.dumps(row[5], sort_keys=True))) for row in rows]


def choose(versions: Sequence[Version], *, at: datetime) -> Version | None:
    """The version in force at a moment: the zone's own before the city's."""
    return next((version for version in versions if version.in_force_from <= at), None)


@lru_cache(maxsize=256)
def _parsed(document: str) -> Tariff:
    return engine.parse(json.loads(document))


def calendar() -> Calendar:
    """The table of days as the value that pricing reads."""
    rows = CalendarDay.objects.order_by("date").values_list("date", "kind", "name", "announced")
    return _calendar(tuple(rows))


@lru_cache(maxsize=4)
def _calendar(rows: tuple[tuple[Any, str, str, bool], ...]) -> Calendar:
    days = [calendars.CalendarDay(on=on, kind=calendars.DayKind(kind), name=name) for on, kind, name, _ in rows]
    return Calendar(days=days, announced_years={on.year for on, _, _, announced in rows if announced})


def seed_calendar() -> int:
    """Fill the table of days with the published ones; days that a person edited stay. Returns how many were added."""
    rows = [CalendarDay(date=day.on, kind=day.kind.value, name=day.name) for day in calendars.seed_rows()]
    before = CalendarDay.objects.count()
    CalendarDay.objects.bulk_create(rows, ignore_conflicts=True)
    return CalendarDay.objects.count() - before


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of one document of a file."""

    code: str
    version: int
    state: str  # created, unchanged, refused
    reason: str = ""
    path: str = ""


def load(documents: Sequence[Any], *, now: datetime) -> list[Loaded]:
    """Store tariff documents as approved versions: a changed document becomes the next version, an equal one nothing.

    Each document is taken or refused by itself; a refusal has the path of the field and the reason.
    """
    return [_load(document, index, now) for index, document in enumerate(documents)]


def _load(document: Any, index: int, now: datetime) -> Loaded:
    if not isinstance(document, dict):
        return Loaded("", 0, "refused", "a tariff must be an object", f"[{index}]")
    body = dict(document)
    code = str(body.get("code", ""))
    try:
        tariff = engine.parse(body)
    except engine.TariffError as error:
        return Loaded(code, 0, "refused", error.reason_zh, error.path)
    zone: Zone | None = None
    if tariff.zone:
        zone, _ = Zone.objects.get_or_create(code=tariff.zone, defaults={"name": tariff.zone})
    with transaction.atomic():
        same = TariffVersion.objects.filter(
            code=code, zone=zone, document=body, status=TariffVersion.Status.APPROVED
        ).first()
        if same is not None:
            return Loaded(code, same.version, "unchanged")
        newest = TariffVersion.objects.filter(code=code).aggregate(Max("version"))["version__max"] or 0
        from_at = tariff.in_force_from or now
        if TariffVersion.objects.filter(
            zone=zone, in_force_from=from_at, status=TariffVersion.Status.APPROVED
        ).exists():
            return Loaded(code, 0, "refused", "同一区域在该时刻已有生效的计费规则", "in_force_from")
        made = TariffVersion.objects.create(
            code=code,
            version=newest + 1,
            zone=zone,
            name=tariff.name.zh[:128],
            status=TariffVersion.Status.APPROVED,
            in_force_from=from_at,
            document=body,
            approved_at=now,
        )
    return Loaded(code, made.version, "created")
