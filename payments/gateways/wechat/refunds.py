"""退款: asked for under a number that is one refund however often it is sent, asked after, sent another way."""

from typing import Any
from urllib.parse import quote

from payments.gateways.base import Absent, BankCard, Found, NotSent, Outcome, RefundOrder, Refused, Unknown
from payments.gateways.wechat import words
from payments.gateways.wechat.channel import Channel, Good
from payments.gateways.wechat.merchant import Merchant

REFUNDS = "/v3/refund/domestic/refunds"


def ask(channel: Channel, merchant: Merchant, order: RefundOrder, *, notify_url: str) -> Outcome:
    """Ask for the refund. A first answer is at most Pending: a notification or a query tells the end."""
    body: dict[str, Any] = {
        **merchant.sub,
        "out_refund_no": order.number,
        "reason": order.reason[:80],
        "notify_url": notify_url,
        "amount": {"refund": order.amount_fen, "total": order.total_fen, "currency": "CNY"},
    }
    if order.payment_reference:
        body["transaction_id"] = order.payment_reference
    else:
        body["out_trade_no"] = order.payment_number
    return _outcome(channel.call("POST", REFUNDS, body=body), order)


def query(channel: Channel, merchant: Merchant, order: RefundOrder) -> Found:
    """What became of the refund."""
    answer = channel.call("GET", f"{REFUNDS}/{quote(order.number, safe='')}", params=merchant.sub or None)
    if isinstance(answer, Good):
        return words.refund(answer.data, number=order.number, state_field="status")
    return words.absent(answer)


def mend(channel: Channel, merchant: Merchant, order: RefundOrder, *, reference: str, card: BankCard) -> Outcome:
    """发起异常退款 to the driver's card; number and holder are sealed with WeChat's public key."""
    try:
        body = {
            **merchant.sub,
            "out_refund_no": order.number,
            "type": "USER_BANK_CARD",
            "bank_type": card.bank,
            "bank_account": channel.seal(card.number),
            "real_name": channel.seal(card.holder),
        }
    except (OSError, ValueError) as error:
        return NotSent(detail=f"credentials: {type(error).__name__}")
    path = f"{REFUNDS}/{quote(reference, safe='')}/apply-abnormal-refund"
    return _outcome(channel.call("POST", path, body=body), order)


def _outcome(answer: Good | Refused | Unknown | NotSent, order: RefundOrder) -> Outcome:
    if not isinstance(answer, Good):
        return answer
    found = words.refund(answer.data, number=order.number, state_field="status")
    # A call's own answer can't say "no such number": if it does, it wasn't an answer to this call.
    return Unknown(detail=found.detail) if isinstance(found, Absent) else found
