"""Refunds in the ledger: asked for, dropped, done."""

from datetime import datetime

from payments import ledger
from payments.domain import accounts
from payments.models import Attempt, Charge, Entry, Refund


def taken_from(refund: Refund) -> str:
    """The account that bears the refund: what the customer paid too much, else the income of the charge."""
    if refund.source == Refund.Source.DOUBLE:
        return accounts.CUSTOMER_CREDIT
    return accounts.income(refund.charge.kind if refund.charge else "stay")


def done(refund: Refund, *, was_dropped: bool, at: datetime, now: datetime, paid_from: str = "") -> None:
    """The money has left, from the gateway's clearing account or the till unless `paid_from` says otherwise.

    `was_dropped`: it had been given up or never been asked for, so nothing is payable that it could end.
    """
    debit = taken_from(refund) if was_dropped else accounts.REFUNDS_PAYABLE
    cash = Attempt.objects.filter(pk=refund.attempt_id, kind=Attempt.Kind.CASH).exists()
    ledger.book(
        postings=[
            ledger.transfer(
                cause=Entry.Cause.REFUND_DONE,
                cause_key=f"refund_done:{refund.gateway}:{refund.number}",
                at=at,
                debit=debit,
                credit=paid_from or (accounts.CASH if cash else accounts.clearing(refund.gateway)),
                amount_fen=refund.amount_fen,
                charge_id=refund.charge_id,
            )
        ],
        now=now,
    )


def drop(refund: Refund, *, now: datetime) -> None:
    """It will not be made: what was payable goes back to where it was taken from."""
    ledger.book(
        postings=[
            ledger.transfer(
                cause=Entry.Cause.REFUND_DROPPED,
                cause_key=f"refund_dropped:{refund.gateway}:{refund.number}",
                at=now,
                debit=accounts.REFUNDS_PAYABLE,
                credit=taken_from(refund),
                amount_fen=refund.amount_fen,
                charge_id=refund.charge_id,
            )
        ],
        now=now,
    )


def lock(refund_id: int) -> Refund:
    """The refund, locked after its charge and its attempt as everyone locks them."""
    seen = Refund.objects.get(pk=refund_id)
    if seen.charge_id:
        Charge.objects.select_for_update().get(pk=seen.charge_id)
    Attempt.objects.select_for_update().get(pk=seen.attempt_id)
    return Refund.objects.select_for_update().get(pk=refund_id)
