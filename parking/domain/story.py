"""The story of a berth in chapters: billed stays stand, and what lies between them is folded anew."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from parking.domain import fusion
from parking.domain.events import Kind, OccupancyEvent
from parking.domain.fusion import Hold, Status, Stay
from parking.domain.policy import Policy

# Which way an event points wherever it stands: such events speak of other events, not of a moment.
_ABOUT_OTHERS = (Kind.REVOKED, Kind.CORRECTED, Kind.DECIDED)


@dataclass(frozen=True, slots=True)
class Billed:
    """A billed stay: frozen. `events` are the (source, event_id) that proved it, where they are known."""

    session_id: int
    arrived_at: datetime
    left_at: datetime
    plate: str
    billed_at: datetime


@dataclass(frozen=True, slots=True)
class Dispute:
    """An event that disagrees with a billed stay."""

    session_id: int
    event: OccupancyEvent
    reason: str


@dataclass(frozen=True, slots=True)
class Story:
    """What a berth's events come to."""

    stays: tuple[Stay, ...]
    disputes: tuple[Dispute, ...]
    ready_at: datetime | None


def read(
    events: Sequence[OccupancyEvent],
    policy: Policy,
    *,
    now: datetime,
    since: datetime | None = None,
    billed: Sequence[Billed] = (),
) -> Story:
    """Fold the events between the billed stays, and hold those inside a billed stay against it.

    `since` is the border before the first event: a billed departure, or None. `billed` are the billed stays after it,
    in any order. Pure: the order and repeats of the events change nothing.
    """
    fixed = sorted(billed, key=lambda stay: stay.arrived_at)
    about = [event for event in events if event.kind in _ABOUT_OTHERS]
    plain = [event for event in events if event.kind not in _ABOUT_OTHERS]
    slack = timedelta(seconds=policy.merge_seconds)
    disputes: list[Dispute] = []
    gaps: list[list[OccupancyEvent]] = [[] for _ in range(len(fixed) + 1)]
    for event in plain:
        index, stay = _locate(event, fixed, slack)
        if stay is None:
            gaps[index].append(event)
        elif event.received_at > stay.billed_at and (reason := _disagreement(event, stay, slack)):
            disputes.append(Dispute(stay.session_id, event, reason))
    disputes.extend(_revocations(about, plain, fixed, slack))
    stays: list[Stay] = []
    for index, gap in enumerate(gaps):
        if not gap:
            continue
        start = fixed[index - 1].left_at if index else since
        until = fixed[index].arrived_at if index < len(fixed) else None
        outcome = fusion.replay([*gap, *about], policy, now=now, since=start)
        stays.extend(_cut(outcome.stays, until))
    ready = [stay.ready_at for stay in stays if stay.ready_at is not None]
    return Story(tuple(stays), tuple(disputes), min(ready, default=None))


def _locate(event: OccupancyEvent, fixed: Sequence[Billed], slack: timedelta) -> tuple[int, Billed | None]:
    """The gap an event lies in, or the billed stay it speaks of.

    A witness may be a little early or late: an arrival just before a billed arrival and a departure just after a billed
    departure speak of that stay, unless they name another plate.
    """
    at = event.observed_at
    for index, stay in enumerate(fixed):
        early = stay.arrived_at - slack if event.kind in (Kind.ARRIVAL, Kind.OCCUPIED) else stay.arrived_at
        late = stay.left_at + slack if event.kind in (Kind.DEPARTURE, Kind.VACANT) else stay.left_at
        other = bool(event.plate and stay.plate and event.plate != stay.plate)
        if stay.arrived_at < at < stay.left_at:
            return index, stay
        if early <= at <= late and not other and not _begins_next(event, stay):
            return index, stay
        if at <= stay.arrived_at:
            return index, None
    return len(fixed), None


def _begins_next(event: OccupancyEvent, stay: Billed) -> bool:
    return event.kind in (Kind.ARRIVAL, Kind.OCCUPIED) and event.observed_at >= stay.left_at


def _disagreement(event: OccupancyEvent, stay: Billed, slack: timedelta) -> str:
    if event.plate and stay.plate and event.plate != stay.plate:
        return "late_other_plate"
    if event.kind is Kind.ARRIVAL and abs(event.observed_at - stay.arrived_at) > slack:
        return "late_arrival_inside"
    if event.kind is Kind.DEPARTURE and abs(event.observed_at - stay.left_at) > slack:
        return "late_departure_inside"
    if event.kind is Kind.VACANT and stay.arrived_at + slack < event.observed_at < stay.left_at - slack:
        return "late_vacant_inside"
    return ""


def _revocations(
    about: Iterable[OccupancyEvent], plain: Sequence[OccupancyEvent], fixed: Sequence[Billed], slack: timedelta
) -> list[Dispute]:
    targets = {(event.source, event.event_id): event for event in plain}
    found = []
    for event in about:
        target = targets.get((event.source, event.revokes))
        if target is None or event.kind is Kind.DECIDED:
            continue
        _, stay = _locate(target, fixed, slack)
        if stay is not None and event.received_at > stay.billed_at:
            found.append(Dispute(stay.session_id, event, f"{event.kind.value}_after_billing"))
    return found


def _cut(stays: Iterable[Stay], until: datetime | None) -> list[Stay]:
    """No stay may run into the billed one after it: what is open there has lost its departure."""
    if until is None:
        return list(stays)
    cut = []
    for stay in stays:
        if stay.contested or (stay.left_at is not None and stay.left_at <= until):
            cut.append(stay)
        elif stay.arrived_at < until:
            holds = (*stay.holds, *(() if Hold.LOST_DEPARTURE in stay.holds else (Hold.LOST_DEPARTURE,)))
            cut.append(replace(stay, left_at=until, status=Status.HELD, holds=holds))
    return cut
