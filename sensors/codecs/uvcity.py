"""优橙 uvcity berth cameras over MQTT: one `pInfo` per entry (`parkType` 1) or exit (2).

Their record numbers are longer than 64 bits and berth numbers carry leading zeros: both stay texts. The time is in
seconds inside, in milliseconds on the envelope.
"""

from collections.abc import Mapping
from datetime import datetime

from parking.domain.events import Kind
from sensors.codecs import clock
from sensors.codecs.fields import DEVICE_SIZE, event_id, fingerprint, needed, parse_object, part, plate, text
from sensors.codecs.reading import CodecError, Reading
from sensors.codecs.reply import stored as answer

__all__ = ["answer", "decode"]

_KINDS = {"1": Kind.ARRIVAL, "2": Kind.DEPARTURE}


def decode(
    body: bytes, *, received_at: datetime, content_type: str = "", query: Mapping[str, str] = {}
) -> list[Reading]:
    """One change per event message; other messages give none."""
    data = parse_object(body)
    if text(data, "type") != "event":
        return []
    info = part(data, "pInfo") or part(part(data, "params"), "value")
    kind = _KINDS.get(text(info, "parkType", "gate"))
    if kind is None:
        raise CodecError("bad_value", "parkType must be 1 or 2", "parkType")
    device = needed(info, "spotSn", "parkingSpotNo", limit=DEVICE_SIZE)
    written = text(info, "accessTime")
    observed_at = clock.epoch(written, "accessTime") if written.isdecimal() else None
    stamp = data.get("time") or part(data, "params").get("time")
    picture = text(info, "imagePath", limit=1024)
    return [
        Reading(
            device=device,
            event_id=event_id(device, text(info, "recordId", limit=40) or fingerprint(info)),
            kind=kind,
            channel=text(info, "parkSpotNo", limit=32),
            observed_at=observed_at,
            platform_at=clock.epoch(stamp, "time") if stamp else None,
            plate=plate(info, "carNo"),
            pictures=(picture,) if picture else (),
            extra={"park": text(info, "parkCode", "parkNo")},
        )
    ]
