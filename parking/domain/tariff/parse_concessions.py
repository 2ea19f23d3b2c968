"""Reading who pays less: vehicle classes, concessions, exemptions."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from parking.domain.events import PLATE_COLORS
from parking.domain.tariff.errors import TariffError
from parking.domain.tariff.parse_bands import day_rule
from parking.domain.tariff.reader import Fields, span
from parking.domain.tariff.rules import Across
from parking.domain.tariff.terms import FOREVER, ONCE, Exceeded, Measure, Text
from parking.domain.tariff.vehicles import Allowance, Concession, VehicleClass, Who

_LEVELS = {Across.BERTH: 1, Across.ROAD: 2, Across.CITY: 3}


@dataclass(frozen=True, slots=True)
class Vehicles:
    """The `vehicles` of a document; `overrides` are the raw rules of classes that have their own."""

    default: str
    classes: dict[str, VehicleClass]
    by_plate_color: dict[str, str]
    overrides: dict[str, object]


def vehicles(fields: Fields | None, unit: int) -> Vehicles:
    """Read `vehicles`; without one there are small cars only."""
    if fields is None:
        return Vehicles("small", {"small": VehicleClass(Text("小型车", "small car"), clause="")}, {}, {})
    listed = Fields(fields.take("classes"), fields.at("classes"))
    classes: dict[str, VehicleClass] = {}
    overrides: dict[str, object] = {}
    for name in listed.names():
        inner = Fields(listed.take(name), listed.at(name))
        classes[name] = VehicleClass(
            name=inner.bilingual("name", name),
            admitted=inner.flag("admitted", default=True),
            factor=inner.number("factor", default=ONCE),
            by_berths=inner.flag("by_berths", default=False),
            surcharge=inner.number("surcharge", default=Fraction(0)) * unit,
            before_caps=inner.flag("before_caps", default=False),
            clause=inner.text("clause", ""),
        )
        if inner.has("rules"):
            overrides[name] = inner.take("rules")
        inner.take("rules", None)
        inner.close()
    if not classes:
        raise fields.refuse("classes", "至少一种车型", "needs at least one class")
    default = fields.one_of("default", tuple(classes), next(iter(classes)))
    colors: dict[str, str] = {}
    by_color = fields.inner("by_plate_color")
    if by_color is not None:
        for color in by_color.names():
            if color not in PLATE_COLORS:
                raise by_color.refuse(color, "不是号牌颜色", "is not a plate colour")
            colors[color] = by_color.one_of(color, tuple(classes))
    fields.close()
    return Vehicles(default, classes, colors, overrides)


def exempt(fields: Fields) -> tuple[dict[str, Text], str]:
    """Read `exempt`: the kinds of exemption, and the clause."""
    inner = fields.inner("exempt")
    if inner is None:
        return {}, ""
    kinds = Fields(inner.take("kinds"), inner.at("kinds"))
    found = {name: kinds.bilingual(name) for name in kinds.names()}
    clause = inner.text("clause", "")
    inner.close()
    return found, clause


def concession(
    fields: Fields, *, classes: dict[str, VehicleClass], bands: tuple[str, ...], seasons: dict[str, tuple[str, ...]]
) -> Concession:
    """Read one concession."""
    name = fields.word("id")
    hours = span(fields, "from", "to") if fields.has("from") or fields.has("to") else None
    named = fields.words("bands")
    for index, band in enumerate(named):
        if band not in bands:
            raise TariffError(f"{fields.at('bands')}[{index}]", f"没有此时段：{band}", f"no such band: {band}")
    has_days = any(fields.has(word) for word in ("days", "seasons", "unless"))
    days = day_rule(fields, seasons)
    free = fields.inner("free")
    factor = ONCE
    if fields.has("percent_off"):
        factor = 1 - fields.number("percent_off") / 100
        if factor < 0:
            raise fields.refuse("percent_off", "不能超过 100", "must be at most 100")
    if free is None and factor == 1:
        raise TariffError(fields.path, "须有 free 或 percent_off", "needs free or percent_off")
    found = Concession(
        id=name,
        name=fields.bilingual("name", name),
        clause=fields.text("clause", ""),
        who=_who(fields.inner("who"), classes),
        group=fields.text("group", ""),
        days=days if has_days else None,
        hours=hours,
        bands=named,
        allowance=_allowance(free) if free is not None else None,
        factor=factor,
        before_caps=fields.flag("before_caps", default=False),
        from_on=_date(fields, "from_date", 0),
        until_on=_date(fields, "until_date", FOREVER),
    )
    fields.take("percent_off", None)
    fields.close()
    return found


def _date(fields: Fields, name: str, default: int) -> int:
    if not fields.has(name):
        fields.take(name, None)
        return default
    try:
        return date.fromisoformat(fields.text(name)).toordinal()
    except ValueError as error:
        if isinstance(error, TariffError):
            raise
        raise fields.refuse(name, "应为 YYYY-MM-DD", "must be YYYY-MM-DD") from None


def _who(fields: Fields | None, classes: dict[str, VehicleClass]) -> Who:
    if fields is None:
        return Who()
    named = fields.words("classes")
    for index, name in enumerate(named):
        if name not in classes:
            raise TariffError(f"{fields.at('classes')}[{index}]", f"没有此车型：{name}", f"no such class: {name}")
    colors = fields.words("plate_colors")
    for index, color in enumerate(colors):
        if color not in PLATE_COLORS:
            raise TariffError(
                f"{fields.at('plate_colors')}[{index}]", f"不是号牌颜色：{color}", f"is not a plate colour: {color}"
            )
    found = Who(
        classes=frozenset(named),
        plate_colors=frozenset(colors),
        tags=frozenset(fields.words("tags")),
        disabled=fields.flag("disabled", default=False),
    )
    fields.close()
    return found


def _allowance(fields: Fields) -> Allowance:
    per_day = fields.one_of("per", ("stay", "day"), "stay") == "day"
    daily = ("day_minutes", "stays_per_day", "ignore_stays_under_min", "second_stay", "renews_daily", "across")
    for name in daily:
        if not per_day and fields.has(name):
            raise fields.refuse(name, '只用于 "per": "day"', 'belongs to "per": "day"')
    second = fields.inner("second_stay")
    later = if_first = 0
    if second is not None:
        later, if_first = second.minutes("minutes", low=1), second.minutes("if_first_at_most_min", low=1)
        second.close()
    found = Allowance(
        minutes_s=fields.minutes("minutes", low=1),
        inclusive=fields.flag("inclusive", default=True),
        exceeded=fields.choice("once_exceeded", Exceeded, Exceeded.SKIPPED),
        measure=fields.choice("measure", Measure, Measure.CHARGEABLE),
        per_day=per_day,
        day_s=fields.minutes("day_minutes", low=1) if fields.has("day_minutes") else FOREVER,
        stays=fields.whole("stays_per_day", low=1) if fields.has("stays_per_day") else FOREVER,
        ignore_under_s=fields.minutes("ignore_stays_under_min", default=0),
        later_s=later,
        if_first_s=if_first,
        renews_daily=fields.flag("renews_daily", default=False),
        nearness=_LEVELS[fields.choice("across", Across, Across.CITY)] if fields.given("across") else 3,
    )
    for name in daily:
        fields.take(name, None)
    fields.close()
    return found
