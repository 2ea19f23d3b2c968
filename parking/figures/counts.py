"""What is summed: numbers of one road and hour that can be added up, and the ground they are measured against."""

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Counts:
    """Sums over some roads and hours. Times in seconds, money in fen; the columns of `RoadHour`."""

    arrivals: int = 0
    departures: int = 0
    stay_s: int = 0
    occupied_s: int = 0
    charged_occupied_s: int = 0
    orders: int = 0
    auto_orders: int = 0
    charges: int = 0
    receivable_fen: int = 0
    collected_fen: int = 0
    collected_t0_fen: int = 0
    collected_t7_fen: int = 0
    collected_t30_fen: int = 0
    received_fen: int = 0
    paid_charges: int = 0
    contactless_charges: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*(getattr(self, name) + getattr(other, name) for name in COLUMNS))


COLUMNS = tuple(field.name for field in fields(Counts))
NOTHING = Counts()


@dataclass(frozen=True, slots=True)
class Ground:
    """What counts are measured against.

    `berths` now; `berth_s`: open berths times seconds of the period; `charging_berth_s`: the same of the seconds in
    which the road's tariff asks for money. `ripe` are the charges whose 7th and 30th day is over.
    """

    berths: int = 0
    berth_s: int = 0
    charging_berth_s: int = 0
    ripe7_receivable_fen: int = 0
    ripe7_collected_fen: int = 0
    ripe30_receivable_fen: int = 0
    ripe30_collected_fen: int = 0

    def __add__(self, other: "Ground") -> "Ground":
        return Ground(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(Ground)))


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a moment or of people, not of hours."""

    occupied: int = 0
    arrears_fen: int = 0
    arrears_charges: int = 0
    devices: int = 0
    devices_online: int = 0
    appeals: int = 0
    appeals_decided: int = 0
    appeals_overturned: int = 0


NOBODY = Standing()
