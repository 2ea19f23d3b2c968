"""Closed roads and roads free of charge: what holds when, what it does to a price, and ending it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Least
from django.utils.translation import get_language

from parking.domain.tariff import Permit
from parking.models import Road, RoadNotice, User

# A stay that was billed before the notice was made, and overlaps it.
FREED_LATE = "freed_after_billing"
_NO_END = datetime(9000, 1, 1, tzinfo=UTC)
_WORDS = {
    RoadNotice.Kind.FREE: ("应急免费", "emergency: free of charge"),
    RoadNotice.Kind.CLOSED: ("道路封闭，不计费", "road closed: free of charge"),
}
_FREED_LATE = """
INSERT INTO parking_discrepancy (berth_id, session_id, event, reason, detail, found_at, outcome)
SELECT s.berth_id, s.id, %(event)s || s.number, %(reason)s, jsonb_build_object('notice', %(id)s::bigint), %(now)s, ''
FROM parking_parkingsession s
WHERE s.status = 'billed' AND s.fee_fen > 0 AND s.arrived_at < %(to_at)s AND s.left_at > %(from_at)s
  AND (%(everywhere)s OR s.road_id = ANY(%(roads)s))
ON CONFLICT (berth_id, event, reason) DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice as pages and feeds tell it. `to_at` is None while its end is open."""

    id: int
    kind: str
    reason_zh: str
    reason_en: str
    from_at: datetime
    to_at: datetime | None

    @property
    def closed(self) -> bool:
        """Whether nobody may park there."""
        return self.kind == RoadNotice.Kind.CLOSED

    @property
    def reason(self) -> str:
        """Why, in the reader's language."""
        english = (get_language() or "").startswith("en")
        return self.reason_en if english and self.reason_en else self.reason_zh


def _overlapping(*, from_at: datetime, to_at: datetime | None) -> "QuerySet[RoadNotice]":
    found = RoadNotice.objects.annotate(until=Least("to_at", "ended_at")).filter(
        Q(until__isnull=True) | Q(until__gt=from_at)
    )
    # One that was ended before it began never held.
    found = found.filter(Q(until__isnull=True) | Q(until__gt=F("from_at")))
    return (found if to_at is None else found.filter(from_at__lt=to_at)).order_by("from_at", "id")


def _by_road(found: "QuerySet[RoadNotice]", road_ids: Iterable[int] | None) -> dict[int, list[Notice]]:
    wanted = None if road_ids is None else set(road_ids)
    told: dict[int, list[Notice]] = defaultdict(list)
    every: list[int] | None = None
    for row in found.prefetch_related("roads"):
        if row.everywhere:
            if every is None:
                every = list(Road.objects.values_list("pk", flat=True)) if wanted is None else sorted(wanted)
            ids: Sequence[int] = every
        else:
            ids = [road.pk for road in row.roads.all()]
        until = min((at for at in (row.to_at, row.ended_at) if at is not None), default=None)
        notice = Notice(row.pk, row.kind, row.reason, row.reason_en, row.from_at, until)
        for id_ in ids:
            if wanted is None or id_ in wanted:
                told[id_].append(notice)
    return dict(told)


def standing(*, now: datetime, road_ids: Iterable[int] | None = None) -> dict[int, Notice]:
    """What holds now, by road id: a closure before free parking."""
    found = _by_road(_overlapping(from_at=now, to_at=now + timedelta(microseconds=1)), road_ids)
    return {id_: next((each for each in told if each.closed), told[0]) for id_, told in found.items()}


def coming(*, now: datetime, within: timedelta = timedelta(days=2)) -> list[RoadNotice]:
    """Those that hold now or soon will, oldest first."""
    return list(_overlapping(from_at=now, to_at=now + within).prefetch_related("roads"))


def closed_roads(*, now: datetime) -> set[int]:
    """The roads on which nobody may park now."""
    return {id_ for id_, notice in standing(now=now).items() if notice.closed}


def free_time(road_ids: Iterable[int], *, from_at: datetime, to_at: datetime | None) -> dict[int, list[Permit]]:
    """For each road, the time in the period that costs nothing, as the price takes it; two queries at most."""
    found = _by_road(_overlapping(from_at=from_at, to_at=to_at), road_ids)
    return {id_: [_permit(each) for each in told] for id_, told in found.items()}


def free_time_of(road: str, *, from_at: datetime, to_at: datetime) -> list[Permit]:
    """The same for one road by its code."""
    ids = list(Road.objects.filter(code=road).values_list("pk", flat=True))
    return free_time(ids, from_at=from_at, to_at=to_at).get(ids[0], []) if ids else []


def _permit(notice: Notice) -> Permit:
    zh, en = _WORDS[RoadNotice.Kind(notice.kind)]
    return Permit(
        kind=notice.kind,
        from_at=notice.from_at,
        to_at=notice.to_at or _NO_END,
        number=str(notice.id),
        words=(f"{zh}（{notice.reason_zh}）", f"{en} ({notice.reason_en or notice.reason_zh})"),
    )


def freed_late(notice: RoadNotice, *, now: datetime) -> int:
    """Put the stays that were billed before this notice, and overlap it, before a person; gives how many.

    A billed session is frozen: nobody is re-priced by a machine.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _FREED_LATE,
            {
                "event": f"notice/{notice.pk}/",
                "reason": FREED_LATE,
                "id": notice.pk,
                "now": now,
                "from_at": notice.from_at,
                "to_at": notice.to_at or _NO_END,
                "everywhere": notice.everywhere,
                "roads": list(notice.roads.values_list("pk", flat=True)),
            },
        )
        return int(cursor.rowcount)


def end(notice_id: int, *, by: User, now: datetime) -> bool:
    """End a notice now; one that has not begun never will. False when it had ended already."""
    return bool(
        RoadNotice.objects.filter(Q(to_at__isnull=True) | Q(to_at__gt=now), pk=notice_id, ended_at__isnull=True).update(
            ended_at=now, ended_by=by
        )
    )
