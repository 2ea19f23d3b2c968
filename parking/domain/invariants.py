"""What must hold of the stays of a berth at every moment, whatever the devices say (I1, I2, I4 and I14)."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from parking.domain.fusion_stay import Hold, Rule, Status, Stay

WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "I1": ("一个泊位、一个号牌同时至多一笔在停订单", "at most one open session on a berth, and one of a plate"),
        "I2": ("同一泊位的订单时段互不重叠", "sessions on a berth never overlap"),
        "I3": ("应收等于计费规则对该时段的结果，且等于明细之和", "the charge is what the tariff says, line by line"),
        "I4": ("没有驶入和驶离的证据不出账", "no charge without proof of arrival and departure"),
        "I5": ("每笔流水借贷相等，实收等于渠道成功款", "every entry sums to nothing, and what was paid was booked"),
        "I6": ("每笔成功支付都对应订单", "every payment that succeeded pays exactly its charges"),
        "I7": ("退款不超过实付", "refunds never exceed what was paid"),
        "I8": ("每条已受理的事件只存一次，保护约束齐全", "an accepted event is stored once, and the guards stand"),
        "I9": ("同样的事实不论先后得到同样的停留", "the same facts in any order make the same stays"),
        "I10": ("停得越久费用不减", "a longer stay never costs less"),
        "I11": ("每次人工变动都有人、有理由", "every change by a person names the person and the reason"),
        "I12": ("订单不越出本路段", "nothing crosses the border of its road"),
        "I13": ("待办不积压超过五分钟", "nothing that is due waits for more than five minutes"),
        "I14": ("号牌证据不足的不出账", "no plate below the limit of proof is billed"),
    }
)
"""What each invariant says: (Chinese, English)."""


def one_open(stays: Iterable[Stay]) -> list[str]:
    """I1: at most one stay on a berth is open."""
    open_ = [stay for stay in stays if stay.left_at is None and not stay.contested]
    return [f"I1 {len(open_)} open stays"] if len(open_) > 1 else []


def no_overlap(stays: Iterable[Stay]) -> list[str]:
    """I2: stays on a berth never overlap, but for those marked as contested."""
    found = []
    before: Stay | None = None
    firm = (each for each in stays if not each.contested)
    for stay in sorted(firm, key=lambda each: (each.arrived_at, each.left_at or each.arrived_at)):
        if stay.left_at is not None and stay.left_at < stay.arrived_at:
            found.append(f"I2 a stay ends before it begins at {stay.arrived_at.isoformat()}")
        if before is not None and (before.left_at is None or stay.arrived_at < before.left_at):
            found.append(f"I2 overlap at {stay.arrived_at.isoformat()}")
        before = stay
    return found


def proved(stays: Iterable[Stay], *, patrol_opens: bool) -> list[str]:
    """I4 and I14: what is billed has both ends, no hold, and a plate that reached the limit (none if nobody owes)."""
    found = []
    for stay in stays:
        if stay.status is not Status.BILLABLE:
            continue
        ends = stay.arrival_event is not None and stay.departure_event is not None
        if not ends and not (patrol_opens and len(stay.events) > 1):
            found.append(f"I4 billed without proof of both ends at {stay.arrived_at.isoformat()}")
        nobody = Rule.NOTHING_TO_CHARGE in stay.reasons
        if bool(stay.plate) is nobody or stay.holds or stay.left_at is None or stay.contested:
            found.append(f"I14 billed though doubtful at {stay.arrived_at.isoformat()}")
    return found


def held_for_a_reason(stays: Iterable[Stay]) -> list[str]:
    """A held stay names its reason, and no other does."""
    return [
        f"hold without reason at {stay.arrived_at.isoformat()}"
        for stay in stays
        if (stay.status is Status.HELD) != bool(stay.holds) or any(not isinstance(hold, Hold) for hold in stay.holds)
    ]


def broken(stays: Sequence[Stay], *, patrol_opens: bool = True) -> list[str]:
    """All that is wrong with the stays of one berth, as plain lines; empty when all holds."""
    return [
        *one_open(stays),
        *no_overlap(stays),
        *proved(stays, patrol_opens=patrol_opens),
        *held_for_a_reason(stays),
    ]
