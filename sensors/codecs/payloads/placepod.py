"""PNI PlacePod: channel, type, value; any number of them in one frame.

Channel 0x15 is the parking status, 0x37 its keep-alive, which repeats the status and is no change.
"""

from dataclasses import replace

from parking.domain.events import Kind
from sensors.codecs.reading import CodecError, Reading

_SIZES = {0x01: 1, 0x02: 2, 0x66: 1, 0x67: 2}
_STATUS, _KEEP_ALIVE = (0x15, 0x66), (0x37, 0x66)
_TEMPERATURE, _BATTERY = (0x02, 0x67), (0x03, 0x02)
_REBOOT = (0x3F, 0x01)
_NAMES = {(0x01, 0x01): "recalibrated", (0x1C, 0x01): "deactivated", (0x21, 0x66): "vehicle_count"}
_KNOWN = {_STATUS, _KEEP_ALIVE, _TEMPERATURE, _BATTERY, _REBOOT, *_NAMES}


def fits(data: bytes) -> bool:
    """Whether the frame is made of known channels from beginning to end."""
    at = 0
    while at < len(data):
        if len(data) < at + 3 or (data[at], data[at + 1]) not in _KNOWN:
            return False
        at += 2 + _SIZES[data[at + 1]]
    return at == len(data) > 0


def decode(data: bytes, *, port: int | None) -> list[Reading]:
    """The readings of one uplink, without device and id: one per state, telemetry joined to the first."""
    states: list[Reading] = []
    rest = Reading(device="", event_id="")
    at = 0
    while at < len(data):
        if len(data) < at + 3 or data[at + 1] not in _SIZES:
            raise CodecError("bad_payload", f"no PlacePod element at byte {at}", "payload")
        field = (data[at], data[at + 1])
        end = at + 2 + _SIZES[data[at + 1]]
        if len(data) < end:
            raise CodecError("bad_payload", f"the PlacePod element at byte {at} is cut short", "payload")
        value = int.from_bytes(data[at + 2 : end], "big", signed=field == _TEMPERATURE)
        at = end
        if field == _STATUS:
            states.append(Reading(device="", event_id="", kind=Kind.ARRIVAL if value else Kind.DEPARTURE))
        elif field == _KEEP_ALIVE:
            kind = Kind.OCCUPIED if value else Kind.VACANT
            states.append(Reading(device="", event_id="", kind=kind, heartbeat=True))
        elif field == _REBOOT:
            states.append(Reading(device="", event_id="", kind=Kind.STARTUP))
        elif field == _TEMPERATURE:
            rest = replace(rest, temperature_c=value / 10)
        elif field == _BATTERY:
            rest = replace(rest, battery_v=value / 100)
        else:
            rest.extra[_NAMES.get(field, f"{field[0]:02x}{field[1]:02x}")] = value
    if not at:
        raise CodecError("bad_payload", "an empty PlacePod frame", "payload")
    if not states:
        return [rest]
    first = replace(states[0], temperature_c=rest.temperature_c, battery_v=rest.battery_v, extra=rest.extra)
    return [first, *states[1:]]
