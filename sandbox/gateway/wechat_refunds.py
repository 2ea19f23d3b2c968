"""退款: one number is one refund; the first answer is never the end."""

import re
from typing import TYPE_CHECKING, Any

from sandbox.gateway.books import Row
from sandbox.gateway.exchange import Refusal, Request
from sandbox.gateway.keys import MCHID
from sandbox.gateway.wechat_fields import stamp, want, want_notify_url, want_whole
from sandbox.gateway.wechat_served import is_of, names

if TYPE_CHECKING:
    from sandbox.gateway.wechat import WeChat

NUMBER = r"[0-9A-Za-z_\-|*@]{1,64}"
MOST = 50


def ask(wechat: "WeChat", match: "re.Match[str]", request: Request, body: dict[str, Any]) -> tuple[int, Any]:
    """申请退款"""
    world, books = wechat.world, wechat.world.books
    number = want(body, "out_refund_no", pattern=NUMBER)
    amount = body.get("amount")
    if not isinstance(amount, dict) or amount.get("currency") != "CNY":
        raise Refusal(400, "PARAM_ERROR", "参数错误：amount")
    refund, total = want_whole(amount, "refund", least=1), want_whole(amount, "total", least=1)
    order = _order(wechat, body)
    before = books.get("refunds", f"wechat:{number}")
    if before is not None:
        if before["order"] != order["number"] or before["amount"] != refund:
            raise Refusal(400, "INVALID_REQUEST", "退款单号已存在且参数不一致")
        return 200, _public(before)
    if not order["paid_at"]:
        raise Refusal(404, "RESOURCE_NOT_EXISTS", "订单未支付")
    if total != order["amount"]:
        raise Refusal(400, "PARAM_ERROR", "订单金额不一致")
    others = [row for _, row in books.rows("refunds") if row["gateway"] == "wechat" and row["order"] == order["number"]]
    living = sum(row["amount"] for row in others if row["state"] not in ("CLOSED",))
    if living + refund > total or len(others) >= MOST:
        raise Refusal(403, "INVALID_REQUEST", "累计退款金额或次数超限")
    row: Row = {
        "gateway": "wechat",
        "number": number,
        "id": world.number("50300", 28),
        "order": order["number"],
        "order_id": order["id"],
        "amount": refund,
        "total": total,
        "reason": body.get("reason", ""),
        "state": "PROCESSING",
        "created_at": stamp(world.now()),
        "done_at": "",
        "notify_url": want_notify_url(world, body) if "notify_url" in body else "",
        "sub_mchid": order.get("sub_mchid", ""),
    }
    books.put("refunds", f"wechat:{number}", row)
    books.change("orders", f"wechat:{order['number']}", refunded=order["refunded"] + refund)

    def due() -> None:
        if world.knobs.refund != "hold":
            finish(wechat, number, world.knobs.refund)

    world.later(world.knobs.refund_after, due)
    return 200, _public(row)


def query(wechat: "WeChat", match: "re.Match[str]", request: Request, body: dict[str, Any]) -> tuple[int, Any]:
    """查询单笔退款"""
    row = wechat.world.books.get("refunds", f"wechat:{match['no']}")
    if row is None or not is_of(row, request.query):
        raise Refusal(404, "RESOURCE_NOT_EXISTS", "退款单不存在")
    return 200, _public(row)


def mend(wechat: "WeChat", match: "re.Match[str]", request: Request, body: dict[str, Any]) -> tuple[int, Any]:
    """发起异常退款: to another card of the driver's, or to the merchant's own."""
    number = want(body, "out_refund_no", pattern=NUMBER)
    want(body, "type", pattern="USER_BANK_CARD|MERCHANT_BANK_CARD")
    row = wechat.world.books.get("refunds", f"wechat:{number}")
    if row is None or row["id"] != match["id"] or not is_of(row, body):
        raise Refusal(404, "RESOURCE_NOT_EXISTS", "退款单不存在")
    if row["state"] != "ABNORMAL":
        raise Refusal(400, "INVALID_REQUEST", "退款单状态不是异常")
    row = wechat.world.books.change("refunds", f"wechat:{number}", state="PROCESSING")
    wechat.world.later(wechat.world.knobs.refund_after, lambda: finish(wechat, number, "SUCCESS"))
    return 200, _public(row)


def finish(wechat: "WeChat", number: str, state: str) -> Row:
    """End a refund that is being made: SUCCESS, ABNORMAL or CLOSED. Raises KeyError or ValueError."""
    if state not in ("SUCCESS", "ABNORMAL", "CLOSED"):
        raise ValueError(f"a refund can't end with {state!r}")
    books = wechat.world.books
    with books.lock:
        row = books.get("refunds", f"wechat:{number}")
        if row is None:
            raise KeyError(number)
        if row["state"] != "PROCESSING":
            return row
        done_at = stamp(wechat.world.now()) if state == "SUCCESS" else ""
        row = books.change("refunds", f"wechat:{number}", state=state, done_at=done_at)
        order = books.get("orders", f"wechat:{row['order']}")
        if state == "CLOSED" and order is not None:
            books.change("orders", f"wechat:{row['order']}", refunded=order["refunded"] - row["amount"])
    content = {
        **({"sp_mchid": MCHID, **names(row)} if row.get("sub_mchid") else {"mchid": MCHID}),
        "transaction_id": row["order_id"],
        "out_trade_no": row["order"],
        "refund_id": row["id"],
        "out_refund_no": number,
        "refund_status": state,
        "user_received_account": "支付用户零钱",
        "amount": _amount(row),
    }
    if done_at:
        content["success_time"] = done_at
    wechat.tell(url=row["notify_url"], event=f"REFUND.{state}", number=number, content=content)
    return row


def _order(wechat: "WeChat", body: dict[str, Any]) -> Row:
    for _, order in wechat.world.books.rows("orders"):
        if order["gateway"] != "wechat" or not is_of(order, body):
            continue
        if body.get("transaction_id") == order["id"] or body.get("out_trade_no") == order["number"]:
            return order
    raise Refusal(404, "RESOURCE_NOT_EXISTS", "订单不存在")


def _amount(row: Row) -> dict[str, int]:
    return {"total": row["total"], "refund": row["amount"], "payer_total": row["total"], "payer_refund": row["amount"]}


def _public(row: Row) -> dict[str, Any]:
    content = {
        "refund_id": row["id"],
        "out_refund_no": row["number"],
        "transaction_id": row["order_id"],
        "out_trade_no": row["order"],
        "channel": "ORIGINAL",
        "user_received_account": "支付用户零钱",
        "create_time": row["created_at"],
        "status": row["state"],
        "funds_account": "AVAILABLE",
        "amount": {
            **_amount(row),
            "settlement_refund": row["amount"],
            "settlement_total": row["total"],
            "discount_refund": 0,
            "currency": "CNY",
        },
    }
    if row["done_at"]:
        content["success_time"] = row["done_at"]
    return content
