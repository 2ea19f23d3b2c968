"""What a codec makes of a frame, before anyone knows which berth the device watches."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from parking.domain.events import Kind


class CodecError(ValueError):
    """A frame that can't be decoded: `code` for programs, `field` where it is wrong, the message for people."""

    def __init__(self, code: str, message: str, field: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one frame says of one device and, when `kind` is set, of one berth.

    `device` is the identifier the device carries on the wire (EUI, serial number, IMEI); `channel` tells apart the
    berths one device watches; `berth` is set when the vendor names the berth itself. `event_id` is unique within the
    source and equal for repeats of the same fact. `observed_at` is the device's own clock (None when it has none),
    `platform_at` the vendor platform's. `previous_minutes` is how long the state before this one lasted, where the
    device tells. `companions` are pairs of a vendor's name and an event id: whoever takes back what bears the name
    takes that event back too, come or not. `target` is the name in a revocation whose companions the frame does not
    tell. `pictures` are the vendor's references (URLs or part names), in the vendor's order. Telemetry is in volts,
    percent, dBm and degrees Celsius.
    """

    device: str
    event_id: str
    kind: Kind | None = None
    channel: str = ""
    berth: str = ""
    heartbeat: bool = False
    observed_at: datetime | None = None
    platform_at: datetime | None = None
    plate: str = ""
    plate_color: str = "unknown"
    plate_confidence: float | None = None
    action_confidence: float | None = None
    sequence: int | None = None
    visit: str = ""
    revokes: str = ""
    target: str = ""
    companions: tuple[tuple[str, str], ...] = ()
    previous_minutes: int | None = None
    previous_minutes_error: int = 0
    pictures: tuple[str, ...] = ()
    battery_v: float | None = None
    battery_pct: float | None = None
    battery_low: bool | None = None
    signal_dbm: float | None = None
    temperature_c: float | None = None
    detail: str = ""
    extra: dict[str, object] = field(default_factory=dict)


def batch(found: Sequence[Reading | CodecError]) -> Sequence[Reading | CodecError]:
    """What a codec returns for a frame of several elements: as it is, but a frame that is wrong altogether raises."""
    if found and all(isinstance(item, CodecError) for item in found):
        first = found[0]
        if len(found) == 1 and isinstance(first, CodecError):
            raise first
    return found
