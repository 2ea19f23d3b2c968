"""信路通 Signaltone roadside video posts: evt.car.in, evt.car.out, evt.car.complete and evt.cancel.

Identity. An arrival and a departure are known by their `evtGuid`. A `complete` says both again, with pictures and often
a better plate; it can't bear the ids of the two (it does not name their guids, and another content under the same id is
a conflict at our door), so its readings are `<parkingActId>:complete:in` and `:out`. All four bear the same `visit`.
A cancel takes back the named guid and, since the complete repeated the claim, the same phase of the visit's complete.
A cancel that does not tell the visit finds the rest by the guid: each reading says what falls with it (`companions`).
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from parking.domain.events import Kind
from sensors.codecs import clock
from sensors.codecs.fields import (
    BERTH_SIZE,
    DEVICE_SIZE,
    confidence,
    event_id,
    links,
    needed,
    parse_object,
    plate,
    text,
)
from sensors.codecs.reading import CodecError, Reading
from sensors.codecs.reply import Reply, json_reply

__all__ = ["answer", "decode"]

COLORS = {"0": "unknown", "1": "blue", "2": "yellow", "3": "black", "4": "white", "5": "green"}
"""3 is black and 4 is white here, the other way round at most other vendors."""

_ABNORMAL = {"1": "parked across two berths", "2": "parked askew", "3": "parked on the line"}
_PHASES = {"evt.car.in": ("in",), "evt.car.out": ("out",), "evt.car.complete": ("in", "out")}
_KINDS = {"in": Kind.ARRIVAL, "out": Kind.DEPARTURE}


def decode(
    body: bytes, *, received_at: datetime, content_type: str = "", query: Mapping[str, str] = {}
) -> list[Reading]:
    """One reading for in and out, two for complete, one or more revocations for cancel."""
    data = parse_object(body)
    event = needed(data, "evt")
    if event == "evt.cancel":
        return _cancelled(data)
    if event not in _PHASES:
        raise CodecError("unknown_event", f"unknown event {event[:40]!r}", "evt")
    guid = needed(data, "evtGuid", limit=100)
    seen = Reading(
        device=text(data, "deviceSn", limit=DEVICE_SIZE),
        event_id=guid,
        berth=text(data, "berthCode", limit=BERTH_SIZE),
        plate=plate(data, "plateNumber"),
        plate_color=COLORS.get(text(data, "plateColor"), "unknown"),
        plate_confidence=confidence(data, "plateCredible"),
        action_confidence=confidence(data, "actionCredible"),
        visit=text(data, "parkingActId", limit=100),
        detail=_ABNORMAL.get(text(data, "parkingAbnormal"), ""),
        extra={key: found for key in ("parkingCode", "geo") if (found := text(data, key))},
    )
    if not seen.device and not seen.berth:
        raise CodecError("missing", "neither deviceSn nor berthCode is given", "deviceSn")
    if event == "evt.car.complete":
        return _completed(data, seen)
    phase = _PHASES[event][0]
    return [
        replace(
            seen,
            kind=_KINDS[phase],
            companions=((guid, _complete_id(seen.visit, guid, phase)),) if seen.visit else (),
            observed_at=clock.local(data.get("happenTime"), "happenTime"),
            pictures=links(data.get("picUrlArr"), "picUrlArr"),
        )
    ]


def _completed(data: dict[str, object], seen: Reading) -> list[Reading]:
    entered = clock.local(data.get("timeIn"), "timeIn")
    left = clock.local(data.get("timeOut"), "timeOut")
    if left < entered:
        raise CodecError("bad_time", "timeOut lies before timeIn", "timeOut")
    return [
        replace(
            seen,
            event_id=_complete_id(seen.visit, seen.event_id, phase),
            kind=_KINDS[phase],
            observed_at=moment,
            pictures=links(data.get(f"picUrlArr{name}")) or links(data.get(f"picUrl{name}")),
            companions=((seen.event_id, _complete_id(seen.visit, seen.event_id, phase)),) if seen.visit else (),
            extra={**seen.extra, "evtGuid": seen.event_id},
        )
        for phase, name, moment in (("in", "In", entered), ("out", "Out", left))
    ]


def _cancelled(data: dict[str, object]) -> list[Reading]:
    target = needed(data, "targetEvtGuid", limit=100)
    kind = text(data, "targetEvtType")
    visit = text(data, "parkingActId", limit=100)
    if kind and kind not in _PHASES:
        raise CodecError("unknown_event", f"a cancel of unknown type {kind[:40]!r}", "targetEvtType")
    repeated = [_complete_id(visit, target, phase) for phase in _PHASES.get(kind, ("in", "out"))]
    if kind == "evt.car.complete":
        revoked = repeated
    elif kind and not visit:
        revoked = [target]
    else:
        revoked = [target, *repeated]
    guid = text(data, "evtGuid", limit=100) or f"cancel:{target}"
    moment = data.get("happenTime")
    return [
        Reading(
            device=text(data, "deviceSn", limit=DEVICE_SIZE),
            event_id=event_id(guid, *((nth,) if nth else ())),
            kind=Kind.REVOKED,
            berth=text(data, "berthCode", limit=BERTH_SIZE),
            observed_at=clock.local(moment, "happenTime") if moment not in (None, "") else None,
            visit=visit,
            revokes=name,
            target="" if visit else target,
        )
        for nth, name in enumerate(revoked)
    ]


def _complete_id(visit: str, guid: str, phase: str) -> str:
    return event_id(visit or guid, "complete", phase)


def answer(ok: bool, error: CodecError | None) -> Reply:
    """`{"errorcode": 0}`; 4 for a bad parameter, 3 when nothing was stored and it should be sent again."""
    if ok:
        return json_reply(200, errorcode=0, message="")
    if error is not None:
        return json_reply(200, errorcode=4, message=error.message)
    return json_reply(200, errorcode=3, message="not stored, send again")
