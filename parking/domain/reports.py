"""What devices that only report states, and changes that nobody saw, come to among what was seen. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

from parking.domain.events import INFERRED, STATE_REPORT, Kind, OccupancyEvent

_CHANGE = {Kind.OCCUPIED: Kind.ARRIVAL, Kind.VACANT: Kind.DEPARTURE}


def as_changes(events: Sequence[OccupancyEvent]) -> list[OccupancyEvent]:
    """The same events with state reports that differ from the device's last one made changes.

    Inferred changes that the device also reported are dropped. The berth is taken to be free before the first report.
    The order of the input does not matter.
    """
    reports = sorted(
        (event for event in events if event.detail == STATE_REPORT and event.kind in _CHANGE),
        key=lambda event: (event.observed_at, event.event_id),
    )
    inferred = [event for event in events if event.detail.startswith(INFERRED)]
    if not reports and not inferred:
        return list(events)
    told = [event for event in events if event.detail != STATE_REPORT and not event.detail.startswith(INFERRED)]
    told.extend(_changes(reports))
    seen = [event for event in told if event.kind in (Kind.ARRIVAL, Kind.DEPARTURE)]
    told.extend(event for event in inferred if not _was_seen(event, seen))
    return told


def _changes(reports: Iterable[OccupancyEvent]) -> list[OccupancyEvent]:
    last: dict[tuple[str, str], Kind] = {}
    told = []
    for report in reports:
        device = (report.source, report.device)
        changed = last.get(device, Kind.VACANT) is not report.kind
        told.append(replace(report, kind=_CHANGE[report.kind]) if changed else report)
        last[device] = report.kind
    return told


def _was_seen(event: OccupancyEvent, seen: Iterable[OccupancyEvent]) -> bool:
    """Whether a change of the same kind was seen by the same device within the inference's own error."""
    slack = timedelta(seconds=int(event.detail.removeprefix(INFERRED) or 0))
    return any(
        other.kind is event.kind
        and other.device == event.device
        and abs(other.observed_at - event.observed_at) <= slack
        for other in seen
    )
