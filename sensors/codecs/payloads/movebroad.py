"""目博 Movebroad NB-IoT berth sensors MVB_VD33D, object models P2_2 and P2_3, as CTWing's code generator lays them out.

Big-endian: kind of message (2 report, 7 event), service (2 bytes), length (2 bytes), fields. One real change comes as
four messages: with P2_3 the extra report 101 (state and the device's time), the event 1001, the data report 1 (state
without time) and the signal report 2. Only the one with the time is taken as the change; the others are states or
telemetry. P2_2 forgets the byte order in two events, which is seen from an impossible value.
"""

import struct
from datetime import datetime

from parking.domain.events import Kind
from sensors.codecs import clock
from sensors.codecs.reading import CodecError, Reading

_REPORT, _EVENT, _COMMAND, _RESPONSE = 0x02, 0x07, 0x06, 0x86
_SIGNAL = struct.Struct(">iiiii")  # rsrp, sinr, pci, ecl, cell
_STATUS = struct.Struct(">fiqBBBi")  # volts, per cent, ms, state, error, change, field
_HEAD = struct.Struct(">20sff6s18s15s15s")
_TAIL = struct.Struct(">5ifihhhBBBi")


def fits(data: bytes) -> bool:
    """Whether the frame bears Movebroad's head and its own length."""
    return len(data) >= 6 and data[0] in (_REPORT, _EVENT) and int.from_bytes(data[3:5], "big") == len(data) - 5


def decode(data: bytes, *, port: int | None) -> list[Reading]:
    """The readings of one message, without device and id."""
    if len(data) >= 3 and data[0] in (_COMMAND, _RESPONSE):
        return [Reading(device="", event_id="", extra={"response": data.hex()})]
    if not fits(data):
        raise CodecError("bad_payload", "no Movebroad message", "payload")
    service, body = int.from_bytes(data[1:3], "big"), data[5:]
    try:
        return [_event(service, body) if data[0] == _EVENT else _report(service, body)]
    except struct.error:
        raise CodecError("bad_payload", f"service {service} can't have {len(body)} bytes", "payload") from None


def _report(service: int, body: bytes) -> Reading:
    if service == 1 and len(body) == 1:
        return Reading(device="", event_id="", kind=_state(body[0]), heartbeat=True)
    if service in (1, 101) and len(body) in (_STATUS.size, _STATUS.size + 6):
        volts, percent, moment, state, error, _, field = _STATUS.unpack_from(body)
        extra: dict[str, object] = {"field": field, "error_code": error}
        if len(body) > _STATUS.size:
            extra["field_xyz"] = list(struct.unpack_from(">3H", body, _STATUS.size))
        return Reading(
            device="",
            event_id="",
            kind=Kind.ARRIVAL if state else Kind.DEPARTURE,
            observed_at=_moment(moment),
            battery_v=round(volts, 3),
            battery_pct=float(percent),
            extra=extra,
        )
    if service == 2 and len(body) == _SIGNAL.size:
        rsrp, sinr, pci, ecl, cell = _SIGNAL.unpack(body)
        return Reading(
            device="",
            event_id="",
            signal_dbm=float(rsrp),
            extra={"snr_db": sinr, "pci": pci, "ecl": ecl, "cell": cell},
        )
    if service in (3, 102):
        return _heartbeat(body)
    raise CodecError("bad_payload", f"unknown service {service} with {len(body)} bytes", "payload")


def _event(service: int, body: bytes) -> Reading:
    if service == 1001 and len(body) == 1:
        return Reading(device="", event_id="", kind=_state(body[0]), heartbeat=True, detail="change without a time")
    if service == 1002 and len(body) == 1:
        return Reading(device="", event_id="", extra={"error_code": body[0]})
    if service == 1003 and len(body) == 4:
        volts = next((v for v in (_float(body, ">"), _float(body, "<")) if 0.5 < v < 10), None)
        return Reading(device="", event_id="", battery_v=None if volts is None else round(volts, 3), battery_low=True)
    if service == 1004 and len(body) == 4:
        field = min((int.from_bytes(body, "big", signed=True), int.from_bytes(body, "little", signed=True)), key=abs)
        return Reading(device="", event_id="", detail="magnetic disturbance", extra={"field": field})
    raise CodecError("bad_payload", f"unknown event {service} with {len(body)} bytes", "payload")


def _heartbeat(body: bytes) -> Reading:
    iccid, beat_h, protect_h, software, _, imsi, imei = _HEAD.unpack_from(body)
    at = _HEAD.size
    names: list[str] = []
    for _ in range(5):
        size = int.from_bytes(body[at : at + 2], "big")
        text = body[at + 2 : at + 2 + size]
        if len(text) != size:
            raise CodecError("bad_payload", "the heartbeat is cut short", "payload")
        names.append(_ascii(text))
        at += 2 + size
    if len(body) - at not in (_TAIL.size, _TAIL.size + 6):
        raise CodecError("bad_payload", "the heartbeat has another length", "payload")
    rsrp, sinr, pci, ecl, cell, volts, percent, _, snr, tx, state, error, _, field = _TAIL.unpack_from(body, at)
    return Reading(
        device="",
        event_id="",
        kind=_state(state),
        heartbeat=True,
        battery_v=round(volts, 3),
        battery_pct=float(percent),
        signal_dbm=float(rsrp),
        extra={
            "iccid": _ascii(iccid),
            "imsi": _ascii(imsi),
            "imei": _ascii(imei),
            "software": _ascii(software),
            "versions": names,
            "beat_h": beat_h,
            "protect_h": protect_h,
            "snr_db": sinr,
            "snr_uplink_db": snr,
            "tx_dbm": tx,
            "pci": pci,
            "ecl": ecl,
            "cell": cell,
            "field": field,
            "error_code": error,
        },
    )


def _state(byte: int) -> Kind:
    return Kind.OCCUPIED if byte else Kind.VACANT


def _moment(milliseconds: int) -> datetime:
    return clock.epoch(milliseconds, "ptime")


def _float(body: bytes, order: str) -> float:
    return float(struct.unpack(f"{order}f", body)[0])


def _ascii(text: bytes) -> str:
    return "".join(chr(byte) for byte in text if 32 <= byte < 127)
