"""What the berths around say: a plate can't be in two places, and a patrol scan may belong to the berth next door."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from parking.domain.events import Kind, OccupancyEvent, Witness
from parking.domain.fusion_stay import Aside, Hold, Rule, Status, Stay
from parking.domain.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """A stay on another berth under a plate that was read here too. `next_door` when the berths touch.

    `left_at` is None while the car is there. `sure` when changes, and not only passing scans, tell of it.
    """

    berth: str
    plate: str
    arrived_at: datetime
    left_at: datetime | None
    next_door: bool
    sure: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What the caller knows around a berth, read for many berths in one query."""

    berth: str
    elsewhere: tuple[Elsewhere, ...] = ()


def without_strays(events: Iterable[OccupancyEvent], around: Around, asides: list[Aside]) -> list[OccupancyEvent]:
    """The events but for patrol scans of a car that surely stood next door at that moment."""
    kept = []
    for event in events:
        if (
            event.witness is Witness.PATROL
            and event.kind is Kind.OCCUPIED
            and any(
                other.next_door
                and other.sure
                and other.plate == event.plate
                and other.arrived_at <= event.observed_at
                and (other.left_at is None or event.observed_at <= other.left_at)
                for other in around.elsewhere
            )
        ):
            aside = Aside(event=event, rule=Rule.PATROL_ONE_OFF)
            if aside not in asides:
                asides.append(aside)
        else:
            kept.append(event)
    return kept


def compare_with(stays: Sequence[Stay], around: Around, policy: Policy) -> list[Stay]:
    """Hold a stay whose plate was elsewhere at the same time.

    Next door it is one car on two berths: the berth that was taken first (then the smaller code) keeps the stay.
    Farther off, one of the two plates is false, and neither is billed on its own.
    """
    return [_compared(stay, around, policy) for stay in stays]


def _compared(stay: Stay, around: Around, policy: Policy) -> Stay:
    if not stay.plate or stay.contested or stay.status is Status.PARKED:
        return stay
    tolerance = timedelta(seconds=policy.merge_seconds)
    holds = []
    for other in around.elsewhere:
        if other.plate != stay.plate or other.berth == around.berth:
            continue
        end = stay.left_at or stay.arrived_at
        common = end - max(stay.arrived_at, other.arrived_at)
        if other.left_at is not None:
            common = min(end, other.left_at) - max(stay.arrived_at, other.arrived_at)
        if common <= tolerance:
            continue
        if not other.next_door:
            holds.append(Hold.DOUBLE_PLATE)
        elif (other.arrived_at, other.berth) < (stay.arrived_at, around.berth):
            holds.append(Hold.STRADDLE)
    if not holds:
        return stay
    if stay.status is Status.ENDED:
        return stay
    return replace(
        stay, status=Status.HELD, holds=tuple(sorted({*stay.holds, *holds})), proposal=stay.proposal or _proposal(stay)
    )


def _proposal(stay: Stay) -> tuple[tuple[str, object], ...]:
    return (
        ("verdict", "void"),
        ("arrived_at", stay.arrived_at.isoformat()),
        ("left_at", None if stay.left_at is None else stay.left_at.isoformat()),
        ("plate", stay.plate),
        ("plate_color", stay.plate_color),
        ("rivals", []),
    )
