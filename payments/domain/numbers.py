"""Our numbers at the gateways: at most 32 characters, told apart by eye, never guessed."""

import secrets
from datetime import datetime
from zoneinfo import ZoneInfo

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # without those that are misread
_SHANGHAI = ZoneInfo("Asia/Shanghai")


def payment(*, now: datetime) -> str:
    """A merchant order number, e.g. P261123084112 followed by 12 random characters."""
    return _number("P", now)


def refund(*, now: datetime) -> str:
    """A merchant refund number."""
    return _number("R", now)


def entry(*, now: datetime) -> str:
    """The number of a plate's entry."""
    return _number("E", now)


def invoice(*, now: datetime) -> str:
    """The serial of an invoice, blue or red."""
    return _number("F", now)


def _number(kind: str, now: datetime) -> str:
    tail = "".join(secrets.choice(_LETTERS) for _ in range(12))
    return f"{kind}{now.astimezone(_SHANGHAI):%y%m%d%H%M%S}{tail}"
