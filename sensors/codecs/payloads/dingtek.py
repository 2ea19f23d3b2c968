"""Dingtek DO200, DO201 and DO202: frames 80 .. 81 on port 3, big-endian.

Bytes: 0x80, 0, model, type, length, body, 0x81. Type 1 is the timed report, 2 the report of a change or alarm, 3 the
answer with the parameters. In a report the four half bytes are the alarms parked, level, magnet, battery; then volts
in hundredths and the raw field. DO201 and DO202 add temperature and humidity, DO202 leaves its level meaningless.
"""

from parking.domain.events import Kind
from sensors.codecs.reading import CodecError, Reading

_REPORT_SIZES = {21: False, 23: True}  # with climate bytes?
_TIMED, _CHANGED, _PARAMETERS = 1, 2, 3


def fits(data: bytes) -> bool:
    """Whether the frame bears Dingtek's marks and its own length."""
    return len(data) >= 6 and data[0] == 0x80 and data[-1] == 0x81 and data[4] == len(data)


def decode(data: bytes, *, port: int | None) -> list[Reading]:
    """The readings of one uplink, without device and id."""
    if port not in (3, None) or not fits(data):
        raise CodecError("bad_payload", f"no Dingtek frame: {len(data)} bytes on port {port}", "payload")
    kind = data[3]
    if kind in (_TIMED, _CHANGED) and len(data) in _REPORT_SIZES:
        return [_report(data, climate=_REPORT_SIZES[len(data)])]
    if kind == _PARAMETERS and len(data) in (16, 17):
        return [Reading(device="", event_id="", extra=_parameters(data))]
    raise CodecError("bad_payload", f"Dingtek frame of unknown type {kind} with {len(data)} bytes", "payload")


def _report(data: bytes, *, climate: bool) -> Reading:
    parked = bool(data[7] >> 4)
    changed = data[3] == _CHANGED
    x, y, z = (int.from_bytes(data[at : at + 2], "big", signed=True) for at in (11, 13, 15))
    extra: dict[str, object] = {
        "level": int.from_bytes(data[5:7], "big"),
        "alarm_level": bool(data[7] & 0x0F),
        "alarm_magnet": bool(data[8] >> 4),
        "field": [x, y, z],
    }
    if climate:
        extra["humidity_pct"] = data[18]
    counter = 19 if climate else 17
    kinds = (Kind.DEPARTURE, Kind.ARRIVAL) if changed else (Kind.VACANT, Kind.OCCUPIED)
    return Reading(
        device="",
        event_id="",
        kind=kinds[parked],
        heartbeat=not changed,
        sequence=int.from_bytes(data[counter : counter + 2], "big"),
        battery_v=int.from_bytes(data[9:11], "big") / 100,
        battery_low=bool(data[8] & 0x0F),
        temperature_c=float(int.from_bytes(data[17:18], "big", signed=True)) if climate else None,
        extra=extra,
    )


def _parameters(data: bytes) -> dict[str, object]:
    found: dict[str, object] = {"firmware": f"{data[5]}.{data[6]}", "upload_hours": data[7]}
    if len(data) == 17:
        return found | {
            "ultrasound_interval": data[8],
            "magnet_interval": data[9],
            "magnet_threshold": int.from_bytes(data[12:14], "big"),
        }
    return found | {
        "detect_interval": data[8],
        "level_threshold": data[9],
        "magnet_threshold": int.from_bytes(data[10:12], "big"),
        "battery_threshold_pct": data[12],
    }
