"""Alipay's open platform as an application sees it: one address, methods by name, RSA2 both ways.

Source: Alipay open platform (alipay.eco.mycar.parking.*, alipay.trade.*, asynchronous notification, 自行实现签名).
"""

import json
import re
import secrets
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from sandbox.gateway import alipay_bills, alipay_parking, alipay_trades, seals
from sandbox.gateway.books import Row
from sandbox.gateway.exchange import Refusal, Request, Response
from sandbox.gateway.faults import Fault
from sandbox.gateway.keys import ALIPAY_APP_ID, ALIPAY_SELLER_ID
from sandbox.gateway.notices import Letter, Notices, spoil
from sandbox.gateway.world import World

PARKING = "alipay.eco.mycar.parking"

Handler = Callable[["AlipayPlatform", dict[str, Any], dict[str, str]], dict[str, Any]]
METHODS: dict[str, tuple[str, Handler]] = {
    f"{PARKING}.config.set": ("configure", alipay_parking.configure),
    f"{PARKING}.parkinglotinfo.create": ("configure", alipay_parking.register_lot),
    f"{PARKING}.enterinfo.sync": ("enter", alipay_parking.enter),
    f"{PARKING}.exitinfo.sync": ("leave", alipay_parking.leave),
    f"{PARKING}.agreement.query": ("find", alipay_parking.agreement),
    f"{PARKING}.order.pay": ("debit", alipay_parking.debit),
    f"{PARKING}.order.refund": ("refund", alipay_parking.refund),
    "alipay.trade.create": ("order", alipay_trades.create),
    "alipay.trade.precreate": ("order", alipay_trades.precreate),
    "alipay.trade.query": ("query", alipay_trades.query),
    "alipay.trade.close": ("close", alipay_trades.close),
    "alipay.trade.refund": ("refund", alipay_trades.refund),
    "alipay.trade.fastpay.refund.query": ("query_refund", alipay_trades.query_refund),
    "alipay.data.dataservice.bill.downloadurl.query": ("statement", alipay_bills.ask),
}
WAP = "alipay.trade.wap.pay"


class AlipayPlatform:
    """The counterparty."""

    code = "alipay"

    def __init__(self, world: World, notices: Notices) -> None:
        self.world = world
        self.notices = notices

    def operation(self, request: Request) -> tuple[str, str]:
        """What the request asks for and the application's number in it, for the faults."""
        params = {**request.query, **request.form}
        found = re.search(
            r'"(?:out_request_no|out_refund_no|out_trade_no|out_serial_no)"\s*:\s*"([^"]+)"',
            params.get("biz_content", ""),
        )
        operation = METHODS.get(params.get("method", ""), ("", None))[0]
        return operation, found[1] if found else ""

    def answer(self, request: Request, fault: Fault | None = None) -> Response:
        """Check the signature, do it, sign the answer."""
        if request.path == "/alipay/bill":
            return alipay_bills.download(self, request)
        params = {**request.query, **request.form}
        method = params.get("method", "")
        try:
            content = self._check(params)
            if fault is not None and fault.fault == "refuse":
                raise Refusal(200, fault.code, fault.message or fault.code)
            if method == WAP:
                with self.world.books.lock:
                    page = alipay_trades.open_page(self, content, params)
                return Response(status=302, headers={"Location": page}, content_type="text/html; charset=utf-8")
            if method not in METHODS:
                raise Refusal(200, "isv.invalid-method", "不存在的方法名")
            with self.world.books.lock:
                data = {"code": "10000", "msg": "Success", **METHODS[method][1](self, content, params)}
        except Refusal as refusal:
            code = _code(refusal.code)
            data = {"code": code, "msg": "Business Failed", "sub_code": refusal.code, "sub_msg": refusal.message}
        return Response(
            body=self._sealed(method, data, fault),
            content_type="text/html;charset=utf-8",
        )

    def write(self, world: World, row: Row, fault: Fault | None) -> Letter:
        """A notice as a signed form."""
        true = {
            "notify_time": f"{world.now():%Y-%m-%d %H:%M:%S}",
            "notify_type": "trade_status_sync",
            "notify_id": row["id"],
            "charset": "utf-8",
            "version": "1.0",
            "app_id": ALIPAY_APP_ID,
            "seller_id": ALIPAY_SELLER_ID,
            **row["content"],
        }
        fields = {name: str(value) for name, value in spoil(true, fault).items()}
        message = "&".join(f"{name}={fields[name]}" for name in sorted(fields) if fields[name])
        fields["sign"] = seals.sign(world.keys.alipay_platform, message.encode())
        fields["sign_type"] = "RSA2"
        kind = fault.fault if fault else ""
        if kind in ("notice_stale", "notice_wrong_serial", "notice_probe"):
            # Alipay's notices carry neither a key's name nor a time that is checked: these are plainly ill signed.
            fields["sign"] = seals.sign(world.keys.alipay_platform, b"something else")
        if kind == "notice_tamper":
            fields["total_amount"] = "0.01"
        return Letter(
            headers={"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"},
            body=urlencode(fields).encode(),
        )

    def tell(self, *, url: str, event: str, number: str, content: dict[str, Any]) -> None:
        """Notify the application."""
        self.notices.tell(gateway="alipay", url=url, event=event, number=number, content=content)

    def sign_params(self, params: dict[str, str]) -> dict[str, str]:
        """The parameters of a return to the merchant's page, signed as a notice is."""
        message = "&".join(f"{name}={params[name]}" for name in sorted(params) if params[name])
        return {**params, "sign": seals.sign(self.world.keys.alipay_platform, message.encode()), "sign_type": "RSA2"}

    def _check(self, params: dict[str, str]) -> dict[str, Any]:
        if params.get("app_id") != ALIPAY_APP_ID:
            raise Refusal(200, "isv.invalid-app-id", "无效的AppID参数")
        if params.get("sign_type") != "RSA2" or params.get("charset", "").lower() != "utf-8":
            raise Refusal(200, "isv.invalid-signature-type", "无效签名类型")
        message = "&".join(
            f"{name}={value}" for name, value in sorted(params.items()) if name != "sign" and value != ""
        )
        if not seals.is_signed(self.world.keys.alipay_merchant, message.encode(), params.get("sign", "")):
            raise Refusal(200, "isv.invalid-signature", "无效签名")
        if not re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", params.get("timestamp", "")):
            raise Refusal(200, "isv.invalid-timestamp", "非法的时间戳参数")
        try:
            content = json.loads(params.get("biz_content") or "{}")
        except ValueError as error:
            raise Refusal(200, "isv.invalid-parameter", "biz_content不是合法的JSON") from error
        if not isinstance(content, dict):
            raise Refusal(200, "isv.invalid-parameter", "biz_content不是对象")
        return content

    def _sealed(self, method: str, data: dict[str, Any], fault: Fault | None) -> bytes:
        inner = seals.dump(data)
        signature = seals.sign(self.world.keys.alipay_platform, inner)
        if fault is not None and fault.fault in ("bad_signature", "stale", "wrong_serial"):
            signature = seals.sign(self.world.keys.alipay_platform, b"something else")
        name = method.replace(".", "_") + "_response"
        return b'{"' + name.encode() + b'":' + inner + b',"sign":"' + signature.encode() + b'"}'


def _code(sub_code: str) -> str:
    if sub_code in ("isv.invalid-signature", "isv.invalid-app-id", "isv.invalid-signature-type", "isv.invalid-method"):
        return "40002"
    if sub_code == "PAYING":
        return "10003"
    if sub_code in ("isp.unknow-error", "aop.unknow-error"):
        return "20000"
    return "40004"


def fresh_id() -> str:
    """A number such as Alipay gives to things that are not trades."""
    return secrets.token_hex(16)
