"""Trades the driver pays by hand, and the query that tells the end of any trade, a debit's too."""

import binascii
from typing import Any

from payments.domain import money
from payments.gateways.alipay import words
from payments.gateways.alipay.channel import Channel, Good
from payments.gateways.base import Found, NotSent, Pending, Refused, Started, Unknown, UserPayment, Way
from payments.wire import moments


def place(
    channel: Channel, payment: UserPayment, *, seller_id: str, notify_url: str
) -> Started | Refused | Unknown | NotSent:
    """Open a trade: JSAPI (mini-program), a code to scan, or Alipay's page for a phone's browser.

    A code and a page make no trade before the driver opens them: until `expires_at` a query's Absent means
    "not yet", not "never".
    """
    content: dict[str, Any] = {
        "out_trade_no": payment.number,
        "total_amount": money.yuan(payment.amount_fen),
        "subject": payment.description[:256],
        "seller_id": seller_id,
        "time_expire": moments.beijing(payment.expires_at),
    }
    if payment.way is Way.WAP:
        content["product_code"] = "QUICK_WAP_WAY"
        if payment.return_url:
            content["quit_url"] = payment.return_url
        try:
            url = channel.page("alipay.trade.wap.pay", content, notify_url=notify_url, return_url=payment.return_url)
        except (OSError, ValueError, binascii.Error) as error:
            return NotSent(detail=f"credentials: {type(error).__name__}")
        return Started(url=url)
    if payment.way is Way.JSAPI:
        content |= {"product_code": "JSAPI_PAY", "buyer_open_id": payment.payer, "op_app_id": channel.app_id}
        answer = channel.call("alipay.trade.create", content, notify_url=notify_url)
    else:
        answer = channel.call("alipay.trade.precreate", content, notify_url=notify_url)
    if isinstance(answer, Pending):
        return Unknown(detail="a trade that is being paid before it was opened")
    if not isinstance(answer, Good):
        return answer
    if payment.way is Way.JSAPI:
        return Started(params={"tradeNO": str(answer.data.get("trade_no", ""))}, evidence=answer.data)
    return Started(url=str(answer.data.get("qr_code", "")), evidence=answer.data)


def close(channel: Channel, number: str) -> Found:
    """Close an unpaid trade; one that was paid meanwhile comes back as what it is."""
    answer = channel.call("alipay.trade.close", {"out_trade_no": number})
    if isinstance(answer, Good):
        return Refused(code="CLOSED", message="", evidence=answer.data)
    if isinstance(answer, Refused) and answer.code in words.ALREADY_CODES:
        return query(channel, number)
    return words.absent(answer) if isinstance(answer, Refused) else answer


def query(channel: Channel, number: str) -> Found:
    """What became of a trade; debits and payments by hand are asked for at the same door."""
    answer = channel.call("alipay.trade.query", {"out_trade_no": number})
    if isinstance(answer, Good):
        return words.trade(answer.data, number=number)
    return words.absent(answer) if isinstance(answer, Refused) else answer
