"""Huawei IoTDA HTTP push and AMQP body: property reports and device status.

Huawei's own samples put `body` inside `notify_data`, beside it, or leave both wrappings away; all three are read.
A 2xx within 15 seconds takes the message, anything else loses it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sensors.codecs import clock, nbiot, thing
from sensors.codecs.fields import DEVICE_SIZE, needed, parse_object, part, record, rows, text
from sensors.codecs.reading import CodecError, Reading, batch
from sensors.codecs.reply import stored as answer

__all__ = ["answer", "decode"]


def decode(
    body: bytes, *, received_at: datetime, content_type: str = "", query: Mapping[str, str] = {}
) -> Sequence[Reading | CodecError]:
    """One reading per reported service; `?model=` names the layout of a message's raw bytes."""
    data = parse_object(body)
    notice = part(data, "notify_data")
    header = part(notice, "header") or part(data, "header") or data
    content = part(notice, "body") or part(data, "body") or data
    device = needed(header, "device_id", "node_id", limit=DEVICE_SIZE)
    platform_at = _time(data)
    product = text(header, "product_id")
    if "services" in content:
        found: list[Reading | CodecError] = []
        for service in rows(content["services"], "services"):
            try:
                found.append(_service(record(service, "services"), device, platform_at, product, query))
            except CodecError as error:
                found.append(error)
        return batch(found)
    status = text(content, "status")
    if not status and "content" not in content:
        return []
    said = Reading(device="", event_id="", detail=status.lower())
    if "content" in content:
        raw = content["content"]
        properties = part(content, "content") if isinstance(raw, dict) else {"content": raw}
        said = thing.reading(properties, timeless_is_heartbeat=False)
    return [nbiot.identified(said, device=device, platform_at=platform_at, message=content, product=product)]


def _service(
    service: dict[str, object],
    device: str,
    platform_at: datetime | None,
    product: str,
    query: Mapping[str, str],
) -> Reading:
    properties = part(service, "properties")
    raw = properties.get("payload", properties.get("rawData"))
    written = service.get("event_time")
    moment = clock.local(written, "event_time") if written not in (None, "") else platform_at
    if isinstance(raw, str) and raw:
        found = nbiot.transparent(
            nbiot.hexadecimal(raw, "payload"),
            model=query.get("model", ""),
            names=(text(service, "service_id"), product),
            timeless_is_heartbeat=False,
        )[0]
    else:
        found = thing.reading(properties, timeless_is_heartbeat=False)
    return nbiot.identified(found, device=device, platform_at=moment, message=service, product=product)


def _time(data: dict[str, object]) -> datetime | None:
    for key in ("event_time_ms", "event_time"):
        if text(data, key):
            return clock.local(data[key], key)
    return None
