"""What enters a price besides the two instants: the vehicle, its permits and coupons, and what its plate has used."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import IntEnum, StrEnum

from parking.domain.tariff.days import CLOCK, known
from parking.domain.tariff.errors import NaiveTimeError, StayError


class Nearness(IntEnum):
    """How near an earlier stay was to this one; each level includes those below it."""

    BERTH = 1
    ROAD = 2
    CITY = 3


class CouponKind(StrEnum):
    """What a coupon takes off."""

    MINUTES = "minutes"  # `value` minutes from the beginning of the chargeable time
    AMOUNT = "amount"  # `value` minor units
    PERCENT = "percent"  # `value` per cent of what is left, rounded up in the driver's favour
    FULL = "full"


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """A period in which the plate may stand here without paying (monthly, night, resident).

    Valid in [from_at, to_at) on the days of `days` (the words of a band's `days`), from `start` to `end` local time
    ("HH:MM"; an end not after the start lies on the next day). The caller has checked that it holds for this road.
    """

    kind: str
    from_at: datetime
    to_at: datetime
    number: str = ""
    words: tuple[str, str] = ("", "")  # how its line reads, in Chinese and English, when it isn't a permit one holds
    days: tuple[str, ...] = ("all",)
    start: str = "00:00"
    end: str = "24:00"

    def __post_init__(self) -> None:
        if self.from_at.tzinfo is None or self.to_at.tzinfo is None:
            raise NaiveTimeError("permit.from_at", "停车证有效期缺少时区", "a permit's period has no offset")
        if not all(known(word) for word in self.days):
            raise StayError("permit.days", "不认识的日期词", "does not name days")
        if not (CLOCK.fullmatch(self.start) and CLOCK.fullmatch(self.end)):
            raise StayError("permit.start", "应为 HH:MM", "must be HH:MM")


@dataclass(frozen=True, slots=True, kw_only=True)
class Coupon:
    """One coupon. `value` is minutes, minor units or per cent by `kind`; used only when the fee reaches `min_spend`."""

    code: str
    kind: CouponKind
    value: int = 0
    min_spend: int = 0

    def __post_init__(self) -> None:
        if self.value < 0 or (self.kind is CouponKind.PERCENT and self.value > 100):
            raise StayError("coupon.value", "优惠券面值无效", "is not a coupon's value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Vehicle:
    """Who is parked. An empty `vehicle_class` is found from `plate_color` as the tariff says.

    `berths` is how many small-car berths it stands on. `exempt` is the kind of exemption proved for this plate
    ("police", "fire" ...), "" for none. `tags` are facts a concession may ask for ("charging", "resident").
    """

    plate_color: str = "blue"
    vehicle_class: str = ""
    berths: int = 1
    disabled: bool = False
    exempt: str = ""
    plate: str = ""
    tags: frozenset[str] = frozenset()
    permits: tuple[Permit, ...] = ()
    coupons: tuple[Coupon, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Free seconds a plate took from one concession on one local date.

    Negative where a stay that goes on with an earlier one gives back what that one had taken.
    """

    concession: str
    on: date
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PastStay:
    """An earlier stay of the plate: half-open period, how near, what was charged for it in minor units.

    `used` is what its `Fee.used` said; `continues` what its `Fee.continues` said: it went on with the one before it,
    so that both count as one stay.
    """

    arrived_at: datetime
    left_at: datetime
    nearness: Nearness = Nearness.ROAD
    charged_fen: int = 0
    used: tuple[Usage, ...] = ()
    continues: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What the plate has used before this stay. An empty one means: nothing, or nobody knows.

    `stays` are earlier stays, in any order, as far back as `reach` of the tariff says. `used` is what was taken from
    concessions outside these stays.
    """

    stays: tuple[PastStay, ...] = field(default=())
    used: tuple[Usage, ...] = field(default=())


NO_HISTORY = History()
