"""Reading sessions: one list with constant queries for every page, export and API that shows them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from parking import masking
from parking.models import ParkingSession, Review
from payments import charges
from payments.charges import ChargeView

CITY_TIME = ZoneInfo("Asia/Shanghai")
STATUSES = ("parked", "ended", "held", "billed", "settled", "arrears", "void")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which sessions: every field narrows; None or "" doesn't. The period is half open, by arrival.

    `roads` are the codes that the asker may see.
    """

    berth: str = ""
    road: str = ""
    plate: str = ""
    status: str = ""
    from_at: datetime | None = None
    to_at: datetime | None = None
    after: tuple[datetime, int] | None = None
    roads: frozenset[str] | None = None


def find(wanted: Wanted, *, now: datetime) -> "QuerySet[ParkingSession]":
    """The sessions wanted, newest arrival first."""
    found = ParkingSession.objects.select_related("berth", "road", "charge").order_by("-arrived_at", "-id")
    if wanted.berth:
        found = found.filter(berth__code=wanted.berth)
    if wanted.road:
        found = found.filter(road__code=wanted.road)
    if wanted.roads is not None:
        found = found.filter(road__code__in=wanted.roads)
    if wanted.plate:
        found = found.filter(plate=wanted.plate)
    if wanted.from_at:
        found = found.filter(arrived_at__gte=wanted.from_at)
    if wanted.to_at:
        found = found.filter(arrived_at__lt=wanted.to_at)
    if wanted.after:
        arrived_at, id_ = wanted.after
        found = found.filter(Q(arrived_at__lt=arrived_at) | Q(arrived_at=arrived_at, id__lt=id_))
    if wanted.status:
        found = found.filter(_with_status(wanted.status, now))
    return found


def _with_status(status: str, now: datetime) -> Q:
    owed = Q(status="billed", charge__status="open")
    if status == "billed":
        return owed & Q(charge__due_at__gt=now)
    if status == "arrears":
        return owed & Q(charge__due_at__lte=now)
    if status == "settled":
        return Q(status="billed") & ~Q(charge__status__in=("open", "void"))
    if status == "void":
        return Q(status="void") | Q(status="billed", charge__status="void")
    return Q(status=status)


def status_of(session: ParkingSession, *, now: datetime) -> str:
    """The session's status for people: once billed, what its charge says."""
    if session.status != "billed" or session.charge is None:
        return str(session.status)
    if session.charge.status == "open":
        return "arrears" if session.charge.due_at <= now else "billed"
    return "void" if session.charge.status == "void" else "settled"


def as_dicts(found: Iterable[ParkingSession], *, now: datetime, see_plates: bool) -> list[dict[str, Any]]:
    """Sessions in the contract's form; two more queries, however many sessions."""
    sessions = list(found)
    reviews = _open_reviews([session.id for session in sessions if session.status == "held"])
    paid = charges.views([session.number for session in sessions if session.charge_id])
    return [
        _as_dict(session, reviews.get(session.id), paid.get(session.number), now, see_plates) for session in sessions
    ]


def _open_reviews(ids: Sequence[int]) -> dict[int, Review]:
    if not ids:
        return {}
    return {review.session_id: review for review in Review.objects.filter(session_id__in=ids, closed_at__isnull=True)}


def _as_dict(
    session: ParkingSession, review: Review | None, charge: ChargeView | None, now: datetime, see_plates: bool
) -> dict[str, Any]:
    return {
        "id": session.number,
        "berth": session.berth.code,
        "road": session.road.code,
        "plate": session.plate if see_plates else masking.plate(session.plate),
        "plate_color": session.plate_color,
        "arrived_at": local(session.arrived_at),
        "left_at": local(session.left_at),
        "status": status_of(session, now=now),
        "review": _review(session, review, see_plates) if session.status == "held" else None,
        "fee_fen": session.fee_fen,
        "lines": session.lines,
        "charge": {"number": charge.number, "status": str(charge.status), "paid_fen": charge.paid_fen}
        if charge
        else None,
    }


def _review(session: ParkingSession, review: Review | None, see_plates: bool) -> dict[str, Any]:
    proposal = dict(review.proposal) if review else {}
    if not see_plates and isinstance(proposal.get("plate"), str):
        proposal["plate"] = masking.plate(proposal["plate"])
    return {
        "reasons": list(session.holds),
        "opened_at": local(review.opened_at) if review else None,
        "proposal": proposal,
    }


def local(at: datetime | None) -> str | None:
    """RFC 3339 in the city's time."""
    return at.astimezone(CITY_TIME).isoformat() if at else None
