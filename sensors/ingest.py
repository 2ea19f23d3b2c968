"""Keep, decode, place: what happens to a body between the door and the neutral event."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import DatabaseError, transaction

from parking import occupancy
from parking.domain.events import OccupancyEvent
from parking.occupancy import Verdict
from sensors import codecs, health, placing
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
    readings: Sequence[Reading | CodecError]
    try:
        readings = codecs.decode(codec, body, received_at=received_at, content_type=content_type, query=query or {})
    except CodecError as error:
        return _keep_broken(speaker, codec, body, received_at, content_type, error)
    receipt = Receipt()
    good = [reading for reading in readings if isinstance(reading, Reading)]
    with transaction.atomic():
        known = placing.devices((reading.device for reading in good), speaker=speaker)
        events: list[OccupancyEvent] = []
        origin: list[int] = []
        for index, reading in enumerate(readings):
            try:
                if isinstance(reading, CodecError):
                    raise reading
                placed = placing.place(reading, known=known, speaker=speaker, received_at=received_at)
            except CodecError as error:
                receipt.rejected.append(Rejection(index, error.code, error.message, error.field))
                continue
            events.extend(placed)
            origin.extend([index] * len(placed))
        frame = Frame.objects.create(
            source_id=speaker.id,
            codec=codec,
            received_at=received_at,
            content_type=content_type[:128],
            body=body,
            outcome=Frame.Outcome.RECEIVED,
        )
        observed = occupancy.observe(events, now=received_at, frame=frame.id)
        _count(receipt, observed.verdicts, origin, events)
        health.heard(good, known=known, received_at=received_at)
        _settle(frame, receipt)
    receipt.frame = frame.id
    return receipt


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


def _keep_broken(
    speaker: Speaker, codec: str, body: bytes, received_at: datetime, content_type: str, error: CodecError
) -> Receipt:
    frame = Frame.objects.create(
        source_id=speaker.id,
        codec=codec,
        received_at=received_at,
        content_type=content_type[:128],
        body=body[:MAX_KEPT_BODY],
        outcome=Frame.Outcome.REJECTED,
        reason=error.code[:64],
        rejections=[{"code": error.code, "message": error.message, "field": error.field}],
    )
    return Receipt(error=error, frame=frame.id)


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
    frame.save(update_fields=["accepted", "duplicates", "rejections", "reason", "outcome"])
