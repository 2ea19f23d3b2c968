"""What the LoRaWAN network servers' envelopes have in common: one uplink, its identity, its payload."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sensors.codecs import payloads
from sensors.codecs.fields import DEVICE_SIZE, event_id, fingerprint, number, record
from sensors.codecs.reading import CodecError, Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Uplink:
    """One frame of one device as a network server tells it. `session` changes at a re-join, where the server tells."""

    device: str
    session: str
    frame_count: int | None
    port: int | None
    data: bytes
    platform_at: datetime
    names: tuple[str, ...] = ()
    signal_dbm: float | None = None
    snr_db: float | None = None
    battery_pct: float | None = None


def readings(uplink: Uplink, *, query: Mapping[str, str]) -> list[Reading]:
    """The readings of an uplink's payload with their identity.

    The id is made of device, session, frame counter, port, payload and the hour of the server's clock: equal for the
    copies of several gateways, for webhook retries and re-sent confirmed frames, yet not for a frame that carries the
    same counter again after a re-join or a restart, which LORIOT and activation by personalisation can't tell apart.
    """
    found = payloads.decode(uplink.data, port=uplink.port, model=query.get("model", ""), names=uplink.names)
    frame = fingerprint(uplink.session, uplink.port, uplink.data.hex(), int(uplink.platform_at.timestamp()) // 3600)
    return [
        replace(
            reading,
            device=uplink.device,
            event_id=event_id(uplink.device, uplink.frame_count, frame[:12], *((nth,) if nth else ())),
            platform_at=uplink.platform_at,
            sequence=reading.sequence if uplink.frame_count is None else uplink.frame_count,
            signal_dbm=uplink.signal_dbm if reading.signal_dbm is None else reading.signal_dbm,
            battery_pct=uplink.battery_pct if reading.battery_pct is None else reading.battery_pct,
            extra=reading.extra if uplink.snr_db is None else {**reading.extra, "snr_db": uplink.snr_db},
        )
        for nth, reading in enumerate(found)
    ]


def eui(value: str, field: str) -> str:
    """A device's EUI as 16 lower-case hexadecimal signs, or as it is where it is something else."""
    plain = value.replace("-", "").replace(":", "").lower()
    if len(plain) == 16 and all(sign in "0123456789abcdef" for sign in plain):
        return plain
    if not value or len(value) > DEVICE_SIZE:
        raise CodecError("missing", f"{field} is missing", field)
    return value


def base64_bytes(value: object, field: str) -> bytes:
    """The bytes of a base64 text."""
    if not isinstance(value, str):
        raise CodecError("bad_type", f"{field} must be a base64 text", field)
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise CodecError("bad_payload", f"{field} is not base64", field) from None


def hex_bytes(value: object, field: str) -> bytes:
    """The bytes of a hexadecimal text."""
    if not isinstance(value, str):
        raise CodecError("bad_type", f"{field} must be a hexadecimal text", field)
    try:
        return bytes.fromhex(value)
    except ValueError:
        raise CodecError("bad_payload", f"{field} is not hexadecimal", field) from None


def strongest(gateways: object) -> tuple[float | None, float | None]:
    """RSSI in dBm and SNR in dB of the gateway that heard best."""
    if not isinstance(gateways, list):
        return None, None
    heard = [
        (rssi, number(item, "snr", "lsnr"))
        for item in (record(entry, "gateways") for entry in gateways)
        if (rssi := number(item, "rssi")) is not None
    ]
    return max(heard, key=lambda pair: pair[0]) if heard else (None, None)
