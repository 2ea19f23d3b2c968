"""What an issued document says of our income, in the ledger: tax is the state's, a fiscal receipt the treasury's.

A charge is booked whole to revenue when it is made. Which part of it isn't ours is certain once its document exists,
by the amounts of that document's own lines; the red document gives it back.
"""

from datetime import datetime

from payments import ledger
from payments.domain import accounts
from payments.ledger import Posting, Side
from payments.models import Entry, Invoice, InvoiceLine, Regime


def split(issued: Invoice, *, at: datetime, now: datetime) -> None:
    """Book what an issued document takes out of revenue, line by line; of a red one, what its blue one took.

    A document whose blue one was never booked (issued with other amounts than ours) gives nothing back. Booked once
    for a serial, in the transaction that records the issue.
    """
    blue = issued.blue
    if blue is not None and not Entry.objects.filter(cause_key=_key(blue)).exists():
        return
    fiscal = issued.regime == Regime.Kind.FISCAL
    account = accounts.FISCAL_PAYABLE if fiscal else accounts.VAT_PAYABLE
    sign = 1 if blue is None else -1
    sides: list[Side] = []
    for line in InvoiceLine.objects.filter(invoice=blue or issued).select_related("charge").order_by("pk"):
        amount = sign * (line.gross_fen if fiscal else line.tax_fen)
        if amount:
            sides.append(Side(account=accounts.income(line.charge.kind), amount_fen=amount, charge_id=line.charge_id))
            sides.append(Side(account=account, amount_fen=-amount, charge_id=line.charge_id))
    if sides:
        ledger.book(
            postings=[Posting(cause=Entry.Cause.SPLIT, cause_key=_key(issued), at=at, sides=tuple(sides))], now=now
        )


def _key(invoice: Invoice) -> str:
    return f"split:{invoice.serial}"
