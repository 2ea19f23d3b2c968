"""What every payment gateway takes and gives: frozen records, and the protocol its adapter keeps.

Money is whole fen, moments are aware. An adapter holds no row, opens no transaction and builds no HTML. What it did
or heard comes back as one of a few outcomes; none of them is an exception, because "we cannot know" is an ordinary
end of a payment call and the caller must look at it.

    Succeeded  the money moved          Pending  the gateway has it and will tell
    Refused    a definite no            Absent   the gateway knows no such number
    Unknown    sent, end not known      NotSent  it surely never left us
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from payments.wire.http import NotSent as NotSent
from payments.wire.http import Unknown as Unknown

Evidence = Mapping[str, Any]


class BadSignature(Exception):
    """A notification that its sender did not sign, or signed too long ago. Answer 4xx, apply nothing."""


class SignatureProbe(BadSignature):
    """WeChat's own test that we check signatures: answer as any bad one, but raise no alarm."""


class BadNotification(Exception):
    """A notification that is rightly signed and yet cannot be read."""


# --- outcomes -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Succeeded:
    """The money moved. `paid_fen` is what the order was settled with (for a refund: what went back).

    `advanced`: the gateway paid us out of its own pocket; the driver's debt is now theirs.
    """

    reference: str
    at: datetime
    paid_fen: int
    advanced: bool = False
    evidence: Evidence = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """The gateway has the order and will tell, or waits for the driver (an unpaid user payment)."""

    reference: str = ""
    evidence: Evidence = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A definite no: nothing moved. `retry_after` is set when the same number may be sent again later."""

    code: str
    message: str
    retry_after: timedelta | None = None
    evidence: Evidence = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """Only queries give it: the gateway knows no such number (yet: it may still be on the way)."""

    detail: str
    evidence: Evidence = field(default_factory=dict, repr=False)


Outcome = Succeeded | Pending | Refused | Unknown | NotSent
Found = Succeeded | Pending | Refused | Absent | Unknown | NotSent


def resolved(refused: Refused, found: Found) -> Outcome:
    """The end of a call whose refusal may mean "you did this before", by what a query found.

    The refusal stands only if the number doesn't exist. A refusal of the query itself says nothing of the payment.
    """
    match found:
        case Absent():
            return refused
        case Refused(code="PAY_FAIL" | "CLOSED"):
            return found
        case Refused():
            return Unknown(detail=f"{refused.code}, and the query was refused: {found.code}")
        case NotSent():
            return Unknown(detail=f"{refused.code}, and the query was not sent")
    return found


# --- facts ----------------------------------------------------------------------------------------------------------


class FactKind(StrEnum):
    PAYMENT = "payment"
    REFUND = "refund"
    ENTRY_STATE = "entry_state"
    PAY_BACK = "pay_back"
    MANDATE = "mandate"


class State(StrEnum):
    """What a fact says. The first seven are of payments and refunds, the last three of entries and mandates."""

    SUCCEEDED = "succeeded"
    PENDING = "pending"
    FAILED = "failed"
    CLOSED = "closed"
    ABNORMAL = "abnormal"  # a refund whose way back is dead (a cancelled card): a person must act
    ABSENT = "absent"
    UNKNOWN = "unknown"
    NORMAL = "normal"
    BLOCKED = "blocked"  # an entry that can't be debited; a mandate the driver paused
    NONE = "none"  # no mandate


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What an answer, a notification, a query and a statement line all become.

    `our_number` is the number we gave (payment, refund or entry). `reference` is the gateway's. `at` is when it
    happened by the gateway's clock. `event_id` tells one telling from another, not one fact from another: the same
    fact may come under several ids. `stranger` says in words why it isn't ours (another merchant, another
    application): such a fact is kept and never applied. `paid_by_advance`: see Succeeded.advanced.
    """

    gateway: str
    kind: FactKind
    our_number: str
    reference: str
    state: State
    amount_fen: int | None
    at: datetime | None
    event_id: str
    code: str = ""
    message: str = ""
    payment_number: str = ""
    plate: str = field(default="", repr=False)
    plate_color: str = ""
    paid_by_advance: bool = False
    stranger: str = ""
    evidence: Evidence = field(default_factory=dict, repr=False)


def fact_of(*, gateway: str, kind: FactKind, number: str, found: Found, heard_at: datetime) -> Fact:
    """The fact that the outcome of one of our own calls states. Its event id is derived from what it says."""
    reference, amount, at, code, message, advanced = "", None, heard_at, "", "", False
    match found:
        case Succeeded():
            state, reference, amount, at, advanced = (
                State.SUCCEEDED,
                found.reference,
                found.paid_fen,
                found.at,
                found.advanced,
            )
        case Pending():
            state, reference = State.PENDING, found.reference
        case Refused():
            state, code, message = State(_REFUSALS.get(found.code, State.FAILED)), found.code, found.message
        case Absent():
            state, message = State.ABSENT, found.detail
        case Unknown() | NotSent():
            state, message = State.UNKNOWN, found.detail
    return Fact(
        gateway=gateway,
        kind=kind,
        our_number=number,
        reference=reference,
        state=state,
        amount_fen=amount,
        at=at,
        event_id=f"{kind}:{number}:{state}:{heard_at.isoformat()}",
        code=code,
        message=message,
        paid_by_advance=advanced,
        evidence=getattr(found, "evidence", {}),
    )


# The two refusals that are states of their own rather than failures.
_REFUSALS = {"CLOSED": State.CLOSED, "ABNORMAL": State.ABNORMAL}


# --- what we ask ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate:
    """Whether a plate may be debited: `state` is NORMAL, BLOCKED (paused), NONE or UNKNOWN (ask again or enter)."""

    state: State
    since_at: datetime | None = None
    detail: str = ""
    evidence: Evidence = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A vehicle that came: `number` is ours and unique. A gateway may show `place` to the driver."""

    number: str
    plate: str = field(repr=False)
    plate_color: str
    place: str
    spot: str
    from_at: datetime
    free_seconds: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """The gateway's handle on an entry. `state` is NORMAL or BLOCKED; `reason` is the gateway's word for the latter."""

    reference: str
    state: State
    reason: str = ""
    evidence: Evidence = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """A vehicle that left, for gateways that want to be told: `entry` is Entered.reference."""

    entry: str
    entry_number: str
    plate: str = field(repr=False)
    plate_color: str
    spot: str
    to_at: datetime
    amount_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Debit:
    """A contactless debit. plate, plate_color, place and from_at must equal those of the entry it names.

    `number` has 6 to 32 characters of letters, digits, `_` and `-`. `to_at` lies in the past and after `from_at`.
    """

    number: str
    entry: str
    plate: str = field(repr=False)
    plate_color: str
    amount_fen: int
    description: str
    place: str
    spot: str
    from_at: datetime
    to_at: datetime
    charging_seconds: int | None = None


class Way(StrEnum):
    """How the driver pays by hand."""

    JSAPI = "jsapi"  # inside WeChat or Alipay, needs the payer's id
    NATIVE = "native"  # a code to be scanned
    WAP = "wap"  # a page of the gateway's, in the phone's browser


@dataclass(frozen=True, slots=True, kw_only=True)
class UserPayment:
    """A payment the driver makes by hand. The same number with the same content is the same payment."""

    number: str
    amount_fen: int
    description: str
    way: Way
    expires_at: datetime
    payer: str = field(default="", repr=False)
    return_url: str = ""
    client_ip: str = field(default="127.0.0.1", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """Where the driver goes on: `url` (a page, or the text of a QR code) or `params` for the app's own call."""

    url: str = ""
    params: Mapping[str, str] = field(default_factory=dict, repr=False)
    evidence: Evidence = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundOrder:
    """Money back along the way it came. One number is one refund, however often it is sent.

    `contactless` says that the payment was a debit, which some gateways refund at another door.
    """

    number: str
    payment_number: str
    payment_reference: str
    amount_fen: int
    total_fen: int
    reason: str
    contactless: bool = False


# --- statements -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementRow:
    """One line of a gateway's trade statement. `kind` is PAYMENT or REFUND; amounts are positive, the fee signed.

    `our_number` and `reference` are the refund's own for a refund; `payment_number` names what it refunds.
    """

    kind: FactKind
    our_number: str
    reference: str
    payment_number: str
    payment_reference: str
    amount_fen: int
    fee_fen: int
    at: datetime
    state: State
    raw: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A day's statement with the gateway's own totals; `problems` names what doesn't add up or could not be read."""

    day: date
    rows: tuple[StatementRow, ...]
    paid_fen: int
    refunded_fen: int
    fee_fen: int
    problems: tuple[str, ...]
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoStatement:
    """No statement now: `empty` when the day had no trade, else come back later (`reason` says why)."""

    reason: str
    empty: bool


# --- the protocol ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the gateway wants to read in answer to its notification."""

    status: int
    content_type: str
    body: bytes


class Gateway(Protocol):
    """A payment gateway. No method raises for what the network or the gateway did, except where it says so."""

    code: str

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

    def read_notification(self, *, headers: Mapping[str, str], body: bytes, now: datetime) -> list[Fact]:
        """The facts in a notification, verified over its raw body. Raises BadSignature or BadNotification."""
        ...

    def notification_answer(self, *, ok: bool, message: str = "") -> Answer:
        """The answer the gateway expects: ok=False makes it send again."""
        ...

    def statement(self, day: date) -> Statement | NoStatement | Unknown | NotSent:
        """The trade statement of that day in Beijing time."""
        ...
