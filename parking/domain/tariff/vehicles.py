"""Who pays otherwise: vehicle classes and concessions. Frozen values, nothing computed."""

from dataclasses import dataclass
from fractions import Fraction

from parking.domain.tariff.days import DayRule
from parking.domain.tariff.terms import ONCE, Exceeded, Measure, Text


@dataclass(frozen=True, slots=True)
class Who:
    """Whom a concession is for: every list that isn't empty must hold the vehicle's value; all tags are needed."""

    classes: frozenset[str] = frozenset()
    plate_colors: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class Allowance:
    """Free time of a concession.

    At most `minutes_s` a stay; per natural day at most `day_s` and `stays` stays. Earlier stays of the day shorter than
    `ignore_under_s` use nothing up. When `later_s` is set, only the day's first stay has `minutes_s`; the second has
    `later_s` if the first lasted at most `if_first_s`.
    """

    minutes_s: int
    inclusive: bool
    exceeded: Exceeded
    measure: Measure
    per_day: bool
    day_s: int
    stays: int
    ignore_under_s: int
    later_s: int
    if_first_s: int
    renews_daily: bool
    nearness: int


@dataclass(frozen=True, slots=True)
class Concession:
    """Free time and a factor for some vehicles at some hours; one of a `group` at most applies, the first that fits."""

    id: str
    name: Text
    clause: str
    who: Who
    group: str
    days: DayRule | None
    hours: tuple[int, int] | None
    bands: tuple[str, ...]
    allowance: Allowance | None
    factor: Fraction
    before_caps: bool
    from_on: int  # proleptic ordinals, half open
    until_on: int


@dataclass(frozen=True, slots=True)
class VehicleClass:
    """How one class is priced: not at all, by another set of rules, times a factor, by berths, plus a surcharge."""

    name: Text
    clause: str
    admitted: bool = True
    factor: Fraction = ONCE
    by_berths: bool = False
    surcharge: Fraction = Fraction(0)
    before_caps: bool = False
