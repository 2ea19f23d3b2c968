"""alipay.eco.mycar.parking.*: lots, arrivals, agreements, the synchronous debit and its refund."""

import secrets
from typing import TYPE_CHECKING, Any

from sandbox.gateway import seals
from sandbox.gateway.alipay_fields import stamp, want, want_fen, want_time, yuan
from sandbox.gateway.books import Row
from sandbox.gateway.exchange import Refusal
from sandbox.gateway.keys import ALIPAY_PARKING_ID, ALIPAY_SELLER_ID

if TYPE_CHECKING:
    from sandbox.gateway.alipay import AlipayPlatform

COLORS = "BLUE|GREEN|YELLOW|BLACK|WHITE|LIMEGREEN"
PLATE = r"[\u4e00-\u9fff][0-9A-Z\u4e00-\u9fff]{5,8}"
NUMBER = r"[0-9A-Za-z_]{1,64}"


def configure(alipay: "AlipayPlatform", content: dict[str, Any], params: dict[str, str]) -> dict[str, Any]:
    """config.set: what isn't sent is wiped."""
    want(content, "merchant_name")
    alipay.world.books.put("lots", "config", content)
    return {}


def register_lot(alipay: "AlipayPlatform", content: dict[str, Any], params: dict[str, str]) -> dict[str, Any]:
    """parkinglotinfo.create"""
    out_parking_id = want(content, "out_parking_id")
    want(content, "parking_lot_type", pattern="ROADSIDE")
    alipay.world.books.put("lots", out_parking_id, content)
    return {"parking_id": ALIPAY_PARKING_ID}


def agreement(alipay: "AlipayPlatform", content: dict[str, Any], params: dict[str, str]) -> dict[str, Any]:
    """agreement.query: true for the moment alone."""
    plate = want(content, "car_number", pattern=PLATE)
    return {
        "agreement_scene": _scene(alipay, plate),
        "advance_status": "0",
        "car_status": "NORMAL",
        "current_time": stamp(alipay.world.now()),
    }


def enter(alipay: "AlipayPlatform", content: dict[str, Any], params: dict[str, str]) -> dict[str, Any]:
    """enterinfo.sync: the same out_serial_no is the same arrival."""
    _check_lot(content)
    plate = want(content, "car_number", pattern=PLATE)
    want(content, "car_color", pattern=COLORS)
    number = want(content, "out_serial_no", pattern=r"[0-9A-Za-z_\-]{1,64}")
    row = alipay.world.books.get("alipay_entries", number)
    if row is None:
        row = {
            "serial_no": secrets.token_hex(16),
            "plate": plate,
            "in_time": stamp(want_time(content, "in_time")),
            "left_at": "",
        }
        alipay.world.books.put("alipay_entries", number, row)
    return {
        "serial_no": row["serial_no"],
        "agreement_scene": _scene(alipay, plate),
        "car_status": "NORMAL",
        "current_time": stamp(alipay.world.now()),
    }


def leave(alipay: "AlipayPlatform", content: dict[str, Any], params: dict[str, str]) -> dict[str, Any]:
    """exitinfo.sync"""
    _check_lot(content)
    want(content, "car_number", pattern=PLATE)
    number = content.get("out_serial_no", "")
    if alipay.world.books.get("alipay_entries", number) is not None:
        alipay.world.books.change("alipay_entries", number, left_at=stamp(want_time(content, "out_time")))
    return {}


def debit(alipay: "AlipayPlatform", content: dict[str, Any], params: dict[str, str]) -> dict[str, Any]:
    """order.pay: the same number with the same content gives the first result again."""
    world, books = alipay.world, alipay.world.books
    _check_lot(content)
    plate = want(content, "car_number", pattern=PLATE)
    number = want(content, "out_trade_no", pattern=NUMBER)
    amount = want_fen(content, "total_fee")
    if want(content, "seller_id") != ALIPAY_SELLER_ID:
        raise Refusal(200, "ACQ.INVALID_PARAMETER", "参数无效：seller_id")
    if want_time(content, "out_time") < want_time(content, "in_time"):
        raise Refusal(200, "ACQ.INVALID_PARAMETER", "参数无效：out_time")
    order = books.get("orders", f"alipay:{number}")
    if order is not None:
        if order["amount"] != amount or order["plate"] != plate:
            raise Refusal(200, "ACQ.CONTEXT_INCONSISTENT", "交易信息被篡改")
        if order["state"] != "TRADE_SUCCESS":
            raise Refusal(200, "ACQ.TRADE_HAS_CLOSE", "交易已经关闭")
        return _paid(order)
    if "PLATE_PAY" not in _scene(alipay, plate):
        raise Refusal(200, "ACQ.AGREEMENT_NOT_EXIST", "用户未签约车牌付")
    if world.knobs.settle == "fail":
        raise Refusal(200, "ACQ.BUYER_BALANCE_NOT_ENOUGH", "买家余额不足")
    order = {
        "gateway": "alipay",
        "kind": "parking",
        "number": number,
        "id": world.number("", 28),
        "amount": amount,
        "description": want(content, "subject"),
        "plate": plate,
        "state": "TRADE_SUCCESS",
        "created_at": world.now().isoformat(),
        "paid_at": world.now().isoformat(),
        "advanced": world.knobs.settle == "advance",
        "refunded": 0,
        "notify_url": params.get("notify_url", ""),
        "return_url": "",
        "openid": "2088sandbox",
    }
    books.put("orders", f"alipay:{number}", order)
    return _paid(order)


def refund(alipay: "AlipayPlatform", content: dict[str, Any], params: dict[str, str]) -> dict[str, Any]:
    """order.refund"""
    from sandbox.gateway import alipay_trades

    row, _ = alipay_trades.give_back(
        alipay,
        order_number=want(content, "out_order_no"),
        number=want(content, "out_refund_no"),
        amount=want_fen(content, "refund_fee"),
    )
    return {
        "refund_no": row["id"],
        "refund_fee": yuan(row["amount"]),
        "order_no": row["order_id"],
        "out_refund_no": row["number"],
    }


def state_changed(alipay: "AlipayPlatform", plate: str, url: str) -> None:
    """Push the changed agreement of a plate to the merchant."""
    content = {
        "method": "alipay.eco.mycar.parking.agreement.notify",
        "car_number": plate,
        "agreement_scene": _scene(alipay, plate),
    }
    alipay.tell(url=url, event="agreement.notify", number=plate, content=content)


def _paid(order: Row) -> dict[str, Any]:
    answer = {
        "trade_no": order["id"],
        "out_trade_no": order["number"],
        "total_fee": yuan(order["amount"]),
        "gmt_payment": order["paid_at"][:19].replace("T", " "),
        "user_id": order["openid"],
        "fund_bill_list": seals.dump([{"amount": yuan(order["amount"]), "fundChannel": "ALIPAYACCOUNT"}]).decode(),
    }
    if order["advanced"]:
        answer["advance_amount"] = yuan(order["amount"])
    return answer


def _scene(alipay: "AlipayPlatform", plate: str) -> str:
    state = alipay.world.plate(plate)
    if state == "NORMAL":
        return "PLATE_PAY"
    return "NO_AGREEMENT_SCENE" if state == "OUT_SERVICE" else "NSF_CHECK_FAILED"


def _check_lot(content: dict[str, Any]) -> None:
    if want(content, "parking_id") != ALIPAY_PARKING_ID:
        raise Refusal(200, "INVALID_PARAMETER", "停车场不存在")
