"""What Alipay tells by itself, as facts."""

from collections.abc import Mapping
from datetime import datetime

from payments.domain import money
from payments.gateways.alipay import words
from payments.gateways.base import Fact, FactKind, State
from payments.wire import moments

TRADE_STATES = {
    "WAIT_BUYER_PAY": State.PENDING,
    "TRADE_CLOSED": State.CLOSED,
    "TRADE_SUCCESS": State.SUCCEEDED,
    "TRADE_FINISHED": State.SUCCEEDED,
}
AGREEMENT_CHANGED = "alipay.eco.mycar.parking.agreement.notify"


def facts(*, gateway: str, fields: Mapping[str, str], app_id: str, seller_id: str, heard_at: datetime) -> list[Fact]:
    """The facts in a verified notification. Raises KeyError or ValueError for one that can't be read."""
    if fields.get("method") == AGREEMENT_CHANGED:
        return [_agreement(gateway, fields, heard_at)]
    if "trade_status" not in fields:
        return []
    stranger = ""
    if fields.get("app_id", app_id) != app_id:
        stranger = f"application {fields['app_id']}"
    elif fields.get("seller_id", seller_id) != seller_id:
        stranger = f"seller {fields['seller_id']}"
    state = TRADE_STATES[fields["trade_status"]]
    if fields.get("gmt_refund"):
        # refund_fee is the sum of all refunds of the trade so far: how much this one was we know, not they.
        return [
            Fact(
                gateway=gateway,
                kind=FactKind.REFUND,
                our_number=fields.get("out_biz_no", ""),
                reference=fields.get("out_biz_no", ""),
                state=State.SUCCEEDED,
                amount_fen=None,
                at=moments.from_beijing(fields["gmt_refund"]),
                event_id=fields["notify_id"],
                payment_number=fields["out_trade_no"],
                stranger=stranger,
                evidence=dict(fields),
            )
        ]
    at_field = {State.SUCCEEDED: "gmt_payment", State.CLOSED: "gmt_close"}.get(state, "notify_time")
    at = moments.from_beijing(fields[at_field]) if fields.get(at_field) else heard_at
    return [
        Fact(
            gateway=gateway,
            kind=FactKind.PAYMENT,
            our_number=fields["out_trade_no"],
            reference=fields["trade_no"],
            state=state,
            amount_fen=money.fen(fields["total_amount"]),
            at=at,
            event_id=fields["notify_id"],
            stranger=stranger,
            evidence=dict(fields),
        )
    ]


def _agreement(gateway: str, fields: Mapping[str, str], heard_at: datetime) -> Fact:
    state, detail = words.agreement({"agreement_scene": fields.get("agreement_scene", "")})
    colors = {theirs: ours for ours, theirs in words.PLATE_COLORS.items()}
    return Fact(
        gateway=gateway,
        kind=FactKind.MANDATE,
        our_number="",
        reference=fields.get("agreement_no", ""),
        state=state,
        amount_fen=None,
        at=moments.from_beijing(fields["notify_time"]) if fields.get("notify_time") else heard_at,
        event_id=fields["notify_id"],
        code=detail,
        plate=fields["car_number"],
        plate_color=colors.get(fields.get("car_color", ""), "unknown"),
        evidence=dict(fields),
    )
