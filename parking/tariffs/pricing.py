"""What stays cost, a batch at a time, with all that is known of their plates."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from parking import notices
from parking.domain import tariff as engine
from parking.domain.calendar import Calendar
from parking.domain.tariff import NO_HISTORY, Coupon, Fee, History, InForce, Permit, Rise, Usage, Vehicle
from parking.tariffs import days, past, rights
from parking.tariffs.past import Done
from parking.tariffs.rights import DISABLED, Rights
from parking.tariffs.versions import Version, in_force, segments

NO_TARIFF = "no_tariff"
NOT_PRICED = "not_priced"
_CITY_TIME = ZoneInfo("Asia/Shanghai")
_NO_TIME = timedelta(0)


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
    berth_id: int = 0
    vehicle_class: str = ""


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
    used: Sequence[dict[str, Any]] = ()
    continues: bool = False
    coupons: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class Case:
    """A stay with all that its price depends on."""

    stay: Billable
    versions: list[tuple[InForce, Version]]
    vehicle: Vehicle
    calendar: Calendar
    history: History = NO_HISTORY
    coupons: Sequence[Coupon] = ()


def price_stays(stays: Sequence[Billable], *, now: datetime, billing: bool = False) -> dict[str, Priced]:
    """The fee of each stay by its key, in a constant number of queries.

    A stay that spans a change of version is priced as the version in force at its arrival says (`on_change`). The
    stays of one plate are priced in order of arrival. `billing` is for stays that are billed in this transaction: each
    one counts as an earlier stay for those of its plate that follow in the batch, its coupons are taken from them, and
    nobody else bills these plates meanwhile.
    """
    priced: dict[str, Priced] = {}
    done: dict[str, list[Done]] = {}
    spent: set[str] = set()
    for case in cases(stays, billing=billing):
        stay = case.stay
        if billing:
            case.coupons = [coupon for coupon in case.coupons if coupon.code not in spent]
            mates = done.get(stay.plate)
            if mates:
                more = past.history(
                    mates,
                    berth_id=stay.berth_id,
                    road_id=stay.road_id,
                    arrived_at=stay.arrived_at,
                    reach=_reach(case.versions),
                )
                case.history = replace(case.history, stays=(*case.history.stays, *more.stays))
        fee = priced[stay.key] = price_case(case)
        if billing and not fee.hold and stay.plate:
            spent.update(fee.coupons)
            done.setdefault(stay.plate, []).append(
                Done(
                    stay.key, stay.berth_id, stay.road_id, stay.arrived_at, stay.left_at, fee.amount_fen, fee.used,
                    fee.continues,
                )
            )  # fmt: skip
    return priced


def cases(stays: Sequence[Billable], *, billing: bool = False, coupons: bool = True, closed: bool = True) -> list[Case]:
    """Each stay with what its price depends on, in order of arrival; the number of queries does not grow with them.

    Not `closed`: the cars still stand, so free time that the road grants later counts too (for `rise`).
    """
    if not stays:
        return []
    first, last = min(stay.arrived_at for stay in stays), max(stay.left_at for stay in stays)
    plates = {stay.plate for stay in stays if stay.plate}
    if billing:
        past.one_at_a_time(sorted(plates))
    law = in_force({stay.zone_id for stay in stays}, until=last)
    calendar = days.calendar()
    registered = rights.of(plates, from_at=first, to_at=last, claim=billing, coupons=coupons)
    free = notices.free_time({stay.road_id for stay in stays}, from_at=first, to_at=last if closed else None)
    found = [
        _case(
            stay,
            law.get(stay.zone_id, []),
            registered.get(stay.plate, rights.NONE),
            free.get(stay.road_id, ()),
            calendar,
        )
        for stay in sorted(stays, key=lambda stay: (stay.arrived_at, stay.left_at, stay.key))
    ]
    asked = [(case.stay.plate, case.stay.arrived_at, _reach(case.versions)) for case in found]
    done = past.of(asked)
    for case, (plate, arrived_at, reach) in zip(found, asked, strict=True):
        if reach and plate in done:
            case.history = past.history(
                done[plate],
                berth_id=case.stay.berth_id,
                road_id=case.stay.road_id,
                arrived_at=arrived_at,
                reach=reach,
            )
    return found


def _case(stay: Billable, law: Sequence[Version], known: Rights, free: Sequence[Permit], calendar: Calendar) -> Case:
    kinds = known.kinds_at(stay.arrived_at, plate_color=stay.plate_color)
    vehicle = Vehicle(
        plate=stay.plate,
        plate_color=stay.plate_color,
        vehicle_class=stay.vehicle_class,
        berths=max((each.berths for each in kinds), default=1),
        disabled=any(each.kind == DISABLED for each in kinds),
        tags=frozenset(each.kind for each in kinds),
        permits=(*free, *known.permits_on(road_id=stay.road_id, zone_id=stay.zone_id)),
    )
    versions = segments(law, arrived_at=stay.arrived_at, left_at=stay.left_at, vehicle=vehicle)
    if kinds and versions:
        named = versions[0][1].tariff.document.exempt
        vehicle = replace(vehicle, exempt=next((each.kind for each in kinds if each.kind in named), ""))
    coupons = known.coupons_for(zone_id=stay.zone_id, arrived_at=stay.arrived_at, left_at=stay.left_at)
    return Case(stay=stay, versions=versions, vehicle=vehicle, calendar=calendar, coupons=coupons)


def _reach(versions: Sequence[tuple[InForce, Version]]) -> timedelta:
    return max((engine.reach(version.tariff) for _, version in versions), default=_NO_TIME)


def price_case(case: Case) -> Priced:
    """The fee of one stay; the first of its coupons that takes something off is used."""
    if not case.versions:
        return Priced(hold=NO_TARIFF)
    try:
        fee, version = _fee(case, case.vehicle)
        for coupon in case.coupons if fee.amount_fen else ():
            with_coupon, _ = _fee(case, replace(case.vehicle, coupons=(coupon,)))
            if with_coupon.coupons and with_coupon.amount_fen < fee.amount_fen:
                fee = with_coupon
                break
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
        used=used_as_data(fee.used),
        continues=fee.continues,
        coupons=fee.coupons,
    )


def _fee(case: Case, vehicle: Vehicle) -> tuple[Fee, Version]:
    stay = case.stay
    fee, parts = engine.price_in_force(
        versions=[each for each, _ in case.versions],
        arrived_at=stay.arrived_at,
        left_at=stay.left_at,
        calendar=case.calendar,
        vehicle=vehicle,
        history=case.history,
    )
    return fee, next(version for each, version in case.versions if each is parts[0])


def rise(case: Case, *, at: datetime) -> Rise | None:
    """When the fee of a car that stays next rises after `at`, and to how much, by the version of its arrival."""
    if not case.versions:
        return None
    return engine.next_rise(
        at=at,
        arrived_at=case.stay.arrived_at,
        tariff=case.versions[0][1].tariff,
        vehicle=case.vehicle,
        calendar=case.calendar,
        history=case.history,
    )


def used_as_data(used: Sequence[Usage]) -> list[dict[str, Any]]:
    """What a fee took from daily allowances, as it is stored with the session."""
    return [{"concession": use.concession, "on": use.on.isoformat(), "seconds": use.seconds} for use in used]


def lines(fee: Fee) -> list[dict[str, Any]]:
    """The fee's lines in the form of the contract, with both languages and the arithmetic."""
    return [
        {
            "from": line.from_at.astimezone(_CITY_TIME).isoformat(),
            "to": line.to_at.astimezone(_CITY_TIME).isoformat(),
            "kind": str(line.kind),
            "rule": line.rule,
            "rule_en": line.rule_en,
            "clause": line.clause,
            "quantity": line.quantity,
            "unit_price_fen": line.unit_price_fen,
            "amount_fen": line.amount_fen,
        }
        for line in fee.lines
    ]
