"""Yuan, fen and the gateways' ways to write a moment (all of them Beijing time)."""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

BEIJING = ZoneInfo("Asia/Shanghai")


def rfc3339(at: datetime) -> str:
    """2026-11-23T08:01:12+08:00: whole seconds, Beijing's offset."""
    return at.astimezone(BEIJING).replace(microsecond=0).isoformat()


def from_rfc3339(text: str) -> datetime:
    """The moment; raises ValueError for anything else, a missing offset included."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"no offset in {text!r}")
    return at


def beijing(at: datetime) -> str:
    """2026-11-23 08:01:12, as Alipay writes it."""
    return at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")


def from_beijing(text: str) -> datetime:
    """The moment in `2026-11-23 08:01:12`, fractions allowed. Raises ValueError."""
    at = datetime.fromisoformat(text.strip())
    return at if at.tzinfo else at.replace(tzinfo=BEIJING)


def yuan(fen: int) -> str:
    """'5.00' for 500."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def fen(yuan_text: str) -> int:
    """500 for '5.00'. Raises ValueError for what isn't a whole number of fen."""
    try:
        amount = Decimal(yuan_text.strip()) * 100
    except InvalidOperation as error:
        raise ValueError(f"not an amount: {yuan_text!r}") from error
    if not amount.is_finite() or amount != amount.to_integral_value():
        raise ValueError(f"not a whole number of fen: {yuan_text!r}")
    return int(amount)
