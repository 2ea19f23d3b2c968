"""Who pays otherwise: vehicle classes and concessions. Frozen values, nothing computed."""

from dataclasses import dataclass
from fractions import Fraction

from parking.domain.tariff.days import DayRule
from parking.domain.tariff.terms import FOREVER, ONCE, Exceeded, Measure, Text


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
    inclusive: bool = True
    exceeded: Exceeded = Exceeded.SKIPPED
    measure: Measure = Measure.CHARGEABLE
    per_day: bool = False
    day_s: int = FOREVER
    stays: int = FOREVER
    ignore_under_s: int = 0
    later_s: int = 0
    if_first_s: int = 0
    renews_daily: bool = False
    nearness: int = 3


@dataclass(frozen=True, slots=True)
class Concession:
    """Free time and a factor for some vehicles at some hours; one of a `group` at most applies, the first that fits."""

    id: str
    name: Text
    clause: str
    who: Who
    group: str = ""
    days: DayRule | None = None
    hours: tuple[int, int] | None = None
    bands: tuple[str, ...] = ()
    allowance: Allowance | None = None
    factor: Fraction = ONCE
    before_caps: bool = False
    from_on: int = 0  # proleptic ordinals, half open
    until_on: int = FOREVER


@dataclass(frozen=True, slots=True)
class VehicleClass:
    """How one class is priced: not at all, by another set of rules, times a factor, by berths, plus a surcharge."""

    name: Text
    admitted: bool = True
    factor: Fraction = ONCE
    by_berths: bool = False
    surcharge: Fraction = Fraction(0)
    before_caps: bool = False
    clause: str = ""
