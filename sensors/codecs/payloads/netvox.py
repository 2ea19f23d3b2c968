"""Netvox R719A: port 6 data, port 7 answers to configuration; 11 bytes, version 1, device type 0x59.

Its status report is the same whether the state has just changed or the longest interval has run out. It is therefore a
state (not a heartbeat): a change only for whoever remembers the state before.
"""

from parking.domain.events import STATE_REPORT, Kind
from sensors.codecs.reading import CodecError, Reading

_TYPE = 0x59
_STARTED, _STATUS = 0, 1


def decode(data: bytes, *, port: int | None) -> list[Reading]:
    """The readings of one uplink, without device and id."""
    if len(data) != 11 or data[1] != _TYPE:
        raise CodecError("bad_payload", "no Netvox R719A frame", "payload")
    if port == 6 and data[0] == 1 and data[2] == _STATUS:
        return [
            Reading(
                device="",
                event_id="",
                kind=Kind.OCCUPIED if data[4] else Kind.VACANT,
                battery_v=(data[3] & 0x7F) / 10,
                battery_low=bool(data[3] & 0x80),
                detail=STATE_REPORT,
            )
        ]
    if port == 6 and data[0] == 1 and data[2] == _STARTED:
        extra: dict[str, object] = {"software": data[3] / 10, "hardware": data[4], "date_code": data[5:9].hex()}
        return [Reading(device="", event_id="", kind=Kind.STARTUP, extra=extra)]
    if port == 7 and data[0] == 0x81:
        return [Reading(device="", event_id="", extra={"configured": data[2] == 0})]
    if port == 7 and data[0] == 0x82:
        return [
            Reading(
                device="",
                event_id="",
                extra={
                    "min_s": int.from_bytes(data[2:4], "big"),
                    "max_s": int.from_bytes(data[4:6], "big"),
                    "battery_change_v": data[6] / 10,
                },
            )
        ]
    raise CodecError("bad_payload", f"no Netvox R719A frame of command {data[0]:#x} on port {port}", "payload")
