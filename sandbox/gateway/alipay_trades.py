"""alipay.trade.*: create, precreate, the phone's page, query, close, refund."""

import secrets
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from sandbox.gateway.alipay_fields import stamp, want, want_fen, want_time, yuan
from sandbox.gateway.books import Row
from sandbox.gateway.exchange import Refusal
from sandbox.gateway.keys import ALIPAY_APP_ID, ALIPAY_SELLER_ID

if TYPE_CHECKING:
    from sandbox.gateway.alipay import AlipayPlatform

NUMBER = r"[0-9A-Za-z_]{1,64}"
# A code or a page that nobody opened yet: Alipay knows no trade of that number.
UNOPENED = "UNOPENED"


def create(alipay: "AlipayPlatform", content: dict[str, Any], params: dict[str, str]) -> dict[str, Any]:
    """trade.create (mini-program)"""
    if not (content.get("buyer_id") or content.get("buyer_open_id")):
        raise Refusal(200, "ACQ.BUYER_NOT_EXIST", "买家不存在")
    order = _open(alipay, content, params, kind="jsapi", state="WAIT_BUYER_PAY")
    return {"out_trade_no": order["number"], "trade_no": order["id"]}


def precreate(alipay: "AlipayPlatform", content: dict[str, Any], params: dict[str, str]) -> dict[str, Any]:
    """trade.precreate: a code; the trade begins when somebody scans it."""
    order = _open(alipay, content, params, kind="native", state=UNOPENED)
    return {"out_trade_no": order["number"], "qr_code": f"{alipay.world.url}/pay/{order['prepay_id']}"}


def open_page(alipay: "AlipayPlatform", content: dict[str, Any], params: dict[str, str]) -> str:
    """trade.wap.pay: the address of the payer's page."""
    if content.get("product_code") not in ("QUICK_WAP_WAY", "QUICK_WAP_PAY"):
        raise Refusal(200, "ACQ.INVALID_PARAMETER", "参数无效：product_code")
    order = _open(alipay, content, params, kind="h5", state="WAIT_BUYER_PAY")
    return f"{alipay.world.url}/pay/{order['prepay_id']}"


def query(alipay: "AlipayPlatform", content: dict[str, Any], params: dict[str, str]) -> dict[str, Any]:
    """trade.query"""
    order = _find(alipay, content)
    answer = {
        "trade_no": order["id"],
        "out_trade_no": order["number"],
        "trade_status": order["state"],
        "total_amount": yuan(order["amount"]),
        "buyer_user_id": order["openid"],
    }
    if order["paid_at"]:
        answer |= {
            "send_pay_date": order["paid_at"][:19].replace("T", " "),
            "receipt_amount": yuan(order["amount"]),
            "buyer_pay_amount": yuan(order["amount"]),
            "fund_bill_list": [{"amount": yuan(order["amount"]), "fund_channel": "ALIPAYACCOUNT"}],
        }
        if order["advanced"]:
            answer["advance_amount"] = yuan(order["amount"])
    return answer


def close(alipay: "AlipayPlatform", content: dict[str, Any], params: dict[str, str]) -> dict[str, Any]:
    """trade.close: unpaid ones only."""
    order = _find(alipay, content)
    if order["state"] != "WAIT_BUYER_PAY":
        raise Refusal(200, "ACQ.TRADE_STATUS_ERROR", "交易状态不合法")
    order = alipay.world.books.change("orders", f"alipay:{order['number']}", state="TRADE_CLOSED")
    _tell(alipay, order, gmt_close=stamp(alipay.world.now()))
    return {"trade_no": order["id"], "out_trade_no": order["number"]}


def refund(alipay: "AlipayPlatform", content: dict[str, Any], params: dict[str, str]) -> dict[str, Any]:
    """trade.refund: done when it answers; `refund_fee` is all that was ever refunded of the trade."""
    order = _find(alipay, content)
    number = content.get("out_request_no") or order["number"]
    row, changed = give_back(
        alipay, order_number=order["number"], number=number, amount=want_fen(content, "refund_amount")
    )
    order = _find(alipay, content)
    return {
        "trade_no": order["id"],
        "out_trade_no": order["number"],
        "buyer_user_id": order["openid"],
        "fund_change": "Y" if changed else "N",
        "refund_fee": yuan(order["refunded"]),
        "gmt_refund_pay": row["done_at"][:19].replace("T", " "),
    }


def query_refund(alipay: "AlipayPlatform", content: dict[str, Any], params: dict[str, str]) -> dict[str, Any]:
    """trade.fastpay.refund.query: a refund that isn't there comes back without a status."""
    order = _find(alipay, content)
    row = alipay.world.books.get("refunds", f"alipay:{want(content, 'out_request_no')}")
    if row is None or row["order"] != order["number"]:
        return {}
    return {
        "trade_no": order["id"],
        "out_trade_no": order["number"],
        "out_request_no": row["number"],
        "total_amount": yuan(order["amount"]),
        "refund_amount": yuan(row["amount"]),
        "refund_status": "REFUND_SUCCESS",
        "gmt_refund_pay": row["done_at"][:19].replace("T", " "),
    }


def give_back(alipay: "AlipayPlatform", *, order_number: str, number: str, amount: int) -> tuple[Row, bool]:
    """Refund part of a paid trade; gives the refund and whether money moved. Raises Refusal."""
    world, books = alipay.world, alipay.world.books
    order = books.get("orders", f"alipay:{order_number}")
    if order is None:
        raise Refusal(200, "ACQ.TRADE_NOT_EXIST", "交易不存在")
    before = books.get("refunds", f"alipay:{number}")
    if before is not None:
        if before["order"] != order_number or before["amount"] != amount:
            raise Refusal(200, "ACQ.DISCORDANT_REPEAT_REQUEST", "不一致的请求")
        return before, False
    if not order["paid_at"] or order["state"] == "TRADE_FINISHED":
        raise Refusal(200, "ACQ.TRADE_STATUS_ERROR", "交易状态不合法")
    if order["refunded"] + amount > order["amount"]:
        raise Refusal(200, "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL", "退款金额超限")
    row: Row = {
        "gateway": "alipay",
        "number": number,
        "id": world.number("R", 28),
        "order": order_number,
        "order_id": order["id"],
        "amount": amount,
        "total": order["amount"],
        "state": "SUCCESS",
        "created_at": world.now().isoformat(),
        "done_at": world.now().isoformat(),
    }
    books.put("refunds", f"alipay:{number}", row)
    refunded = order["refunded"] + amount
    state = "TRADE_CLOSED" if refunded == order["amount"] else order["state"]
    order = books.change("orders", f"alipay:{order_number}", refunded=refunded, state=state)
    if order["kind"] != "parking":
        _tell(alipay, order, refund_fee=yuan(refunded), gmt_refund=stamp(world.now()), out_biz_no=number)
    return row, True


def opened(alipay: "AlipayPlatform", order: Row) -> Row:
    """Somebody scanned the code: the trade begins."""
    if order["state"] == UNOPENED:
        return alipay.world.books.change("orders", f"alipay:{order['number']}", state="WAIT_BUYER_PAY")
    return order


def pay(alipay: "AlipayPlatform", number: str, *, force: bool = False) -> Row:
    """The payer pays. Raises ValueError when the trade can't be paid; `force` pays a closed one, as a race would."""
    with alipay.world.books.lock:
        order = alipay.world.books.get("orders", f"alipay:{number}")
        if order is None:
            raise ValueError("no such trade")
        order = _expire(alipay, order)
        payable = order["state"] in ("WAIT_BUYER_PAY", UNOPENED)
        if not payable and not (force and not order["paid_at"]):
            raise ValueError(f"the trade is {order['state']}")
        paid_at = alipay.world.now().isoformat()
        order = alipay.world.books.change("orders", f"alipay:{number}", state="TRADE_SUCCESS", paid_at=paid_at)
    _tell(alipay, order, gmt_payment=paid_at[:19].replace("T", " "))
    return order


def return_address(alipay: "AlipayPlatform", order: Row) -> str:
    """Where the payer goes back to, with the signed parameters Alipay adds; empty when nowhere."""
    if not order["return_url"]:
        return ""
    params = alipay.sign_params(
        {
            "app_id": ALIPAY_APP_ID,
            "method": "alipay.trade.wap.pay.return",
            "out_trade_no": order["number"],
            "trade_no": order["id"],
            "total_amount": yuan(order["amount"]),
            "seller_id": ALIPAY_SELLER_ID,
            "timestamp": stamp(alipay.world.now()),
            "charset": "utf-8",
            "version": "1.0",
        }
    )
    return str(order["return_url"]) + ("&" if "?" in order["return_url"] else "?") + urlencode(params)


def _tell(alipay: "AlipayPlatform", order: Row, **more: str) -> None:
    content = {
        "trade_no": order["id"],
        "out_trade_no": order["number"],
        "trade_status": order["state"],
        "total_amount": yuan(order["amount"]),
        "subject": order["description"],
        "buyer_id": order["openid"],
        "gmt_create": order["created_at"][:19].replace("T", " "),
    }
    if order["paid_at"]:
        content |= {
            "receipt_amount": yuan(order["amount"]),
            "buyer_pay_amount": yuan(order["amount"]),
            "gmt_payment": order["paid_at"][:19].replace("T", " "),
        }
    alipay.tell(url=order["notify_url"], event=order["state"], number=order["number"], content={**content, **more})


def _open(alipay: "AlipayPlatform", content: dict[str, Any], params: dict[str, str], *, kind: str, state: str) -> Row:
    number = want(content, "out_trade_no", pattern=NUMBER)
    amount = want_fen(content, "total_amount")
    subject = want(content, "subject")
    before = alipay.world.books.get("orders", f"alipay:{number}")
    if before is not None:
        before = _expire(alipay, before)
        if before["paid_at"]:
            raise Refusal(200, "ACQ.TRADE_HAS_SUCCESS", "交易已被支付")
        if before["state"] == "TRADE_CLOSED":
            raise Refusal(200, "ACQ.TRADE_HAS_CLOSE", "交易已经关闭")
        if before["amount"] != amount or before["description"] != subject:
            raise Refusal(200, "ACQ.CONTEXT_INCONSISTENT", "交易信息被篡改")
        return before
    expires = want_time(content, "time_expire").isoformat() if "time_expire" in content else ""
    order: Row = {
        "gateway": "alipay",
        "kind": kind,
        "number": number,
        "id": alipay.world.number("", 28),
        "prepay_id": "ali" + secrets.token_hex(14),
        "amount": amount,
        "description": subject,
        "plate": "",
        "state": state,
        "created_at": alipay.world.now().isoformat(),
        "paid_at": "",
        "expires_at": expires,
        "advanced": False,
        "refunded": 0,
        "notify_url": params.get("notify_url", ""),
        "return_url": params.get("return_url", ""),
        "openid": content.get("buyer_open_id") or content.get("buyer_id") or "2088sandbox",
    }
    alipay.world.books.put("orders", f"alipay:{number}", order)
    return order


def _find(alipay: "AlipayPlatform", content: dict[str, Any]) -> Row:
    order = alipay.world.books.get("orders", f"alipay:{content.get('out_trade_no', '')}")
    if order is None and content.get("trade_no"):
        order = next(
            (
                row
                for _, row in alipay.world.books.rows("orders")
                if row["gateway"] == "alipay" and row["id"] == content["trade_no"]
            ),
            None,
        )
    if order is None or order["state"] == UNOPENED:
        raise Refusal(200, "ACQ.TRADE_NOT_EXIST", "交易不存在")
    return _expire(alipay, order)


def _expire(alipay: "AlipayPlatform", order: Row) -> Row:
    expires = order.get("expires_at")
    waiting = order["state"] in ("WAIT_BUYER_PAY", UNOPENED)
    if waiting and expires and datetime.fromisoformat(expires) < alipay.world.now():
        return alipay.world.books.change("orders", f"alipay:{order['number']}", state="TRADE_CLOSED")
    return order
