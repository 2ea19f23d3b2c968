"""The Things Stack v3, community and enterprise, webhook or MQTT JSON: uplinks are read, all else is passed over."""

from collections.abc import Mapping
from datetime import datetime

from sensors.codecs import clock, lorawan
from sensors.codecs.fields import needed, number, parse_object, part, text, whole
from sensors.codecs.reading import Reading
from sensors.codecs.reply import stored as answer

__all__ = ["answer", "decode"]


def decode(
    body: bytes, *, received_at: datetime, content_type: str = "", query: Mapping[str, str] = {}
) -> list[Reading]:
    """Readings of one message; `?model=` names the payload. Joins and downlink reports give none."""
    data = parse_object(body)
    ids = part(data, "end_device_ids")
    device = lorawan.eui(needed(ids, "dev_eui"), "dev_eui")
    message = part(data, "uplink_message")
    if "frm_payload" not in message:
        return []
    rssi, snr = lorawan.strongest(message.get("rx_metadata"))
    version = part(message, "version_ids")
    applications = part(ids, "application_ids")
    uplink = lorawan.Uplink(
        device=device,
        session=text(message, "session_key_id") or text(ids, "dev_addr"),
        # A counter of zero is left out by Protocol Buffers' JSON.
        frame_count=whole(message, "f_cnt") or 0,
        port=whole(message, "f_port"),
        data=lorawan.base64_bytes(message["frm_payload"], "frm_payload"),
        platform_at=clock.zoned(message.get("received_at") or data.get("received_at"), "received_at"),
        names=(text(version, "model_id"), text(ids, "device_id"), text(applications, "application_id")),
        signal_dbm=rssi,
        snr_db=snr,
        battery_pct=number(part(message, "last_battery_percentage"), "value"),
    )
    return lorawan.readings(uplink, query=query)
