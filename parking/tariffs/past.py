"""What plates have done before: the history that free minutes, repeat entries, caps and daily allowances ask for."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection

from parking.domain.tariff import History, Nearness, PastStay, Usage


@dataclass(frozen=True, slots=True)
class Done:
    """A stay of a plate that was billed."""

    number: str
    berth_id: int
    road_id: int
    arrived_at: datetime
    left_at: datetime
    fee_fen: int
    used: Sequence[dict[str, Any]]
    continues: bool


# Only what was billed counts, and not what a person undid: doubt favours the driver.
_DONE = """
SELECT DISTINCT s.plate, s.number, s.berth_id, s.road_id, s.arrived_at, s.left_at, s.fee_fen, s.used, s.continues
FROM unnest(%s::text[], %s::timestamptz[], %s::timestamptz[]) AS t(plate, since, until)
JOIN parking_parkingsession s ON s.plate = t.plate AND s.arrived_at < t.until AND s.left_at >= t.since
JOIN payments_charge c ON c.id = s.charge_id AND c.status <> 'void'
WHERE s.status = 'billed' ORDER BY s.arrived_at, s.number
"""
# In order, so that two workers who bill the same plates wait for one another instead of for each other.
_ONE_AT_A_TIME = """
SELECT pg_advisory_xact_lock(1481, k) FROM (
    SELECT DISTINCT hashtext(p) AS k FROM unnest(%s::text[]) AS p ORDER BY k
) AS keys
"""


def one_at_a_time(plates: Sequence[str]) -> None:
    """Until this transaction ends nobody else bills these plates: an allowance or a coupon is used once."""
    if plates:
        with connection.cursor() as cursor:
            cursor.execute(_ONE_AT_A_TIME, [list(plates)])


def of(wanted: Sequence[tuple[str, datetime, timedelta]]) -> dict[str, list[Done]]:
    """The billed stays of each (plate, arrival, reach), by plate in order of arrival; one query."""
    rows = [each for each in wanted if each[0] and each[2]]
    found: dict[str, list[Done]] = defaultdict(list)
    if not rows:
        return found
    with connection.cursor() as cursor:
        cursor.execute(
            _DONE,
            [[row[0] for row in rows], [row[1] - row[2] for row in rows], [row[1] for row in rows]],
        )
        for plate, number, berth_id, road_id, arrived_at, left_at, fee_fen, used, continues in cursor.fetchall():
            found[plate].append(
                Done(number, berth_id, road_id, arrived_at, left_at, fee_fen, json.loads(used), continues)
            )
    return found


def history(done: Sequence[Done], *, berth_id: int, road_id: int, arrived_at: datetime, reach: timedelta) -> History:
    """What these stays are to one that arrives at this berth then."""
    return History(
        stays=tuple(
            PastStay(
                arrived_at=each.arrived_at,
                left_at=each.left_at,
                nearness=_nearness(each, berth_id, road_id),
                charged_fen=each.fee_fen,
                used=tuple(
                    Usage(concession=use["concession"], on=date.fromisoformat(use["on"]), seconds=use["seconds"])
                    for use in each.used
                ),
                continues=each.continues,
            )
            for each in done
            if each.arrived_at < arrived_at and each.left_at >= arrived_at - reach
        )
    )


def _nearness(done: Done, berth_id: int, road_id: int) -> Nearness:
    if done.berth_id == berth_id:
        return Nearness.BERTH
    return Nearness.ROAD if done.road_id == road_id else Nearness.CITY
