"""Keep, decode, place: what happens to a body between the door and the neutral event."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import DatabaseError, connection, transaction

from parking import occupancy, pictures
from parking.domain.events import OccupancyEvent
from parking.occupancy import Verdict
from sensors import codecs, companions, evidence, health, keys, placing
from sensors.codecs.multipart import Part
from sensors.codecs.reading import CodecError, Reading
from sensors.keys import Speaker
from sensors.models import Frame

log = logging.getLogger(__name__)

MAX_KEPT_BODY = 1 << 20


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why one event of a batch was not taken."""

    index: int
    code: str
    message: str
    field: str

    def as_dict(self) -> dict[str, Any]:
        """The form of the contract."""
        return {"index": self.index, "code": self.code, "message": self.message, "field": self.field}


@dataclass(slots=True)
class Receipt:
    """What became of one body. `error` is set when nothing of it could be read."""

    accepted: int = 0
    duplicates: int = 0
    rejected: list[Rejection] = field(default_factory=list)
    error: CodecError | None = None
    frame: int | None = None


def receive(
    *,
    speaker: Speaker,
    codec: str,
    body: bytes,
    received_at: datetime,
    content_type: str = "",
    query: Mapping[str, str] | None = None,
) -> Receipt:
    """Store the body and all events in it, durably, in one transaction.

    A body that can't be decoded is kept with its reason. A bad event never stops the good ones. Raises DatabaseError
    when the store is out of reach: then nothing was taken and the sender must come again.
    """
    kept = {name: value for name, value in (query or {}).items() if name != "key"}
    frame = Frame(
        source_id=speaker.id,
        codec=codec,
        received_at=received_at,
        content_type=content_type[:128],
        query=kept,
        body=body[:MAX_KEPT_BODY],
        outcome=Frame.Outcome.RECEIVED,
    )
    return _take(frame, body, speaker=speaker, now=received_at)


def again(frame: Frame, *, now: datetime) -> Receipt:
    """Decode a kept frame once more, after a codec, a device or an installation was mended.

    What was stored before is a duplicate, so that nothing is told twice. Raises ValueError for a frame whose sender was
    turned away: nobody knows whose it is.
    """
    if frame.source is None:
        raise ValueError("a refused body has no source")
    return _take(frame, bytes(frame.body), speaker=keys.as_speaker(frame.source), now=now)


def _take(frame: Frame, body: bytes, *, speaker: Speaker, now: datetime) -> Receipt:
    readings: Sequence[Reading | CodecError]
    try:
        readings = codecs.decode(
            frame.codec, body, received_at=frame.received_at, content_type=frame.content_type, query=frame.query
        )
    except CodecError as error:
        frame.outcome, frame.reason = Frame.Outcome.REJECTED, error.code[:64]
        frame.rejections = [{"code": error.code, "message": error.message, "field": error.field}]
        frame.save()
        return Receipt(error=error, frame=frame.id)
    receipt = Receipt()
    found = evidence.found(readings, body, codec=frame.codec, content_type=frame.content_type, source=speaker.name)
    good = [reading for reading in readings if isinstance(reading, Reading)]
    with transaction.atomic(savepoint=False):
        readings = companions.expand(readings, speaker=speaker)
        known = placing.devices((reading.device for reading in good), speaker=speaker)
        events, origin = _place(readings, receipt, known=known, speaker=speaker, received_at=frame.received_at)
        frame.id = frame.id or _next_frame()
        observed = occupancy.observe(events, now=now, frame=frame.id)
        companions.keep(events, readings, origin, speaker=speaker, now=frame.received_at)
        _count(receipt, observed.verdicts, origin, events)
        pictures.keep(evidence.kept(found, refused={each.index for each in receipt.rejected}), now=frame.received_at)
        health.heard(good, known=known, received_at=frame.received_at, speaker=speaker)
        _settle(frame, receipt)
        frame.save(force_insert=frame._state.adding)
    receipt.frame = frame.id
    return receipt


def attach(
    *,
    codec: str,
    told: bytes,
    part: Part,
    name: str,
    source: str,
    now: datetime,
    query: Mapping[str, str],
) -> int:
    """Keep a picture that follows `told` in a stream, for each event that text speaks of; how many rows are new.

    A text that says nothing of a berth, or can't be read, has no evidence. Raises DatabaseError.
    """
    try:
        readings = codecs.decode(codec, told, received_at=now, query=query)
    except CodecError:
        return 0
    found = [
        evidence.of_part(each, part, source=source, name=name)
        for each in readings
        if isinstance(each, Reading) and not each.heartbeat
    ]
    return sum(each.outcome is pictures.Outcome.ACCEPTED for each in pictures.keep(found, now=now))


def _place(
    readings: Sequence[Reading | CodecError],
    receipt: Receipt,
    *,
    known: dict[str, placing.Known],
    speaker: Speaker,
    received_at: datetime,
) -> tuple[list[OccupancyEvent], list[int]]:
    """The events of all readings, each with its reading's place in the batch; refusals go to the receipt."""
    revoked = {reading.revokes for reading in readings if isinstance(reading, Reading) and reading.revokes}
    targets = occupancy.berths_of(revoked, source=speaker.name)
    events: list[OccupancyEvent] = []
    origin: list[int] = []
    for index, reading in enumerate(readings):
        try:
            if isinstance(reading, CodecError):
                raise reading
            placed = placing.place(reading, known=known, speaker=speaker, received_at=received_at, targets=targets)
        except CodecError as error:
            receipt.rejected.append(Rejection(index, error.code, error.message, error.field))
            continue
        events.extend(placed)
        origin.extend([index] * len(placed))
    return events, origin


def _next_frame() -> int:
    """The id is known before the row is written, so that events can name it and the row is written once."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('sensors_frame', 'id'))")
        return int(cursor.fetchone()[0])


def refuse(*, codec: str, body: bytes, received_at: datetime, reason: str, speaker: Speaker | None = None) -> None:
    """Keep a trace of a body that was turned away at the door (no key, too large), cut to a kilobyte."""
    try:
        Frame.objects.create(
            source_id=speaker.id if speaker else None,
            codec=codec[:32],
            received_at=received_at,
            body=body[:1024],
            outcome=Frame.Outcome.REFUSED,
            reason=reason,
        )
    except DatabaseError:
        log.warning("a refused body (%s) could not be kept", reason)


_MESSAGES = {
    Verdict.CONFLICT: ("conflict", "an event with this id and other content was stored before", "event_id"),
    Verdict.UNKNOWN_BERTH: ("unknown_berth", "berth {event.berth} is not in the network", "berth"),
}


def _count(
    receipt: Receipt, verdicts: Sequence[Verdict], origin: Sequence[int], events: Sequence[OccupancyEvent]
) -> None:
    for verdict, index, event in zip(verdicts, origin, events, strict=True):
        if verdict is Verdict.ACCEPTED:
            receipt.accepted += 1
        elif verdict is Verdict.DUPLICATE:
            receipt.duplicates += 1
        else:
            code, message, name = _MESSAGES[verdict]
            receipt.rejected.append(Rejection(index, code, message.format(event=event), name))
    receipt.rejected.sort(key=lambda rejection: rejection.index)


def _settle(frame: Frame, receipt: Receipt) -> None:
    frame.accepted, frame.duplicates = receipt.accepted, receipt.duplicates
    frame.rejections = [rejection.as_dict() for rejection in receipt.rejected]
    frame.reason = receipt.rejected[0].code if receipt.rejected else ""
    if not receipt.rejected:
        frame.outcome = Frame.Outcome.ACCEPTED
    elif receipt.accepted or receipt.duplicates:
        frame.outcome = Frame.Outcome.PARTLY
    else:
        frame.outcome = Frame.Outcome.REJECTED
