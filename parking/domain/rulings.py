"""A person's ruling takes the place of what the witnesses said of a period: corrected, split or merged stays.

It is a `Kind.DECIDED` event like any other decision, with `detail` JSON: `{"verdict": "replace", "act", "targets":
[{"arrived_at", "left_at", "plate"}], "into": {"arrived_at", "left_at", "plate", "plate_color"} | null}`. `targets` are
the stays it was made about, `into` the one that stands instead; a ruling with several comes as several events of one
`act`. What had been heard of the targets by then speaks no more; what is heard later is held against the ruling like
against a bill. Pure: order and repeats change nothing.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from parking.domain.events import Kind, OccupancyEvent
from parking.domain.fusion_decisions import decide, moment
from parking.domain.fusion_stay import Rule, Status, Stay

REPLACE = "replace"
_COMING = (Kind.ARRIVAL, Kind.OCCUPIED)
_GOING = (Kind.DEPARTURE, Kind.VACANT)


@dataclass(frozen=True, slots=True)
class Target:
    """A stay as it was when somebody ruled on it."""

    arrived_at: datetime
    left_at: datetime
    plate: str


@dataclass(frozen=True, slots=True)
class Ruling:
    """One ruling as it was stored. `into` is the stay that stands by it."""

    event: OccupancyEvent
    act: str
    targets: tuple[Target, ...]
    into: Stay | None

    def knew(self, event: OccupancyEvent) -> bool:
        """Whether the event had been heard when this was ruled."""
        if event.stored_as is None or self.event.stored_as is None:
            return event.received_at <= self.event.received_at
        return event.stored_as < self.event.stored_as


def read(events: Iterable[OccupancyEvent]) -> tuple[Ruling, ...]:
    """The rulings among the events, each once, in the order they were made; what can't be read is none."""
    found: dict[tuple[str, str], Ruling] = {}
    for event in events:
        if event.kind is Kind.DECIDED and (ruling := _ruling(event)) is not None:
            found.setdefault((event.source, event.event_id), ruling)
    return tuple(sorted(found.values(), key=_order))


def _order(ruling: Ruling) -> tuple[datetime, int, str, str]:
    event = ruling.event
    return event.received_at, event.stored_as or 0, event.source, event.event_id


def _ruling(event: OccupancyEvent) -> Ruling | None:
    try:
        detail = json.loads(event.detail)
    except ValueError:
        return None
    if not isinstance(detail, dict) or detail.get("verdict") != REPLACE:
        return None
    told = detail.get("targets")
    targets = [_target(each) for each in (told if isinstance(told, list) else [])]
    into = detail.get("into")
    return Ruling(
        event=event,
        act=str(detail.get("act") or ""),
        targets=tuple(each for each in targets if each is not None),
        into=_stay(into, event) if isinstance(into, dict) else None,
    )


def _target(told: object) -> Target | None:
    if not isinstance(told, dict):
        return None
    arrived_at, left_at = moment(told.get("arrived_at")), moment(told.get("left_at"))
    if arrived_at is None or left_at is None or left_at < arrived_at:
        return None
    return Target(arrived_at, left_at, str(told.get("plate") or ""))


def _stay(told: Mapping[str, object], event: OccupancyEvent) -> Stay | None:
    arrived_at, left_at, plate = moment(told.get("arrived_at")), moment(told.get("left_at")), told.get("plate")
    if arrived_at is None or left_at is None or left_at < arrived_at or not isinstance(plate, str) or not plate:
        return None
    key = (event.source, event.event_id)
    return Stay(
        arrived_at=arrived_at,
        left_at=left_at,
        plate=plate,
        plate_color=str(told.get("plate_color") or "unknown"),
        status=Status.BILLABLE,
        confidence=1.0,
        reasons=(Rule.DECIDED,),
        arrival_event=key,
        departure_event=key,
        events=(key,),
        heard_at=event.received_at,
    )


def silences(rulings: Sequence[Ruling], event: OccupancyEvent, slack: timedelta) -> bool:
    """Whether a ruling speaks in the place of this event: it was known then, and is of a stay that was ruled on.

    A witness may be `slack` early or late at the ends, unless it names another plate there. A departure at the very
    beginning is the car before, an arrival at the very end the next one.
    """
    return any(ruling.knew(event) and any(_of(event, target, slack) for target in ruling.targets) for ruling in rulings)


def _of(event: OccupancyEvent, target: Target, slack: timedelta) -> bool:
    at = event.observed_at
    if event.kind is Kind.DECIDED:
        return target.arrived_at <= at < target.left_at or at == target.arrived_at
    if target.arrived_at < at < target.left_at:
        return True
    if event.plate and target.plate and event.plate != target.plate:
        return False
    if event.kind in _COMING:
        return target.arrived_at - slack <= at <= target.arrived_at
    return event.kind in _GOING and target.left_at <= at <= target.left_at + slack


def stays(rulings: Sequence[Ruling], decisions: Iterable[OccupancyEvent]) -> list[Stay]:
    """The stays that stand by the rulings, in order of arrival.

    A later ruling on one of them takes its place; a later plain decision (a reviewer's) changes it.
    """
    plain = sorted(decisions, key=lambda each: (each.received_at, each.source, each.event_id))
    standing = []
    for place, ruling in enumerate(rulings):
        if ruling.into is None or any(_about(each, ruling) for each in rulings[place + 1 :]):
            continue
        later = [each for each in plain if each.kind is Kind.DECIDED and not ruling.knew(each)]
        standing += decide([ruling.into], later)
    return sorted(standing, key=lambda stay: (stay.arrived_at, stay.plate))


def _about(later: Ruling, ruling: Ruling) -> bool:
    stay = ruling.into
    if later.act == ruling.act or stay is None:
        return False
    return any((target.arrived_at, target.left_at) == (stay.arrived_at, stay.left_at) for target in later.targets)
