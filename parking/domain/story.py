"""The story of a berth in chapters: billed stays stand, and what lies between them is folded anew."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from parking.domain import fusion, reports, rulings
from parking.domain.events import Kind, OccupancyEvent
from parking.domain.fusion import Around, Hold, Status, Stay
from parking.domain.policy import Policy

# Which way an event points wherever it stands: such events speak of other events, not of a moment.
_ABOUT_OTHERS = (Kind.REVOKED, Kind.CORRECTED, Kind.DECIDED)


@dataclass(frozen=True, slots=True)
class Billed:
    """A billed stay: frozen. `known` is the newest event its bill was made from (`stored_as`), None where not kept."""

    session_id: int
    arrived_at: datetime
    left_at: datetime
    plate: str
    visit: str
    billed_at: datetime
    known: int | None = None


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
    around: Around | None = None,
) -> Story:
    """Fold the events between the billed stays, and hold those inside a billed stay against it.

    `since` is the border before the first event: a billed departure, or None. `billed` are the billed stays after it,
    in any order. `around` is what other berths say of the plates read here. Pure: the order and repeats of the events
    change nothing.
    """
    fixed = sorted(billed, key=lambda stay: stay.arrived_at)
    slack = timedelta(seconds=policy.merge_seconds)
    ruled = rulings.read(events)
    about = [event for event in events if event.kind in _ABOUT_OTHERS]
    plain = reports.as_changes([event for event in events if event.kind not in _ABOUT_OTHERS])
    standing = _not_billed(rulings.stays(ruled, about), fixed, since)
    if ruled:
        about = [
            event for event in about if event.kind is not Kind.DECIDED or not rulings.silences(ruled, event, slack)
        ]
        plain = [event for event in plain if not rulings.silences(ruled, event, slack)]
    disputes: list[Dispute] = []
    gaps: list[list[OccupancyEvent]] = [[] for _ in range(len(fixed) + 1)]
    inside: list[list[OccupancyEvent]] = [[] for _ in fixed]
    for event in plain:
        index, stay = _locate(event, fixed, slack)
        if stay is None:
            gaps[index].append(event)
            continue
        inside[index].append(event)
        if _unknown_then(event, stay) and (reason := _disagreement(event, stay, slack)):
            disputes.append(Dispute(stay.session_id, event, reason))
    disputes.extend(_revocations(about, plain, fixed, slack))
    stays: list[Stay] = []
    for chapter in _chapters(gaps, inside, fixed, since):
        if chapter.events:
            outcome = fusion.replay([*chapter.events, *about], policy, now=now, since=chapter.start, around=around)
            stays.extend(_beside(_cut(outcome.stays, chapter.until), chapter.over, slack))
    stays = [*(_against(stay, standing) for stay in stays), *standing]
    ready = [stay.ready_at for stay in stays if stay.ready_at is not None]
    return Story(tuple(stays), tuple(disputes), min(ready, default=None))


@dataclass(slots=True)
class _Chapter:
    """Events that are folded together. `over` are the billed stays whose own events are among them."""

    start: datetime | None
    events: list[OccupancyEvent]
    over: list[Billed]
    until: datetime | None = None


def _chapters(
    gaps: Sequence[list[OccupancyEvent]],
    inside: Sequence[list[OccupancyEvent]],
    fixed: Sequence[Billed],
    since: datetime | None,
) -> list[_Chapter]:
    """The gaps between billed stays; a billed stay in which another car was seen is read together with what follows.

    Else that other car, which was held as contested when the stay was billed, would be forgotten.
    """
    chapters = [_Chapter(since, list(gaps[0]), [])]
    for stay, within, after in zip(fixed, inside, gaps[1:], strict=True):
        last = chapters[-1]
        if not any(_foreign(event, stay) for event in within):
            last.until = stay.arrived_at
            chapters.append(_Chapter(stay.left_at, list(after), []))
        elif last.over:
            last.events += [*within, *after]
            last.over.append(stay)
        else:
            last.until = stay.arrived_at
            chapters.append(_Chapter(last.start, [*within, *after], [stay]))
    return chapters


def _foreign(event: OccupancyEvent, stay: Billed) -> bool:
    """Whether the event names another plate, or another visit, than the billed stay it lies in."""
    if event.plate and stay.plate and event.plate != stay.plate:
        return True
    return bool(event.visit and stay.visit and event.visit != stay.visit)


def _beside(stays: Iterable[Stay], over: Sequence[Billed], slack: timedelta) -> list[Stay]:
    """The stays beside the billed ones they were read with: contested where they overlap one."""
    kept = []
    for stay in stays:
        if any(_same(stay, billed, slack) for billed in over):
            continue
        kept.append(_contested(stay) if any(_overlaps(stay, billed) for billed in over) else stay)
    return kept


def _contested(stay: Stay) -> Stay:
    holds = stay.holds if Hold.OVERLAP in stay.holds else (*stay.holds, Hold.OVERLAP)
    return replace(stay, contested=True, status=Status.HELD, holds=holds)


def _not_billed(standing: Iterable[Stay], fixed: Sequence[Billed], since: datetime | None) -> list[Stay]:
    """The stays people ruled that no bill was made of yet; none of them reaches behind the border."""
    billed = {(stay.arrived_at, stay.left_at, stay.plate) for stay in fixed}
    return [
        stay
        for stay in standing
        if (stay.arrived_at, stay.left_at, stay.plate) not in billed and (since is None or stay.arrived_at >= since)
    ]


def _against(stay: Stay, standing: Sequence[Stay]) -> Stay:
    """What was told later of a time that a person ruled on is held; a stay declared void is in nobody's way."""
    if Hold.DECIDED_VOID in stay.holds or stay.contested:
        return stay
    return _contested(stay) if any(_overlaps(stay, each) for each in standing) else stay


def _same(stay: Stay, billed: Billed, slack: timedelta) -> bool:
    if stay.visit and billed.visit:
        return stay.visit == billed.visit
    return stay.plate in ("", billed.plate) and abs(stay.arrived_at - billed.arrived_at) <= slack


def _overlaps(stay: Stay, other: Billed | Stay) -> bool:
    return (other.left_at is None or stay.arrived_at < other.left_at) and (
        stay.left_at is None or stay.left_at > other.arrived_at
    )


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


def _unknown_then(event: OccupancyEvent, stay: Billed) -> bool:
    """Whether the bill was made without this event: one received in time may have been understood only later."""
    if event.stored_as is None or stay.known is None:
        return event.received_at > stay.billed_at
    return event.stored_as > stay.known


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
        if stay is not None and _unknown_then(event, stay):
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
