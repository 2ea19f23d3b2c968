"""Bills in: what parking prices becomes a charge, once."""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from payments import dunning, tasks
from payments.domain.bill import Bill
from payments.domain.money import CURRENCY
from payments.models import Charge

log = logging.getLogger(__name__)

_OPEN = """
WITH told AS (
    SELECT * FROM json_to_recordset(%(bills)s) AS t(
        number text, scope text, spot text, place text, plate text, plate_color text, from_at timestamptz,
        to_at timestamptz, amount_fen bigint, currency text, lines jsonb, tariff_code text, tariff_version int,
        kind text)
),
opened AS (
    INSERT INTO payments_charge (
        number, kind, scope, spot, place, plate, plate_color, from_at, to_at, amount_fen, currency, lines,
        tariff_code, tariff_version, status, opened_at, due_at, settled_at, collect_at, collect_tries, urge_at,
        urge_stage, urge_paused)
    SELECT number, kind, scope, spot, place, plate, plate_color, from_at, to_at, amount_fen, currency, lines,
           tariff_code, tariff_version, CASE WHEN amount_fen = 0 THEN 'settled' ELSE 'open' END, %(now)s, %(due_at)s,
           CASE WHEN amount_fen = 0 THEN %(now)s END,
           CASE WHEN amount_fen > 0 AND currency = %(currency)s AND kind = 'stay' THEN %(now)s END, 0,
           CASE WHEN amount_fen > 0 AND kind = 'stay' THEN %(urge_at)s END, 0, false
      FROM told
     ORDER BY number
    ON CONFLICT (number) DO NOTHING
    RETURNING id, number, kind, amount_fen
),
booked AS (
    INSERT INTO payments_entry (cause, cause_key, at, booked_at)
    SELECT 'opened', 'opened:' || number, %(now)s, %(now)s FROM opened WHERE amount_fen > 0
    RETURNING id, cause_key
)
INSERT INTO payments_leg (entry_id, account, amount_fen, charge_id)
SELECT booked.id,
       CASE WHEN side.account = 'revenue' AND opened.kind = 'permit' THEN 'permit_revenue' ELSE side.account END,
       side.sign * opened.amount_fen, opened.id
  FROM opened
  JOIN booked ON booked.cause_key = 'opened:' || opened.number
 CROSS JOIN (VALUES ('receivable', 1), ('revenue', -1)) AS side(account, sign)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeRef:
    """The charge a bill became; `id` is what a foreign key wants."""

    id: int
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """A bill whose number already belongs to a charge with other content: nothing was done."""

    number: str
    field: str
    stored: str
    told: str


class Opened(dict[str, ChargeRef]):
    """The charges by bill number, and the bills that got none."""

    def __init__(self, refs: dict[str, ChargeRef], conflicts: dict[str, Conflict]) -> None:
        super().__init__(refs)
        self.conflicts = conflicts


def open_charges(bills: Sequence[Bill], *, now: datetime) -> Opened:
    """Open a charge for each bill that has none yet; three queries however many bills. Joins the caller's transaction.

    A bill of nothing is settled at once. Told again, a bill gives the charge it became before; told with other content
    it is among `conflicts` instead, and the charge stays as it is. Raises ValueError for a bill no charge can be.
    """
    if not bills:
        return Opened({}, {})
    for bill in bills:
        _check(bill)
    policy = dunning.policy()
    with transaction.atomic(savepoint=False), connection.cursor() as cursor:
        cursor.execute(
            _OPEN,
            {
                "bills": json.dumps([_plain(bill) for bill in bills], ensure_ascii=False),
                "now": now,
                "currency": CURRENCY,
                "due_at": policy.due_at(opened_at=now),
                "urge_at": policy.first_urge_at(opened_at=now),
            },
        )
        # A statement of its own, so that it sees what a concurrent opener of the same number committed meanwhile.
        stored = {charge.number: charge for charge in Charge.objects.filter(number__in=[b.number for b in bills])}
        if any(bill.amount_fen > 0 for bill in bills):
            transaction.on_commit(tasks.wake_collect)
    compared = {bill.number: _compare(bill, stored[bill.number]) for bill in bills}
    refs = {number: one for number, one in compared.items() if isinstance(one, ChargeRef)}
    conflicts = {number: one for number, one in compared.items() if isinstance(one, Conflict)}
    for conflict in conflicts.values():
        log.error("bill %s differs from its charge in %s", conflict.number, conflict.field)
    return Opened(refs, conflicts)


def open_charge(bill: Bill, *, now: datetime) -> ChargeRef | Conflict:
    """Open the charge of one bill; see open_charges."""
    opened = open_charges([bill], now=now)
    return opened.get(bill.number) or opened.conflicts[bill.number]


def _check(bill: Bill) -> None:
    if bill.amount_fen < 0:
        raise ValueError(f"bill {bill.number} is below zero")
    if sum(line.amount_fen for line in bill.lines) != bill.amount_fen:
        raise ValueError(f"bill {bill.number} is not the sum of its lines")
    if bill.to_at < bill.from_at or bill.from_at.tzinfo is None or bill.to_at.tzinfo is None:
        raise ValueError(f"bill {bill.number} has no period")


_FIELDS = tuple(field.name for field in fields(Bill))


def _plain(bill: Bill) -> dict[str, Any]:
    # By hand: dataclasses.asdict copies deeply and took half the time of opening.
    plain: dict[str, Any] = {name: getattr(bill, name) for name in _FIELDS}
    plain["from_at"], plain["to_at"] = bill.from_at.isoformat(), bill.to_at.isoformat()
    plain["lines"] = [
        {
            "from": line.from_at.isoformat(),
            "to": line.to_at.isoformat(),
            "rule": line.rule,
            "rule_en": line.rule_en,
            "amount_fen": line.amount_fen,
        }
        for line in bill.lines
    ]
    return plain


_SAME = ("kind", "amount_fen", "currency", "plate", "plate_color", "from_at", "to_at", "scope")


def _compare(bill: Bill, charge: Charge) -> ChargeRef | Conflict:
    for name in _SAME:
        told, stored = getattr(bill, name), getattr(charge, name)
        if told != stored:
            return Conflict(number=bill.number, field=name, stored=str(stored), told=str(told))
    return ChargeRef(id=charge.pk, number=charge.number)
