"""What the NB-IoT platforms have in common: raw payloads in several wrappings, and ids made of content."""

import binascii
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from parking.domain.events import Kind
from sensors.codecs import payloads, thing
from sensors.codecs.fields import event_id, fingerprint, parse, record
from sensors.codecs.reading import CodecError, Reading

_CHANGES = (Kind.ARRIVAL, Kind.DEPARTURE)


def identified(
    reading: Reading, *, device: str, platform_at: datetime | None, message: object, **extra: object
) -> Reading:
    """The reading with its device and an id made of what was said.

    A change that bears the device's time is known by device, time and state, whichever of several messages carries it.
    Anything else is known by the whole message.
    """
    if reading.kind in _CHANGES and reading.observed_at is not None:
        milliseconds = round(reading.observed_at.timestamp() * 1000)
        identity = event_id(device, milliseconds, "in" if reading.kind is Kind.ARRIVAL else "out")
    else:
        identity = event_id(device, fingerprint(message))
    told = {key: value for key, value in extra.items() if value not in (None, "")}
    return replace(reading, device=device, event_id=identity, platform_at=platform_at, extra={**reading.extra, **told})


def transparent(data: bytes, *, model: str, names: Iterable[str], timeless_is_heartbeat: bool) -> list[Reading]:
    """The readings of bytes that a platform passes through: JSON of a thing model, or a sensor's binary layout."""
    if not data:
        raise CodecError("bad_payload", "an empty payload", "payload")
    if data.lstrip()[:1] == b"{":
        return [thing.reading(record(parse(data), "payload"), timeless_is_heartbeat=timeless_is_heartbeat)]
    return payloads.decode(data, port=None, model=model, names=names)


def hexadecimal(value: str, field: str) -> bytes:
    """The bytes of a hexadecimal text; masked or other texts are refused."""
    try:
        return binascii.unhexlify(value)
    except (binascii.Error, ValueError):
        raise CodecError("bad_payload", f"{field} is not hexadecimal", field) from None
