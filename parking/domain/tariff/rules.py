"""A tariff as read from its document: frozen values in seconds and exact fractions of the minor unit."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from typing import Final
from zoneinfo import ZoneInfo

from parking.domain.tariff.days import DayRule

DAY_S: Final = 86_400
FOREVER: Final = 1 << 40  # seconds; longer than any stay


ONCE: Final = Fraction(1)  # compared by identity where speed counts


@dataclass(frozen=True, slots=True)
class Text:
    """The same words in Chinese and English."""

    zh: str
    en: str


class Due(StrEnum):
    """When a started unit is owed."""

    UP = "up"
    DOWN = "down"
    TAIL = "ignore_tail"
    EXACT = "exact"


@dataclass(frozen=True, slots=True)
class Rounding:
    """How a part of a unit counts. The tail rule holds for units that begin at or after `after_s` of the clock."""

    due: Due = Due.UP
    tail_s: int = 0
    inclusive: bool = True
    after_s: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """Units of `unit_s` at `price` each, from the previous step's end to `until_s` of the clock."""

    until_s: int
    unit_s: int
    price: Fraction
    rounding: Rounding


@dataclass(frozen=True, slots=True)
class Row:
    """The whole price once the clock stands at most at `until_s`."""

    until_s: int
    total: Fraction


class Then(StrEnum):
    """What follows a last step or row that has an end."""

    FLAT = "flat"
    REPEAT = "repeat"


class Pool(StrEnum):
    """Which chargeable time a clock adds up."""

    PASSAGE = "passage"  # one continuous passage through one band
    BAND = "band"  # all passages through the same band inside one window
    WINDOW = "window"  # all chargeable time inside one window
    CLOCK = "clock"  # real time since the window began


@dataclass(frozen=True, slots=True)
class Meter:
    """How the clock of the steps runs; `carry` lets a unit go on in the next passage, else each passage rounds."""

    pool: Pool = Pool.PASSAGE
    carry: bool = False


@dataclass(frozen=True, slots=True)
class Band:
    """A part of the day with its price; `end_s` may lie beyond 24 h. Neither steps nor rows: declared free."""

    id: str
    name: Text
    clause: str
    days: DayRule
    start_s: int
    end_s: int
    steps: tuple[Step, ...] = ()
    rows: tuple[Row, ...] = ()
    linear: bool = False
    then: Then = Then.FLAT
    meter: Meter = Meter()
    cap: Fraction | None = None

    @property
    def free(self) -> bool:
        """Whether nothing is charged in the band."""
        return not self.steps and not self.rows


class Exceeded(StrEnum):
    """What becomes of free time once the stay outlasts it."""

    CHARGED = "charged"  # charged from the first minute
    SKIPPED = "skipped"  # not charged, and the clock starts after it
    WAIVED = "waived"  # not charged, but the clock had started


class Measure(StrEnum):
    """What free time and limits are compared with."""

    STAY = "stay"
    CHARGEABLE = "chargeable"


class FreeScope(StrEnum):
    """How often free time is granted."""

    STAY = "stay"
    WINDOW = "window"
    FIRST_ON_BERTH = "first_of_day_berth"
    FIRST_ON_ROAD = "first_of_day_road"
    FIRST_IN_CITY = "first_of_day_city"


@dataclass(frozen=True, slots=True)
class Free:
    """Free minutes. With scope WINDOW only windows that begin before `not_after_s` of the stay have them."""

    minutes_s: int
    inclusive: bool = True
    exceeded: Exceeded = Exceeded.CHARGED
    measure: Measure = Measure.STAY
    scope: FreeScope = FreeScope.STAY
    not_after_s: int = FOREVER
    clause: str = ""


class Restart(StrEnum):
    """When the clock of a stay begins anew."""

    NEVER = "never"
    NATURAL_DAY = "natural_day"
    EVERY = "every"  # every `every_s` from arrival
    DAILY_AT = "daily_at"  # each day at `at_s`
    CHARGING_PERIOD = "charging_period"  # each unbroken run of charged bands


@dataclass(frozen=True, slots=True)
class Window:
    """A restart rule with its figure."""

    restart: Restart = Restart.NEVER
    every_s: int = 0
    at_s: int = 0


class CapScope(StrEnum):
    """Over what a cap adds up."""

    PASSAGE = "passage"
    BAND = "band"  # all passages through one band inside one window
    CHARGING_PERIOD = "charging_period"
    WINDOW = "window"
    NATURAL_DAY = "natural_day"
    DAILY_AT = "daily_at"
    EVERY = "every"
    STAY = "stay"


class Across(StrEnum):
    """Whose charges fill a cap."""

    STAY = "stay"
    BERTH = "berth"
    ROAD = "road"
    CITY = "city"


@dataclass(frozen=True, slots=True)
class Cap:
    """At most `amount` for each of its periods; only the bands named count when any is named."""

    scope: CapScope
    amount: Fraction
    across: Across = Across.STAY
    bands: tuple[str, ...] = ()
    every_s: int = 0
    at_s: int = 0
    clause: str = ""
    before_factors: bool = False


class CrossUse(StrEnum):
    """Which band's price a short stay that touches two bands takes as a whole."""

    EARLIER = "earlier"
    LATER = "later"
    LONGER = "longer"


@dataclass(frozen=True, slots=True)
class Crossing:
    """A stay of up to `within_s` that crosses bands is priced wholly by one of them; a longer one band by band."""

    within_s: int
    inclusive: bool
    use: CrossUse
    tie: CrossUse = CrossUse.EARLIER
    clause: str = ""


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
class Repeat:
    """A vehicle back within `within_s` goes on with its stay; the gap counts as parked or doesn't."""

    within_s: int
    across: Across
    counts_gap: bool = False
    clause: str = ""


class AfterLimit(StrEnum):
    """What happens to time beyond the longest stay allowed."""

    CHARGE = "charge"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class MaxStay:
    """The longest stay for arrivals in [start_s, end_s) of the day."""

    limit_s: int
    after: AfterLimit = AfterLimit.CHARGE
    penalty: Fraction = Fraction(0)
    measure: Measure = Measure.STAY
    start_s: int = 0
    end_s: int = DAY_S
    clause: str = ""


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


class FinalMode(StrEnum):
    """How the last fraction is settled."""

    HALF_UP = "half_up"
    UP = "up"
    DOWN = "down"
    HALF_EVEN = "half_even"


@dataclass(frozen=True, slots=True)
class FinalRounding:
    """Rounding of the whole fee to a multiple of `multiple` minor units."""

    mode: FinalMode = FinalMode.HALF_UP
    multiple: int = 1


@dataclass(frozen=True, slots=True)
class Rules:
    """All that prices one vehicle class."""

    bands: tuple[Band, ...]
    free: Free | None = None
    window: Window = Window()
    crossing: Crossing | None = None
    caps: tuple[Cap, ...] = ()
    concessions: tuple[Concession, ...] = ()
    repeat: Repeat | None = None
    min_stay_s: int = 0
    min_fee: Fraction = Fraction(0)
    max_stays: tuple[MaxStay, ...] = ()
    free_days: DayRule | None = None
    final: FinalRounding = FinalRounding()


@dataclass(frozen=True, slots=True)
class Document:
    """The head of a tariff: everything but its rules. `zone` is its time zone, `zone_code` the price zone it is for."""

    code: str
    name: Text
    currency: str
    minor_digits: int
    zone: ZoneInfo
    on_change: str
    arrival_clock: str
    departure_clock: str
    zone_code: str = ""
    in_force_from: datetime | None = None
    version: int = 0
    classes: dict[str, VehicleClass] = field(default_factory=dict)
    by_plate_color: dict[str, str] = field(default_factory=dict)
    default_class: str = "small"
    exempt: dict[str, Text] = field(default_factory=dict)
    exempt_clause: str = ""
