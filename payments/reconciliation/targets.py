"""Bringing the ledger to what a statement says: the first time and whenever a corrected statement says otherwise."""

import hashlib
from collections.abc import Mapping
from datetime import datetime

from django.db import connection

from payments import ledger
from payments.domain import accounts
from payments.models import Entry

_BOOKED = r"""
SELECT split_part(e.cause_key, '#', 1), count(DISTINCT e.id),
       coalesce(sum(l.amount_fen) FILTER (WHERE l.account = %s), 0)
  FROM payments_entry e JOIN payments_leg l ON l.entry_id = e.id
 WHERE e.cause_key LIKE %s
 GROUP BY 1
"""


def key(*parts: object) -> str:
    """The cause key of something told by a statement: at most 110 characters, so that a correction's number fits."""
    text = ":".join(str(part) for part in parts).replace("#", "_")
    return text if len(text) <= 110 else f"{text[:77]}:{hashlib.sha256(text.encode()).hexdigest()[:32]}"


def reach(
    *, gateway: str, cause: Entry.Cause, prefix: str, wanted: Mapping[str, int], other: str, at: datetime, now: datetime
) -> int:
    """Book what is missing until each key has moved the gateway's account by the wanted fen, and `other` the other way.

    Keys under the prefix that are wanted no more are reversed. The caller holds the day locked. Gives how many entries
    were booked.
    """
    money = accounts.clearing(gateway)
    with connection.cursor() as cursor:
        cursor.execute(_BOOKED, [money, prefix.replace("\\", "\\\\").replace("_", r"\_").replace("%", r"\%") + "%"])
        booked = {base: (int(count), int(moved)) for base, count, moved in cursor.fetchall()}
    postings = []
    for base in sorted(booked.keys() | wanted.keys()):
        count, moved = booked.get(base, (0, 0))
        missing = wanted.get(base, 0) - moved
        if missing:
            postings.append(
                ledger.transfer(
                    cause=cause,
                    cause_key=f"{base}#{count}" if count else base,
                    at=at,
                    debit=money,
                    credit=other,
                    amount_fen=missing,
                    charge_id=None,
                )
            )
    return len(ledger.book(postings=postings, now=now))


def suspended(keys: list[str]) -> dict[str, int]:
    """How many fen of each key still wait in suspense: positive, held without a cause; negative, missing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT split_part(e.cause_key, '#', 1), -sum(l.amount_fen) FROM payments_entry e"
            " JOIN payments_leg l ON l.entry_id = e.id WHERE l.account = 'suspense'"
            " AND split_part(e.cause_key, '#', 1) = ANY(%s) GROUP BY 1 HAVING sum(l.amount_fen) <> 0",
            [keys],
        )
        return {base: int(total) for base, total in cursor.fetchall()}
