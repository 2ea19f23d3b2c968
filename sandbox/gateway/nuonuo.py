"""Nuonuo's open platform: tokens with their budget, HMAC-SHA1, the methods of 诺税通 for 数电票.

Source: Nuonuo open platform, 签名算法, 获取令牌, 诺税通saas interfaces.
"""

import base64
import hashlib
import hmac
import json
import re
import secrets
import time
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.gateway import seals
from sandbox.gateway.books import Row
from sandbox.gateway.bureau import CREDIT_FEN, Bureau
from sandbox.gateway.exchange import Refusal, Request, Response
from sandbox.gateway.faults import Fault

APP_KEY = "sandbox-nuonuo-key"
APP_SECRET = "sandbox-nuonuo-secret"  # noqa: S105 - opens nothing but this sandbox
TAX_NUMBER = "91421200MA00000001"
TOKEN_LIFE = 24 * 3600
BUDGET = 50
BUDGET_PERIOD = 30 * 24 * 3600
PREFIX = "nuonuo.OpeMplatform."
STATUS = {"making": "20", "issued": "2", "seal failed": "24", "fail": "22", "login": "22", "credit": "22"}


class NuonuoPlatform:
    """The counterparty."""

    code = "nuonuo"

    def __init__(self, bureau: Bureau) -> None:
        self.bureau = bureau
        self.world = bureau.world
        self._methods: dict[str, tuple[str, Callable[[dict[str, Any]], Any]]] = {
            PREFIX + "requestBillingNew": ("issue", self._issue),
            PREFIX + "queryInvoiceResult": ("query", self._query),
            PREFIX + "reInvoice": ("issue_again", self._again),
            PREFIX + "saveInvoiceRedConfirm": ("reverse", self._reverse),
            PREFIX + "queryInvoiceRedConfirm": ("query_reversal", self._query_reversal),
            PREFIX + "getCertificationStatus": ("login", self._login),
            PREFIX + "getCreditLine": ("credit", self._credit),
        }

    def operation(self, request: Request) -> tuple[str, str]:
        """What is asked for, and the serial."""
        if request.path == "/accessToken":
            return "token", ""
        found = re.search(rb'"(?:orderNo|billId|orderNos)"\s*:\s*\[?\s*"([^"]+)"', request.body)
        name = self._methods.get(request.headers.get("method", ""), ("", None))[0]
        return name, found[1].decode() if found else ""

    def answer(self, request: Request, fault: Fault | None = None) -> Response:
        """Check the signature and the token, do it."""
        if request.path == "/accessToken":
            return self._token(request)
        try:
            content = self._check(request)
            if fault is not None and fault.fault == "refuse":
                raise Refusal(200, fault.code, fault.message or fault.code)
            method = self._methods.get(request.headers.get("method", ""))
            if method is None:
                raise Refusal(200, "070501", "API不存在")
            with self.world.books.lock:
                result = method[1](content)
        except Refusal as refusal:
            return Response(body=seals.dump({"code": refusal.code, "describe": refusal.message, "result": None}))
        return Response(body=seals.dump({"code": "E0000", "describe": "成功", "result": result}))

    def _token(self, request: Request) -> Response:
        form = request.form
        if form.get("client_id") != APP_KEY or form.get("client_secret") != APP_SECRET:
            return Response(body=seals.dump({"error": "070101", "error_description": "应用不存在或密钥错误"}))
        kept = self.world.books.get("tokens", "nuonuo") or {"asked": []}
        asked = [at for at in kept["asked"] if at > time.time() - BUDGET_PERIOD]
        if len(asked) >= BUDGET:
            return Response(body=seals.dump({"error": "070313", "error_description": "获取令牌次数超限"}))
        token = secrets.token_hex(16)
        kept = {"asked": [*asked, time.time()], "token": token, "until": time.time() + TOKEN_LIFE}
        self.world.books.put("tokens", "nuonuo", kept)
        return Response(body=seals.dump({"access_token": token, "expires_in": TOKEN_LIFE}))

    def _check(self, request: Request) -> dict[str, Any]:
        query = request.query
        text = (
            f"a=services&l=v1&p=open&k={query.get('appkey', '')}&i={query.get('senid', '')}&n={query.get('nonce', '')}"
            f"&t={query.get('timestamp', '')}&f="
        ).encode() + request.body
        expected = base64.b64encode(hmac.new(APP_SECRET.encode(), text, hashlib.sha1).digest()).decode()
        if query.get("appkey") != APP_KEY:
            raise Refusal(200, "070101", "应用不存在")
        if not hmac.compare_digest(expected, request.headers.get("x-nuonuo-sign", "")):
            raise Refusal(200, "070307", "签名错误")
        if not re.fullmatch(r"[0-9A-Za-z]{32}", query.get("senid", "")) or not re.fullmatch(
            r"\d{8}", query.get("nonce", "")
        ):
            raise Refusal(200, "070301", "参数错误")
        kept = self.world.books.get("tokens", "nuonuo")
        if kept is None or kept.get("token") != request.headers.get("accesstoken") or kept["until"] < time.time():
            raise Refusal(200, "070304", "令牌不存在或已过期")
        if request.headers.get("usertax") != TAX_NUMBER:
            raise Refusal(200, "070306", "税号未授权")
        try:
            content = json.loads(request.body)
        except ValueError as error:
            raise Refusal(200, "E9104", "报文不是合法的JSON") from error
        if not isinstance(content, dict):
            raise Refusal(200, "E9104", "报文不是对象")
        return content

    def _issue(self, content: dict[str, Any]) -> dict[str, str]:
        order = content.get("order")
        if not isinstance(order, dict):
            raise Refusal(200, "E9101", "order不能为空")
        for name in ("buyerName", "salerTaxNum", "orderNo", "invoiceDate", "clerk", "invoiceType", "invoiceLine"):
            if not order.get(name):
                raise Refusal(200, "E9101", f"{name}不能为空")
        serial = str(order["orderNo"])
        if len(serial) > 64 or order["invoiceLine"] not in ("pc", "bs"):
            raise Refusal(200, "E9101", "参数长度或取值有误")
        if order["invoiceLine"] == "bs" and not order.get("buyerTaxNum"):
            raise Refusal(200, "E9101", "专票购方税号不能为空")
        if len(str(order.get("remark", ""))) > 200:
            raise Refusal(200, "E9101", "备注过长")
        before = self.bureau.row("nuonuo", serial)
        if before is not None and before["state"] not in ("fail", "login", "credit"):
            raise Refusal(200, "E9106", "订单编号已存在，请勿重复提交")
        gross, net, tax = _sums(order)
        row = self.bureau.ask(
            issuer="nuonuo", serial=serial, gross=gross, net=net, tax=tax, buyer=str(order["buyerName"])
        )
        return {"invoiceSerialNum": row["reference"]}

    def _query(self, content: dict[str, Any]) -> list[dict[str, Any]]:
        wanted = content.get("orderNos") or []
        if not isinstance(wanted, list) or not 0 < len(wanted) <= 50:
            raise Refusal(200, "E9102", "orderNos数量有误")
        rows = [row for row in (self.bureau.row("nuonuo", str(serial)) for serial in wanted) if row and not row["red"]]
        if not rows:
            raise Refusal(200, "E9500", "未查询到开票信息")
        return [self._result(row) for row in rows]

    def _result(self, row: Row) -> dict[str, Any]:
        result: dict[str, Any] = {
            "serialNo": row["reference"],
            "orderNo": row["serial"],
            "status": STATUS[row["state"]],
            "statusMsg": "",
            "failCause": row["cause"],
            "exTaxAmount": f"{row['net'] / 100:.2f}",
            "taxAmount": f"{row['tax'] / 100:.2f}",
            "orderAmount": f"{row['gross'] / 100:.2f}",
        }
        if row["state"] == "issued":
            files = self.bureau.files(row)
            result |= {
                "allElectronicInvoiceNumber": row["number"],
                "invoiceTime": str(int(datetime.fromisoformat(row["at"]).timestamp() * 1000)),
                "pdfUrl": files["pdf"],
                "ofdUrl": files["ofd"],
                "xmlUrl": files["xml"],
            }
        return result

    def _again(self, content: dict[str, Any]) -> dict[str, Any]:
        row = self.bureau.row("nuonuo", str(content.get("orderno", "")))
        if row is None or row["state"] != "seal failed":
            raise Refusal(200, "E9502", "当前状态不允许重试")
        self.world.books.change("invoices", row["serial"], state="issued")
        return {}

    def _reverse(self, content: dict[str, Any]) -> dict[str, Any]:
        for name in ("billId", "blueInvoiceLine", "applySource", "blueElecInvoiceNumber", "sellerTaxNo", "redReason"):
            if not content.get(name):
                raise Refusal(200, "E9101", f"{name}不能为空")
        serial = str(content["billId"])
        if self.bureau.row("nuonuo", serial) is not None:
            raise Refusal(200, "E9106", "billId已存在")
        blue = self.bureau.by_number("nuonuo", str(content["blueElecInvoiceNumber"]))
        if blue is None or blue["red"]:
            raise Refusal(200, "E9500", "未查询到蓝票")
        if blue["reversed_by"]:
            raise Refusal(200, "E9507", "蓝票已全额红冲")
        self.bureau.reverse(blue=blue, serial=serial)
        return {"billId": serial}

    def _query_reversal(self, content: dict[str, Any]) -> dict[str, Any]:
        row = self.bureau.row("nuonuo", str(content.get("billId", "")))
        if row is None or not row["red"]:
            raise Refusal(200, "E9500", "未查询到红字确认单")
        found: dict[str, Any] = {
            "billId": row["serial"],
            "billStatus": row["state"],
            "billMessage": "",
            "invoiceSerialNum": row["reference"],
        }
        if row["number"]:
            files = self.bureau.files(row)
            found |= {
                "redInvoiceNumber": row["number"],
                "redInvoiceTime": row["at"][:19].replace("T", " "),
                "pdfUrl": files["pdf"],
                "ofdUrl": files["ofd"],
                "xmlUrl": files["xml"],
            }
        return {"total": 1, "list": [found]}

    def _login(self, content: dict[str, Any]) -> dict[str, Any]:
        holds = self.world.knobs.issue != "login"
        return {"status": "1" if holds else "0", "message": "已登录" if holds else "登录已失效"}

    def _credit(self, content: dict[str, Any]) -> dict[str, Any]:
        left = 0 if self.world.knobs.issue == "credit" else CREDIT_FEN - self.bureau.used_credit()
        return {"totalAmount": f"{CREDIT_FEN / 100:.2f}", "availableAmount": f"{left / 100:.2f}"}


def _sums(order: dict[str, Any]) -> tuple[int, int, int]:
    lines = order.get("invoiceDetail")
    if not isinstance(lines, list) or not lines:
        raise Refusal(200, "E9105", "明细不能为空")
    if order.get("specificFactor") == "6":
        rent = order.get("realPropertyRentInfo")
        needed = ("realPropertyAddress", "detailAddress", "rentStartDate", "rentEndDate", "crossCityFlag", "unit")
        if len(lines) != 1 or not isinstance(rent, dict) or any(not rent.get(name) for name in needed):
            raise Refusal(200, "E9105", "不动产经营租赁仅支持一行明细且须填写租赁信息")
        if any(lines[0].get(name) for name in ("specType", "unit")):
            raise Refusal(200, "E9105", "不动产经营租赁不可填写规格型号和单位")
        if not re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", str(rent["rentStartDate"])):
            raise Refusal(200, "E9105", "车辆停放服务的租赁期须精确到分钟")
    gross = net = tax = 0
    for line in lines:
        try:
            parts = [int(Decimal(str(line[name])) * 100) for name in ("taxIncludedAmount", "taxExcludedAmount", "tax")]
            rate = Decimal(str(line["taxRate"]))
        except (KeyError, TypeError, InvalidOperation) as error:
            raise Refusal(200, "E9105", "明细金额有误") from error
        if not line.get("goodsName") or "*" in line["goodsName"] or line.get("withTaxFlag") not in ("0", "1"):
            raise Refusal(200, "E9105", "明细名称或含税标志有误")
        if parts[0] != parts[1] + parts[2] or abs(parts[1] * rate - parts[2]) > 6:
            raise Refusal(200, "E9105", "明细税额误差过大")
        gross, net, tax = gross + parts[0], net + parts[1], tax + parts[2]
    return gross, net, tax
