"""Properties of a "thing model": what NB-IoT platforms make of a sensor's bytes, under each maker's own names."""

from collections.abc import Mapping
from datetime import datetime

from parking.domain.events import STATE_REPORT, Kind
from sensors.codecs import clock
from sensors.codecs.fields import number, text
from sensors.codecs.reading import CodecError, Reading

_STATE = ("parking_state", "parkingState", "park_state", "ParkingState", "parkingStatus", "park_status", "ParkStatus",
          "isParked", "occupied", "parking_change")  # fmt: skip
_TIME = ("ptime", "deviceTime", "DeviceTime", "device_time", "time")
_BATTERY_V = ("battery_voltage", "batteryVoltage", "BatteryVoltage", "voltage")
_BATTERY_PCT = ("battery_value", "battery_pct", "batteryLevel", "Battery_Level", "Battery", "battery")
_SIGNAL = ("Signal_Power", "signal_power", "rsrp", "RSRP")
_TEMPERATURE = ("temperature", "Temperature", "temp")
_OCCUPIED = frozenset({"1", "true", "yes", "occupied", "parked", "busy", "1.0"})
_VACANT = frozenset({"0", "false", "no", "vacant", "free", "idle", "0.0"})


def reading(properties: Mapping[str, object], *, timeless_is_heartbeat: bool) -> Reading:
    """A reading without device and id: a state with a device's time is a change, one without is a state.

    Properties without a known name are kept in `extra`.
    """
    state = _state(properties)
    moment = _moment(properties)
    kind: Kind | None = None
    if state is not None and moment is not None:
        kind = Kind.ARRIVAL if state else Kind.DEPARTURE
    elif state is not None:
        kind = Kind.OCCUPIED if state else Kind.VACANT
    timeless = state is not None and moment is None
    signal = number(properties, *_SIGNAL)
    millivolts = number(properties, "battery_mv")
    volts = number(properties, *_BATTERY_V)
    return Reading(
        device="",
        event_id="",
        kind=kind,
        heartbeat=timeless and timeless_is_heartbeat,
        detail=STATE_REPORT if timeless and not timeless_is_heartbeat else "",
        observed_at=moment,
        battery_v=round(volts, 3) if volts is not None else None if millivolts is None else millivolts / 1000,
        battery_pct=number(properties, *_BATTERY_PCT),
        signal_dbm=-abs(signal) if signal is not None else None,
        temperature_c=number(properties, *_TEMPERATURE),
        extra=plain(properties),
    )


def plain(properties: Mapping[str, object]) -> dict[str, object]:
    """The storable scalars among the properties, long texts cut."""
    found: dict[str, object] = {}
    for name, value in properties.items():
        if isinstance(value, str) and value.isprintable():
            found[name[:64]] = value[:256]
        elif value is None or (isinstance(value, (bool, int, float)) and abs(value) < 2**63):
            found[name[:64]] = value
    return {name: value for name, value in found.items() if name.isprintable()}


def _state(properties: Mapping[str, object]) -> bool | None:
    for name in _STATE:
        value = properties.get(name)
        if value is None:
            continue
        word = str(value).strip().lower()
        if word in _OCCUPIED:
            return True
        if word in _VACANT:
            return False
        raise CodecError("bad_value", f"{name} is neither occupied nor free: {word[:20]!r}", name)
    return None


def _moment(properties: Mapping[str, object]) -> datetime | None:
    for name in _TIME:
        value = properties.get(name)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return clock.epoch(value, name)
        written = text(properties, name)
        if written.isdecimal() and len(written) in (10, 13):
            return clock.epoch(written, name)
        if written:
            return clock.local(written, name)
    return None
