"""What the fold hands back: stays, why they are held, which rules spoke."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from parking.domain.events import OccupancyEvent

EventKey = tuple[str, str]
"""(source, event_id)."""
NO_SHIFT = (timedelta(0), timedelta(0))


class Status(StrEnum):
    """Where a stay stands. `ended` waits for its quiet period; `held` waits for a person; `billable` is proved."""

    PARKED = "parked"
    ENDED = "ended"
    HELD = "held"
    BILLABLE = "billable"


class Hold(StrEnum):
    """Why a stay is not billed on its own. The list is closed."""

    NO_PLATE = "no_plate"
    PLATE_CONFLICT = "plate_conflict"
    LOW_CONFIDENCE = "low_confidence"
    LOST_ARRIVAL = "lost_arrival"
    LOST_DEPARTURE = "lost_departure"
    SENSOR_CONFLICT = "sensor_conflict"
    OVERLAP = "overlap"
    DOUBLE_PLATE = "double_plate"
    STRADDLE = "straddle"
    REVOKED = "revoked"
    CLOCK = "clock"
    EVIDENCE_MISSING = "evidence_missing"
    DECIDED_VOID = "decided_void"


class Rule(StrEnum):
    """The named rules of the fold, as they appear in a stay's reasons."""

    PAIRED_BY_VISIT = "paired_by_visit"
    PAIRED_BY_PLATE = "paired_by_plate"
    PAIRED_BY_ORDER = "paired_by_order"
    SEEN_BY_SEVERAL = "seen_by_several"
    MIXED_CLOCKS = "mixed_clocks"
    PLATE_AGREED = "plate_agreed"
    SINGLE_SURE_READ = "single_sure_read"
    MISREAD_OUTVOTED = "misread_outvoted"
    PARTIAL_READ = "partial_read"
    UNSURE_READ_DROPPED = "unsure_read_dropped"
    PATROL_ONE_OFF = "patrol_one_off"
    REPARKED = "reparked"
    FLAPPING = "flapping"
    SENSOR_NOISE = "sensor_noise"
    ECHO = "echo"
    SIGHTINGS_ONLY = "sightings_only"
    ENDS_UNSEEN = "ends_unseen"
    PLATELESS = "plateless"
    UNSURE_CHANGE = "unsure_change"
    CLOCKS_UNSURE = "clocks_unsure"
    OVERTAKEN = "overtaken"
    VACANT_SEEN = "vacant_seen"
    SILENT_TOO_LONG = "silent_too_long"
    REBOOT = "reboot"
    FIRST_CLAIM = "first_claim"
    NOTHING_TO_CHARGE = "nothing_to_charge"
    DECIDED = "decided"
    REPEATED = "repeated"
    FROZEN = "frozen"


HOLD_TEXT: Mapping[Hold, tuple[str, str]] = MappingProxyType(
    {
        Hold.NO_PLATE: ("没有读到车牌", "no plate was read"),
        Hold.PLATE_CONFLICT: ("读到的车牌不一致", "the plates read do not agree"),
        Hold.LOW_CONFIDENCE: ("车牌或动作的证据不足", "the plate or the change is not proved well enough"),
        Hold.LOST_ARRIVAL: ("没有驶入记录", "the arrival was not recorded"),
        Hold.LOST_DEPARTURE: ("没有驶离记录，不再计时", "the departure was not recorded; no time is counted on"),
        Hold.SENSOR_CONFLICT: ("设备之间说法矛盾", "the devices contradict each other"),
        Hold.OVERLAP: ("与本泊位另一停留重叠", "overlaps another stay on this berth"),
        Hold.DOUBLE_PLATE: ("同一车牌同时出现在别处", "the same plate was elsewhere at the same time"),
        Hold.STRADDLE: ("一车跨两个泊位", "one car on two berths"),
        Hold.REVOKED: ("厂商撤回了事件", "the vendor took an event back"),
        Hold.CLOCK: ("设备时钟可疑", "the device's clock is doubtful"),
        Hold.EVIDENCE_MISSING: ("证据不齐", "evidence is missing"),
        Hold.DECIDED_VOID: ("人工判定作废", "a person declared it void"),
    }
)
"""What people read for each hold: (Chinese, English)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """One stay on one berth, as far as the events prove it. The period is half open; `left_at` None is still there.

    A held stay whose end was lost ends at its last proof. `contested` stays overlap another and are the only ones that
    may. `arrival_event`, `departure_event` and `events` are (source, event_id). `ready_at` is when time alone changes
    the answer, None if never. `proposal` is what a reviewer is offered, as pairs of plain data. `confidence` is 0..1.
    `heard_at` is when the departure was received. `shift` is by how much each end's clock may be wrong, as its lateness
    tells: zero where there is no such doubt.
    """

    arrived_at: datetime
    left_at: datetime | None
    plate: str
    plate_color: str
    status: Status
    holds: tuple[Hold, ...] = ()
    contested: bool = False
    confidence: float = 0.0
    reasons: tuple[Rule, ...] = ()
    arrival_event: EventKey | None = None
    departure_event: EventKey | None = None
    events: tuple[EventKey, ...] = ()
    visit: str = ""
    ready_at: datetime | None = None
    heard_at: datetime | None = None
    shift: tuple[timedelta, timedelta] = NO_SHIFT
    proposal: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """An event that made no stay, and the rule that set it aside."""

    event: OccupancyEvent
    rule: Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the events of a berth come to. `stays` are in order of arrival; those not contested never overlap.

    `late` are events at or before the last billed departure: they may disagree with what is frozen. `asides` are the
    events that were explained away. `ready_at` is the earliest of the stays' own.
    """

    stays: tuple[Stay, ...]
    late: tuple[OccupancyEvent, ...] = ()
    asides: tuple[Aside, ...] = ()
    ready_at: datetime | None = None
