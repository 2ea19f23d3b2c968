"""ChirpStack v4, HTTP integration and MQTT, JSON encoding: `up` events carry a payload, `status` the battery."""

from collections.abc import Mapping
from datetime import datetime

from sensors.codecs import clock, lorawan
from sensors.codecs.fields import event_id, needed, number, parse_object, part, text, whole
from sensors.codecs.reading import Reading
from sensors.codecs.reply import stored as answer

__all__ = ["answer", "decode"]


def decode(
    body: bytes, *, received_at: datetime, content_type: str = "", query: Mapping[str, str] = {}
) -> list[Reading]:
    """Readings of one event; `?model=` names the payload. Joins, acknowledgements and logs give none."""
    data = parse_object(body)
    info = part(data, "deviceInfo")
    device = lorawan.eui(needed(info, "devEui"), "devEui")
    if "data" not in data:
        return _status(data, device)
    rssi, snr = lorawan.strongest(data.get("rxInfo"))
    tags = part(info, "tags")
    uplink = lorawan.Uplink(
        device=device,
        session=text(data, "devAddr"),
        frame_count=whole(data, "fCnt"),
        port=whole(data, "fPort"),
        data=lorawan.base64_bytes(data["data"], "data"),
        platform_at=clock.zoned(data.get("time"), "time"),
        names=(text(tags, "model"), text(info, "deviceProfileName"), text(info, "applicationName")),
        signal_dbm=rssi,
        snr_db=snr,
    )
    return lorawan.readings(uplink, query=query)


def _status(data: dict[str, object], device: str) -> list[Reading]:
    battery = number(data, "batteryLevel")
    if battery is None:
        return []
    return [
        Reading(
            device=device,
            event_id=event_id(device, text(data, "deduplicationId") or text(data, "time")),
            platform_at=clock.zoned(data.get("time"), "time"),
            battery_pct=battery,
        )
    ]
