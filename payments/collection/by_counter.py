"""Money over the counter: taken by a clerk, banked later. The phone-less driver's way to pay."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from payments import ledger
from payments.collection import by_hand, settling
from payments.collection.by_hand import NotStarted
from payments.domain import accounts
from payments.gateways.base import Fact, FactKind, State
from payments.models import Attempt, Entry, Move

GATEWAY = "cash"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Cash that is in the till; `number` is on the receipt."""

    number: str
    amount_fen: int


def take(numbers: Sequence[str], *, by: str, now: datetime) -> Taken | NotStarted:
    """Record that these charges were paid in cash to that clerk, all that is due of them. Not within a transaction.

    A payment under way by another gateway is cleared first, or stands in the way as for anybody who pays by hand.
    """
    if not by:
        raise ValueError("cash is taken by somebody")
    wanted = sorted(set(numbers))
    obstacle = by_hand.way_free(wanted, gateway=GATEWAY, kind=Attempt.Kind.CASH, now=now)
    if obstacle is not None:
        return obstacle
    with transaction.atomic():
        attempt = by_hand.prepare(wanted, gateway=GATEWAY, kind=Attempt.Kind.CASH, now=now, taken_by=by)
        if isinstance(attempt, NotStarted):
            return attempt
        fact = Fact(
            gateway=GATEWAY,
            kind=FactKind.PAYMENT,
            our_number=attempt.number,
            reference="",
            state=State.SUCCEEDED,
            amount_fen=attempt.amount_fen,
            at=now,
            event_id="",
        )
        settling.settle(fact, source=Move.Source.PERSON, now=now)
        return Taken(number=attempt.number, amount_fen=attempt.amount_fen)


def bank(*, amount_fen: int, slip: str, by: str, now: datetime) -> bool:
    """Cash was paid in at the bank under that slip number. False for a slip told before or more than the till holds."""
    if amount_fen <= 0 or not slip or not by:
        raise ValueError("banking needs an amount, the slip's number and a name")
    with transaction.atomic(), connection.cursor() as cursor:
        # Two clerks must not bank the same notes.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('payments.bank_cash'))")
        if ledger.balance(account=accounts.CASH) < amount_fen:
            return False
        posting = ledger.transfer(
            cause=Entry.Cause.BANKED,
            cause_key=f"banked:{slip[:60]}:{by[:40]}",
            at=now,
            debit=accounts.BANK,
            credit=accounts.CASH,
            amount_fen=amount_fen,
            charge_id=None,
        )
        return bool(ledger.book(postings=[posting], now=now))
