"""A tariff as read from its document: frozen values in seconds and exact fractions of the minor unit."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from zoneinfo import ZoneInfo

from parking.domain.tariff.bands import Band
from parking.domain.tariff.days import DayRule
from parking.domain.tariff.terms import Exceeded, Measure, Text
from parking.domain.tariff.vehicles import Concession, VehicleClass


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
    inclusive: bool
    exceeded: Exceeded
    measure: Measure
    scope: FreeScope
    not_after_s: int
    clause: str


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
    clause: str
    across: Across = Across.STAY
    bands: tuple[str, ...] = ()
    every_s: int = 0
    at_s: int = 0
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
    tie: CrossUse
    clause: str


@dataclass(frozen=True, slots=True)
class Repeat:
    """A vehicle back within `within_s` goes on with its stay; the gap counts as parked or doesn't."""

    within_s: int
    across: Across
    counts_gap: bool
    clause: str


class AfterLimit(StrEnum):
    """What happens to time beyond the longest stay allowed."""

    CHARGE = "charge"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class MaxStay:
    """The longest stay for arrivals in [start_s, end_s) of the day."""

    limit_s: int
    after: AfterLimit
    penalty: Fraction
    measure: Measure
    start_s: int
    end_s: int
    clause: str


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
    zone_code: str
    in_force_from: datetime | None
    version: int
    classes: dict[str, VehicleClass]
    by_plate_color: dict[str, str]
    default_class: str
    exempt: dict[str, Text]
    exempt_clause: str
    for_classes: frozenset[str]  # none: for all classes
