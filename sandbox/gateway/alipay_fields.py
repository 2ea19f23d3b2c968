"""Reading what the application sent, and writing what Alipay writes."""

import re
from datetime import datetime
from decimal import Decimal
from typing import Any

from sandbox.gateway.exchange import Refusal
from sandbox.gateway.world import BEIJING


def want(content: dict[str, Any], name: str, *, pattern: str = ".{1,256}") -> str:
    """A text field that must be there. Raises Refusal."""
    value = content.get(name)
    if not isinstance(value, str) or not re.fullmatch(pattern, value):
        raise Refusal(200, "ACQ.INVALID_PARAMETER", f"参数无效：{name}")
    return value


def want_fen(content: dict[str, Any], name: str) -> int:
    """An amount in yuan with at most two places, above nought, as fen. Raises Refusal."""
    value = str(content.get(name, ""))
    if not re.fullmatch(r"\d{1,9}(\.\d{1,2})?", value) or Decimal(value) <= 0:
        raise Refusal(200, "ACQ.INVALID_PARAMETER", f"参数无效：{name}")
    return int(Decimal(value) * 100)


def want_time(content: dict[str, Any], name: str) -> datetime:
    """A Beijing time. Raises Refusal."""
    text = want(content, name, pattern=r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)


def yuan(fen: int) -> str:
    """'5.00'"""
    return f"{fen // 100}.{fen % 100:02d}"


def stamp(at: datetime) -> str:
    """2026-11-23 08:01:12"""
    return f"{at.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}"
