"""What every payment gateway takes and gives: frozen records, and the protocol its adapter keeps.

Money is whole fen, moments are aware. An adapter holds no row, opens no transaction and builds no HTML. What it did
or heard comes back as one of a few outcomes; none of them is an exception, because "we cannot know" is an ordinary
end of a payment call and the caller must look at it.

    Succeeded  the money moved          Pending  the gateway has it and will tell
    Refused    a definite no            Absent   the gateway knows no such number
    Unknown    sent, end not known      NotSent  it surely never left us
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from payments.gateways.facts import (
    Fact,
    FactKind,
    State,
    fact_of,
)
from payments.gateways.funds import FundFlow, FundRow
from payments.gateways.orders import (
    BankCard,
    Debit,
    Entered,
    Entry,
    Leaving,
    Mandate,
    NoStatement,
    RefundOrder,
    Started,
    Statement,
    StatementRow,
    UserPayment,
    Way,
)
from payments.gateways.outcomes import (
    Absent,
    Evidence,
    Found,
    Outcome,
    Pending,
    Refused,
    Succeeded,
    resolved,
)
from payments.wire.http import NotSent, Unknown

__all__ = [
    "Absent",
    "Answer",
    "BadNotification",
    "BadSignature",
    "BankCard",
    "Debit",
    "Entered",
    "Entry",
    "Evidence",
    "Fact",
    "FactKind",
    "Found",
    "FundFlow",
    "FundRow",
    "Gateway",
    "Leaving",
    "Mandate",
    "NoStatement",
    "NotSent",
    "Outcome",
    "Pending",
    "RefundOrder",
    "Refused",
    "SignatureProbe",
    "Started",
    "State",
    "Statement",
    "StatementRow",
    "Succeeded",
    "Unknown",
    "UserPayment",
    "Way",
    "fact_of",
    "resolved",
]


class BadSignature(Exception):
    """A notification that its sender did not sign, or signed too long ago. Answer 4xx, apply nothing."""


class SignatureProbe(BadSignature):
    """WeChat's own test that we check signatures: answer as any bad one, but raise no alarm."""


class BadNotification(Exception):
    """A notification that is rightly signed and yet cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the gateway wants to read in answer to its notification."""

    status: int
    content_type: str
    body: bytes


class Gateway(Protocol):
    """A payment gateway. No method raises for what the network or the gateway did, except where it says so."""

    code: str
    # Whether a newer entry of a plate kills the older one.
    single_entry: bool
    # How somebody at a desk's browser pays by hand; on a phone it is always the gateway's own page.
    desk_way: Way

    def find(self, *, plate: str, plate_color: str, payer: str = "") -> Mandate:
        """Whether the plate may be debited now."""
        ...

    def enter(self, entry: Entry) -> Entered | Refused | Unknown | NotSent:
        """Tell of a vehicle that came. The same entry again gives the same reference."""
        ...

    def leave(self, leaving: Leaving) -> Outcome:
        """Tell of a vehicle that left; moves no money. A gateway that needs none of it answers Succeeded at once."""
        ...

    def debit(self, debit: Debit) -> Outcome:
        """Take the fee under the plate's mandate."""
        ...

    def query(self, number: str, *, contactless: bool) -> Found:
        """What became of the payment of that number: a debit (contactless) or one made by hand."""
        ...

    def open_payment(self, payment: UserPayment) -> Started | Refused | Unknown | NotSent:
        """Open a payment for the driver to make by hand."""
        ...

    def close(self, number: str) -> Found:
        """Make sure an unpaid payment can't be paid any more: Refused(code="CLOSED") is the wanted answer."""
        ...

    def refund(self, order: RefundOrder) -> Outcome:
        """Send money back."""
        ...

    def query_refund(self, order: RefundOrder) -> Found:
        """What became of that refund."""
        ...

    def mend_refund(self, order: RefundOrder, *, reference: str, card: BankCard) -> Outcome:
        """Send a refund whose way back is dead (ABNORMAL) to a card instead; `reference` is the gateway's number of it.

        Refused(code="NOT_OFFERED") where the gateway can't.
        """
        ...

    def read_notification(self, *, headers: Mapping[str, str], body: bytes, now: datetime) -> list[Fact]:
        """The facts in a notification, verified over its raw body. Raises BadSignature or BadNotification."""
        ...

    def notification_answer(self, *, ok: bool, message: str = "") -> Answer:
        """The answer the gateway expects: ok=False makes it send again."""
        ...

    def statement(self, day: date) -> Statement | NoStatement | Unknown | NotSent:
        """The trade statement of that day in Beijing time."""
        ...

    def funds(self, day: date) -> FundFlow | NoStatement | Unknown | NotSent:
        """What moved on our account there on that day in Beijing time."""
        ...

    @property
    def drift_s(self) -> float | None:
        """How many seconds our clock was ahead of the gateway's at the last answer; None before the first."""
        ...
