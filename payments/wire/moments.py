"""The gateways' ways to write a moment, all of them in Beijing time."""

from datetime import datetime
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
