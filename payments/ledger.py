"""Booking: the only place that writes entries, and the sums that are balances."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Sum

from payments.domain import accounts
from payments.models import Entry, Leg

_BOOK = """
WITH told AS (
    SELECT * FROM unnest(%s::text[], %s::text[], %s::timestamptz[]) AS t(cause, cause_key, at)
),
booked AS (
    INSERT INTO payments_entry (cause, cause_key, at, booked_at)
    SELECT cause, cause_key, at, %s FROM told
    ON CONFLICT (cause_key) DO NOTHING
    RETURNING id, cause_key
),
legs AS (
    INSERT INTO payments_leg (entry_id, account, amount_fen, charge_id)
    SELECT booked.id, leg.account, leg.amount_fen, leg.charge_id
      FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::bigint[]) AS leg(cause_key, account, amount_fen, charge_id)
      JOIN booked USING (cause_key)
)
SELECT cause_key FROM booked
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One account's side: positive fen debit it, negative credit it."""

    account: str
    amount_fen: int
    charge_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """An entry to book. The same `cause_key` is booked once, whatever it says the second time."""

    cause: Entry.Cause
    cause_key: str
    at: datetime
    sides: tuple[Side, ...]


def transfer(
    *, cause: Entry.Cause, cause_key: str, at: datetime, debit: str, credit: str, amount_fen: int, charge_id: int | None
) -> Posting:
    """The posting that moves an amount from one account to another."""
    return Posting(
        cause=cause,
        cause_key=cause_key,
        at=at,
        sides=(
            Side(account=debit, amount_fen=amount_fen, charge_id=charge_id),
            Side(account=credit, amount_fen=-amount_fen, charge_id=charge_id),
        ),
    )


def book(*, postings: Sequence[Posting], now: datetime) -> set[str]:
    """Book the entries not booked yet, in one statement; gives the cause keys of those that were new."""
    if not postings:
        return set()
    sides = [(posting.cause_key, side) for posting in postings for side in posting.sides]
    with connection.cursor() as cursor:
        cursor.execute(
            _BOOK,
            [
                [posting.cause.value for posting in postings],
                [posting.cause_key for posting in postings],
                [posting.at for posting in postings],
                now,
                [key for key, _ in sides],
                [side.account for _, side in sides],
                [side.amount_fen for _, side in sides],
                [side.charge_id for _, side in sides],
            ],
        )
        return {key for (key,) in cursor.fetchall()}


def due(*, charge_ids: Iterable[int]) -> Mapping[int, int]:
    """What is still owed of each charge, in fen: the balance of its receivable."""
    sums = (
        Leg.objects.filter(charge_id__in=list(charge_ids), account=accounts.RECEIVABLE)
        .values_list("charge_id")
        .annotate(Sum("amount_fen"))
        .order_by()
    )
    return {charge_id: int(total) for charge_id, total in sums if charge_id is not None}


def balance(*, account: str) -> int:
    """The balance of an account in fen, debits positive."""
    return int(Leg.objects.filter(account=account).aggregate(total=Sum("amount_fen"))["total"] or 0)
