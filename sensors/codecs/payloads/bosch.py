"""Bosch TPS110 parking sensor, firmware up to 0.29 (state alone) and 0.39 (heartbeat with temperature).

Port 1 a change (1 byte), port 2 a heartbeat (state, temperature in degrees Celsius), port 3 a start-up (three debug
words of 12 bits in 4 bytes each, three bytes of firmware version, cause of reset, state), ports 4 to 6 diagnostics.
Bit 0 of the state is "occupied". Source of the layout: the device repository of The Things Network.
"""

from parking.domain.events import Kind
from sensors.codecs.reading import CodecError, Reading

_RESETS = {1: "watchdog", 2: "power on", 3: "system request", 4: "other"}


def decode(data: bytes, *, port: int | None) -> list[Reading]:
    """The readings of one uplink, without device and id."""
    size = len(data)
    if port == 1 and size == 1:
        return [Reading(device="", event_id="", kind=Kind.ARRIVAL if data[0] & 1 else Kind.DEPARTURE)]
    if port == 2 and size in (1, 2):
        return [
            Reading(
                device="",
                event_id="",
                kind=Kind.OCCUPIED if data[0] & 1 else Kind.VACANT,
                heartbeat=True,
                temperature_c=float(int.from_bytes(data[1:2], "big", signed=True)) if size == 2 else None,
            )
        ]
    if port == 3 and size in (16, 17):
        words = [(data[at + 1] & 0x0F) << 8 | data[at] for at in (0, 4, 8)]
        extra: dict[str, object] = {
            "debug": data[:12].hex(),
            "debug_codes": [word for word in words if word],
            "firmware": ".".join(str(byte) for byte in data[12:15]),
            "reset": _RESETS.get(data[15], str(data[15])),
        }
        if size == 17:
            extra["occupied"] = bool(data[16] & 1)
        return [Reading(device="", event_id="", kind=Kind.STARTUP, extra=extra)]
    if port in (4, 5, 6) and size:
        return [Reading(device="", event_id="", extra={"diagnostics": data.hex()})]
    raise CodecError("bad_payload", f"no Bosch TPS110 frame has {size} bytes on port {port}", "payload")
