"""Work: from stored events to sessions, fees and charges, a batch of stale berths a transaction."""

import logging
import traceback
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import OperationalError, transaction

from parking import arrivals, chapters, matching, policies, records, stale, tariffs
from parking.chapters import Chapter
from parking.domain import story
from parking.domain.fusion import Hold, Stay
from parking.domain.story import Dispute, Story
from parking.matching import Standing
from parking.records import Row
from parking.stale import Claim
from parking.tariffs import Priced
from payments import charges
from payments.domain.bill import Bill, BillLine

log = logging.getLogger(__name__)

BATCH = 500
# A charge with this number stands already with other content: a person must look.
BILL_CONFLICT = "bill_conflict"


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
            return _batch(stale.claim(now=now, limit=limit, berth_ids=berth_ids), now=now)
    except OperationalError:
        raise  # the store is away, nobody is poisoned
    except Exception:  # a bug or a broken promise of the tables: find out whose, and let the others go on
        log.exception("a batch of berths was refused; trying them one by one")
    return _one_by_one(now=now, berth_ids=berth_ids, limit=limit)


def _one_by_one(*, now: datetime, berth_ids: Sequence[int] | None, limit: int) -> Reconciled:
    with transaction.atomic():
        suspects = [claim.berth_id for claim in stale.claim(now=now, limit=limit, berth_ids=berth_ids)]
        transaction.set_rollback(True)
    total = Reconciled()
    for berth_id in suspects:
        try:
            with transaction.atomic():
                total += _batch(stale.claim(now=now, limit=1, berth_ids=[berth_id]), now=now)
        except OperationalError:
            raise
        except Exception:  # as above: this is the one
            with transaction.atomic():
                for claim in stale.claim(now=now, limit=1, berth_ids=[berth_id]):
                    stale.failed(claim, trace=traceback.format_exc(), now=now)
            total += Reconciled(failed=1)
    return total


def _batch(claims: Sequence[Claim], *, now: datetime) -> Reconciled:
    if not claims:
        return Reconciled()
    read = chapters.chapters(claims, now=now)
    roads = policies.roads({claim.road_id for claim in claims})
    rows: list[Row] = []
    gone: list[Standing] = []
    disputes: list[tuple[int, Dispute]] = []
    told: list[tuple[Chapter, Story]] = []
    failed = 0
    for chapter in read:
        try:
            one = story.read(
                chapter.events,
                roads[chapter.claim.road_id].policy,
                now=now,
                since=chapter.since,
                billed=chapter.billed,
            )
        except Exception:  # a bug in the fold: this berth is set aside, the others go on
            log.exception("berth %s can't be folded", chapter.code)
            stale.failed(chapter.claim, trace=traceback.format_exc(), now=now)
            failed += 1
            continue
        told.append((chapter, one))
        pairs, superseded = matching.match(one.stays, chapter.standing, now=now)
        gone.extend(superseded)
        rows.extend(_row(chapter, stay, standing) for stay, standing in pairs)
        disputes.extend((chapter.claim.berth_id, dispute) for dispute in one.disputes)
    _number(rows, now=now)
    codes = {chapter.claim.berth_id: chapter.code for chapter in read}
    billed = _bill(rows, codes, roads, now=now)
    records.sessions(rows, gone=[each.id for each in gone], now=now)
    arrivals.tell(rows, gone=[each.number for each in gone], codes=codes, roads=roads, now=now)
    records.reviews(rows, now=now)
    records.discrepancies(disputes, now=now)
    records.states([_state(chapter, one) for chapter, one in told], now=now)
    stale.wake_later(_later(told, now))
    return Reconciled(len(claims), sum(len(chapter.events) for chapter in read), billed, failed)


def _row(chapter: Chapter, stay: Stay, standing: Standing | None) -> Row:
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
    )


def _number(rows: Sequence[Row], *, now: datetime) -> None:
    fresh = [row for row in rows if row.fresh]
    for row, (session_id, number) in zip(fresh, records.numbers(len(fresh), now=now), strict=True):
        row.id, row.number = session_id, number


def _bill(rows: Sequence[Row], codes: dict[int, str], roads: dict[int, policies.Kerb], *, now: datetime) -> int:
    """Price what is billable and open its charge; what can't be priced is held with the reason."""
    billable = [row for row in rows if row.status == "billable"]
    priced = tariffs.price_stays(
        [
            tariffs.Billable(
                key=row.number,
                zone_id=roads[row.road_id].zone_id,
                road_id=row.road_id,
                berth_id=row.berth_id,
                plate=row.plate,
                plate_color=row.plate_color,
                arrived_at=row.arrived_at,
                left_at=row.left_at,
            )
            for row in billable
            if row.left_at is not None
        ],
        now=now,
        billing=True,
    )
    bills = []
    for row in billable:
        fee = priced[row.number]
        if fee.hold:
            row.status, row.holds = "held", (*row.holds, fee.hold)
            continue
        bills.append(_as_bill(row, fee, codes[row.berth_id], roads[row.road_id]))
    opened = charges.open_charges(bills, now=now)
    spent: list[tuple[str, int]] = []
    for row in billable:
        ref = opened.get(row.number)
        if ref is not None:
            fee = priced[row.number]
            row.status, row.charge_id, row.billed_at = "billed", ref.id, now
            row.fee_fen, row.lines, row.tariff_id = fee.amount_fen, fee.lines, fee.tariff_id
            row.provisional, row.used, row.continues = fee.provisional, fee.used, fee.continues
            spent.extend((code, row.id) for code in fee.coupons)
        elif row.number in opened.conflicts:
            row.status, row.holds = "held", (*row.holds, BILL_CONFLICT)
    tariffs.spend_coupons(spent, now=now)
    return len(opened)


def _as_bill(row: Row, fee: Priced, code: str, kerb: policies.Kerb) -> Bill:
    if row.left_at is None:
        raise ValueError(f"session {row.number} has no end")
    return Bill(
        number=row.number,
        scope=kerb.code,
        spot=code,
        place=kerb.place(code),
        plate=row.plate,
        plate_color=row.plate_color,
        from_at=row.arrived_at,
        to_at=row.left_at,
        amount_fen=fee.amount_fen,
        currency=fee.currency,
        lines=tuple(_line(line) for line in fee.lines),
        tariff_code=fee.tariff_code,
        tariff_version=fee.tariff_version,
    )


def _line(line: dict[str, Any]) -> BillLine:
    return BillLine(
        from_at=datetime.fromisoformat(line["from"]),
        to_at=datetime.fromisoformat(line["to"]),
        rule=line["rule"],
        rule_en=line["rule_en"],
        amount_fen=line["amount_fen"],
    )


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
