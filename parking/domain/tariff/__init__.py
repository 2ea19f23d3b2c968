"""Tariffs: a price notice as data (`docs/tariffs.md`), and the price of a stay under it. Pure."""

from parking.domain.tariff import library
from parking.domain.tariff.demand import SAN_FRANCISCO, SFPARK_PILOT, DemandRule, Proposal, propose
from parking.domain.tariff.engine import price
from parking.domain.tariff.errors import (
    LeftBeforeArrivedError,
    NaiveTimeError,
    NotAdmittedError,
    NoVersionError,
    StayError,
    TariffError,
    UnknownClassError,
)
from parking.domain.tariff.examples import Difference, differences
from parking.domain.tariff.fee import Fee, FeeLine, LineKind
from parking.domain.tariff.parsing import explicit, parse
from parking.domain.tariff.reach import reach
from parking.domain.tariff.rise import Rise, next_rise
from parking.domain.tariff.stay import (
    NO_HISTORY,
    Coupon,
    CouponKind,
    History,
    Nearness,
    PastStay,
    Permit,
    Usage,
    Vehicle,
)
from parking.domain.tariff.tariff import Example, Tariff
from parking.domain.tariff.versions import InForce, price_in_force

__all__ = [
    "NO_HISTORY",
    "SAN_FRANCISCO",
    "SFPARK_PILOT",
    "Coupon",
    "CouponKind",
    "DemandRule",
    "Difference",
    "Example",
    "Fee",
    "FeeLine",
    "History",
    "InForce",
    "LeftBeforeArrivedError",
    "LineKind",
    "NaiveTimeError",
    "Nearness",
    "NoVersionError",
    "NotAdmittedError",
    "PastStay",
    "Permit",
    "Proposal",
    "Rise",
    "StayError",
    "Tariff",
    "TariffError",
    "UnknownClassError",
    "Usage",
    "Vehicle",
    "differences",
    "explicit",
    "library",
    "next_rise",
    "parse",
    "price",
    "price_in_force",
    "propose",
    "reach",
]
