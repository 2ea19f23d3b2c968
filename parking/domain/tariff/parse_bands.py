"""Reading bands, their prices and their clocks."""

from collections.abc import Mapping
from fractions import Fraction

from parking.domain.tariff import days
from parking.domain.tariff.bands import Band, Due, Meter, Pool, Rounding, Row, Step, Then
from parking.domain.tariff.errors import TariffError
from parking.domain.tariff.reader import Fields, span
from parking.domain.tariff.terms import FOREVER


def day_rule(fields: Fields, seasons: dict[str, tuple[str, ...]]) -> days.DayRule:
    """Read `days`, `seasons` and `unless`."""
    within: list[str] = []
    for index, name in enumerate(fields.words("seasons")):
        if name not in seasons:
            raise TariffError(f"{fields.at('seasons')}[{index}]", f"未定义的季节：{name}", f"no such season: {name}")
        within += seasons[name]
    return days.DayRule(
        words=day_words(fields, "days", seasons) or ("all",),
        within=tuple(within),
        unless=day_words(fields, "unless", seasons),
    )


def day_words(fields: Fields, name: str, seasons: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Read words that pick days, each of them known; a season's name stands for its words."""
    found: list[str] = []
    for index, word in enumerate(fields.words(name)):
        words = days.expand(word, seasons)
        if not all(map(days.known, words)):
            raise TariffError(f"{fields.at(name)}[{index}]", f"不认识的日期词：{word}", f"does not name days: {word}")
        found += words
    return tuple(found)


def rounding(fields: Fields, default: Rounding) -> Rounding:
    """Read `rounding`: a word, or an object for the tail rule."""
    if not fields.has("rounding"):
        fields.take("rounding", None)
        return default
    value = fields.take("rounding")
    if isinstance(value, str):
        if value not in ("up", "down", "exact"):
            raise fields.refuse(
                "rounding",
                '应为 "up"、"down"、"exact" 或 {"ignore_tail_min": …}',
                'must be "up", "down", "exact" or {"ignore_tail_min": ...}',
            )
        return Rounding(Due(value))
    tail = Fields(value, fields.at("rounding"))
    found = Rounding(
        Due.TAIL,
        tail_s=tail.minutes("ignore_tail_min", low=1),
        inclusive=tail.flag("inclusive", default=True),
        after_s=tail.minutes("after_min", default=0),
    )
    tail.close()
    return found


def meter(fields: Fields, default: Meter) -> Meter:
    """Read `meter`: whose time the clock adds up and whether units carry over."""
    inner = fields.inner("meter")
    if inner is None:
        return default
    pool = inner.choice("pool", Pool, Pool.PASSAGE)
    carry = inner.flag("carry", default=False)
    if carry and pool not in (Pool.BAND, Pool.WINDOW):
        raise inner.refuse("carry", "只适用于 pool 为 band 或 window", "needs pool band or window")
    inner.close()
    return Meter(pool, carry)


def band(
    fields: Fields,
    *,
    unit: int,
    seasons: dict[str, tuple[str, ...]],
    default_rounding: Rounding,
    default_meter: Meter,
) -> Band:
    """Read one band; `unit` is how many minor units make a major one."""
    name = fields.word("id")
    begin, finish = span(fields, "from", "to")
    forms = [form for form in ("steps", "table", "visit", "free") if fields.has(form)]
    if len(forms) != 1:
        raise TariffError(
            fields.path,
            "steps、table、visit、free 必须且只能有一个",
            "needs exactly one of steps, table, visit, free",
        )
    steps: tuple[Step, ...] = ()
    rows: tuple[Row, ...] = ()
    if forms == ["steps"]:
        steps = _steps(fields, unit, rounding(fields, default_rounding))
    elif forms == ["table"]:
        rows = _rows(fields, unit)
    elif forms == ["visit"]:
        visit = Fields(fields.take("visit"), fields.at("visit"))
        price = visit.number("price") * unit
        every = visit.minutes("every_min", low=1) if visit.has("every_min") else FOREVER
        visit.take("every_min", None)
        visit.close()
        round_by = rounding(fields, Rounding())
        if round_by.due not in (Due.UP, Due.TAIL):
            raise fields.refuse("rounding", "按次计费只能向上取整或忽略尾数", "of a visit can only be up or a tail")
        steps = (Step(FOREVER, every, price, round_by),)
    elif fields.take("free") is not True:
        raise fields.refuse("free", "只能为 true", "can only be true")
    ends = steps[-1].until_s < FOREVER if steps else bool(rows) and rows[-1].until_s < FOREVER
    then = fields.choice("then", Then, Then.FLAT)
    if then is Then.REPEAT and not ends:
        raise fields.refuse("then", "最后一档须有终点才能重复", "needs a last step or row with an end to repeat")
    if fields.given("linear") and not rows:
        raise fields.refuse("linear", "只用于 table", "belongs to a table")
    linear = fields.flag("linear", default=False)
    if linear and not ends:
        raise fields.refuse("linear", "最后一行须有终点", "needs a last row with an end")
    cap: Fraction | None = fields.number("cap") * unit if fields.has("cap") else None
    fields.take("cap", None)
    found = Band(
        id=name,
        name=fields.bilingual("name", name),
        clause=fields.text("clause", ""),
        days=day_rule(fields, seasons),
        start_s=begin,
        end_s=finish,
        steps=steps,
        rows=rows,
        linear=linear,
        then=then,
        meter=meter(fields, default_meter),
        cap=cap,
    )
    fields.close()
    if cap is not None and steps and cap < steps[0].price:
        raise fields.refuse("cap", "封顶低于首个计费单位", "is below the price of the first unit")
    return found


def _steps(fields: Fields, unit: int, default: Rounding) -> tuple[Step, ...]:
    found: list[Step] = []
    for step in fields.rows("steps", required=True):
        until = _until(step, found[-1].until_s if found else 0)
        found.append(Step(until, step.minutes("unit_min", low=1), step.number("price") * unit, rounding(step, default)))
        step.close()
    if not found:
        raise fields.refuse("steps", "至少一档", "needs at least one step")
    return tuple(found)


def _rows(fields: Fields, unit: int) -> tuple[Row, ...]:
    found: list[Row] = []
    for row in fields.rows("table", required=True):
        until = _until(row, found[-1].until_s if found else 0)
        total = row.number("total") * unit
        if found and total < found[-1].total:
            raise row.refuse("total", "应不小于上一行", "must not be below the row before")
        found.append(Row(until, total))
        row.close()
    if not found:
        raise fields.refuse("table", "至少一行", "needs at least one row")
    return tuple(found)


def _until(fields: Fields, before: int) -> int:
    if before >= FOREVER:
        raise fields.refuse("until_min", "上一档没有终点，其后不能再有", "follows a step without an end")
    if not fields.has("until_min"):
        fields.take("until_min", None)
        return FOREVER
    until = fields.minutes("until_min", low=1)
    if until <= before:
        raise fields.refuse("until_min", "应大于上一档", "must be above the step before")
    return until
