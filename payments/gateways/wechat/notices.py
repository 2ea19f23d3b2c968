"""What WeChat Pay tells by itself, as facts."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from payments.gateways.base import BadNotification, Fact, FactKind, State, fact_of
from payments.gateways.wechat import words
from payments.wire import moments


def facts(
    *, gateway: str, envelope: Mapping[str, Any], content: dict[str, Any], stranger: str, heard_at: datetime
) -> list[Fact]:
    """The facts in an unsealed notification; none for a kind we have no use for. Raises BadNotification."""
    if not isinstance(envelope.get("id"), str):
        raise BadNotification("no id")
    kind = str(envelope.get("event_type", ""))
    event_id = envelope["id"]
    try:
        if kind == "VEHICLE.ENTRANCE_STATE_CHANGE":
            return [_entry(gateway, event_id, content, stranger)]
        if kind == "TRANSACTION.PAY_BACK":
            return [_pay_back(gateway, event_id, content, stranger, heard_at)]
        if kind.startswith("TRANSACTION."):
            return [_payment(gateway, event_id, content, stranger, heard_at)]
        if kind.startswith("REFUND."):
            return [_refund(gateway, event_id, content, stranger, heard_at)]
    except (KeyError, TypeError, ValueError) as error:
        raise BadNotification(f"{kind}: {type(error).__name__} {error}") from error
    return []


def _payment(gateway: str, event_id: str, content: dict[str, Any], stranger: str, heard_at: datetime) -> Fact:
    number = str(content["out_trade_no"])
    found = words.transaction(content, number=number)
    fact = fact_of(gateway=gateway, kind=FactKind.PAYMENT, number=number, found=found, heard_at=heard_at)
    return _told(fact, event_id, content, stranger)


def _refund(gateway: str, event_id: str, content: dict[str, Any], stranger: str, heard_at: datetime) -> Fact:
    number = str(content["out_refund_no"])
    found = words.refund(content, number=number, state_field="refund_status")
    fact = fact_of(gateway=gateway, kind=FactKind.REFUND, number=number, found=found, heard_at=heard_at)
    return _told(fact, event_id, content, stranger, payment_number=str(content.get("out_trade_no", "")))


def _pay_back(gateway: str, event_id: str, content: dict[str, Any], stranger: str, heard_at: datetime) -> Fact:
    return Fact(
        gateway=gateway,
        kind=FactKind.PAY_BACK,
        our_number=str(content["out_trade_no"]),
        reference=str(content.get("transaction_id", "")),
        state=State.SUCCEEDED,
        amount_fen=words.whole(content["amount"]["total"]),
        at=heard_at,
        event_id=event_id,
        stranger=stranger,
        evidence=content,
    )


def _entry(gateway: str, event_id: str, content: dict[str, Any], stranger: str) -> Fact:
    return Fact(
        gateway=gateway,
        kind=FactKind.ENTRY_STATE,
        our_number=str(content["out_parking_no"]),
        reference=str(content["parking_id"]),
        state={"NORMAL": State.NORMAL, "BLOCKED": State.BLOCKED}[content["parking_state"]],
        amount_fen=None,
        at=moments.from_rfc3339(str(content["state_update_time"])),
        event_id=event_id,
        code=str(content.get("blocked_state_description", "")),
        plate=str(content.get("plate_number", "")),
        plate_color=words.our_color(str(content.get("plate_color", ""))),
        stranger=stranger,
        evidence=content,
    )


def _told(fact: Fact, event_id: str, content: dict[str, Any], stranger: str, payment_number: str = "") -> Fact:
    return Fact(
        gateway=fact.gateway,
        kind=fact.kind,
        our_number=fact.our_number,
        reference=fact.reference or str(content.get("transaction_id", "")),
        state=fact.state,
        amount_fen=fact.amount_fen,
        at=fact.at,
        event_id=event_id,
        code=fact.code,
        message=fact.message,
        payment_number=payment_number,
        paid_by_advance=fact.paid_by_advance,
        stranger=stranger,
        evidence=content,
    )
