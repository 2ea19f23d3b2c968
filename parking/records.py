"""Writing what the fold found: one statement a table, however many berths."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from parking.domain.settling import Unowned
from parking.domain.story import Dispute


@dataclass(slots=True)
class Row:
    """A session to be written. `fresh` rows are new."""

    id: int
    number: str
    fresh: bool
    berth_id: int
    road_id: int
    plate: str
    plate_color: str
    arrived_at: datetime
    left_at: datetime | None
    status: str
    holds: tuple[str, ...]
    contested: bool
    confidence: float
    reasons: tuple[str, ...]
    visit: str
    arrival_event: str
    departure_event: str
    ready_at: datetime | None
    proposal: dict[str, Any]
    read_to: int
    tariff_id: int | None = None
    fee_fen: int | None = None
    lines: Sequence[dict[str, Any]] = ()
    provisional: bool = False
    used: Sequence[dict[str, Any]] = ()
    continues: bool = False
    charge_id: int | None = None
    billed_at: datetime | None = None
    # Not written: whether plate or times are new, the period if the clocks are wrong, and what nobody may owe.
    changed: bool = True
    plate_before: str = ""
    moved: tuple[datetime, datetime] | None = None
    unowed: Unowned | None = None


_COLUMNS = {
    "id": "bigint",
    "number": "text",
    "berth_id": "bigint",
    "road_id": "bigint",
    "plate": "text",
    "plate_color": "text",
    "arrived_at": "timestamptz",
    "left_at": "timestamptz",
    "status": "text",
    "holds": "jsonb",
    "contested": "boolean",
    "confidence": "float8",
    "reasons": "jsonb",
    "visit": "text",
    "arrival_event": "text",
    "departure_event": "text",
    "ready_at": "timestamptz",
    "read_to": "bigint",
    "tariff_id": "bigint",
    "fee_fen": "bigint",
    "lines": "jsonb",
    "provisional_calendar": "boolean",
    "used": "jsonb",
    "continues": "boolean",
    "charge_id": "bigint",
    "billed_at": "timestamptz",
}
_ARRAYS = ", ".join(f"%s::{kind}[]" for kind in _COLUMNS.values())
_NAMES = ", ".join(_COLUMNS)
# An array of arrays must be rectangular in PostgreSQL: lists travel as JSON.
_VALUES = ", ".join(
    f"ARRAY(SELECT jsonb_array_elements_text(t.{name}))::varchar[]" if name in ("holds", "reasons") else f"t.{name}"
    for name in _COLUMNS
)
_INSERT = f"""
INSERT INTO parking_parkingsession ({_NAMES}, touched, created_at, updated_at)
SELECT {_VALUES}, false, %s::timestamptz, %s::timestamptz FROM unnest({_ARRAYS}) AS t({_NAMES})
"""  # noqa: S608 - only names from the literal table above
_SET = ", ".join(
    f"{name} = {value}"
    for name, value in zip(_COLUMNS, _VALUES.split(", "), strict=True)
    if name not in ("id", "number")
)
_UPDATE = f"""
UPDATE parking_parkingsession s SET {_SET}, updated_at = %s::timestamptz
FROM unnest({_ARRAYS}) AS t({_NAMES}) WHERE s.id = t.id
"""  # noqa: S608


# What a person decided is kept, even when later events tell another story.
_KEEP_DECIDED = """
UPDATE parking_parkingsession SET status = 'void', updated_at = %s
WHERE id = ANY(%s) AND touched AND status <> 'void'
"""
_DROP_REVIEWS = """
DELETE FROM parking_review r USING parking_parkingsession s
WHERE s.id = r.session_id AND s.id = ANY(%s) AND (NOT s.touched OR r.closed_at IS NULL)
"""


def numbers(count: int, *, now: datetime) -> list[tuple[int, str]]:
    """That many new session ids with their order numbers (`P`, day, id): unique, and fit for a gateway."""
    if not count:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('parking_parkingsession', 'id')) FROM generate_series(1, %s)",
            [count],
        )
        return [(row[0], f"P{now:%y%m%d}{row[0]:08d}") for row in cursor.fetchall()]


def sessions(rows: Sequence[Row], *, gone: Sequence[int], now: datetime) -> None:
    """Remove the sessions that no stay continues, rewrite the others, add the new ones.

    One that a person decided is not removed but void.
    Stays that ended are written before those that are open: the promise of one open session a berth is checked at once.
    """
    with connection.cursor() as cursor:
        if gone:
            cursor.execute(_KEEP_DECIDED, [now, list(gone)])
            cursor.execute(_DROP_REVIEWS, [list(gone)])
            cursor.execute("DELETE FROM parking_parkingsession WHERE id = ANY(%s) AND NOT touched", [list(gone)])
        for open_ended in (False, True):
            for fresh in (False, True):
                chosen = [row for row in rows if row.fresh is fresh and (row.left_at is None) is open_ended]
                if not chosen:
                    continue
                columns = _columns(chosen)
                if fresh:
                    cursor.execute(_INSERT, [now, now, *columns])
                else:
                    cursor.execute(_UPDATE, [now, *columns])


def _columns(rows: Sequence[Row]) -> list[list[Any]]:
    values = [
        (
            row.id,
            row.number,
            row.berth_id,
            row.road_id,
            row.plate,
            row.plate_color,
            row.arrived_at,
            row.left_at,
            row.status,
            json.dumps(row.holds),
            row.contested,
            row.confidence,
            json.dumps(row.reasons),
            row.visit,
            row.arrival_event,
            row.departure_event,
            row.ready_at,
            row.read_to,
            row.tariff_id,
            row.fee_fen,
            json.dumps(row.lines, ensure_ascii=False),
            row.provisional,
            json.dumps(row.used),
            row.continues,
            row.charge_id,
            row.billed_at,
        )
        for row in rows
    ]
    return [list(column) for column in zip(*values, strict=True)]


_OPEN_REVIEWS = """
INSERT INTO parking_review (session_id, holds, proposal, opened_at, verdict, decision, reason)
SELECT t.session_id, ARRAY(SELECT jsonb_array_elements_text(t.holds))::varchar[], t.proposal, %s, '', '{}', ''
FROM unnest(%s::bigint[], %s::jsonb[], %s::jsonb[]) AS t(session_id, holds, proposal)
ON CONFLICT (session_id) WHERE closed_at IS NULL DO UPDATE SET holds = excluded.holds, proposal = excluded.proposal
"""
_CLOSE_REVIEWS = """
UPDATE parking_review SET closed_at = %s, verdict = 'resolved' WHERE session_id = ANY(%s) AND closed_at IS NULL
"""


def reviews(rows: Sequence[Row], *, now: datetime) -> None:
    """A held session has one open review; one that is held no longer has none."""
    held = [row for row in rows if row.status == "held"]
    settled = [row.id for row in rows if row.status != "held" and not row.fresh]
    with connection.cursor() as cursor:
        if held:
            cursor.execute(
                _OPEN_REVIEWS,
                [
                    now,
                    [row.id for row in held],
                    [json.dumps(row.holds) for row in held],
                    [json.dumps(row.proposal, ensure_ascii=False) for row in held],
                ],
            )
        if settled:
            cursor.execute(_CLOSE_REVIEWS, [now, settled])


def states(states: Sequence[tuple[int, datetime | None, datetime | None]], *, now: datetime) -> None:
    """For each (berth id, occupied since or None, last event): what is known of the berth now."""
    if not states:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE parking_berthstate s SET occupied = t.since IS NOT NULL, occupied_since = t.since, "
            "last_event_at = greatest(s.last_event_at, t.last_event), reconciled_at = %s, failures = 0, failure = '' "
            "FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[]) AS t(berth_id, since, last_event) "
            "WHERE s.berth_id = t.berth_id",
            [now, *[list(column) for column in zip(*states, strict=True)]],
        )


def discrepancies(disputes: Sequence[tuple[int, Dispute]], *, now: datetime) -> None:
    """For each (berth id, dispute) one row that a person decides; a repeat adds none."""
    if not disputes:
        return
    rows = [
        (
            berth_id,
            dispute.session_id,
            f"{dispute.event.source}/{dispute.event.event_id}",
            dispute.reason,
            json.dumps({"kind": dispute.event.kind.value, "observed_at": dispute.event.observed_at.isoformat()}),
        )
        for berth_id, dispute in disputes
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO parking_discrepancy (berth_id, session_id, event, reason, detail, found_at, outcome) "
            "SELECT t.*, %s, '' FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[], %s::jsonb[]) AS t "
            "ON CONFLICT (berth_id, event, reason) DO NOTHING",
            [now, *[list(column) for column in zip(*rows, strict=True)]],
        )
