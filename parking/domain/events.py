"""The neutral record of what a witness at the kerb saw: the only door between sensors and parking."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """What an event says of its berth.

    The first two say that a change was seen, the next two that a state was seen (heartbeat, poll, patrol read).
    """

    ARRIVAL = "arrival"
    DEPARTURE = "departure"
    OCCUPIED = "occupied"
    VACANT = "vacant"
    STARTUP = "startup"  # a device restarted; what it says of the berth proves nothing
    CORRECTED = "corrected"  # the vendor corrects plate or colour of the event named in `revokes`
    REVOKED = "revoked"  # the vendor takes back the event named in `revokes`
    DECIDED = "decided"  # a person decided a review; the decision is one more event (see fusion)


class Witness(StrEnum):
    """The kind of device that saw it; precedence between them is the road's policy."""

    GEOMAGNETIC = "geomagnetic"
    HIGH_CAMERA = "high_camera"
    LOW_CAMERA = "low_camera"
    PATROL = "patrol"
    INSPECTOR = "inspector"
    OPERATOR = "operator"
    UNKNOWN = "unknown"


# `detail` of an event whose device only ever reports its state: one that differs from the one before is a change.
STATE_REPORT = "state report"
# `detail` of a change nobody saw: a later report told how long the state before it had lasted, give or take seconds.
INFERRED = "inferred:"

PLATE_COLORS = ("blue", "green", "yellow", "black", "white", "yellow_green", "unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class OccupancyEvent:
    """One thing one witness said about one berth.

    Identity is (source, event_id). Datetimes are aware. `observed_at` is the device's clock, `received_at` ours.
    `plate` is upper case without the dot, "" when none was read. Confidences are 0..1, None when the witness gives
    none. `visit` is the vendor's own id that pairs an arrival with its departure, "" when it gives none.
    `picture_count` is how many pictures the witness announced. `clocked` is false when `observed_at` is not the
    device's own clock but the moment at which a platform or we heard it: then a repeat may carry another one.
    `stored_as` is its running number in our store, None before it is stored.
    """

    source: str
    event_id: str
    berth: str
    kind: Kind
    observed_at: datetime
    received_at: datetime
    witness: Witness = Witness.UNKNOWN
    device: str = ""
    plate: str = ""
    plate_color: str = "unknown"
    plate_confidence: float | None = None
    action_confidence: float | None = None
    sequence: int | None = None
    visit: str = ""
    revokes: str = ""
    picture_count: int = 0
    detail: str = ""
    clocked: bool = True
    stored_as: int | None = None
