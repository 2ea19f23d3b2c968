"""When the real calendar comes: what was priced by a guessed one is priced again, and what differs goes to a person."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from parking.models import CalendarYear, ParkingSession
from parking.tariffs.pricing import Billable, Priced, cases, price_case

CITY_TIME = ZoneInfo("Asia/Shanghai")
REASON = "calendar_announced"
BATCH = 500


@dataclass(frozen=True, slots=True)
class Rerated:
    """How many provisional fees were compared, and how many differ."""

    compared: int = 0
    differing: int = 0


_SAME = "UPDATE parking_parkingsession SET provisional_calendar = false, updated_at = %s WHERE id = ANY(%s)"
_DIFFER = """
INSERT INTO parking_discrepancy (berth_id, session_id, event, reason, detail, found_at, outcome)
SELECT t.berth_id, t.session_id, t.number, %s, t.detail, %s, ''
FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::jsonb[]) AS t(berth_id, session_id, number, detail)
ON CONFLICT (berth_id, event, reason) DO NOTHING
"""


def rerate_year(year: int, *, now: datetime) -> Rerated:
    """Compare the provisional fees of stays that touch the year with what the calendar now says, batch by batch.

    A fee that stays the same is provisional no more. One that changes becomes a discrepancy with both amounts: nothing
    is billed anew on its own. Coupons are left as they were used. A stay that also touches a year still unannounced
    stays provisional.
    """
    total = Rerated()
    after = 0
    first, end = (datetime(each, 1, 1, tzinfo=CITY_TIME) for each in (year, year + 1))
    while True:
        with transaction.atomic():
            batch = list(
                ParkingSession.objects.select_for_update(of=("self",))
                .filter(provisional_calendar=True, status="billed", id__gt=after)
                .filter(arrived_at__lt=end, left_at__gt=first - timedelta(days=1))
                .select_related("road")
                .order_by("id")[:BATCH]
            )
            if not batch:
                return total
            after = batch[-1].pk
            total = _compare(batch, total, now=now)


def rate_again(session: ParkingSession) -> tuple[int, int] | None:
    """What the billed stay cost, and what it costs by all that is known today, in fen, both before any coupon.

    None where it can't be priced, or only by a calendar that is still guessed.
    """
    fee = _rated([session]).get(session.number)
    return None if fee is None or fee.hold or fee.provisional else (_without_coupon(session), fee.amount_fen)


def _rated(batch: list[ParkingSession]) -> dict[str, Priced]:
    stays = [
        Billable(
            key=session.number,
            zone_id=session.road.zone_id,
            road_id=session.road_id,
            berth_id=session.berth_id,
            plate=session.plate,
            plate_color=session.plate_color,
            arrived_at=session.arrived_at,
            left_at=session.left_at,
        )
        for session in batch
        if session.left_at is not None
    ]
    return {case.stay.key: price_case(case) for case in cases(stays, coupons=False)}


def _compare(batch: list[ParkingSession], total: Rerated, *, now: datetime) -> Rerated:
    found = _rated(batch)
    same: list[int] = []
    rows: list[tuple[int, int, str, str]] = []
    for session in batch:
        fee = found.get(session.number)
        if fee is None or fee.hold or fee.provisional:
            continue
        was = _without_coupon(session)
        if fee.amount_fen == was:
            same.append(session.pk)
            continue
        detail = json.dumps({"was_fen": was, "would_be_fen": fee.amount_fen})
        rows.append((session.berth_id, session.pk, session.number, detail))
    with connection.cursor() as cursor:
        if same:
            cursor.execute(_SAME, [now, same])
        if rows:
            cursor.execute(_DIFFER, [REASON, now, *[list(column) for column in zip(*rows, strict=True)]])
    return Rerated(total.compared + len(batch), total.differing + len(rows))


def _without_coupon(session: ParkingSession) -> int:
    off = sum(line["amount_fen"] for line in session.lines if line.get("kind") == "coupon")
    return int(session.fee_fen or 0) - int(off)


def rerate_announced(*, now: datetime) -> dict[int, Rerated]:
    """Compare every year that was announced and not compared yet; the sweep's work."""
    done = {}
    for year in CalendarYear.objects.filter(announced_at__isnull=False, rerated_at__isnull=True):
        done[year.year] = rerate_year(year.year, now=now)
        # Not if somebody announced it anew meanwhile.
        CalendarYear.objects.filter(year=year.year, announced_at=year.announced_at).update(rerated_at=now)
    return done


def announce(year: int, *, source: str, now: datetime) -> None:
    """Say that a year's days in the table are the published ones; the sweep compares what was priced before."""
    CalendarYear.objects.update_or_create(
        year=year, defaults={"announced_at": now, "source": source[:200], "rerated_at": None}
    )
