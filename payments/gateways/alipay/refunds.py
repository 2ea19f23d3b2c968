"""Refunds at Alipay: debits have a door of their own, payments by hand another; both are asked after at one."""

from datetime import datetime, timedelta

from payments.domain import money
from payments.gateways.alipay import words
from payments.gateways.alipay.channel import Channel, Good
from payments.gateways.base import Absent, Found, NotSent, Outcome, Pending, RefundOrder, Refused, Succeeded, Unknown
from payments.wire import moments

LATER = timedelta(hours=1)


def ask(channel: Channel, order: RefundOrder, *, now: datetime) -> Outcome:
    """Send money back. `now` dates a refund whose answer carries no time."""
    if order.contactless:
        answer = channel.call(
            "alipay.eco.mycar.parking.order.refund",
            {
                "out_order_no": order.payment_number,
                "order_no": order.payment_reference,
                "out_refund_no": order.number,
                "refund_fee": money.yuan(order.amount_fen),
                "refund_reason": order.reason[:256],
            },
        )
        return _done(answer, order, now) if isinstance(answer, Good) else _refused(answer)
    content = {
        "out_trade_no": order.payment_number,
        "refund_amount": money.yuan(order.amount_fen),
        "out_request_no": order.number,
        "refund_reason": order.reason[:256],
    }
    if order.payment_reference:
        content["trade_no"] = order.payment_reference
    answer = channel.call("alipay.trade.refund", content)
    if not isinstance(answer, Good):
        return _refused(answer)
    # refund_fee is all that was ever refunded of the trade, so it says nothing of this refund.
    if answer.data.get("fund_change") == "Y":
        return _done(answer, order, now)
    found = query(channel, order, now=now)
    return found if isinstance(found, Succeeded) else Pending(evidence=answer.data)


def query(channel: Channel, order: RefundOrder, *, now: datetime) -> Found:
    """What became of the refund."""
    answer = channel.call(
        "alipay.trade.fastpay.refund.query",
        {
            "out_trade_no": order.payment_number,
            "out_request_no": order.number,
            "query_options": ["gmt_refund_pay"],
        },
    )
    if not isinstance(answer, Good):
        return words.absent(answer) if isinstance(answer, Refused) else answer
    if answer.data.get("refund_status") != "REFUND_SUCCESS":
        return Absent(detail="no such refund yet", evidence=answer.data)
    try:
        amount = money.fen(str(answer.data["refund_amount"]))
        said = answer.data.get("gmt_refund_pay")
        at = moments.from_beijing(str(said)) if said else now
    except (KeyError, ValueError):
        return Unknown(detail="a refund without its amount")
    return Succeeded(reference=order.number, at=at, paid_fen=amount, evidence=answer.data)


def _done(answer: Good, order: RefundOrder, now: datetime) -> Succeeded:
    # The statement and the refund query know a refund by our number alone, so that is its reference everywhere.
    return Succeeded(reference=order.number, at=now, paid_fen=order.amount_fen, evidence=answer.data)


def _refused(answer: Pending | Refused | Unknown | NotSent) -> Outcome:
    if isinstance(answer, Refused) and answer.code in words.RETRY_CODES:
        return Refused(code=answer.code, message=answer.message, retry_after=LATER, evidence=answer.evidence)
    return answer
