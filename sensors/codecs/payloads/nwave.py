"""Nwave sensors: NPS405 (G4), NPS310SM (G3) and the vehicle counter NCC405, which watches no berth.

The NPS405 tells on port 1, in seven bits, how many minutes the state before this one lasted: exact below 90, then in
steps of five, then of sixty, and 127 for "longer than can be told". With it a lost uplink can be put back.
"""

from parking.domain.events import Kind
from sensors.codecs.reading import CodecError, Reading

_RESETS_G4 = {0: "re-joining", 1: "watchdog", 2: "power on", 3: "user request", 6: "brown-out", 7: "other"}
_RESETS_G3 = {1: "watchdog", 2: "power on", 3: "user request", 4: "brown-out", 5: "other"}
_MV_BASE, _MV_STEP = 2500, 4


def previous_minutes(code: int) -> tuple[int | None, int]:
    """Minutes in the state before, and by how many they may be too few; (None, 0) when it was too long to tell."""
    if code < 90:
        return code, 0
    if code < 120:
        return 90 + (code - 90) * 5, 4
    if code < 127:
        return 240 + (code - 120) * 60, 59
    return None, 0


def nps405(data: bytes, *, port: int | None) -> list[Reading]:
    """NPS405 (G4), surface and flush mount: change, heartbeat, start-up, and the registration of a driver's tag."""
    size = len(data)
    if port == 1 and size == 1:
        return [_changed(data[0])]
    if port == 2 and size >= 3:
        volts = (_MV_BASE + data[1] * _MV_STEP) / 1000
        degrees = int.from_bytes(data[2:3], "big", signed=True) / 2 + 10
        return [
            Reading(
                device="",
                event_id="",
                kind=Kind.OCCUPIED if data[0] & 1 else Kind.VACANT,
                heartbeat=True,
                battery_v=volts,
                battery_low=volts < (3.0 if degrees >= -5 else 2.9),
                temperature_c=degrees,
                extra={"health": data[0] & 0x7F, "rest": data[3:].hex()},
            )
        ]
    if port == 3 and size == 5:
        return [_started(data, _RESETS_G4, occupied=bool(data[4] & 1))]
    if port == 10 and size in (5, 6):
        return [_tagged(data)]
    return _diagnostics(data, port, "NPS405")


def nps310sm(data: bytes, *, port: int | None) -> list[Reading]:
    """NPS310SM (G3): the same ports without durations and telemetry."""
    if port in (1, 2) and len(data) == 1:
        occupied = bool(data[0] & 1)
        if port == 1:
            return [Reading(device="", event_id="", kind=Kind.ARRIVAL if occupied else Kind.DEPARTURE)]
        return [Reading(device="", event_id="", kind=Kind.OCCUPIED if occupied else Kind.VACANT, heartbeat=True)]
    if port == 3 and len(data) == 5:
        return [_started(data, _RESETS_G3, occupied=bool(data[4] & 1))]
    return _diagnostics(data, port, "NPS310SM")


def ncc405(data: bytes, *, port: int | None) -> list[Reading]:
    """NCC405 vehicle counter: telemetry only, it says nothing of a berth."""
    size = len(data)
    if port == 1 and size == 2:
        return [Reading(device="", event_id="", extra={"counter": int.from_bytes(data, "big")})]
    if port == 2 and size == 3:
        volts, mean = ((_MV_BASE + byte * _MV_STEP) / 1000 for byte in data[1:3])
        return [
            Reading(
                device="", event_id="", battery_v=volts, extra={"health": data[0] & 0x7F, "battery_mean_24h_v": mean}
            )
        ]
    if port == 3 and size == 4:
        return [Reading(device="", event_id="", extra=_start(data, _RESETS_G4))]
    return _diagnostics(data, port, "NCC405")


def _changed(state: int) -> Reading:
    minutes, error = previous_minutes(state >> 1)
    return Reading(
        device="",
        event_id="",
        kind=Kind.ARRIVAL if state & 1 else Kind.DEPARTURE,
        previous_minutes=minutes,
        previous_minutes_error=error,
        extra={"previous_minutes_at_least": 660} if minutes is None else {},
    )


def _tagged(data: bytes) -> Reading:
    """A driver's tag heard at the berth. The change itself comes on port 1, so this is a state, not a change."""
    extra: dict[str, object] = {"tag": data[-4:].hex().upper()}
    if len(data) == 6:
        extra["tag_battery_v"] = data[1] / 10
    if not data[0] & 1:
        return Reading(device="", event_id="", extra=extra)
    minutes, error = previous_minutes(data[0] >> 1)
    extra["previous_minutes"], extra["previous_minutes_error"] = minutes, error
    return Reading(device="", event_id="", kind=Kind.OCCUPIED, heartbeat=True, extra=extra)


def _start(data: bytes, resets: dict[int, str]) -> dict[str, object]:
    return {"firmware": ".".join(str(byte) for byte in data[:3]), "reset": resets.get(data[3], str(data[3]))}


def _started(data: bytes, resets: dict[int, str], *, occupied: bool) -> Reading:
    return Reading(device="", event_id="", kind=Kind.STARTUP, extra={**_start(data, resets), "occupied": occupied})


def _diagnostics(data: bytes, port: int | None, model: str) -> list[Reading]:
    if port == 6 and data:
        return [Reading(device="", event_id="", extra={"diagnostics": data.hex()})]
    raise CodecError("bad_payload", f"no Nwave {model} frame has {len(data)} bytes on port {port}", "payload")
