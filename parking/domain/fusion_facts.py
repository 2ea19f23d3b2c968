"""From a heap of events to facts in order: repeats gone, revocations and corrections applied, equal changes joined."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from parking.domain.events import Kind, OccupancyEvent, Witness
from parking.domain.fusion_stay import EventKey
from parking.domain.identity import Likeness, compare
from parking.domain.policy import Policy

CAMERAS = frozenset({Witness.HIGH_CAMERA, Witness.LOW_CAMERA, Witness.UNKNOWN, Witness.OPERATOR})
PASSERS_BY = frozenset({Witness.PATROL, Witness.INSPECTOR})
"""Witnesses that look at a berth now and then and never see a change."""

_EDGES = frozenset({Kind.ARRIVAL, Kind.DEPARTURE})
_STATES = frozenset({Kind.OCCUPIED, Kind.VACANT})
_RANK = {Kind.DEPARTURE: 0, Kind.VACANT: 1, Kind.ARRIVAL: 2, Kind.OCCUPIED: 3}


def stream(event: OccupancyEvent) -> str:
    """Who speaks: the device, or the source where no device is named."""
    return event.device or event.source


@dataclass(slots=True)
class Facts:
    """The events of a berth after the first sorting. `late` lies at or before the frozen border."""

    edges: list[OccupancyEvent] = field(default_factory=list)
    states: list[OccupancyEvent] = field(default_factory=list)
    decisions: list[OccupancyEvent] = field(default_factory=list)
    late: list[OccupancyEvent] = field(default_factory=list)
    revoked: list[OccupancyEvent] = field(default_factory=list)
    startups: dict[str, list[datetime]] = field(default_factory=dict)
    last_received_at: datetime | None = None

    def after_startup(self, event: OccupancyEvent, minutes: int) -> bool:
        """Whether the device had restarted less than `minutes` before it said this."""
        starts = self.startups.get(stream(event))
        if not starts:
            return False
        span = timedelta(minutes=minutes)
        return any(start <= event.observed_at <= start + span for start in starts)


def _content(event: OccupancyEvent) -> tuple[object, ...]:
    return (
        event.received_at,
        event.observed_at,
        event.kind,
        event.plate,
        event.plate_color,
        -1.0 if event.plate_confidence is None else event.plate_confidence,
        -1.0 if event.action_confidence is None else event.action_confidence,
        event.device,
        event.visit,
        event.revokes,
        event.picture_count,
        event.detail,
    )


def _moment(event: OccupancyEvent) -> tuple[datetime, int, str, str]:
    return event.observed_at, _RANK[event.kind], event.source, event.event_id


def gather(events: Iterable[OccupancyEvent], *, since: datetime | None) -> Facts:
    """Sort the events once. Repeats of one identity count once, whatever their order."""
    unique: dict[EventKey, OccupancyEvent] = {}
    for event in events:
        key = (event.source, event.event_id)
        known = unique.setdefault(key, event)
        if known is not event and known != event:
            unique[key] = min(known, event, key=_content)
    facts = Facts()
    _amend(unique, facts)
    edges, states = facts.edges, facts.states
    last: datetime | None = None
    for event in unique.values():
        kind = event.kind
        received = event.received_at
        if last is None or received > last:
            last = received
        if since is not None and kind in _RANK and _frozen(event, since):
            facts.late.append(event)
        elif kind is Kind.ARRIVAL or kind is Kind.DEPARTURE:
            edges.append(event)
        elif kind in _STATES:
            states.append(event)
    facts.last_received_at = last
    edges.sort(key=_moment)
    states.sort(key=_moment)
    facts.late.sort(key=_moment)
    facts.decisions.sort(key=lambda event: (event.received_at, event.source, event.event_id))
    return facts


def _frozen(event: OccupancyEvent, since: datetime) -> bool:
    """At the border itself the departure is the billed one, an arrival is the next car's."""
    if event.observed_at < since:
        return True
    return event.observed_at == since and event.kind in (Kind.DEPARTURE, Kind.VACANT)


def _amend(unique: dict[EventKey, OccupancyEvent], facts: Facts) -> None:
    """Take revoked events out and correct the plates that the vendor corrected; note restarts and decisions."""
    amending = [event for event in unique.values() if event.kind not in _RANK]
    if not amending:
        return
    amending.sort(key=lambda event: (event.observed_at, event.received_at, event.source, event.event_id))
    for event in amending:
        if event.kind is Kind.STARTUP:
            facts.startups.setdefault(stream(event), []).append(event.observed_at)
        elif event.kind is Kind.DECIDED:
            facts.decisions.append(event)
        elif event.kind is Kind.CORRECTED:
            target = unique.get((event.source, event.revokes))
            if target is not None and target.kind in _RANK:
                unique[(event.source, event.revokes)] = replace(
                    target,
                    plate=event.plate,
                    plate_color=event.plate_color,
                    plate_confidence=event.plate_confidence,
                )
    for event in amending:
        if event.kind is Kind.REVOKED:
            gone = unique.pop((event.source, event.revokes), None)
            if gone is not None and gone.kind in _RANK:
                facts.revoked.append(gone)


class Change:
    """One change of the berth as one or several witnesses reported it."""

    __slots__ = ("arrival", "at", "edges", "order", "partner", "plate", "streams", "visit")

    def __init__(self, event: OccupancyEvent, order: int) -> None:
        self.arrival = event.kind is Kind.ARRIVAL
        self.at = event.observed_at
        self.edges = [event]
        self.streams = {event.device or event.source}
        self.plate = event.plate
        self.visit = (event.source, event.visit) if event.visit else None
        self.partner: Change | None = None
        self.order = order

    def join(self, event: OccupancyEvent) -> None:
        """Take another witness's report of the same change in."""
        self.edges.append(event)
        self.streams.add(event.device or event.source)
        if not self.plate:
            self.plate = event.plate
        if self.visit is None and event.visit:
            self.visit = (event.source, event.visit)

    @property
    def plateless(self) -> bool:
        """Whether only devices that read no plates spoke."""
        return not self.plate and all(edge.witness not in CAMERAS for edge in self.edges)


def join_changes(edges: list[OccupancyEvent], policy: Policy) -> list[Change]:
    """Reports of the same change become one change. `edges` are in order; so are the changes."""
    changes: list[Change] = []
    window = timedelta(seconds=policy.merge_seconds)
    debounce = timedelta(seconds=policy.debounce_seconds)
    order = 0
    for event in edges:
        at = event.observed_at
        if changes and at - changes[-1].at <= window:
            match = _same_change(changes, event, window, debounce)
            if match is not None:
                match.join(event)
                continue
        changes.append(Change(event, order))
        order += 1
    return changes


def _same_change(changes: list[Change], event: OccupancyEvent, window: timedelta, debounce: timedelta) -> Change | None:
    """The nearest earlier change that this event reports once more, None if it is a change of its own."""
    arrival = event.kind is Kind.ARRIVAL
    speaker = event.device or event.source
    between = False
    for change in reversed(changes):
        gap = event.observed_at - change.at
        if gap > window:
            return None
        own = speaker in change.streams
        if change.arrival is not arrival:
            if own:
                return None
            between = True
            continue
        if not _may_be_one(change, event):
            if own:
                return None
            continue
        if own:
            one_visit = change.visit is not None and change.visit == (event.source, event.visit)
            return change if one_visit or (gap <= debounce and not between) else None
        return change
    return None


def _may_be_one(change: Change, event: OccupancyEvent) -> bool:
    if event.visit and change.visit is not None and change.visit[0] == event.source and change.visit[1] != event.visit:
        return False
    return compare(change.plate, event.plate) is not Likeness.OTHER
