"""The neutral door: one element of `events` in `POST /api/v1/ingest/events/` (see docs/devices.md).

This is the hot path: checks by hand, no schema library.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from datetime import datetime

from parking.domain import plate as plates
from parking.domain.events import PLATE_COLORS, Kind
from sensors.codecs.fields import (
    BERTH_SIZE,
    DEVICE_SIZE,
    EVENT_ID_SIZE,
    PICTURE_SIZE,
    PICTURES,
    PLATE_SIZE,
    parse,
)
from sensors.codecs.multipart import Part
from sensors.codecs.reading import CodecError, Reading
from sensors.codecs.reply import stored as answer

__all__ = ["answer", "decode", "decode_event", "moment", "pictures"]

LIMIT = 1000
_KINDS = {
    "arrival": Kind.ARRIVAL,
    "departure": Kind.DEPARTURE,
    "occupied": Kind.OCCUPIED,
    "vacant": Kind.VACANT,
    "revoked": Kind.REVOKED,
}
_STATES = (Kind.OCCUPIED, Kind.VACANT)
_COLORS = frozenset(PLATE_COLORS)
ROLES = ("arrival", "departure", "plate", "scene")
_UNSTORABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]").search
_SEQUENCE_LIMIT = 2**63


def _text(value: object, field: str, limit: int) -> str:
    if type(value) is not str:
        raise CodecError("bad_type", f"{field} must be a text", field)
    if len(value) > limit:
        raise CodecError("too_long", f"{field} is longer than {limit} characters", field)
    if not value.isprintable() and _UNSTORABLE(value):
        raise CodecError("bad_text", f"{field} holds control characters", field)
    return value


def _name(value: object, field: str, limit: int) -> str:
    found = _text(value, field, limit)
    if found != found.strip():
        raise CodecError("bad_text", f"{field} has blanks around it", field)
    return found


def moment(value: object, field: str) -> datetime:
    """An RFC 3339 text as an aware moment. Raises CodecError."""
    if type(value) is not str:
        raise CodecError("bad_type", f"{field} must be a text", field)
    if len(value) > 40 or value[4:5] != "-" or value[10:11] not in ("T", "t", " "):
        raise CodecError("bad_time", f"{field} must be an RFC 3339 time", field)
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        try:
            found = datetime.fromisoformat(value.upper())
        except ValueError:
            raise CodecError("bad_time", f"{field} must be an RFC 3339 time", field) from None
    if found.tzinfo is None:
        raise CodecError("naive_time", f"{field} must carry an offset", field)
    if not 1970 <= found.year <= 9000:
        raise CodecError("bad_time", f"{field} is outside the calendar", field)
    return found


def _confidence(value: object, field: str) -> float:
    if type(value) is not float and type(value) is not int:
        raise CodecError("bad_type", f"{field} must be a number", field)
    if not 0 <= value <= 1:
        raise CodecError("out_of_range", f"{field} must lie between 0 and 1", field)
    return float(value)


def _plate(value: object) -> str:
    found = plates.normalise(_text(value, "plate", 64))
    if len(found) > PLATE_SIZE:
        raise CodecError("too_long", f"plate is longer than {PLATE_SIZE} characters", "plate")
    return found


def _pictures(value: object) -> tuple[str, ...]:
    if type(value) is not list:
        raise CodecError("bad_type", "pictures must be a list", "pictures")
    if len(value) > PICTURES:
        raise CodecError("too_long", f"more than {PICTURES} pictures", "pictures")
    return tuple(_inline(item)[0] if type(item) is dict else _text(item, "pictures", PICTURE_SIZE) for item in value)


def _inline(item: dict[str, object]) -> tuple[str, str, bytes]:
    """Name, role and bytes of a picture that stands in the event: `{"data": <base64>, "name"?, "role"?}`.

    Without a name it is known by its content, so that sending it again is no second picture.
    """
    data, name, role = item.get("data"), item.get("name"), item.get("role")
    if type(data) is not str:
        raise CodecError("missing", "a picture needs data in base64", "pictures.data")
    try:
        image = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        raise CodecError("bad_value", "data is not base64", "pictures.data") from None
    if role is not None and role not in ROLES:
        raise CodecError("bad_value", f"role must be one of {', '.join(ROLES)}", "pictures.role")
    named = "" if name is None else _name(name, "pictures.name", 64)
    digest = hashlib.sha256(image).hexdigest()
    return f"{named or role or 'picture'}:{digest}", str(role or ""), image


def pictures(body: bytes, *, content_type: str) -> list[Part]:
    """The pictures that stand in a body's events, named as in their readings."""
    data = parse(body)
    events = data.get("events") if type(data) is dict else None
    found = []
    for event in events if type(events) is list else ():
        listed = event.get("pictures") if type(event) is dict else None
        for item in listed if type(listed) is list else ():
            if type(item) is dict:
                try:
                    name, role, image = _inline(item)
                except CodecError:
                    continue  # decoding told of it
                found.append(Part(role, name, "", image))
    return found


def decode_event(item: object, *, received_at: datetime) -> Reading:
    """One event of the contract as a reading. Raises CodecError that names the field.

    `device` or `berth` may be missing, not both. Optional fields may be null. Unknown fields are passed over, so that a
    newer sender can talk to an older door. `received_at` is not used: the event must carry its own time.
    """
    if type(item) is not dict:
        raise CodecError("bad_type", "an event must be an object")
    get = item.get
    event_id = get("event_id")
    if event_id is None or event_id == "":
        raise CodecError("missing", "event_id is missing", "event_id")
    event_id = _name(event_id, "event_id", EVENT_ID_SIZE)
    device = get("device")
    device = "" if device is None else _name(device, "device", DEVICE_SIZE)
    berth = get("berth")
    berth = "" if berth is None else _name(berth, "berth", BERTH_SIZE)
    if not device and not berth:
        raise CodecError("missing", "device or berth must be given", "device")
    word = get("kind")
    kind = _KINDS.get(word) if type(word) is str else None
    if kind is None:
        code = "missing" if word is None else "bad_value" if type(word) is str else "bad_type"
        raise CodecError(code, f"kind must be one of {', '.join(_KINDS)}", "kind")
    observed = get("observed_at")
    if observed is None:
        raise CodecError("missing", "observed_at is missing", "observed_at")
    revokes = get("revokes")
    revokes = "" if revokes is None else _name(revokes, "revokes", EVENT_ID_SIZE)
    if (kind is Kind.REVOKED) != (revokes != ""):
        raise CodecError("bad_value", "revokes belongs to kind revoked, and only there", "revokes")
    plate = get("plate")
    color = get("plate_color")
    if color is None:
        color = "unknown"
    elif type(color) is not str:
        raise CodecError("bad_type", "plate_color must be a text", "plate_color")
    elif color not in _COLORS:
        raise CodecError("bad_value", f"plate_color must be one of {', '.join(PLATE_COLORS)}", "plate_color")
    sequence = get("sequence")
    if sequence is not None:
        if type(sequence) is not int:
            raise CodecError("bad_type", "sequence must be a whole number", "sequence")
        if not 0 <= sequence < _SEQUENCE_LIMIT:
            raise CodecError("out_of_range", "sequence is negative or beyond 63 bits", "sequence")
    pictures = get("pictures")
    visit = get("visit")
    platform = get("platform_at")
    plate_confidence = get("plate_confidence")
    action_confidence = get("action_confidence")
    return Reading(
        device=device,
        event_id=event_id,
        kind=kind,
        berth=berth,
        heartbeat=kind in _STATES,
        observed_at=moment(observed, "observed_at"),
        platform_at=None if platform is None else moment(platform, "platform_at"),
        plate="" if plate is None else _plate(plate),
        plate_color=color,
        plate_confidence=None if plate_confidence is None else _confidence(plate_confidence, "plate_confidence"),
        action_confidence=None if action_confidence is None else _confidence(action_confidence, "action_confidence"),
        sequence=sequence,
        visit="" if visit is None else _name(visit, "visit", EVENT_ID_SIZE),
        revokes=revokes,
        pictures=() if not pictures and type(pictures) in (list, type(None)) else _pictures(pictures),
    )


def decode(
    body: bytes, *, received_at: datetime, content_type: str = "", query: Mapping[str, str] = {}
) -> list[Reading | CodecError]:
    """All events of a body `{"events": [...]}`; a bad one is its CodecError in its place."""
    data = parse(body)
    events = data.get("events") if type(data) is dict else None
    if type(events) is not list:
        raise CodecError("bad_type", "events must be a list", "events")
    if len(events) > LIMIT:
        raise CodecError("too_many_events", f"more than {LIMIT} events", "events")
    found: list[Reading | CodecError] = []
    for item in events:
        try:
            found.append(decode_event(item, received_at=received_at))
        except CodecError as error:
            found.append(error)
    return found
