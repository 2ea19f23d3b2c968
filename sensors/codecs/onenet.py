"""中国移动 OneNET HTTP push: data points and device status, the GET check of the address, and the message signature.

The signature covers the raw text of `msg`; a text that is parsed and written again may differ from it.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from parking.domain.events import STATE_REPORT, Kind
from sensors.codecs import clock, nbiot, thing
from sensors.codecs.fields import DEVICE_SIZE, needed, parse, parse_object, record, text, text_of, whole
from sensors.codecs.reading import CodecError, Reading, batch
from sensors.codecs.reply import Reply
from sensors.codecs.reply import stored as answer

__all__ = ["answer", "decode", "greeting", "signature", "signed"]

_POINT, _STATUS = 1, 2
_STATUSES = {0: "offline", 1: "online"}
_PRESENCE, _DIGITAL_STATE = "3302", "5500"  # IPSO smart objects


def signature(*, token: str, nonce: str, msg: str) -> str:
    """The signature of a message text: base64 of the MD5 of token, nonce and text, as OneNET defines it."""
    digest = hashlib.md5((token + nonce + msg).encode(), usedforsecurity=False).digest()
    return base64.b64encode(digest).decode()


def signed(body: bytes, *, token: str) -> bool:
    """Whether a pushed body carries the right signature of its raw `msg`."""
    raw = text_of(body)
    try:
        start = raw.index('"msg"') + len('"msg"')
        start = raw.index(":", start) + 1
        start += len(raw[start:]) - len(raw[start:].lstrip())
        value, end = json.JSONDecoder().raw_decode(raw, start)
    except (ValueError, RecursionError):
        return False
    data = parse_object(body)
    msg = value if isinstance(value, str) else raw[start:end]
    expected = signature(token=token, nonce=text(data, "nonce"), msg=msg)
    return hmac.compare_digest(expected.encode(), text(data, "msg_signature").encode())


def greeting(query: Mapping[str, str], *, token: str = "") -> Reply | None:
    """The answer to OneNET's GET check: its `msg` back. With a token, only when the signature is right; else None."""
    msg = query.get("msg", "")
    if not msg:
        return None
    if token:
        given = query.get("signature", "").replace(" ", "+")
        expected = signature(token=token, nonce=query.get("nonce", ""), msg=msg)
        if not hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace")):
            return None
    return Reply(200, "text/plain; charset=utf-8", msg.encode("utf-8", "replace"))


def decode(
    body: bytes, *, received_at: datetime, content_type: str = "", query: Mapping[str, str] = {}
) -> Sequence[Reading | CodecError]:
    """One reading per data point; `?model=` names the layout of hexadecimal values."""
    message = parse_object(body).get("msg")
    if isinstance(message, str):
        message = parse(message)
    points = message if isinstance(message, list) else [message]
    found: list[Reading | CodecError] = []
    for point in points:
        try:
            found.append(_point(record(point, "msg"), query.get("model", "")))
        except CodecError as error:
            found.append(error)
    return batch(found)


def _point(point: dict[str, object], model: str) -> Reading:
    device = needed(point, "dev_id", "imei", limit=DEVICE_SIZE)
    at = point.get("at")
    platform_at = clock.epoch(at, "at") if at not in (None, "") else None
    stream = text(point, "ds_id")
    kind = whole(point, "type")
    if kind == _STATUS:
        status = whole(point, "status")
        found = Reading(device="", event_id="", detail=_STATUSES.get(-1 if status is None else status, ""))
    elif kind == _POINT or "value" in point:
        found = _value(point.get("value"), stream, model)
    else:
        found = Reading(device="", event_id="", detail="other message")
    return nbiot.identified(
        found,
        device=device,
        platform_at=platform_at,
        message=[stream, at, point.get("value"), point.get("status")],
        imei=text(point, "imei"),
        stream=stream,
    )


def _value(value: object, stream: str, model: str) -> Reading:
    if isinstance(value, dict):
        return thing.reading(record(value, "value"), timeless_is_heartbeat=False)
    if isinstance(value, (bool, int, float)):
        objects = stream.split("_")
        if objects[0] == _PRESENCE and objects[-1] == _DIGITAL_STATE:
            return Reading(device="", event_id="", kind=Kind.OCCUPIED if value else Kind.VACANT, detail=STATE_REPORT)
        return Reading(device="", event_id="", extra=thing.plain({"value": value}))
    if isinstance(value, str) and value:
        raw = value.encode() if value.lstrip().startswith("{") else nbiot.hexadecimal(value, "value")
        return nbiot.transparent(raw, model=model, names=(), timeless_is_heartbeat=False)[0]
    raise CodecError("bad_type", "value is neither number, text nor object", "value")
