"""Hikvision 综合安防 OpenAPI event callback: berths (771764225 to 771764227) and gates (7717601xx).

The type is read from the event, never from `data`, where the vendor's own "leave" sample still says 1; keys come with
blanks at their ends. The same `eventId` comes again when it is repeated or pictures follow (`status` 5). A correction
(`eventCmd` 5) bears the id of the event it corrects.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from parking.domain.events import Kind
from sensors.codecs import clock
from sensors.codecs.fields import (
    DEVICE_SIZE,
    confidence,
    event_id,
    fingerprint,
    needed,
    parse_object,
    part,
    plate,
    record,
    rows,
    text,
    whole,
)
from sensors.codecs.reading import CodecError, Reading, batch
from sensors.codecs.reply import Reply, json_reply

__all__ = ["answer", "decode"]

COLORS = {"0": "blue", "1": "yellow", "2": "white", "3": "black", "4": "green", "5": "black"}
"""Here 0 is blue, not unknown; 5 is civil aviation's black."""

_KINDS: dict[int, tuple[Kind | None, str]] = {
    771764225: (Kind.OCCUPIED, "berth alarm"),
    771764226: (Kind.ARRIVAL, ""),
    771764227: (Kind.DEPARTURE, ""),
    771760130: (None, "at the entrance"),
    771760131: (Kind.ARRIVAL, "let in"),
    771760133: (None, "at the exit"),
    771760134: (Kind.DEPARTURE, "let out"),
    771756034: (None, "listed vehicle"),
    1157632002: (None, "passing"),
}
_CORRECTION, _PICTURES_AGAIN = 5, 6


def decode(
    body: bytes, *, received_at: datetime, content_type: str = "", query: Mapping[str, str] = {}
) -> Sequence[Reading | CodecError]:
    """One reading per event; a type we don't know is its CodecError."""
    params = part(parse_object(body), "params")
    events = rows(params.get("events"), "events")
    platform_at = _sent(params)
    found: list[Reading | CodecError] = []
    for event in events:
        try:
            found.append(_event(record(event, "events"), platform_at))
        except CodecError as error:
            found.append(error)
    return batch(found)


def _sent(params: dict[str, object]) -> datetime | None:
    """The platform's time; the vendor's own samples write it ill-formed, so it is not worth losing an event for."""
    try:
        return clock.local(params.get("sendTime"), "sendTime")
    except CodecError:
        return None


def _event(event: dict[str, object], platform_at: datetime | None) -> Reading:
    code = whole(event, "eventType")
    if code not in _KINDS:
        raise CodecError("unknown_event", f"unknown event type {code}", "eventType")
    kind, detail = _KINDS[code]
    data = record(event.get("data") or {}, "data")
    identity = needed(event, "eventId", limit=100)
    seen = Reading(
        device=needed(event, "srcIndex", limit=DEVICE_SIZE),
        event_id=identity,
        kind=kind,
        observed_at=clock.local(text(event, "happenTime") or None, "happenTime"),
        platform_at=platform_at,
        plate=plate(data, "plateNo"),
        plate_color=COLORS.get(text(data, "plateColor"), "unknown"),
        plate_confidence=confidence(data, "plateBelieve"),
        pictures=_pictures(data),
        detail=detail,
        extra={
            key: found
            for key in ("svrIndex", "parkingId", "placeId", "parkIndex", "carAttributeName")
            if (found := text(data, key))
        },
    )
    command = whole(data, "eventCmd")
    if command == _CORRECTION:
        mark = fingerprint(seen.plate, seen.plate_color)[:12]
        return replace(
            seen,
            kind=Kind.CORRECTED,
            event_id=event_id(identity, "corrected", mark),
            revokes=identity,
            detail="plate corrected",
        )
    if command == _PICTURES_AGAIN:
        return replace(seen, kind=None, detail="pictures again")
    return seen


def _pictures(data: dict[str, object]) -> tuple[str, ...]:
    """Vehicle first, plate second. The addresses are relative to the picture server named by `svrIndex`."""
    value = data.get("picUrl")
    if isinstance(value, dict):
        named = record(value, "picUrl")
        return tuple(found for key in ("vehiclePicUrl", "platePicUrl") if (found := text(named, key, limit=1024)))
    return tuple(found for key in ("picUrl", "plateUrl") if (found := text(data, key, limit=1024)))


def answer(ok: bool, error: CodecError | None) -> Reply:
    """Artemis' usual form; it counts any 200 as taken."""
    if ok or error is not None:
        return json_reply(200, code="0", msg=error.message if error else "success")
    return json_reply(503, code="-1", msg="not stored, send again")
