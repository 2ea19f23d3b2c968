"""JSAPI, Native and H5 orders: placed by the merchant, paid by hand on the payer's page."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sandbox.gateway.books import Row
from sandbox.gateway.exchange import Refusal, Request
from sandbox.gateway.keys import APPID, MCHID
from sandbox.gateway.wechat_fields import stamp, want, want_notify_url, want_time, want_whole
from sandbox.gateway.wechat_served import is_of, served, signer

if TYPE_CHECKING:
    from sandbox.gateway.wechat import WeChat

NUMBER = r"[0-9A-Za-z_\-*]{6,32}"
TYPES = {"jsapi": "JSAPI", "native": "NATIVE", "h5": "MWEB"}


def place(wechat: "WeChat", match: "re.Match[str]", request: Request, body: dict[str, Any]) -> tuple[int, Any]:
    """下单: the same number with the same content is the same order, with other content refused."""
    world, books, way = wechat.world, wechat.world.books, match["way"]
    prefix = "sp_" if _partner(request) else ""
    if want(body, f"{prefix}appid", length=32) != APPID or want(body, f"{prefix}mchid", length=32) != MCHID:
        raise Refusal(400, "PARAM_ERROR", "appid和mchid不匹配")
    asked = served(body, must=True) if prefix else {}
    number = want(body, "out_trade_no", pattern=NUMBER)
    amount = body.get("amount")
    if not isinstance(amount, dict):
        raise Refusal(400, "PARAM_ERROR", "参数错误：amount")
    payer = body.get("payer") or {}
    name = "sub_openid" if "sub_openid" in payer and asked.get("sub_appid") else f"{prefix}openid"
    if way == "jsapi":
        want(payer, name, length=128)
    if way == "h5" and not isinstance((body.get("scene_info") or {}).get("h5_info"), dict):
        raise Refusal(400, "PARAM_ERROR", "参数错误：scene_info.h5_info")
    expires = want_time(body, "time_expire") if "time_expire" in body else None
    order: Row = {
        "gateway": "wechat",
        "kind": way,
        "number": number,
        "amount": want_whole(amount, "total", least=1),
        "description": want(body, "description", length=127),
        "attach": body.get("attach", ""),
        "notify_url": want_notify_url(world, body),
        "expires_at": stamp(expires) if expires else "",
        "openid": payer.get(name, "oSandboxPayer"),
        "openid_name": name,
        **asked,
    }
    before = books.get("orders", f"wechat:{number}")
    if before is not None:
        if before["state"] == "SUCCESS":
            raise Refusal(400, "ORDERPAID", "该订单已支付")
        if before["state"] == "CLOSED":
            raise Refusal(400, "ORDER_CLOSED", "该订单已关闭")
        if any(before.get(name) != value for name, value in order.items()):
            raise Refusal(400, "INVALID_REQUEST", "商户订单号重复，参数与首次请求不一致")
        order = before
    else:
        if expires is not None and expires <= world.now():
            raise Refusal(400, "PARAM_ERROR", "参数错误：time_expire")
        order |= {
            "id": world.number("42000", 28),
            "prepay_id": world.number("wx", 36),
            "state": "NOTPAY",
            "created_at": stamp(world.now()),
            "paid_at": "",
            "advanced": False,
            "refunded": 0,
            "plate": "",
        }
        books.put("orders", f"wechat:{number}", order)
    page = f"{world.url}/pay/{order['prepay_id']}"
    return 200, {"jsapi": {"prepay_id": order["prepay_id"]}, "native": {"code_url": page}, "h5": {"h5_url": page}}[way]


def query(wechat: "WeChat", match: "re.Match[str]", request: Request, body: dict[str, Any]) -> tuple[int, Any]:
    """按商户订单号查询"""
    return 200, transaction(_order(wechat, match["no"], asked=_asked(request, request.query)))


def query_by_id(wechat: "WeChat", match: "re.Match[str]", request: Request, body: dict[str, Any]) -> tuple[int, Any]:
    """按微信支付订单号查询"""
    asked = _asked(request, request.query)
    for _, order in wechat.world.books.rows("orders"):
        if order["gateway"] == "wechat" and order["id"] == match["id"] and order["paid_at"] and is_of(order, asked):
            return 200, transaction(order)
    raise Refusal(404, "ORDER_NOT_EXIST", "订单不存在")


def close(wechat: "WeChat", match: "re.Match[str]", request: Request, body: dict[str, Any]) -> tuple[int, Any]:
    """关闭订单: may be asked again and again; a paid one is refused."""
    order = _order(wechat, match["no"], asked=_asked(request, body))
    if order["state"] == "SUCCESS":
        raise Refusal(400, "ORDERPAID", "该订单已支付")
    wechat.world.books.change("orders", f"wechat:{order['number']}", state="CLOSED")
    return 204, None


def pay(wechat: "WeChat", number: str, *, force: bool = False) -> Row:
    """The payer pays. Raises ValueError when the order can't be paid; `force` pays a closed one, as a race would."""
    world, books = wechat.world, wechat.world.books
    with books.lock:
        order = books.get("orders", f"wechat:{number}")
        if order is None:
            raise ValueError("no such order")
        payable = order["state"] == "NOTPAY" and not _expired(wechat, order)
        if not payable and not (force and order["state"] != "SUCCESS"):
            raise ValueError(f"the order is {order['state']}")
        order = books.change("orders", f"wechat:{number}", state="SUCCESS", paid_at=stamp(world.now()))
    wechat.tell(url=order["notify_url"], event="TRANSACTION.SUCCESS", number=number, content=transaction(order))
    return order


def transaction(order: Row) -> Row:
    """An order as WeChat writes it."""
    state = "REFUND" if order["refunded"] else order["state"]
    content: Row = {
        **signer(order),
        "out_trade_no": order["number"],
        "trade_state": state,
        "trade_state_desc": {"SUCCESS": "支付成功", "NOTPAY": "订单未支付", "CLOSED": "订单已关闭"}.get(state, ""),
        "attach": order["attach"],
        "payer": {order.get("openid_name", "openid"): order["openid"]},
        "amount": {"total": order["amount"], "currency": "CNY"},
    }
    if order["paid_at"]:
        content |= {
            "transaction_id": order["id"],
            "trade_type": TYPES[order["kind"]],
            "bank_type": "CMC",
            "success_time": order["paid_at"],
        }
        content["amount"] |= {"payer_total": order["amount"], "payer_currency": "CNY"}
    return content


def _order(wechat: "WeChat", number: str, *, asked: Row) -> Row:
    order = wechat.world.books.get("orders", f"wechat:{number}")
    if order is None or order["kind"] == "parking" or not is_of(order, asked):
        raise Refusal(404, "ORDER_NOT_EXIST", "订单不存在")
    if order["state"] == "NOTPAY" and _expired(wechat, order):
        order = wechat.world.books.change("orders", f"wechat:{number}", state="CLOSED")
    return order


def _expired(wechat: "WeChat", order: Row) -> bool:
    return bool(order["expires_at"]) and datetime.fromisoformat(order["expires_at"]) < wechat.world.now()


def _partner(request: Request) -> bool:
    return request.path.startswith("/v3/pay/partner/")


def _asked(request: Request, said: Mapping[str, Any]) -> Row:
    """Who asks after an order, or closes it. Raises Refusal."""
    if said.get("sp_mchid" if _partner(request) else "mchid") != MCHID:
        raise Refusal(400, "PARAM_ERROR", "参数错误：mchid")
    return served(said, must=True) if _partner(request) else {}
