"""Alipay's words in ours."""

from collections.abc import Mapping
from typing import Any

from payments.domain import money
from payments.gateways.base import Absent, Found, Mandate, Pending, Refused, State, Succeeded, Unknown
from payments.wire import moments

PLATE_COLORS = {
    "blue": "BLUE",
    "green": "GREEN",
    "yellow": "YELLOW",
    "black": "BLACK",
    "white": "WHITE",
    "yellow_green": "LIMEGREEN",
}

ABSENT_CODES = frozenset({"ACQ.TRADE_NOT_EXIST", "TRADE_NOT_EXIST", "ORDER_NOT_EXIST"})
# The number was used before: what became of it is what we want to know.
ALREADY_CODES = frozenset({"ACQ.TRADE_HAS_SUCCESS", "ACQ.TRADE_HAS_CLOSE", "ACQ.TRADE_STATUS_ERROR"})
RETRY_CODES = frozenset({"ACQ.SELLER_BALANCE_NOT_ENOUGH", "ACQ.REFUND_CHARGE_ERROR"})


def plate_color(color: str) -> str:
    """Alipay's name of the colour. A plate whose colour nobody saw is taken for the commonest."""
    return PLATE_COLORS.get(color, "BLUE")


def agreement(data: Mapping[str, Any]) -> tuple[State, str]:
    """Whether a plate may be debited, and Alipay's word for why not."""
    scenes = [scene.strip() for scene in str(data.get("agreement_scene", "")).split(",") if scene.strip()]
    if "PLATE_PAY" in scenes or "ETC_PAY" in scenes:
        return State.NORMAL, ""
    if "NSF_CHECK_FAILED" in scenes:
        return State.BLOCKED, "NSF_CHECK_FAILED"
    if "NO_AGREEMENT_SCENE" in scenes:
        return State.NONE, "NO_AGREEMENT_SCENE"
    return State.UNKNOWN, ",".join(scenes)


def mandate(data: Mapping[str, Any]) -> Mandate:
    """The state of a plate's agreement. It holds for the moment alone: ask again right before a debit."""
    state, detail = agreement(data)
    return Mandate(state=state, detail=detail, evidence=data)


def trade(data: Mapping[str, Any], *, number: str) -> Found:
    """The outcome that the answer of a trade query states."""
    if data.get("out_trade_no") != number:
        return Unknown(detail="the answer speaks of another order")
    status, reference = data.get("trade_status"), str(data.get("trade_no", ""))
    if status == "WAIT_BUYER_PAY":
        return Pending(reference=reference, evidence=data)
    # A closed trade with a time of payment was paid and then wholly refunded.
    if status == "TRADE_CLOSED" and not data.get("send_pay_date"):
        return Refused(code="CLOSED", message="", evidence=data)
    if status in ("TRADE_SUCCESS", "TRADE_FINISHED", "TRADE_CLOSED"):
        return paid(data, reference=reference, at_field="send_pay_date", amount_field="total_amount")
    return Unknown(detail=f"an unknown trade status {status!r}")


def paid(data: Mapping[str, Any], *, reference: str, at_field: str, amount_field: str) -> Succeeded | Unknown:
    """A payment that was made. `advance_amount` says that Alipay paid it for the driver."""
    try:
        return Succeeded(
            reference=reference,
            at=moments.from_beijing(str(data[at_field])),
            paid_fen=money.fen(str(data[amount_field])),
            advanced=bool(data.get("advance_amount")),
            evidence=data,
        )
    except (KeyError, ValueError):
        return Unknown(detail="a paid order without its time or amount")


def absent(refused: Refused) -> Found:
    """A refusal that says the number doesn't exist, as Absent; any other as it is."""
    if refused.code in ABSENT_CODES:
        return Absent(detail=refused.message or refused.code, evidence=refused.evidence)
    return refused
