"""The answer: an amount that explains itself line by line."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from parking.domain.tariff.stay import Usage


class LineKind(StrEnum):
    """What a line is about."""

    CHARGE = "charge"
    FREE = "free"
    EXEMPT = "exempt"
    PERMIT = "permit"
    CAP = "cap"
    DISCOUNT = "discount"
    FACTOR = "factor"
    SURCHARGE = "surcharge"
    MINIMUM = "minimum"
    ROUNDING = "rounding"
    COUPON = "coupon"
    CARRIED = "carried"
    PENALTY = "penalty"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeLine:
    """One part of the fee over [from_at, to_at): the rule in Chinese and English with the clause of the notice.

    `amount_fen` is in minor units, negative for what is taken off. `quantity` counts units of `unit_price_fen`, a
    decimal text where the notice prices fractions of a minor unit; both are None where nothing is counted.
    """

    from_at: datetime
    to_at: datetime
    kind: LineKind
    rule: str
    rule_en: str
    clause: str = ""
    quantity: int | None = None
    unit_price_fen: int | str | None = None
    amount_fen: int = 0


class Fee:
    """What a stay costs, in minor units of `currency`; `amount_fen` is the sum of the lines and never negative.

    `provisional` says that a day was priced by a calendar year nobody has announced. `used` is what concessions with an
    allowance gave, for the plate's history; `continues` says that the stay went on with an earlier one (`repeat`).
    `coupons` are the codes of those that took something off. `overstay_s` is how long the stay outlasted the longest
    one allowed.
    `minor_digits` is how many decimals the currency has. The lines are made when first asked for.
    """

    __slots__ = (
        "_lines", "_make", "amount_fen", "continues", "coupons", "currency", "minor_digits", "overstay_s",
        "provisional", "used",
    )  # fmt: skip

    def __init__(
        self,
        *,
        amount_fen: int,
        currency: str,
        minor_digits: int,
        make_lines: Callable[[], tuple[FeeLine, ...]],
        provisional: bool = False,
        used: tuple[Usage, ...] = (),
        overstay_s: int = 0,
        continues: bool = False,
        coupons: tuple[str, ...] = (),
    ) -> None:
        self.amount_fen = amount_fen
        self.currency = currency
        self.minor_digits = minor_digits
        self.provisional = provisional
        self.used = used
        self.overstay_s = overstay_s
        self.continues = continues
        self.coupons = coupons
        self._make: Callable[[], tuple[FeeLine, ...]] | None = make_lines
        self._lines: tuple[FeeLine, ...] = ()

    @property
    def lines(self) -> tuple[FeeLine, ...]:
        """The parts of the fee in order of time, then what was taken off or added to the whole."""
        if self._make is not None:
            self._lines, self._make = self._make(), None
        return self._lines

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Fee):
            return NotImplemented
        return (self.amount_fen, self.currency, self.provisional, self.used, self.overstay_s, self.lines) == (
            other.amount_fen,
            other.currency,
            other.provisional,
            other.used,
            other.overstay_s,
            other.lines,
        )

    __hash__ = None  # type: ignore[assignment]  # a fee compares by its lines, which are made late

    def __repr__(self) -> str:
        return f"Fee({self.amount_fen} {self.currency})"
