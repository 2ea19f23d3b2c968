"""What is asked of a gateway, and the records that only its own questions give."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from payments.gateways.facts import FactKind, State
from payments.gateways.outcomes import Evidence


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


@dataclass(frozen=True, slots=True, kw_only=True)
class BankCard:
    """The driver's own card, for a refund whose way back is dead. Goes to the gateway sealed and is kept nowhere."""

    bank: str
    number: str = field(repr=False)
    holder: str = field(repr=False)


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


def payment_row(
    *, number: str, reference: str, amount_fen: int, fee_fen: int, at: datetime, raw: Mapping[str, str]
) -> StatementRow:
    """A payment's line: its own numbers are those of what it pays."""
    return StatementRow(
        kind=FactKind.PAYMENT,
        our_number=number,
        reference=reference,
        payment_number=number,
        payment_reference=reference,
        amount_fen=amount_fen,
        fee_fen=fee_fen,
        at=at,
        state=State.SUCCEEDED,
        raw=raw,
    )


def refund_row(paid: StatementRow, *, number: str, reference: str, amount_fen: int, state: State) -> StatementRow:
    """The line of a refund of that payment, with numbers of its own."""
    return replace(
        paid, kind=FactKind.REFUND, our_number=number, reference=reference, amount_fen=amount_fen, state=state
    )


def sums(rows: Sequence[StatementRow]) -> tuple[int, int, int]:
    """What came in, what went back and the fee, in fen."""
    paid = sum(row.amount_fen for row in rows if row.kind is FactKind.PAYMENT)
    refunded = sum(row.amount_fen for row in rows if row.kind is FactKind.REFUND)
    return paid, refunded, sum(row.fee_fen for row in rows)


def statement_of(*, day: date, rows: Sequence[StatementRow], problems: Sequence[str], content: bytes) -> Statement:
    """The statement that has these rows."""
    paid, refunded, fee = sums(rows)
    return Statement(
        day=day,
        rows=tuple(rows),
        paid_fen=paid,
        refunded_fen=refunded,
        fee_fen=fee,
        problems=tuple(problems),
        content=content,
    )
