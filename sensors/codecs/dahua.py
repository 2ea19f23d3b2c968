"""Dahua cameras, which we pull: event parts of `snapManager.cgi` and `eventManager.cgi`, RPC2 events, and the poll of
all parking spaces.

`UTC` is the local wall clock written as a Unix time; `RealUTC` is the truth where it is given. One change comes as a
group of snaps (`GroupID`, `IndexInGroup`): the first is the event, the others only bring pictures.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from parking.domain.events import Kind
from sensors.codecs import cameras, clock
from sensors.codecs.fields import (
    DEVICE_SIZE,
    event_id,
    fingerprint,
    number,
    parse_object,
    part,
    plate,
    record,
    rows,
    text,
    text_of,
    whole,
)
from sensors.codecs.reading import CodecError, Reading, batch
from sensors.codecs.reply import stored as answer

__all__ = ["answer", "decode", "is_heartbeat"]

COLORS = {
    "blue": "blue",
    "yellow": "yellow",
    "white": "white",
    "black": "black",
    "green": "green",
    "yellowbottomblacktext": "yellow",
    "bluebottomwhitetext": "blue",
    "blackbottomwhitetext": "black",
    "shadowgreen": "green",
    "yellowgreen": "yellow_green",
}
_PARKING = {"TrafficParkingSpaceParking": Kind.ARRIVAL, "TrafficParkingSpaceNoParking": Kind.DEPARTURE}
_SIGHTINGS = frozenset({"TrafficJunction", "TrafficCarMeasurement", "TrafficManualSnap", "TrafficSnapshot"})
_POLLED = {"parking": Kind.OCCUPIED, "noparking": Kind.VACANT, "occupied": Kind.OCCUPIED, "free": Kind.VACANT,
           "1": Kind.OCCUPIED, "0": Kind.VACANT, "true": Kind.OCCUPIED, "false": Kind.VACANT}  # fmt: skip
_LINE = re.compile(r"^(\w+)\[(\d{1,4})\]\.([^=\r\n]{1,200})=(.*)$")
_STATUSES = ("ParkingSpaceStatus", "SpaceStatus", "Status")
_WALL_CLOCK = timedelta(hours=8)


def is_heartbeat(body: bytes) -> bool:
    """Whether a part of the stream is only its keep-alive."""
    return body.strip() == b"Heartbeat"


def decode(
    body: bytes, *, received_at: datetime, content_type: str = "", query: Mapping[str, str] = {}
) -> Sequence[Reading | CodecError]:
    """The readings of one part, RPC2 message or poll. `?device=` is the camera's serial number where a part lacks it.

    Events of other kinds, and of bicycles and tricycles, say nothing of a berth.
    """
    written = text_of(body).strip()
    device = query.get("device", "")[:DEVICE_SIZE]
    if written == "Heartbeat" or not written:
        return []
    if written.startswith("{"):
        events: list[dict[str, Any]] = [
            record(item, "eventList")
            for item in rows(part(parse_object(written), "params").get("eventList"), "eventList")
        ]
    elif written.startswith("Code="):
        events = [_line(written)]
    else:
        events = list(_numbered(written))
        if not events:
            raise CodecError("bad_text", "no event lines")
    found: list[Reading | CodecError] = []
    for event in events:
        try:
            found.extend(_event(event, device, received_at, query))
        except CodecError as error:
            found.append(error)
    return batch(found)


def _line(written: str) -> dict[str, Any]:
    """`Code=..;action=..;index=..;data={..}` of eventManager."""
    head, _, data = written.partition(";data=")
    event: dict[str, Any] = {}
    for pair in head.split(";"):
        key, _, value = pair.partition("=")
        event[key.strip()] = value.strip()
    if data:
        event["Data"] = parse_object(data)
    return event


def _numbered(written: str) -> Iterator[dict[str, Any]]:
    """`Events[0].A.B=value` lines as one nested dictionary per number."""
    events: dict[int, dict[str, Any]] = {}
    for line in written.splitlines():
        match = _LINE.match(line.strip())
        if not match:
            continue
        at: dict[str, Any] = events.setdefault(int(match[2]), {})
        *outer, last = match[3].split(".")
        for key in outer[:8]:
            inner = at.setdefault(key, {})
            if not isinstance(inner, dict):
                break
            at = inner
        else:
            at[last] = match[4].strip()
    yield from (events[key] for key in sorted(events))


def _event(event: dict[str, Any], device: str, received_at: datetime, query: Mapping[str, str]) -> list[Reading]:
    base = part(event, "EventBaseInfo")
    data = part(event, "Data") or event
    code = text(event, "Code") or text(base, "Code") or text(part(data, "TrafficCar"), "Event")
    if not code and any(name in event for name in _STATUSES):
        return [_polled(event, device, received_at)]
    if code not in _PARKING and code not in _SIGHTINGS:
        return []
    action = text(event, "Action", "action") or text(base, "Action")
    if action.lower() == "stop":
        return []
    car = part(data, "TrafficCar")
    device = text(car, "MachineName", limit=DEVICE_SIZE) or device
    moment = _moment(data, car)
    read = (
        plate(car, "PlateNumber")
        or plate(part(data, "Object"), "Text")
        or plate(part(data, "PlateInfo"), "FrontPlateNumber")
    )
    if code in _PARKING:
        kind: Kind | None = _PARKING[code]
    else:
        kind = cameras.sighting(query) if read else None
    detail = ""
    if _no_motor(data):
        kind, detail = None, "no motor vehicle"
    elif (whole(data, "IndexInGroup") or 1) > 1:
        kind, detail = None, "more pictures of the group"
    color = text(car, "PlateColor") or text(part(data, "PlateInfo"), "FrontPlateColor")
    sure = number(part(data, "Object"), "Confidence")
    return [
        Reading(
            device=device,
            event_id=_identity(data, device, code, moment),
            kind=kind,
            channel=text(car, "CustomParkNo", limit=32) or text(car, "Lane", limit=32) or text(data, "Lane", limit=32),
            observed_at=moment,
            plate=read,
            plate_color=COLORS.get(color.lower(), "unknown"),
            plate_confidence=sure / 255 if read and sure is not None and 0 < sure <= 255 else None,
            sequence=whole(data, "EventSeq"),
            detail=detail,
            extra={"code": code, "group": text(data, "GroupID"), "vehicle": text(part(data, "Vehicle"), "Category")},
        )
    ]


def _identity(data: dict[str, Any], device: str, code: str, moment: datetime | None) -> str:
    """Device, kind of event, group and day: groups are counted anew after a restart."""
    group = text(data, "GroupID")
    day = "" if moment is None else f"{moment.astimezone(UTC):%Y%m%d}"
    if group and group != "0":
        return event_id(device, code, group, day)
    return event_id(device, code, fingerprint(text(data, "EventSeq", "EventID"), str(moment), data))


def _moment(data: dict[str, Any], car: dict[str, Any]) -> datetime | None:
    real = data.get("RealUTC", car.get("RealUTC"))
    if real not in (None, "", 0, "0"):
        return clock.epoch(real, "RealUTC")
    wall = data.get("UTC") or car.get("UTC")
    if wall in (None, "", "0"):
        return None
    return clock.epoch(wall, "UTC") - _WALL_CLOCK


def _no_motor(data: dict[str, Any]) -> bool:
    kinds = (part(data, "CommInfo").get("SnapCategory"), part(data, "Vehicle").get("ObjectType"))
    return "NonMotor" in kinds


def _polled(space: dict[str, Any], device: str, received_at: datetime) -> Reading:
    """One space of the poll: a state at the time of asking, to reconcile with what the stream told."""
    status = text(space, *_STATUSES)
    kind = _POLLED.get(status.lower())
    if kind is None:
        raise CodecError("bad_value", f"unknown state of a space {status[:20]!r}", "ParkingSpaceStatus")
    car = part(space, "TrafficCar")
    channel = text(car, "CustomParkNo", limit=32) or text(car, "Lane", limit=32) or text(space, "Channel", limit=32)
    return Reading(
        device=device,
        event_id=event_id(device, channel, "poll", int(received_at.timestamp())),
        kind=kind,
        channel=channel,
        heartbeat=True,
        observed_at=received_at,
        plate=plate(car, "PlateNumber"),
    )
