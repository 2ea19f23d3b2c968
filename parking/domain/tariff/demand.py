"""Demand-responsive pricing as San Francisco does it: a proposal for the next price, never a change of one."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from parking.domain.tariff.errors import StayError


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandRule:
    """How a price follows occupancy: `rows` are (at least this share, change in minor units), from the highest down.

    The price stays within `least` and `most` and moves at most once in `min_days`.
    """

    rows: tuple[tuple[Fraction, int], ...]
    least: int
    most: int
    min_days: int = 28


SAN_FRANCISCO = DemandRule(
    rows=((Fraction(80, 100), 25), (Fraction(60, 100), 0), (Fraction(0), -25)), least=50, most=1000
)
"""Transportation Code, Div. II, Sec. 402: 80 % and more +0.25, 60 to 80 % unchanged, under 60 % -0.25 an hour."""

SFPARK_PILOT = DemandRule(
    rows=((Fraction(80, 100), 25), (Fraction(60, 100), 0), (Fraction(30, 100), -25), (Fraction(0), -50)),
    least=50,
    most=1000,
)
"""The pilot of 2011: under 30 % the price fell by 0.50."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What the rule proposes: the new price in minor units, the change, and why in Chinese and English."""

    price: int
    change: int
    reason: str
    reason_en: str


def propose(
    *, price: int, occupied_s: int, offered_s: int, on: date, changed_on: date | None, rule: DemandRule = SAN_FRANCISCO
) -> Proposal:
    """Propose the next price of one block and time band.

    `price` is in minor units; occupancy is occupied berth-seconds of those offered since the price last changed.
    Raises StayError for an occupancy that can't be.
    """
    if offered_s <= 0 or not 0 <= occupied_s <= offered_s:
        raise StayError("occupied_s", "占用时间应在 0 与开放时间之间", "must lie between 0 and what was offered")
    share = Fraction(occupied_s, offered_s)
    percent = int(share * 100)
    if changed_on is not None and (on - changed_on).days < rule.min_days:
        return Proposal(
            price=price,
            change=0,
            reason=f"距上次调价不足 {rule.min_days} 天",
            reason_en=f"less than {rule.min_days} days since the last change",
        )
    wanted = next(change for least, change in rule.rows if share >= least)
    new = min(max(price + wanted, rule.least), rule.most)
    return Proposal(
        price=new, change=new - price, reason=f"平均占用率 {percent}%", reason_en=f"average occupancy {percent} %"
    )
