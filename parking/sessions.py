"""Work: from stored events to sessions, fees and charges, a batch of stale berths a transaction."""

import logging
import traceback
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import OperationalError, transaction

from parking import arrivals, billing, chapters, matching, policies, records, stale, surroundings
from parking.chapters import Chapter
from parking.domain import settling, story
from parking.domain.fusion import Around, Hold, Status, Stay
from parking.domain.settling import Unowned
from parking.domain.story import Dispute, Story
from parking.matching import Standing
from parking.policies import Kerb
from parking.records import Row
from parking.stale import Claim

log = logging.getLogger(__name__)

BATCH = 500


class Unfolded(RuntimeError):
    """A berth that must be folded now could not be."""


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What one batch came to."""

    berths: int = 0
    events: int = 0
    billed: int = 0
    failed: int = 0

    def __add__(self, other: "Reconciled") -> "Reconciled":
        return Reconciled(
            self.berths + other.berths,
            self.events + other.events,
            self.billed + other.billed,
            self.failed + other.failed,
        )


def reconcile_due(*, now: datetime, batches: int = 40) -> Reconciled:
    """Fold the stale berths that are due, batch by batch, until none is left or `batches` are done."""
    total = Reconciled()
    for _ in range(batches):
        done = reconcile(now=now)
        total += done
        if not done.berths:
            break
    return total


def reconcile(*, now: datetime, berth_ids: Sequence[int] | None = None, limit: int = BATCH) -> Reconciled:
    """Fold up to `limit` stale berths in one transaction; with `berth_ids` only these.

    The number of statements does not grow with the batch. A berth that a bug poisons is tried alone, then set aside
    with its traceback after three tries: it never stops the others.
    """
    try:
        with transaction.atomic():
            done, doubled = _batch(stale.claim(now=now, limit=limit, berth_ids=berth_ids), now=now)
    except OperationalError:
        raise  # the store is away, nobody is poisoned
    except Exception:  # a bug or a broken promise of the tables: find out whose, and let the others go on
        log.exception("a batch of berths was refused; trying them one by one")
    else:
        # After the commit: of two workers who bill one plate on two berths at once, the later one sees the other's.
        surroundings.dispute_doubles(doubled, now=now)
        return done
    return _one_by_one(now=now, berth_ids=berth_ids, limit=limit)


def fold_now(berth_ids: Sequence[int], *, now: datetime) -> list[int]:
    """Fold these berths, whose states the caller holds, in the caller's transaction; what goes wrong is raised.

    Gives the sessions for `surroundings.dispute_doubles`, which the caller calls after its commit.
    """
    done, doubled = _batch(stale.claim(now=now, limit=len(berth_ids), berth_ids=berth_ids), now=now)
    if done.failed or done.berths < len(berth_ids):
        raise Unfolded(f"{done.failed} of {done.berths} berths could not be folded, {len(berth_ids)} were asked for")
    return doubled


def _one_by_one(*, now: datetime, berth_ids: Sequence[int] | None, limit: int) -> Reconciled:
    with transaction.atomic():
        suspects = [claim.berth_id for claim in stale.claim(now=now, limit=limit, berth_ids=berth_ids)]
        transaction.set_rollback(True)
    total = Reconciled()
    for berth_id in suspects:
        try:
            with transaction.atomic():
                done, doubled = _batch(stale.claim(now=now, limit=1, berth_ids=[berth_id]), now=now)
            surroundings.dispute_doubles(doubled, now=now)
            total += done
        except OperationalError:
            raise
        except Exception:  # as above: this is the one
            with transaction.atomic():
                for claim in stale.claim(now=now, limit=1, berth_ids=[berth_id]):
                    stale.failed(claim, trace=traceback.format_exc(), now=now)
            total += Reconciled(failed=1)
    return total


def _batch(claims: Sequence[Claim], *, now: datetime) -> tuple[Reconciled, list[int]]:
    """What the batch came to, and the sessions whose plate must be looked for elsewhere once this is committed."""
    if not claims:
        return Reconciled(), []
    read = chapters.chapters(claims, now=now)
    roads = policies.roads({claim.road_id for claim in claims})
    rows: list[Row] = []
    gone: list[Standing] = []
    disputes: list[tuple[int, Dispute]] = []
    told = _told(read, roads, now=now)
    for chapter, one in told:
        pairs, superseded = matching.match(one.stays, chapter.standing, now=now)
        gone.extend(superseded)
        unowned = settling.unowned(one.stays, roads[chapter.claim.road_id].policy)
        places = {id(stay): unowned.get(place) for place, stay in enumerate(one.stays)}
        rows.extend(_row(chapter, stay, standing, places[id(stay)]) for stay, standing in pairs)
        disputes.extend((chapter.claim.berth_id, dispute) for dispute in one.disputes)
    _number(rows, now=now)
    codes = {chapter.claim.berth_id: chapter.code for chapter in read}
    later = billing.settle_what_nobody_owes(rows, roads, now=now)
    billed = billing.bill(rows, codes, roads, now=now)
    records.sessions(rows, gone=[each.id for each in gone], now=now)
    arrivals.tell(rows, gone=[each.number for each in gone], codes=codes, roads=roads, now=now)
    records.reviews(rows, now=now)
    records.discrepancies(disputes, now=now)
    records.states([_state(chapter, one) for chapter, one in told], now=now)
    surroundings.wake_others(rows, gone, berth_ids=list(codes), now=now)
    stale.wake_later([*_later(told, now), *later])
    events = sum(len(chapter.events) for chapter in read)
    doubled = [row.id for row in rows if row.plate and row.changed and row.left_at is not None]
    return Reconciled(len(claims), events, billed, len(read) - len(told)), doubled


def _told(read: Sequence[Chapter], roads: Mapping[int, Kerb], *, now: datetime) -> list[tuple[Chapter, Story]]:
    """The story of each berth; those that share a plate with another berth are read again with what that one knows."""
    alone = {chapter.claim.berth_id: (chapter, _story(chapter, roads, None, now=now)) for chapter in read}
    told = {berth_id: (chapter, one) for berth_id, (chapter, one) in alone.items() if one is not None}
    for berth_id, around in surroundings.around(list(told.values()), now=now).items():
        chapter, _ = told.pop(berth_id)
        one = _story(chapter, roads, around, now=now)
        if one is not None:
            told[berth_id] = (chapter, one)
    return list(told.values())


def _story(chapter: Chapter, roads: Mapping[int, Kerb], around: Around | None, *, now: datetime) -> Story | None:
    try:
        return story.read(
            chapter.events,
            roads[chapter.claim.road_id].policy,
            now=now,
            since=chapter.since,
            billed=chapter.billed,
            around=around,
        )
    except Exception:  # a bug in the fold: this berth is set aside, the others go on
        log.exception("berth %s can't be folded", chapter.code)
        stale.failed(chapter.claim, trace=traceback.format_exc(), now=now)
        return None


def _row(chapter: Chapter, stay: Stay, standing: Standing | None, unowed: Unowned | None) -> Row:
    return Row(
        id=standing.id if standing else 0,
        number=standing.number if standing else "",
        fresh=standing is None,
        berth_id=chapter.claim.berth_id,
        road_id=chapter.claim.road_id,
        plate=stay.plate,
        plate_color=stay.plate_color,
        arrived_at=stay.arrived_at,
        left_at=stay.left_at,
        status="void" if Hold.DECIDED_VOID in stay.holds else str(stay.status),
        holds=tuple(str(hold) for hold in stay.holds),
        contested=stay.contested,
        confidence=stay.confidence,
        reasons=tuple(str(reason) for reason in stay.reasons),
        visit=stay.visit,
        arrival_event=matching.event_name(stay.arrival_event),
        departure_event=matching.event_name(stay.departure_event),
        ready_at=stay.ready_at,
        proposal=dict(stay.proposal),
        read_to=chapter.newest,
        changed=standing is None
        or (standing.plate, standing.arrived_at, standing.left_at) != (stay.plate, stay.arrived_at, stay.left_at),
        plate_before=standing.plate if standing else "",
        moved=settling.moved(stay) if stay.status is Status.BILLABLE else None,
        unowed=unowed,
    )


def _number(rows: Sequence[Row], *, now: datetime) -> None:
    fresh = [row for row in rows if row.fresh]
    for row, (session_id, number) in zip(fresh, records.numbers(len(fresh), now=now), strict=True):
        row.id, row.number = session_id, number


def _state(chapter: Chapter, one: Story) -> tuple[int, datetime | None, datetime | None]:
    """Since when the berth is occupied now, and the newest event that was read."""
    since = next((stay.arrived_at for stay in one.stays if stay.left_at is None and not stay.contested), None)
    return chapter.claim.berth_id, since, max((event.observed_at for event in chapter.events), default=None)


def _later(told: Iterable[tuple[Chapter, Story]], now: datetime) -> list[tuple[int, datetime, datetime]]:
    """Where time alone changes the answer (a quiet period, a time-out): read the berth again then."""
    return [
        (chapter.claim.berth_id, min(stay.arrived_at for stay in one.stays), one.ready_at)
        for chapter, one in told
        if one.ready_at is not None and one.ready_at > now
    ]
