"""What every invoice issuer takes and gives: frozen records, and the protocol its adapter keeps.

Money is whole fen, moments are aware. `serial` is ours, stored before the first call and sent again on every retry:
the issuer's "duplicate" means "ask me". A new serial is right only after a Refused that is not retryable.

    Issued     the document exists         Submitted     it is being made
    Refused    a definite no               WaitingLogin  the drawer must log in at the tax bureau first
    Missing    the issuer knows no such    Unknown       sent, end not known       NotSent  it never left us
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol

from payments.wire.http import NotSent as NotSent
from payments.wire.http import Unknown as Unknown

Evidence = Mapping[str, Any]

PARKING_ITEM = "车辆停放服务"
PARKING_CODE = "3040502020200000000"


class Regime(StrEnum):
    """Under which law a street's receipts are issued."""

    VAT = "vat"  # 数电票
    FISCAL = "fiscal"  # 财政电子票据
    NONE = "none"


class TitleKind(StrEnum):
    PERSON = "person"
    COMPANY = "company"


class RedReason(StrEnum):
    """Why a blue invoice is reversed."""

    MISTAKE = "mistake"  # 开票有误
    RETURNED = "returned"  # 销货退回
    STOPPED = "stopped"  # 服务中止
    DISCOUNT = "discount"  # 销售折让


# --- what we ask ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Seller:
    """Who issues. `clerk` is the name of the drawer's login at the tax bureau."""

    name: str
    tax_number: str
    clerk: str
    address: str = ""
    phone: str = ""
    bank: str = ""
    account: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Title:
    """Who receives (抬头). A company needs its tax number."""

    kind: TitleKind
    name: str
    tax_number: str = ""
    address: str = ""
    phone: str = field(default="", repr=False)
    bank: str = ""
    account: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceLine:
    """One line; gross = net + tax. `rate` is 0.09 for nine percent; `policy` is the bureau's code of a preference."""

    gross_fen: int
    net_fen: int
    tax_fen: int
    rate: Decimal
    name: str = PARKING_ITEM
    code: str = PARKING_CODE
    policy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """特定要素 06, which parking under its code needs: where, and from when to when to the minute."""

    region: str
    address: str
    from_at: datetime
    to_at: datetime
    plates: tuple[str, ...] = ()
    certificate: str = "无"
    cross_city: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceOrder:
    """A document to be issued. `special` asks for a 专票. `remark` has at most 200 characters."""

    serial: str
    seller: Seller
    title: Title
    lines: tuple[InvoiceLine, ...]
    at: datetime
    lease: Lease | None = None
    remark: str = ""
    email: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    special: bool = False

    @property
    def gross_fen(self) -> int:
        return sum(line.gross_fen for line in self.lines)

    @property
    def net_fen(self) -> int:
        return sum(line.net_fen for line in self.lines)

    @property
    def tax_fen(self) -> int:
        return sum(line.tax_fen for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class RedOrder:
    """A whole reversal of an issued document. `serial` is the reversal's own; `blue_*` name what is reversed."""

    serial: str
    blue_serial: str
    blue_number: str
    seller: Seller
    title: Title
    at: datetime
    reason: RedReason
    blue_code: str = ""
    special: bool = False


# --- outcomes -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """The document exists: its number (数电票: 20 digits; 财政票据: 10, with its 8-digit `code` and `check_code`).

    The amounts are the issuer's own, to be compared with ours; None where it doesn't tell. `files` maps `pdf`, `ofd`,
    `xml`, `picture` to addresses; some may come later than the document.
    """

    reference: str
    number: str
    at: datetime
    gross_fen: int
    net_fen: int | None = None
    tax_fen: int | None = None
    code: str = ""
    check_code: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    evidence: Evidence = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """The issuer has it and is making it: ask again."""

    reference: str = ""
    evidence: Evidence = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingLogin:
    """Nothing was issued: the drawer's login at the tax bureau has run out. The same serial goes again after it."""

    detail: str
    evidence: Evidence = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A definite no. `retryable`: the same serial may go again once the cause (credit, a limit) is gone."""

    code: str
    message: str
    retryable: bool = False
    evidence: Evidence = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """The issuer knows no such serial; within ten minutes of sending it that proves nothing."""

    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversed:
    """The red document exists."""

    reference: str
    number: str
    at: datetime | None
    code: str = ""
    check_code: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    evidence: Evidence = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RedPending:
    """The reversal waits: for the buyer's word (`buyer_must_confirm`) or for the bureau."""

    state: str
    detail: str
    buyer_must_confirm: bool = False
    evidence: Evidence = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """How much may still be issued this month (授信额度)."""

    left_fen: int
    total_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Whether the drawer's login at the tax bureau holds."""

    holds: bool
    detail: str = ""


Outcome = Issued | Submitted | WaitingLogin | Refused | Missing | Unknown | NotSent
RedOutcome = Reversed | RedPending | WaitingLogin | Refused | Missing | Unknown | NotSent


# --- the protocol ---------------------------------------------------------------------------------------------------


class Issuer(Protocol):
    """An invoice issuer. No method raises for what the network or the issuer did."""

    code: str
    regime: Regime

    def issue(self, order: InvoiceOrder) -> Outcome:
        """Ask for the document. The same order again is the same document."""
        ...

    def query(self, serial: str) -> Outcome:
        """What became of it."""
        ...

    def reverse(self, order: RedOrder) -> RedOutcome:
        """Ask for the whole reversal. The same order again is the same reversal."""
        ...

    def query_reversal(self, order: RedOrder) -> RedOutcome:
        """What became of the reversal."""
        ...

    def download(self, address: str) -> bytes | Unknown | NotSent:
        """A file of an issued document, untouched."""
        ...

    def login(self) -> Login | Unknown | NotSent:
        """Whether the drawer's login holds."""
        ...

    def credit(self) -> Credit | Unknown | NotSent | None:
        """The credit left; None where the regime has none."""
        ...
