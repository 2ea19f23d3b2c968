"""WeChat's words in ours: literal tables, read tolerantly where its own documents disagree."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from payments.gateways.base import Absent, Found, Mandate, NotSent, Pending, Refused, State, Succeeded, Unknown
from payments.gateways.wechat.merchant import Merchant
from payments.wire import moments

PLATE_COLORS = {
    "blue": "BLUE",
    "green": "GREEN",
    "yellow": "YELLOW",
    "black": "BLACK",
    "white": "WHITE",
    "yellow_green": "LIMEGREEN",
}

# Some documents print ACCEPT, and the sample of a failed debit FAIL.
TRADE_STATES = {
    "ACCEPT": "pending",
    "ACCEPTED": "pending",
    "NOTPAY": "pending",
    "USERPAYING": "pending",
    "SUCCESS": "paid",
    # Refunded means that it was paid first; the refund is a fact of its own.
    "REFUND": "paid",
    "PAY_FAIL": "failed",
    "FAIL": "failed",
    "PAYERROR": "failed",
    "CLOSED": "closed",
    "REVOKED": "closed",
}

REFUND_STATES = {
    "SUCCESS": State.SUCCEEDED,
    "PROCESSING": State.PENDING,
    "CLOSED": State.CLOSED,
    "ABNORMAL": State.ABNORMAL,
}

MANDATE_STATES = {"NORMAL": State.NORMAL, "PAUSE": State.BLOCKED, "OUT_SERVICE": State.NONE}

ABSENT_CODES = frozenset({"ORDER_NOT_EXIST", "RESOURCE_NOT_EXISTS", "ORDERNOTEXIST"})


def plate_color(color: str) -> str:
    """WeChat's name of the colour. A plate whose colour nobody saw is taken for the commonest."""
    return PLATE_COLORS.get(color, "BLUE")


def our_color(color: str) -> str:
    """Our name of WeChat's colour."""
    return next((ours for ours, theirs in PLATE_COLORS.items() if theirs == color), "unknown")


def transaction(data: Mapping[str, Any], *, number: str) -> Found:
    """The outcome that a transaction states: the answer of a debit, of a query, or a notification's content."""
    if data.get("out_trade_no") != number:
        return Unknown(detail="the answer speaks of another order")
    reference = str(data.get("transaction_id", ""))
    state = TRADE_STATES.get(str(data.get("trade_state", "")))
    message = str(data.get("trade_state_description") or data.get("trade_state_desc") or "")
    if state == "pending":
        return Pending(reference=reference, evidence=data)
    if state == "failed":
        return Refused(code="PAY_FAIL", message=message, evidence=data)
    if state == "closed":
        return Refused(code="CLOSED", message=message, evidence=data)
    if state == "paid":
        try:
            return Succeeded(
                reference=reference,
                at=moments.from_rfc3339(str(data["success_time"])),
                paid_fen=whole(data["amount"]["total"]),
                advanced=was_advanced(data),
                evidence=data,
            )
        except (KeyError, TypeError, ValueError):
            return Unknown(detail="a paid order without its time or amount")
    return Unknown(detail=f"an unknown trade state {data.get('trade_state')!r}")


def was_advanced(data: Mapping[str, Any]) -> bool:
    """Whether WeChat paid us and the driver owes it: `user_repaid` means something for bank type BPA alone."""
    return data.get("bank_type") == "BPA" and data.get("user_repaid") == "N"


def refund(data: Mapping[str, Any], *, number: str, state_field: str) -> Found:
    """The outcome that a refund's answer (`status`) or notification (`refund_status`) states."""
    if data.get("out_refund_no") != number:
        return Unknown(detail="the answer speaks of another refund")
    reference = str(data.get("refund_id", ""))
    state = REFUND_STATES.get(str(data.get(state_field, "")))
    if state is State.PENDING:
        return Pending(reference=reference, evidence=data)
    if state is State.SUCCEEDED:
        try:
            at = moments.from_rfc3339(str(data["success_time"]))
            return Succeeded(reference=reference, at=at, paid_fen=whole(data["amount"]["refund"]), evidence=data)
        except (KeyError, TypeError, ValueError):
            return Unknown(detail="a finished refund without its time or amount")
    if state in (State.CLOSED, State.ABNORMAL):
        return Refused(code=state.name, message="", evidence=data)
    return Unknown(detail=f"an unknown refund state {data.get(state_field)!r}")


def asked(data: Mapping[str, Any], number: str, merchant: Merchant) -> Found:
    """The outcome that a query's answer states, if it speaks of this merchant."""
    if merchant.stranger(data):
        return Unknown(detail="the answer speaks of another merchant")
    return transaction(data, number=number)


def absent(answer: Refused | Unknown | NotSent) -> Found:
    """A refusal that says the number doesn't exist, as Absent; all else as it is."""
    if isinstance(answer, Refused) and answer.code in ABSENT_CODES:
        return Absent(detail=answer.message or answer.code, evidence=answer.evidence)
    return answer


def mandate(data: Mapping[str, Any]) -> Mandate:
    """The state of a plate's service."""
    word = str(data.get("service_state", ""))
    since: datetime | None = None
    with suppress(KeyError, ValueError):
        since = moments.from_rfc3339(str(data["service_open_time"]))
    return Mandate(state=MANDATE_STATES.get(word, State.UNKNOWN), since_at=since, detail=word, evidence=data)


def whole(value: object) -> int:
    """An amount in fen: whole, and never a truth value. Raises ValueError."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("not a whole number")
    return value
