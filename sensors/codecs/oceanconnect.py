"""Huawei OceanConnect (also 中国电信's platform before CTWing): deviceDataChanged and deviceDatasChanged.

The single and the batch notification repeat one reading and bear no request id; the id is made of device, service,
time and content, so that both give the same.
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
    """One reading per service; `?model=` names the layout of raw bytes. Other notifications give none."""
    data = parse_object(body)
    if text(data, "notifyType") not in ("deviceDataChanged", "deviceDatasChanged"):
        return []
    device = needed(data, "deviceId", limit=DEVICE_SIZE)
    services = rows(data["services"], "services") if "services" in data else [data.get("service")]
    found: list[Reading | CodecError] = []
    for service in services:
        try:
            found.append(_service(record(service, "service"), device, query))
        except CodecError as error:
            found.append(error)
    return batch(found)


def _service(service: dict[str, object], device: str, query: Mapping[str, str]) -> Reading:
    data = part(service, "data")
    name = text(service, "serviceType") or text(service, "serviceId")
    written = service.get("eventTime")
    platform_at = clock.local(written, "eventTime") if written not in (None, "") else None
    raw = data.get("payload", data.get("rawData"))
    if isinstance(raw, str) and raw:
        found = nbiot.transparent(
            nbiot.hexadecimal(raw, "payload"),
            model=query.get("model", ""),
            names=(name,),
            timeless_is_heartbeat=False,
        )[0]
    else:
        found = thing.reading(data, timeless_is_heartbeat=False)
    message = [text(service, "serviceId"), written, data]
    return nbiot.identified(found, device=device, platform_at=platform_at, message=message)
