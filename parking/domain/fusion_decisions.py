"""A person's decision is one more event: `Kind.DECIDED`, its verdict as JSON in `detail`.

`{"verdict": "accept" | "void", "arrived_at", "left_at", "plate", "plate_color", "target": {"arrived_at", "left_at"}}`;
everything but `verdict` may be missing. `target` names the stay by the period it had when the person looked (default:
the stay at the event's `observed_at`). "accept" clears the holds and takes over the times and the plate that are given.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from parking.domain.events import OccupancyEvent
from parking.domain.fusion_stay import Hold, Rule, Status, Stay

VERDICTS = ("accept", "void")


def decide(stays: Sequence[Stay], decisions: Sequence[OccupancyEvent]) -> list[Stay]:
    """The stays after the decisions, as they were taken; one that fits no stay or can't be read changes nothing."""
    result = list(stays)
    for event in decisions:
        detail = _detail(event)
        if detail is None:
            continue
        place = _target(result, detail, event.observed_at)
        if place is not None:
            result[place] = _decided(result[place], detail)
    result.sort(key=lambda stay: (stay.arrived_at, stay.contested, stay.plate))
    return result


def _detail(event: OccupancyEvent) -> Mapping[str, object] | None:
    try:
        detail = json.loads(event.detail)
    except ValueError:
        return None
    return detail if isinstance(detail, dict) and detail.get("verdict") in VERDICTS else None


def moment(value: object) -> datetime | None:
    """A moment as decisions write it (ISO 8601; UTC where no offset is told), None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        return None
    return read if read.tzinfo is not None else read.replace(tzinfo=UTC)


def _target(stays: Sequence[Stay], detail: Mapping[str, object], at: datetime) -> int | None:
    """The stay with the longest time in common with the one that was looked at; the nearest beginning breaks a tie."""
    target = detail.get("target")
    named = target if isinstance(target, dict) else {}
    start = moment(named.get("arrived_at")) or at
    end = max(moment(named.get("left_at")) or start, start)
    best: tuple[timedelta, timedelta] | None = None
    found = None
    for place, stay in enumerate(stays):
        left = stay.left_at or max(end, stay.arrived_at)
        common = min(left, end) - max(stay.arrived_at, start)
        if common < timedelta(0) or (common == timedelta(0) and start < end and stay.arrived_at < left):
            continue  # stays that only touch are two cars
        score = (common, -abs(stay.arrived_at - start))
        if best is None or score > best:
            best, found = score, place
    return found


def _decided(stay: Stay, detail: Mapping[str, object]) -> Stay:
    reasons = tuple(dict.fromkeys((*stay.reasons, Rule.DECIDED)))
    if detail["verdict"] == "void":
        return replace(
            stay,
            status=Status.HELD,
            left_at=stay.left_at or stay.arrived_at,
            holds=(Hold.DECIDED_VOID,),
            reasons=reasons,
            ready_at=None,
        )
    arrived_at = moment(detail.get("arrived_at")) or stay.arrived_at
    left_at = moment(detail.get("left_at")) or stay.left_at
    plate = detail.get("plate")
    color = detail.get("plate_color")
    if left_at is None or left_at < arrived_at:
        return stay
    final = plate if isinstance(plate, str) and plate else stay.plate
    return replace(
        stay,
        arrived_at=arrived_at,
        left_at=left_at,
        plate=final,
        plate_color=color if isinstance(color, str) and color else stay.plate_color,
        status=Status.BILLABLE if final else Status.HELD,
        holds=() if final else (Hold.NO_PLATE,),
        confidence=1.0,
        reasons=reasons,
        ready_at=None,
        proposal=(),
    )
