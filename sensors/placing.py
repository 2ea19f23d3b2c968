"""Which berth a reading speaks of: installations, clocks, and the reasons to refuse."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from django.db import connection

from parking.domain.events import INFERRED, Kind, OccupancyEvent, Witness
from sensors.codecs.reading import CodecError, Reading
from sensors.keys import Speaker

FUTURE_TOLERANCE = timedelta(minutes=10)
EARLIEST = datetime(2010, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Place:
    """One installation: a berth code and the period in which the device channel watched it."""

    channel: str
    berth: str
    installed_at: datetime
    removed_at: datetime | None

    def covers(self, at: datetime) -> bool:
        """Whether the device watched the berth at this moment."""
        return self.installed_at <= at and (self.removed_at is None or at < self.removed_at)


@dataclass(frozen=True, slots=True)
class Known:
    """A registered device and where it has been."""

    id: int
    witness: Witness
    active: bool
    places: tuple[Place, ...]


_DEVICES = """
SELECT d.code, d.id, d.kind, d.active, i.channel, b.code, i.installed_at, i.removed_at
FROM sensors_device d
LEFT JOIN sensors_installation i ON i.device_id = d.id
LEFT JOIN parking_berth b ON b.id = i.berth_id
WHERE d.code = ANY(%s) AND (%s OR d.source_id IS NULL OR d.source_id = %s)
"""


def devices(codes: Iterable[str], *, speaker: Speaker) -> dict[str, Known]:
    """The registered devices with these codes, in one query.

    A neutral platform may speak for any registered device; a vendor's source only for its own and for those that name
    no source, so that one vendor's key can't move another vendor's berths.
    """
    wanted = list({code for code in codes if code})
    if not wanted:
        return {}
    found: dict[str, Known] = {}
    places: dict[str, list[Place]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_DEVICES, [wanted, not speaker.codec, speaker.id])
        for code, device_id, kind, active, channel, berth, installed_at, removed_at in cursor.fetchall():
            if code not in found:
                found[code] = Known(device_id, Witness(kind), active, ())
                places[code] = []
            if berth is not None:
                places[code].append(Place(channel, berth, installed_at, removed_at))
    return {code: Known(known.id, known.witness, known.active, tuple(places[code])) for code, known in found.items()}


def place(
    reading: Reading,
    *,
    known: dict[str, Known],
    speaker: Speaker,
    received_at: datetime,
    targets: Mapping[str, str] | None = None,
) -> Sequence[OccupancyEvent]:
    """The events a reading comes to: none for pure telemetry, two when it tells of a lost one before it.

    `targets` says at which berth the events lie that others take back or correct: a revocation need not name it.
    Raises CodecError with `unknown_device`, `unknown_berth`, `implausible_clock` and the field that is wrong.
    """
    if reading.kind is None:
        return ()
    observed_at = reading.observed_at or reading.platform_at or received_at
    check_clock(observed_at, received_at=received_at, speaker=speaker)
    device = known.get(reading.device) if reading.device else None
    if reading.device and (device is None or not device.active):
        raise CodecError("unknown_device", f"device {reading.device} is not registered", "device")
    berth = (targets or {}).get(reading.revokes) or _berth(reading, device, observed_at)
    event = OccupancyEvent(
        source=speaker.name,
        event_id=reading.event_id,
        berth=berth,
        kind=reading.kind,
        observed_at=observed_at,
        received_at=received_at,
        witness=device.witness if device else speaker.witness,
        device=reading.device,
        plate=reading.plate,
        plate_color=reading.plate_color,
        plate_confidence=reading.plate_confidence,
        action_confidence=reading.action_confidence,
        sequence=reading.sequence,
        visit=reading.visit,
        revokes=reading.revokes,
        picture_count=len(reading.pictures),
        detail=reading.detail,
        clocked=reading.observed_at is not None,
    )
    before = _before(event, reading)
    return (event,) if before is None else (before, event)


# A device that rounds its minutes is off by one at least.
_ROUNDED_S = 60
_OPPOSITE = {Kind.ARRIVAL: Kind.DEPARTURE, Kind.DEPARTURE: Kind.ARRIVAL}


def _before(event: OccupancyEvent, reading: Reading) -> OccupancyEvent | None:
    """The change that began the state before this one, where the device tells how long that state lasted.

    It repairs a lost uplink; where the change was also reported, the fold passes over it.
    """
    opposite = _OPPOSITE.get(event.kind)
    if opposite is None or not reading.previous_minutes:
        return None
    slack = _ROUNDED_S + 60 * reading.previous_minutes_error
    return replace(
        event,
        event_id=f"{event.event_id}:before",
        kind=opposite,
        observed_at=event.observed_at - timedelta(minutes=reading.previous_minutes),
        plate="",
        plate_color="unknown",
        plate_confidence=None,
        sequence=None,
        detail=f"{INFERRED}{slack}",
    )


def check_clock(observed_at: datetime, *, received_at: datetime, speaker: Speaker) -> None:
    """Refuse a clock that can't be true.

    Devices of vendors keep a few days when they are cut off (`max_age_days` of their source); neutral platforms may
    bring years of history.
    """
    if observed_at > received_at + FUTURE_TOLERANCE:
        raise CodecError("implausible_clock", f"{observed_at.isoformat()} lies in the future", "observed_at")
    earliest = EARLIEST
    if speaker.max_age_days is not None:
        earliest = received_at - timedelta(days=speaker.max_age_days)
    if observed_at < earliest:
        raise CodecError("implausible_clock", f"{observed_at.isoformat()} lies too far back", "observed_at")


def _berth(reading: Reading, device: Known | None, observed_at: datetime) -> str:
    if reading.berth:
        fixed = device is not None and device.witness is not Witness.PATROL and device.places
        if fixed and device and not any(p.berth == reading.berth and p.covers(observed_at) for p in device.places):
            raise CodecError(
                "device_elsewhere", f"device {reading.device} did not watch berth {reading.berth} then", "berth"
            )
        return reading.berth
    if device is None:
        raise CodecError("unknown_berth", "neither device nor berth is named", "berth")
    berths = {
        p.berth
        for p in device.places
        if p.covers(observed_at) and (not reading.channel or p.channel in ("", reading.channel))
    }
    if not berths:
        raise CodecError("unknown_berth", f"device {reading.device} was installed at no berth then", "device")
    if len(berths) > 1:
        raise CodecError("unknown_berth", f"device {reading.device} watches several berths: name one", "berth")
    return berths.pop()
