"""Orders the driver pays by hand: JSAPI and mini-program, native, H5."""

import secrets
from datetime import datetime
from typing import Any
from urllib.parse import quote

from payments.gateways.base import Found, NotSent, Refused, Started, Unknown, UserPayment, Way
from payments.gateways.wechat import words
from payments.gateways.wechat.channel import Channel, Good
from payments.gateways.wechat.merchant import Merchant
from payments.wire import moments

PATHS = {Way.JSAPI: "jsapi", Way.NATIVE: "native", Way.WAP: "h5"}


def place(
    channel: Channel, merchant: Merchant, payment: UserPayment, *, notify_url: str, now: datetime
) -> Started | Refused | Unknown | NotSent:
    """Place the order; the same number with the same content is the same order."""
    body: dict[str, Any] = {
        **merchant.ordering,
        "description": payment.description[:127],
        "out_trade_no": payment.number,
        "time_expire": moments.rfc3339(payment.expires_at),
        "notify_url": notify_url,
        "amount": {"total": payment.amount_fen, "currency": "CNY"},
    }
    if payment.way is Way.JSAPI:
        body["payer"] = merchant.payer(payment.payer)
    if payment.way is Way.WAP:
        body["scene_info"] = {"payer_client_ip": payment.client_ip, "h5_info": {"type": "Wap"}}
    answer = channel.call("POST", f"{merchant.orders}/{PATHS[payment.way]}", body=body)
    if not isinstance(answer, Good):
        return answer
    try:
        if payment.way is Way.JSAPI:
            params = _app_call(channel, merchant.paying_app, str(answer.data["prepay_id"]), now)
            return Started(params=params, evidence=answer.data)
        url = str(answer.data["code_url" if payment.way is Way.NATIVE else "h5_url"])
    except KeyError:
        return Unknown(detail="an order without its way to pay")
    if payment.way is Way.WAP and payment.return_url:
        url += ("&" if "?" in url else "?") + "redirect_url=" + quote(payment.return_url, safe="")
    return Started(url=url, evidence=answer.data)


def close(channel: Channel, merchant: Merchant, number: str) -> Found:
    """Close an unpaid order; one that was paid meanwhile comes back as what it is."""
    answer = channel.call("POST", f"{merchant.orders}/out-trade-no/{number}/close", body=merchant.asking)
    if isinstance(answer, Good):
        return Refused(code="CLOSED", message="")
    if isinstance(answer, Refused) and answer.code in ("ORDERPAID", "ORDER_PAID", "INVALID_REQUEST"):
        return query(channel, merchant, number)
    return words.absent(answer)


def query(channel: Channel, merchant: Merchant, number: str) -> Found:
    """What became of an order."""
    answer = channel.call("GET", f"{merchant.orders}/out-trade-no/{number}", params=merchant.asking)
    return words.asked(answer.data, number, merchant) if isinstance(answer, Good) else words.absent(answer)


def _app_call(channel: Channel, appid: str, prepay_id: str, now: datetime) -> dict[str, str]:
    timestamp, nonce, package = str(int(now.timestamp())), secrets.token_hex(16), f"prepay_id={prepay_id}"
    return {
        "appId": appid,
        "timeStamp": timestamp,
        "nonceStr": nonce,
        "package": package,
        "signType": "RSA",
        "paySign": channel.sign(appid, timestamp, nonce, package),
    }
