"""Reading what the merchant sent, with WeChat Pay's refusals for what can't be read."""

import re
from datetime import datetime
from typing import Any

from sandbox.gateway.exchange import Refusal
from sandbox.gateway.world import World


def want(body: dict[str, Any], name: str, *, length: int = 256, pattern: str = "") -> str:
    """A text field that must be there. Raises Refusal."""
    value = body.get(name)
    if not isinstance(value, str) or not value or len(value) > length or (pattern and not re.fullmatch(pattern, value)):
        raise Refusal(400, "PARAM_ERROR", f"参数错误：{name}")
    return value


def want_whole(body: dict[str, Any], name: str, *, least: int) -> int:
    """A whole number that must be there. Raises Refusal."""
    value = body.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise Refusal(400, "PARAM_ERROR", f"参数错误：{name}")
    return value


def want_time(body: dict[str, Any], name: str) -> datetime:
    """An RFC 3339 moment that must be there. Raises Refusal."""
    text = want(body, name, length=64)
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise Refusal(400, "PARAM_ERROR", f"参数错误：{name}") from error
    if at.tzinfo is None:
        raise Refusal(400, "PARAM_ERROR", f"参数错误：{name}")
    return at


def want_notify_url(world: World, body: dict[str, Any]) -> str:
    """An address without a query; https, unless it is on this very machine. Raises Refusal."""
    url = want(body, "notify_url")
    local = re.match(r"http://(127\.0\.0\.1|localhost)(:\d+)?/", url)
    if "?" in url or not (url.startswith("https://") or (local and not world.knobs.require_https)):
        raise Refusal(400, "PARAM_ERROR", "参数错误：notify_url")
    return url


def stamp(at: datetime) -> str:
    """2026-11-23T08:01:12+08:00"""
    return at.replace(microsecond=0).isoformat()
