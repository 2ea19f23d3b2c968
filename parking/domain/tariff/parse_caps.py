"""Reading what stands beside the bands: free minutes, windows, crossings, caps, limits, repeats, the last rounding."""

from fractions import Fraction

from parking.domain.tariff.bands import Band
from parking.domain.tariff.errors import TariffError
from parking.domain.tariff.reader import Fields
from parking.domain.tariff.rules import (
    Across,
    AfterLimit,
    Cap,
    CapScope,
    Crossing,
    CrossUse,
    FinalMode,
    FinalRounding,
    Free,
    FreeScope,
    MaxStay,
    Repeat,
    Restart,
    Window,
)
from parking.domain.tariff.terms import DAY_S, FOREVER, Exceeded, Measure


def free(fields: Fields) -> Free | None:
    """Read `free`."""
    inner = fields.inner("free")
    if inner is None:
        return None
    scope = inner.choice("scope", FreeScope, FreeScope.STAY)
    limit = FOREVER
    if inner.has("not_after_min"):
        if scope is not FreeScope.WINDOW:
            raise inner.refuse("not_after_min", '只用于 "scope": "window"', 'belongs to "scope": "window"')
        limit = inner.minutes("not_after_min", low=1)
    inner.take("not_after_min", None)
    found = Free(
        minutes_s=inner.minutes("minutes", low=1),
        inclusive=inner.flag("inclusive", default=True),
        exceeded=inner.choice("once_exceeded", Exceeded, Exceeded.CHARGED),
        measure=inner.choice("measure", Measure, Measure.STAY),
        scope=scope,
        not_after_s=limit,
        clause=inner.text("clause", ""),
    )
    inner.close()
    return found


def window(fields: Fields) -> Window:
    """Read `restart`: a word, or an object with one figure."""
    if not fields.has("restart"):
        fields.take("restart", None)
        return Window()
    value = fields.take("restart")
    if isinstance(value, str):
        words = {
            "never": Window(),
            "natural_day": Window(Restart.NATURAL_DAY),
            "24h": Window(Restart.EVERY, every_s=DAY_S),
            "charging_period": Window(Restart.CHARGING_PERIOD),
        }
        if value not in words:
            listed = ", ".join(words)
            raise fields.refuse("restart", f"应为其中之一：{listed}，或对象", f"must be one of {listed}, or an object")
        return words[value]
    inner = Fields(value, fields.at("restart"))
    if inner.has("every_min") == inner.has("daily_at"):
        raise TariffError(inner.path, "须有 every_min 或 daily_at 之一", "needs every_min or daily_at, not both")
    if inner.has("every_min"):
        found = Window(Restart.EVERY, every_s=inner.minutes("every_min", low=1))
    else:
        found = Window(Restart.DAILY_AT, at_s=inner.clock("daily_at") % DAY_S)
    inner.close()
    return found


def crossing(fields: Fields) -> Crossing | None:
    """Read `crossing`: how a short stay that touches two bands is priced."""
    inner = fields.inner("crossing")
    if inner is None:
        return None
    found = Crossing(
        within_s=inner.minutes("within_min", low=1),
        inclusive=inner.flag("inclusive", default=True),
        use=inner.choice("use", CrossUse),
        tie=inner.choice("tie", CrossUse, CrossUse.EARLIER),
        clause=inner.text("clause", ""),
    )
    if found.tie is CrossUse.LONGER:
        raise inner.refuse("tie", "应为 earlier 或 later", "must be earlier or later")
    inner.close()
    return found


def caps(fields: Fields, unit: int, bands: tuple[Band, ...]) -> tuple[Cap, ...]:
    """Read `caps`, and the bands' own `cap` for one passage."""
    names = tuple(band.id for band in bands)
    found = [
        Cap(CapScope.PASSAGE, band.cap, bands=(band.id,), clause=band.clause) for band in bands if band.cap is not None
    ]
    for row in fields.rows("caps"):
        scope, every, at = _scope(row)
        named = row.words("bands")
        for index, name in enumerate(named):
            if name not in names:
                raise TariffError(f"{row.at('bands')}[{index}]", f"没有此时段：{name}", f"no such band: {name}")
        cap = Cap(
            scope=scope,
            amount=row.number("amount") * unit,
            across=row.choice("across", Across, Across.STAY),
            bands=named,
            every_s=every,
            at_s=at,
            clause=row.text("clause", ""),
            before_factors=row.flag("before_factors", default=False),
        )
        if cap.across is not Across.STAY and scope not in (CapScope.NATURAL_DAY, CapScope.DAILY_AT, CapScope.EVERY):
            raise row.refuse(
                "across",
                "只用于 natural_day、24h、daily_at、every_min",
                "belongs to natural_day, 24h, daily_at, every_min",
            )
        first = [price for band in bands if (not named or band.id in named) and (price := _first(band))]
        if first and cap.amount < min(first):
            raise row.refuse("amount", "封顶低于首个计费单位", "is below the price of the first unit")
        row.close()
        found.append(cap)
    return tuple(found)


def _first(band: Band) -> Fraction:
    prices = [step.price for step in band.steps] + [row.total for row in band.rows]
    return next((price for price in prices if price), Fraction(0))


def _scope(row: Fields) -> tuple[CapScope, int, int]:
    value = row.take("scope")
    if isinstance(value, str):
        if value == "24h":
            return CapScope.EVERY, DAY_S, 0
        words = ["24h", *(scope for scope in CapScope if scope not in (CapScope.EVERY, CapScope.DAILY_AT))]
        if value not in words:
            listed = ", ".join(words)
            raise row.refuse("scope", f"应为其中之一：{listed}，或对象", f"must be one of {listed}, or an object")
        return CapScope(value), 0, 0
    inner = Fields(value, row.at("scope"))
    if inner.has("every_min") == inner.has("daily_at"):
        raise TariffError(inner.path, "须有 every_min 或 daily_at 之一", "needs every_min or daily_at, not both")
    if inner.has("every_min"):
        found = CapScope.EVERY, inner.minutes("every_min", low=1), 0
    else:
        found = CapScope.DAILY_AT, 0, inner.clock("daily_at") % DAY_S
    inner.close()
    return found


def repeat(fields: Fields) -> Repeat | None:
    """Read `repeat`: when a vehicle that comes back goes on with its stay."""
    inner = fields.inner("repeat")
    if inner is None:
        return None
    found = Repeat(
        within_s=inner.minutes("within_min", low=1),
        across=inner.choice("across", Across, Across.ROAD),
        counts_gap=inner.flag("counts_gap", default=False),
        clause=inner.text("clause", ""),
    )
    if found.across is Across.STAY:
        raise inner.refuse("across", "应为 berth、road 或 city", "must be berth, road or city")
    inner.close()
    return found


def max_stays(fields: Fields, unit: int) -> tuple[MaxStay, ...]:
    """Read `max_stay`: the longest stays, by the hour of arrival."""
    found = []
    for row in fields.rows("max_stay"):
        found.append(
            MaxStay(
                limit_s=row.minutes("minutes", low=1),
                after=row.choice("after", AfterLimit, AfterLimit.CHARGE),
                penalty=row.number("penalty", default=Fraction(0)) * unit,
                measure=row.choice("measure", Measure, Measure.STAY),
                start_s=row.clock("from", "00:00"),
                end_s=row.clock("to", "24:00"),
                clause=row.text("clause", ""),
            )
        )
        if found[-1].end_s <= found[-1].start_s:
            raise row.refuse("to", "应晚于 from", "must be after from")
        row.close()
    return tuple(found)


def final(fields: Fields, unit: int) -> FinalRounding:
    """Read `final_rounding`: the mode and the coin."""
    inner = fields.inner("final_rounding")
    if inner is None:
        return FinalRounding()
    coin = inner.number("to", default=Fraction(1, unit)) * unit
    if coin.denominator != 1 or coin < 1:
        raise inner.refuse("to", "应为最小货币单位的整数倍", "must be a whole number of minor units")
    found = FinalRounding(inner.choice("mode", FinalMode, FinalMode.HALF_UP), coin.numerator)
    inner.close()
    return found
