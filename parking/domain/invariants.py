"""What must hold of the stays of a berth at every moment, whatever the devices say (I1, I2, I4 and I14)."""

from collections.abc import Iterable, Sequence

from parking.domain.fusion_stay import Hold, Rule, Status, Stay


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
