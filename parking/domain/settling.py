"""What the price decides about a stay: whether anybody could owe anything, and whether doubtful clocks matter.

The fold knows no money. These rules stand between it and the bill, pure like it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from parking.domain.calendar import Calendar
from parking.domain.fusion_stay import NO_SHIFT, Hold, Rule, Status, Stay
from parking.domain.policy import Policy
from parking.domain.tariff import (
    NO_HISTORY,
    History,
    Nearness,
    NotAdmittedError,
    PastStay,
    StayError,
    Tariff,
    Vehicle,
    price,
)

# Doubts about whose car it was, or whether it was one car throughout: none of them makes the time longer.
_WHO = frozenset({Hold.NO_PLATE, Hold.PLATE_CONFLICT, Hold.LOW_CONFIDENCE, Hold.SENSOR_CONFLICT})
# What makes the time itself doubtful, or says that a person has looked already.
_UNSURE = frozenset({Rule.UNSURE_CHANGE, Rule.CLOCKS_UNSURE, Rule.DECIDED})
# Earlier stays that use up what a tariff gives once: (how long, how long before this one).
_PASTS = ((timedelta(hours=2), timedelta(minutes=1)), (timedelta(seconds=1), timedelta(seconds=1)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Unowned:
    """A held stay that needs no person if nobody could owe anything for the time from `arrived_at` to `left_at`.

    That time reaches over the doubtful stays right beside it: a sensor that flaps makes two of one. `due_at` is when
    late events have had their time to come.
    """

    arrived_at: datetime
    left_at: datetime
    due_at: datetime


def unowned(stays: Sequence[Stay], policy: Policy) -> dict[int, Unowned]:
    """The held stays of a berth of which only the person is in doubt, not that they ended, by their place."""
    if not policy.free_settles:
        return {}
    places = [place for place, stay in enumerate(stays) if not stay.contested]
    firm = [stays[place] for place in places]
    found: dict[int, Unowned] = {}
    for index, (place, stay) in enumerate(zip(places, firm, strict=True)):
        if not _only_who(stay) or (Rule.PLATELESS in stay.reasons and not policy.free_settles_unseen):
            continue
        period = _with_neighbours(firm, index, timedelta(seconds=policy.merge_seconds))
        if period is None or stay.left_at is None:
            continue
        due_at = max(
            stay.left_at + timedelta(seconds=policy.doubtful_settle_seconds),
            (stay.heard_at or stay.left_at) + timedelta(seconds=policy.backlog_seconds),
        )
        found[place] = Unowned(arrived_at=period[0], left_at=period[1], due_at=due_at)
    return found


def _only_who(stay: Stay) -> bool:
    return (
        stay.status is Status.HELD
        and stay.left_at is not None
        and _WHO.issuperset(stay.holds)
        and stay.arrival_event is not None
        and stay.departure_event is not None
        and _UNSURE.isdisjoint(stay.reasons)
    )


def _with_neighbours(stays: Sequence[Stay], place: int, gap: timedelta) -> tuple[datetime, datetime] | None:
    """The time of a stay and of the unproved ones that touch it; None while one of them lasts."""
    first = last = place
    while first > 0 and _touch(stays[first - 1], stays[first], gap):
        first -= 1
    while last + 1 < len(stays) and _touch(stays[last], stays[last + 1], gap):
        last += 1
    begun, ended = stays[first].arrived_at, stays[last].left_at
    shifts = [stay.shift for stay in stays[first : last + 1]]
    if ended is None:
        return None
    return begun + min(shift[0] for shift in shifts), ended + max(shift[1] for shift in shifts)


def _touch(one: Stay, other: Stay, gap: timedelta) -> bool:
    if one.left_at is None or other.arrived_at - one.left_at > gap:
        return False
    return Status.BILLABLE not in (one.status, other.status)


def nothing_to_charge(stay: Stay) -> Stay:
    """The stay as settled at nothing: it names nobody, because nobody was proved and nobody owes."""
    return replace(
        stay,
        status=Status.BILLABLE,
        holds=(),
        plate="",
        plate_color="unknown",
        proposal=(),
        ready_at=None,
        reasons=(*stay.reasons, Rule.NOTHING_TO_CHARGE),
    )


def free_for_anyone(*, arrived_at: datetime, left_at: datetime, tariff: Tariff, calendar: Calendar) -> bool:
    """Whether a car of any class would owe nothing, even one that has used its free time up by an earlier stay."""
    for name in tariff.document.classes:
        for history in (NO_HISTORY, *(_after(arrived_at, *past) for past in _PASTS)):
            try:
                fee = price(
                    arrived_at=arrived_at,
                    left_at=left_at,
                    tariff=tariff,
                    calendar=calendar,
                    vehicle=Vehicle(plate_color="unknown", vehicle_class=name),
                    history=history,
                )
            except NotAdmittedError:
                break
            except StayError:
                return False
            if fee.amount_fen or fee.used:
                return False
    return True


def _after(arrived_at: datetime, length: timedelta, gap: timedelta) -> History:
    left_at = arrived_at - gap
    return History(stays=(PastStay(arrived_at=left_at - length, left_at=left_at, nearness=Nearness.BERTH),))


def moved(stay: Stay) -> tuple[datetime, datetime] | None:
    """The period of a billable stay as it would be if its clocks were as wrong as they may be; None without doubt."""
    if stay.shift == NO_SHIFT or stay.left_at is None or Rule.DECIDED in stay.reasons:
        return None
    begun, ended = stay.arrived_at + stay.shift[0], stay.left_at + stay.shift[1]
    return begun, max(begun, ended)


def clock_matters(stay: Stay) -> Stay:
    """The stay as held because its fee would be another if the clocks were wrong."""
    return replace(stay, status=Status.HELD, holds=(Hold.CLOCK,), ready_at=None)
