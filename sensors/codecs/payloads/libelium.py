"""Libelium smart parking v2: 11 bytes, of which the vendor has told the first two.

Byte 0: bit 7 occupied, bit 6 battery low, bits 0 to 2 the kind of frame; byte 1 a sequence number of the device.
"""

from parking.domain.events import Kind
from sensors.codecs.reading import CodecError, Reading

SIZE = 11
_CHANGE, _KEEP_ALIVE = 0, 1
_STARTS = (4, 5)
_OTHERS = {2: "configuration up", 3: "configuration down", 6: "clock asked", 7: "clock set"}


def decode(data: bytes, *, port: int | None) -> list[Reading]:
    """The readings of one uplink, without device and id."""
    if len(data) != SIZE:
        raise CodecError("bad_payload", f"a Libelium v2 frame has {SIZE} bytes, not {len(data)}", "payload")
    occupied, frame = bool(data[0] & 0x80), data[0] & 0x07
    kind: Kind | None = None
    detail = ""
    if frame == _CHANGE:
        kind = Kind.ARRIVAL if occupied else Kind.DEPARTURE
    elif frame == _KEEP_ALIVE:
        kind = Kind.OCCUPIED if occupied else Kind.VACANT
    elif frame in _STARTS:
        kind = Kind.STARTUP
    else:
        detail = _OTHERS[frame]
    return [
        Reading(
            device="",
            event_id="",
            kind=kind,
            heartbeat=frame == _KEEP_ALIVE,
            sequence=data[1],
            battery_low=bool(data[0] & 0x40),
            detail=detail,
            extra={"occupied": occupied, "rest": data[2:].hex()},
        )
    ]
