"""CTWing / AEP (中国电信) HTTP push: thing model, profile, transparent base64, and the forms of TCP and MQTT devices.

CTWing signs nothing and gives no message id. Answer 200 at once: it sends again at most three times, and after many
failures drops messages for a minute.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sensors.codecs import clock, nbiot, thing
from sensors.codecs.fields import DEVICE_SIZE, needed, parse_object, part, text, whole
from sensors.codecs.lorawan import base64_bytes
from sensors.codecs.reading import CodecError, Reading
from sensors.codecs.reply import stored as answer

__all__ = ["answer", "decode"]

_ONLINE = {0: "offline", 1: "online"}
_LOW_VOLTAGE = 1003


def decode(
    body: bytes, *, received_at: datetime, content_type: str = "", query: Mapping[str, str] = {}
) -> Sequence[Reading | CodecError]:
    """Readings of one message; `?model=` names the layout of transparent bytes.

    Of the messages of one change only the one with the device's time is a change; states without a time are heartbeats.
    """
    data = parse_object(body)
    device = needed(data, "deviceId", limit=DEVICE_SIZE)
    stamp = data.get("timestamp")
    platform_at = None if stamp in (None, "") else clock.epoch(stamp, "timestamp")
    kind = text(data, "messageType")
    if kind == "deviceOnlineOfflineReport":
        code = whole(data, "eventType")
        found = [Reading(device="", event_id="", detail=_ONLINE.get(-1 if code is None else code, ""))]
    elif kind == "eventReport":
        found = [thing.reading(part(data, "eventContent"), timeless_is_heartbeat=True)]
        if whole(data, "serviceId") == _LOW_VOLTAGE:
            found = [replace(found[0], battery_low=True)]
    elif kind == "dataReport":
        found = _reported(data, query.get("model", ""))
    else:
        return []
    # The platform's own counters (upPacketSN ...) may differ when it sends again; the content does not.
    message = {key: data.get(key) for key in ("messageType", "serviceId", "timestamp", "payload", "eventContent")}
    return [
        nbiot.identified(
            item,
            device=device,
            platform_at=platform_at,
            message=[message, nth],
            imei=text(data, "IMEI"),
            product=text(data, "productId"),
        )
        for nth, item in enumerate(found)
    ]


def _reported(data: dict[str, object], model: str) -> list[Reading]:
    payload = part(data, "payload")
    names = (text(payload, "Model"), text(payload, "Manufacturer"), text(data, "deviceType"), text(data, "topic"))
    if "APPdata" in payload:
        raw = base64_bytes(payload["APPdata"], "APPdata")
        return nbiot.transparent(raw, model=model, names=names, timeless_is_heartbeat=True)
    message = payload.get("msg")
    if isinstance(message, str):
        raw = nbiot.hexadecimal(message, "msg")
        return nbiot.transparent(raw, model=model, names=names, timeless_is_heartbeat=True)
    if "serviceData" in payload:
        return [thing.reading(part(payload, "serviceData"), timeless_is_heartbeat=True)]
    return [thing.reading(payload, timeless_is_heartbeat=True)]
