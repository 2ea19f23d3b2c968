"""An order's whole story on one line of time: what was seen, what it came to, what people decided, what money moved."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from parking.models import Discrepancy, EventRecord, ParkingSession, Review, SessionAct
from payments import charges

AROUND = timedelta(minutes=15)
MOST_EVENTS = 200


class Chapter(StrEnum):
    """What a moment belongs to."""

    SEEN = "seen"
    STAY = "stay"
    DECIDED = "decided"
    MONEY = "money"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One point of the story. `what` is a code for stays and decisions, words for money; `about` is the row itself."""

    at: datetime
    chapter: Chapter
    what: str
    about: EventRecord | ParkingSession | Review | Discrepancy | SessionAct | charges.Happening


def tell(session: ParkingSession) -> list[Moment]:
    """Every moment of this order, oldest first; eleven queries however long it is (of events at most 200)."""
    found = [
        Moment(at=event.observed_at, chapter=Chapter.SEEN, what=event.kind, about=event) for event in seen(session)
    ]
    found.append(Moment(at=session.arrived_at, chapter=Chapter.STAY, what="arrived", about=session))
    if session.left_at:
        found.append(Moment(at=session.left_at, chapter=Chapter.STAY, what="left", about=session))
    if session.billed_at:
        found.append(Moment(at=session.billed_at, chapter=Chapter.STAY, what="billed", about=session))
    for review in Review.objects.filter(session=session).select_related("decided_by"):
        found.append(Moment(at=review.opened_at, chapter=Chapter.DECIDED, what="review_opened", about=review))
        if review.closed_at:
            found.append(Moment(at=review.closed_at, chapter=Chapter.DECIDED, what="review_closed", about=review))
    for odd in Discrepancy.objects.filter(session=session).select_related("closed_by"):
        found.append(Moment(at=odd.found_at, chapter=Chapter.DECIDED, what="discrepancy_found", about=odd))
        if odd.closed_at:
            found.append(Moment(at=odd.closed_at, chapter=Chapter.DECIDED, what="discrepancy_closed", about=odd))
    for act in SessionAct.objects.filter(numbers__contains=[session.number]).select_related(
        "requested_by", "decided_by"
    ):
        found.append(Moment(at=act.requested_at, chapter=Chapter.DECIDED, what="act_asked", about=act))
        if act.decided_at:
            found.append(Moment(at=act.decided_at, chapter=Chapter.DECIDED, what="act_decided", about=act))
    if session.charge_id:
        found += [
            Moment(at=each.at, chapter=Chapter.MONEY, what=each.what, about=each)
            for each in charges.history(session.number)
        ]
    return sorted(found, key=lambda moment: (moment.at, list(Chapter).index(moment.chapter)))


def seen(session: ParkingSession) -> list[EventRecord]:
    """What the witnesses said about the berth around the stay, in order of time; at most 200."""
    found = EventRecord.objects.filter(berth=session.berth_id, observed_at__gte=session.arrived_at - AROUND)
    if session.left_at:
        found = found.filter(observed_at__lte=session.left_at + AROUND)
    return list(found.order_by("observed_at", "id")[:MOST_EVENTS])
