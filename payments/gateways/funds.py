"""What moved on our account at a gateway, and why: the record of a fund statement."""

from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise

from payments.domain.funds import FundKind


@dataclass(frozen=True, slots=True, kw_only=True)
class FundRow:
    """One movement: `amount_fen` positive into the account, negative out of it; `balance_fen` after it.

    `flow` is the movement's own number. `reference` is what the trade statement calls the same payment or refund.
    """

    kind: FundKind
    flow: str
    reference: str
    amount_fen: int
    balance_fen: int
    at: datetime
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FundFlow:
    """A day of the account, in the gateway's order; `problems` names what doesn't add up or could not be read."""

    day: date
    rows: tuple[FundRow, ...]
    problems: tuple[str, ...]
    content: bytes = field(repr=False)

    @property
    def opening_fen(self) -> int | None:
        """The balance before the first movement; None without any."""
        return self.rows[0].balance_fen - self.rows[0].amount_fen if self.rows else None

    @property
    def closing_fen(self) -> int | None:
        """The balance after the last movement; None without any."""
        return self.rows[-1].balance_fen if self.rows else None


def unbroken(rows: tuple[FundRow, ...]) -> list[str]:
    """What is wrong with the chain of balances: each must follow from the one before."""
    return [
        f"line {index}: the balance doesn't follow from the one before"
        for index, (before, row) in enumerate(pairwise(rows), start=2)
        if before.balance_fen + row.amount_fen != row.balance_fen
    ]
