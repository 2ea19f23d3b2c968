"""LORIOT's JSON output: `rx` (one uplink) and `gw` (the same uplink with all gateways that heard it)."""

from collections.abc import Mapping
from datetime import datetime

from sensors.codecs import clock, lorawan
from sensors.codecs.fields import needed, number, parse_object, text, whole
from sensors.codecs.reading import Reading
from sensors.codecs.reply import stored as answer

__all__ = ["answer", "decode"]

_UPLINKS = ("rx", "gw")
_EXTERNAL_POWER, _FULL, _UNKNOWN = 0, 254, 255  # LoRaWAN DevStatus battery byte


def decode(
    body: bytes, *, received_at: datetime, content_type: str = "", query: Mapping[str, str] = {}
) -> list[Reading]:
    """Readings of one message; `?model=` names the payload. A server that sends both forms gives one reading twice."""
    data = parse_object(body)
    if text(data, "cmd") not in _UPLINKS or data.get("data") is None:
        return []
    rssi, snr = lorawan.strongest(data.get("gws") or [data])
    uplink = lorawan.Uplink(
        device=lorawan.eui(needed(data, "EUI"), "EUI"),
        session=text(data, "devaddr"),
        frame_count=whole(data, "fcnt"),
        port=whole(data, "port"),
        data=lorawan.hex_bytes(data["data"], "data"),
        platform_at=clock.epoch(data.get("ts"), "ts"),
        signal_dbm=rssi,
        snr_db=snr,
        battery_pct=_battery(number(data, "bat")),
    )
    return lorawan.readings(uplink, query=query)


def _battery(level: float | None) -> float | None:
    if level is None or level in (_EXTERNAL_POWER, _UNKNOWN) or not 0 < level <= _FULL:
        return None
    return round((level - 1) / (_FULL - 1) * 100, 1)
