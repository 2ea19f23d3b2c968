"""Timelines as text: what each witness said, a line each, and what the fold made of it.

    08:00 camera arrival 鄂L12345
    08:10 patrol sees 鄂L12345
    09:00 sensor departure
    +1 08:00 sensor vacant          (the next day)

Words after the kind: a plate, `plate=0.7`, `action=0.4`, `visit=v1`, `device=cam2`, `id=e7`, `revokes=e7`,
`pictures=2`, `received=09:30` (else the moment itself), `color=green`, `detail={...}` (JSON without blanks).
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from parking.domain.events import Kind, OccupancyEvent, Witness
from parking.domain.fusion import Outcome, Stay, replay
from parking.domain.policy import Policy

ZONE = ZoneInfo("Asia/Shanghai")
DAY = datetime(2026, 11, 23, tzinfo=ZONE)
WITNESSES = {
    "sensor": Witness.GEOMAGNETIC,
    "camera": Witness.HIGH_CAMERA,
    "post": Witness.LOW_CAMERA,
    "patrol": Witness.PATROL,
    "inspector": Witness.INSPECTOR,
    "review": Witness.OPERATOR,
}
KINDS = {
    "arrival": Kind.ARRIVAL,
    "departure": Kind.DEPARTURE,
    "occupied": Kind.OCCUPIED,
    "sees": Kind.OCCUPIED,
    "vacant": Kind.VACANT,
    "startup": Kind.STARTUP,
    "revokes": Kind.REVOKED,
    "corrects": Kind.CORRECTED,
    "decides": Kind.DECIDED,
}


def at(text: str, *, day: int = 0) -> datetime:
    """ "08:30" or "08:30:15" on the day of the test, `+1 08:30` on the next."""
    if text.startswith("+"):
        shift, text = text[1:].split(" ", 1)
        day += int(shift)
    parts = [int(part) for part in text.split(":")]
    return DAY + timedelta(days=day, hours=parts[0], minutes=parts[1], seconds=parts[2] if len(parts) > 2 else 0)


def events(text: str) -> list[OccupancyEvent]:
    """The events of a timeline, in the order they are written."""
    lines = [line.split("#")[0].strip() for line in text.strip().splitlines()]
    return [_event(line, number) for number, line in enumerate(lines, 1) if line]


def _event(line: str, number: int) -> OccupancyEvent:
    day = 0
    if line.startswith("+"):
        shift, line = line.split(" ", 1)
        day = int(shift[1:])
    moment, who, kind, *words = line.split()
    observed_at = at(moment, day=day)
    fields: dict[str, Any] = {"received_at": observed_at, "event_id": f"e{number}", "device": who}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals:
            fields["plate"] = word
        elif key == "received":
            fields["received_at"] = at(value, day=day)
        elif key == "plate":
            fields["plate_confidence"] = float(value)
        elif key == "action":
            fields["action_confidence"] = float(value)
        elif key == "id":
            fields["event_id"] = value
        elif key == "pictures":
            fields["picture_count"] = int(value)
        elif key == "color":
            fields["plate_color"] = value
        else:
            fields[key] = value
    return OccupancyEvent(
        source=who, berth="A01", kind=KINDS[kind], observed_at=observed_at, witness=WITNESSES[who], **fields
    )


def fold(text: str, *, now: str = "+2 00:00", since: str = "", **policy: object) -> Outcome:
    """Fold a timeline, judged two days later unless told otherwise."""
    return replay(events(text), Policy.from_data(policy), now=at(now), since=at(since) if since else None)


def say(stay: Stay) -> str:
    """A stay as one line: `08:00-09:00 鄂L12345 billable` or `08:00-… - parked` or `08:00-09:00 - held no_plate`."""
    end = _clock(stay.left_at) if stay.left_at else "…"
    words = [
        f"{_clock(stay.arrived_at)}-{end}",
        stay.plate or "-",
        stay.status.value,
        *(each.value for each in stay.holds),
    ]
    return " ".join([*words, "contested"] if stay.contested else words)


def _clock(moment: datetime) -> str:
    local = moment.astimezone(ZONE)
    days = (local.date() - DAY.date()).days
    text = local.strftime("%H:%M:%S" if local.second else "%H:%M")
    return f"+{days} {text}" if days else text


def told(outcome: Outcome) -> list[str]:
    """All stays of an outcome as lines."""
    return [say(stay) for stay in outcome.stays]


def story(text: str, **kwargs: object) -> list[str]:
    """Fold a timeline and say the stays."""
    return told(fold(text, **kwargs))  # type: ignore[arg-type]


def keys(stays: Iterable[Stay]) -> list[tuple[str, str]]:
    """The events the stays stand on."""
    return [key for stay in stays for key in stay.events]
