"""Which version of a tariff prices a stay, and a stay that spans a change of version."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

from parking.domain.calendar import Calendar
from parking.domain.tariff.engine import price
from parking.domain.tariff.errors import NoVersionError, TariffError
from parking.domain.tariff.fee import Fee
from parking.domain.tariff.stay import NO_HISTORY, History, Vehicle
from parking.domain.tariff.tariff import Tariff

_ORDINARY = Vehicle()


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """A version that holds from an instant until the next one's."""

    from_at: datetime
    tariff: Tariff


def price_in_force(
    *,
    versions: Sequence[InForce],
    arrived_at: datetime,
    left_at: datetime,
    calendar: Calendar,
    vehicle: Vehicle = _ORDINARY,
    history: History = NO_HISTORY,
) -> tuple[Fee, tuple[InForce, ...]]:
    """Price a stay by the versions in force during it; return the fee and the versions that made it.

    The version in force at arrival says what happens to a stay that outlasts it (`on_change`): its own price for the
    whole, that of the version in force at departure, or each part by its own version as a stay of its own (what the
    first part used up of a day's allowance or of the coupons is gone for the second). Raises what `price` raises,
    NoVersionError when none is in force at arrival, TariffError when two begin at one instant.
    """
    ordered = sorted(versions, key=lambda version: version.from_at)
    for index, (one, other) in enumerate(pairwise(ordered), start=1):
        if one.from_at == other.from_at:
            raise TariffError(
                f"versions[{index}].in_force_from",
                "同一时刻有两个版本生效",
                f"two versions come into force at {one.from_at.isoformat()}",
            )
    started = [version for version in ordered if version.from_at <= arrived_at]
    if not started:
        raise NoVersionError("arrived_at", "驶入时没有生效的计费规则", "no version is in force at the arrival")
    first = started[-1]
    later = [version for version in ordered if arrived_at < version.from_at < left_at]
    rule = first.tariff.document.on_change
    if rule != "split" or not later:
        chosen = later[-1] if later and rule == "departure" else first
        fee = price(
            arrived_at=arrived_at,
            left_at=left_at,
            tariff=chosen.tariff,
            calendar=calendar,
            vehicle=vehicle,
            history=history,
        )
        return fee, (chosen,)
    edges = [arrived_at, *(version.from_at for version in later), left_at]
    parts = (first, *later)
    fees: list[Fee] = []
    for version, (start, end) in zip(parts, pairwise(edges), strict=True):
        fee = price(
            arrived_at=start,
            left_at=end,
            tariff=version.tariff,
            calendar=calendar,
            vehicle=vehicle,
            history=history,
        )
        fees.append(fee)
        history = replace(history, used=(*history.used, *fee.used))
        vehicle = replace(vehicle, coupons=tuple(c for c in vehicle.coupons if c.code not in fee.coupons))
    currencies = {fee.currency for fee in fees}
    if len(currencies) > 1:
        raise TariffError("currency", "相邻版本货币不同，不能分段计费", "versions of two currencies can't share a stay")
    joined = Fee(
        amount_fen=sum(fee.amount_fen for fee in fees),
        currency=fees[0].currency,
        minor_digits=fees[0].minor_digits,
        make_lines=lambda: tuple(line for fee in fees for line in fee.lines),
        provisional=any(fee.provisional for fee in fees),
        used=tuple(use for fee in fees for use in fee.used),
        overstay_s=max(fee.overstay_s for fee in fees),
        continues=any(fee.continues for fee in fees),
        coupons=tuple(code for fee in fees for code in fee.coupons),
    )
    return joined, parts
