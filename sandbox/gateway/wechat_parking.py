"""微信支付分停车服务: one live entry a plate, one debit an entry, results by notice."""

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sandbox.gateway.books import Row
from sandbox.gateway.exchange import Refusal, Request
from sandbox.gateway.keys import APPID, MCHID
from sandbox.gateway.wechat_fields import stamp, want, want_notify_url, want_time, want_whole
from sandbox.gateway.wechat_served import is_of, names, served

if TYPE_CHECKING:
    from sandbox.gateway.wechat import WeChat

COLORS = "BLUE|GREEN|YELLOW|BLACK|WHITE|LIMEGREEN"
NUMBER = r"[0-9A-Za-z_\-*]{1,32}"
PLATE = r"[\u4e00-\u9fff][0-9A-Z\u4e00-\u9fff]{5,8}"
SHARED = ("plate_number", "plate_color", "start_time", "parking_name")


def find(wechat: "WeChat", match: "re.Match[str]", request: Request, body: dict[str, Any]) -> tuple[int, Any]:
    """查询车牌服务开通信息"""
    query = dict(request.query)
    if want(query, "appid", length=32) != APPID:
        raise Refusal(400, "PARAM_ERROR", "appid和mchid不匹配")
    served(query)
    plate = want(query, "plate_number", pattern=PLATE)
    color = want(query, "plate_color", pattern=COLORS)
    openid = want(query, "openid", length=128)
    state = wechat.world.plate(plate)
    service = {"NORMAL": "NORMAL", "OVERDUE": "NORMAL", "PAUSE": "PAUSE"}.get(state, "OUT_SERVICE")
    answer = {"plate_number": plate, "plate_color": color, "openid": openid, "service_state": service}
    if service != "OUT_SERVICE":
        answer["service_open_time"] = "2025-01-01T08:00:00+08:00"
    return 200, answer


def enter(wechat: "WeChat", match: "re.Match[str]", request: Request, body: dict[str, Any]) -> tuple[int, Any]:
    """创建停车入场: a new entry kills the plate's older one; a number used again is read back."""
    books = wechat.world.books
    number = want(body, "out_parking_no", pattern=NUMBER)
    entry: Row = {
        "out_parking_no": number,
        "plate_number": want(body, "plate_number", pattern=PLATE),
        "plate_color": want(body, "plate_color", pattern=COLORS),
        "start_time": stamp(want_time(body, "start_time")),
        "parking_name": want(body, "parking_name", length=128),
        "free_duration": want_whole(body, "free_duration", least=0),
        "notify_url": want_notify_url(wechat.world, body),
        "sub_mchid": served(body)["sub_mchid"],
    }
    before = books.get("entries", number)
    if before is None:
        older = books.get("live_entries", entry["plate_number"])
        if older is not None:
            books.change("entries", older["number"], live=False)
        before = {**entry, "id": wechat.world.number("5K", 20), "live": True, "order": ""}
        books.put("entries", number, before)
        books.put("entry_ids", before["id"], {"number": number})
        books.put("live_entries", entry["plate_number"], {"number": number})
    elif any(before[name] != entry[name] for name in SHARED) or not is_of(before, body):
        raise Refusal(400, "INVALID_REQUEST", "商户入场id已存在且参数不一致")
    state = wechat.world.plate(before["plate_number"])
    answer = {
        name: value for name, value in before.items() if name not in ("live", "order", "notify_url") and value != ""
    }
    answer["state"] = "NORMAL" if state == "NORMAL" else "BLOCKED"
    if state != "NORMAL":
        answer["block_reason"] = state
    return 200, answer


def debit(wechat: "WeChat", match: "re.Match[str]", request: Request, body: dict[str, Any]) -> tuple[int, Any]:
    """扣费受理"""
    world, books = wechat.world, wechat.world.books
    if want(body, "appid", length=32) != APPID:
        raise Refusal(400, "PARAM_ERROR", "appid和mchid不匹配")
    number = want(body, "out_trade_no", pattern=NUMBER)
    want(body, "trade_scene", pattern="PARKING")
    amount, info = body.get("amount"), body.get("parking_info")
    if not isinstance(amount, dict) or not isinstance(info, dict):
        raise Refusal(400, "PARAM_ERROR", "参数错误：amount或parking_info")
    total = want_whole(amount, "total", least=1)
    start, end = want_time(info, "start_time"), want_time(info, "end_time")
    if end == start or end > world.now() + timedelta(seconds=1):
        raise Refusal(400, "PARAM_ERROR", "出场时间须晚于入场时间且早于当前时间")
    want_whole(info, "charging_duration", least=0)
    want(info, "device_id", length=32)
    parking_id = want(info, "parking_id", length=32)
    entry_key = (books.get("entry_ids", parking_id) or {"number": ""})["number"]
    entry = books.get("entries", entry_key)
    if entry is None or not entry["live"]:
        raise Refusal(400, "INVALID_REQUEST", "停车入场id不存在")
    said = {**info, "start_time": stamp(start)}
    if entry["order"] or any(said.get(name) != entry[name] for name in SHARED) or not is_of(entry, body):
        raise Refusal(400, "INVALID_REQUEST", "场景信息和停车入场id不匹配")
    if books.get("orders", f"wechat:{number}") is not None:
        raise Refusal(400, "INVALID_REQUEST", "商户订单号重复")
    if world.plate(entry["plate_number"]) != "NORMAL":
        raise Refusal(403, "RULE_LIMIT", "当前车牌状态不可扣费")
    order: Row = {
        "gateway": "wechat",
        "kind": "parking",
        "number": number,
        "id": world.number("42000", 28),
        "amount": total,
        "description": want(body, "description", length=128),
        "attach": body.get("attach", ""),
        "state": "ACCEPTED",
        "reason": "",
        "created_at": stamp(world.now()),
        "paid_at": "",
        "advanced": False,
        "repaid": False,
        "refunded": 0,
        "notify_url": want_notify_url(world, body),
        "parking_info": info,
        "plate": entry["plate_number"],
        "openid": "oSandbox" + entry["plate_number"][1:],
        **served(body),
    }
    books.put("orders", f"wechat:{number}", order)
    books.change("entries", entry_key, order=number)
    plan(wechat, number)
    return 200, transaction(order)


def query(wechat: "WeChat", match: "re.Match[str]", request: Request, body: dict[str, Any]) -> tuple[int, Any]:
    """查询订单"""
    order = wechat.world.books.get("orders", f"wechat:{match['no']}")
    if order is None or order["kind"] != "parking" or not is_of(order, request.query):
        raise Refusal(404, "ORDER_NOT_EXIST", "订单不存在")
    return 200, transaction(order)


def plan(wechat: "WeChat", number: str) -> None:
    """Settle an accepted debit after a while, as the knob stands then; "hold" waits to be told."""

    def due() -> None:
        if wechat.world.knobs.settle != "hold":
            settle(wechat, number, wechat.world.knobs.settle)

    wechat.world.later(wechat.world.knobs.after, due)


def settle(wechat: "WeChat", number: str, result: str) -> Row:
    """End an accepted debit: ok, advance or fail; repay ends an advance. Raises KeyError or ValueError."""
    world, books = wechat.world, wechat.world.books
    with books.lock:
        key = f"wechat:{number}"
        order = books.get("orders", key)
        if order is None:
            raise KeyError(number)
        if result == "repay":
            if not order["advanced"] or order["repaid"]:
                raise ValueError("nothing to repay")
            order = books.change("orders", key, repaid=True)
            event = "TRANSACTION.PAY_BACK"
        elif order["state"] != "ACCEPTED":
            return order
        elif result in ("ok", "advance"):
            order = books.change(
                "orders", key, state="SUCCESS", paid_at=stamp(world.now()), advanced=result == "advance"
            )
            event = "TRANSACTION.SUCCESS"
        elif result == "fail":
            order = books.change("orders", key, state="PAY_FAIL", reason="用户账户余额不足，扣费失败")
            event = "TRANSACTION.FAIL"
        else:
            raise ValueError(f"can't end with {result!r}")
    wechat.tell(url=order["notify_url"], event=event, number=number, content=transaction(order))
    return order


def state_changed(wechat: "WeChat", plate: str, state: str) -> None:
    """Tell the merchant of the live entry of a plate whose state has changed."""
    live = wechat.world.books.get("live_entries", plate)
    entry = wechat.world.books.get("entries", live["number"]) if live else None
    if entry is None or entry["order"]:
        return
    content = {name: entry[name] for name in (*SHARED, "out_parking_no", "free_duration")}
    content |= {
        "sp_mchid": MCHID,
        **names(entry),
        "parking_id": entry["id"],
        "parking_state": "NORMAL" if state == "NORMAL" else "BLOCKED",
        "state_update_time": wechat.world.now().isoformat(timespec="milliseconds"),
    }
    if state != "NORMAL":
        content["blocked_state_description"] = "REMOVE" if state == "OUT_SERVICE" else state
    wechat.tell(
        url=entry["notify_url"],
        event="VEHICLE.ENTRANCE_STATE_CHANGE",
        number=entry["out_parking_no"],
        content=content,
    )


def transaction(order: Row) -> Row:
    """A debit as WeChat writes it."""
    state = "REFUND" if order["refunded"] else order["state"]
    content: Row = {
        "appid": APPID,
        "sp_mchid": MCHID,
        **names(order),
        "description": order["description"],
        "create_time": order["created_at"],
        "out_trade_no": order["number"],
        "trade_state": state,
        "trade_state_description": order["reason"] or {"SUCCESS": "支付成功", "REFUND": "转入退款"}.get(state, ""),
        "trade_scene": "PARKING",
        "parking_info": order["parking_info"],
        "payer": {"openid": order["openid"]},
        "amount": {"total": order["amount"], "currency": "CNY", "discount_total": 0},
    }
    if order["paid_at"]:
        content |= {
            "transaction_id": order["id"],
            "success_time": order["paid_at"],
            "bank_type": "BPA" if order["advanced"] else "CMC",
            "attach": order["attach"],
        }
        content["amount"]["payer_total"] = order["amount"]
        if order["advanced"]:
            content["user_repaid"] = "Y" if order["repaid"] else "N"
    return content
