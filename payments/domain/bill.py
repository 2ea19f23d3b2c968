"""The neutral record of what is owed for one stay: the only door between parking and payments."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BillLine:
    """One explained part of the fee; amounts in fen, negative for what a cap or a discount takes off."""

    from_at: datetime
    to_at: datetime
    rule: str
    rule_en: str
    amount_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """All that money needs to know of a stay.

    `number` is the bill's identity: opening a charge twice for one number opens one charge. `scope` is the road's
    code as plain text, to filter and report by. `place` is what the driver reads. `amount_fen` >= 0 equals the sum
    of the lines. `spot` is the berth's code, which gateways want as a device id. `kind` is "stay", or "permit" for one
    that a person ordered and pays now: it is no arrears, is neither collected on its own nor urged, and its income has
    an account of its own.
    """

    number: str
    scope: str
    spot: str
    place: str
    plate: str
    plate_color: str
    from_at: datetime
    to_at: datetime
    amount_fen: int
    currency: str
    lines: tuple[BillLine, ...]
    tariff_code: str
    tariff_version: int
    kind: str = "stay"
