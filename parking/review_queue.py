"""The reviewers' queue: never one item to two people, and a share of what went by itself."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from parking import session_story
from parking.domain import plate as plates
from parking.models import ParkingSession, Review, User, Vehicle

# Who leaves an item open without deciding loses it to the others after this long.
LEASE = timedelta(minutes=5)
# How far back a plate still counts as one that is known here.
KNOWN = timedelta(days=30)
SUGGESTED = 6
# What became of a sample: the automatic order was right, or it was not.
RIGHT, WRONG = "right", "wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """How many items wait (`samples` among them), since when the oldest does, and what this person did today."""

    waiting: int
    samples: int
    oldest_at: datetime | None
    done_today: int
    median_s: int | None


def waiting(*, roads: Collection[str] | None) -> "QuerySet[Review]":
    """The open items on these roads (codes; None is the whole city)."""
    found = Review.objects.filter(closed_at__isnull=True)
    return found if roads is None else found.filter(session__road__code__in=roads)


def claim(*, by: User, roads: Collection[str] | None, now: datetime) -> Review | None:
    """The next item for this person, theirs until `LEASE` has passed; None when nothing waits.

    First the one they hold already, then held orders before samples, the oldest first. An item that they passed on for
    a second opinion never comes back to them. Two people asking at once get two items.
    """
    free = Q(claimed_by__isnull=True) | Q(claimed_by=by) | Q(claimed_at__lt=now - LEASE)
    with transaction.atomic():
        review = (
            waiting(roads=roads)
            .filter(free)
            .filter(Q(passed_by__isnull=True) | ~Q(passed_by=by))
            .order_by(
                Case(When(claimed_by=by, then=Value(0)), default=Value(1), output_field=IntegerField()),
                "sample",
                "opened_at",
                "id",
            )
            .select_for_update(skip_locked=True, of=("self",))
            .first()
        )
        if review is None:
            return None
        if review.claimed_by_id != by.pk or review.claimed_at is None or review.claimed_at < now - LEASE:
            review.claimed_by, review.claimed_at = by, now
            review.save(update_fields=["claimed_by", "claimed_at"])
    return Review.objects.select_related("session__berth", "session__road", "passed_by").get(pk=review.pk)


def pass_on(review_id: int, *, by: User, note: str) -> bool:
    """Leave the item to somebody else, with a word why. Whether it was still open and theirs or nobody's."""
    mine = Q(claimed_by=by) | Q(claimed_by__isnull=True)
    changed = Review.objects.filter(mine, id=review_id, closed_at__isnull=True).update(
        passed_by=by, pass_note=note.strip(), claimed_by=None, claimed_at=None
    )
    return bool(changed)


def suggestions(review: Review, *, now: datetime) -> list[str]:
    """Plates the car may have had, likeliest first: what the witnesses read, then look-alikes that are known here.

    A look-alike is one confusable sign away from a read and is bound by a driver or parked here in the last 30 days.
    """
    session = review.session
    reads = [event.plate for event in session_story.seen(session) if event.plate]
    proposed = [plate for plate in (session.plate, str(review.proposal.get("plate") or "")) if plate]
    ranked = list(dict.fromkeys(plate for plate in proposed + reads if plates.valid(plate)))
    near = list(dict.fromkeys(other for read in (ranked or reads) for other in plates.candidates(read)))
    known = set(Vehicle.objects.filter(plate__in=near).values_list("plate", flat=True)) | set(
        ParkingSession.objects.filter(plate__in=near, arrived_at__gte=now - KNOWN).values_list("plate", flat=True)
    )
    return (ranked + [plate for plate in near if plate in known and plate not in ranked])[:SUGGESTED]


def backlog(*, by: User, roads: Collection[str] | None, today_at: datetime) -> Backlog:
    """What waits and what this person did since `today_at`."""
    opened = waiting(roads=roads)
    mine = Review.objects.filter(decided_by=by, closed_at__gte=today_at)
    times = sorted(seconds for seconds in mine.values_list("seconds", flat=True) if seconds is not None)
    oldest = opened.filter(sample=False).order_by("opened_at").values_list("opened_at", flat=True).first()
    return Backlog(
        waiting=opened.count(),
        samples=opened.filter(sample=True).count(),
        oldest_at=oldest,
        done_today=mine.count(),
        median_s=times[len(times) // 2] if times else None,
    )


# The share is taken by the number's hash: a second sweep, or another worker, draws the same orders.
_SAMPLE = """
INSERT INTO parking_review (session_id, holds, proposal, opened_at, verdict, decision, reason, sample)
SELECT s.id, '{}', '{}', %(now)s, '', '{}', '', true FROM parking_parkingsession s
WHERE s.billed_at >= %(since)s AND s.status = 'billed' AND NOT s.touched
    AND ('x' || substr(md5(s.number), 1, 7))::bit(28)::int %% 10000 < %(share)s
    AND NOT EXISTS (SELECT 1 FROM parking_review r WHERE r.session_id = s.id)
ON CONFLICT DO NOTHING
"""


def draw_samples(*, share: float, since_at: datetime, now: datetime) -> int:
    """Put `share` (0..1) of the orders billed by themselves since then before a person. Gives how many."""
    with connection.cursor() as cursor:
        cursor.execute(_SAMPLE, {"now": now, "since": since_at, "share": round(share * 10_000)})
        return int(cursor.rowcount)


def sampled(*, from_at: datetime, to_at: datetime) -> tuple[int, int]:
    """Of the samples decided in this period: how many, and how many of them had been right."""
    decided = Review.objects.filter(sample=True, closed_at__gte=from_at, closed_at__lt=to_at).exclude(
        verdict="resolved"
    )
    return decided.count(), decided.filter(verdict=RIGHT).count()
