"""A set of rules made ready: money scaled to whole numbers, day plans kept. One per tariff and vehicle class."""

from math import lcm
from typing import NamedTuple

from parking.domain.tariff import meter
from parking.domain.tariff.bands import Meter, Pool
from parking.domain.tariff.plan import Planner
from parking.domain.tariff.rules import Cap, CapScope, Document, Restart, Rules
from parking.domain.tariff.vehicles import VehicleClass


class ScaledCap(NamedTuple):
    """A cap with its amount in scaled money, its bands by index and its clause."""

    rule: Cap
    amount: int
    bands: frozenset[int]


class Program:
    """What `engine` runs. `scale` turns minor units into the whole numbers all sums are kept in."""

    __slots__ = (
        "bands", "caps_after", "caps_before", "counts_periods", "cuts", "document", "each_passage", "meters", "min_fee",
        "planner", "rules", "scale", "surcharge", "vehicle_class", "zone",
    )  # fmt: skip

    def __init__(self, document: Document, rules: Rules, vehicle_class: VehicleClass) -> None:
        self.document = document
        self.rules = rules
        self.vehicle_class = vehicle_class
        self.zone = document.zone
        scale = lcm(*(meter.divisor(band) for band in rules.bands))
        money = [cap.amount for cap in rules.caps] + [rules.min_fee, vehicle_class.surcharge]
        scale = lcm(scale, *(amount.denominator for amount in money))
        scale *= vehicle_class.factor.denominator
        for concession in rules.concessions:
            scale *= concession.factor.denominator
        self.scale = scale
        self.bands = rules.bands
        self.meters = tuple(None if band.free else meter.Meter(band, scale) for band in rules.bands)
        index = {band.id: position for position, band in enumerate(rules.bands)}
        caps = [
            ScaledCap(cap, int(cap.amount * scale), frozenset(index[band] for band in cap.bands)) for cap in rules.caps
        ]
        order = list(CapScope)
        caps.sort(key=lambda cap: (order.index(cap.rule.scope), cap.rule.every_s))
        self.caps_before = tuple(cap for cap in caps if cap.rule.before_factors)
        self.caps_after = tuple(cap for cap in caps if not cap.rule.before_factors)
        self.min_fee = int(rules.min_fee * scale)
        self.surcharge = int(vehicle_class.surcharge * scale)
        self.planner = Planner(rules, document.zone)
        self.each_passage = all(band.meter == Meter(Pool.PASSAGE) for band in rules.bands)
        self.counts_periods = rules.window.restart is Restart.CHARGING_PERIOD or any(
            cap.scope is CapScope.CHARGING_PERIOD for cap in rules.caps
        )
        every = {cap.every_s for cap in rules.caps} | {rules.window.every_s}
        self.cuts = tuple(sorted(every - {0}))
