"""财政电子票据 in the Bosssoft envelope: issue, read back, write off.

Source: interface documents of live integrations (the envelope); inner fields as the medical variant has them.
"""

import base64
import hashlib
import json
import re
import secrets
from typing import Any

from sandbox.gateway import seals
from sandbox.gateway.books import Row
from sandbox.gateway.bureau import CAUSES, Bureau
from sandbox.gateway.exchange import Refusal, Request, Response
from sandbox.gateway.faults import Fault

APP_ID = "SANDBOX0001"
KEY = "sandbox-fiscal-key"
OPERATIONS = {
    "/fiscal/invoiceEBill": "issue",
    "/fiscal/getEBillByBusNo": "query",
    "/fiscal/writeOffEBill": "reverse",
}


class FiscalPlatform:
    """The counterparty."""

    code = "fiscal"

    def __init__(self, bureau: Bureau) -> None:
        self.bureau = bureau

    def operation(self, request: Request) -> tuple[str, str]:
        """What is asked for, and the business number."""
        try:
            content = json.loads(base64.b64decode(json.loads(request.body)["data"]))
        except (KeyError, TypeError, ValueError):
            content = {}
        return OPERATIONS.get(request.path, ""), str(content.get("busNo", ""))

    def answer(self, request: Request, fault: Fault | None = None) -> Response:
        """Open the envelope, do it, close another."""
        try:
            content = self._open(request)
            if fault is not None and fault.fault == "refuse":
                raise Refusal(200, fault.code, fault.message or fault.code)
            with self.bureau.world.books.lock:
                result, message = "S0000", seals.dump(self._do(OPERATIONS.get(request.path, ""), content))
        except Refusal as refusal:
            result, message = refusal.code, refusal.message.encode()
        data = base64.b64encode(seals.dump({"result": result, "message": base64.b64encode(message).decode()})).decode()
        noise = secrets.token_hex(16)
        sign = _sign(data, noise, "1.0")
        if fault is not None and fault.fault == "bad_signature":
            sign = _sign(data, "other", "1.0")
        return Response(body=seals.dump({"data": data, "noise": noise, "sign": sign}))

    def _open(self, request: Request) -> dict[str, Any]:
        try:
            envelope = json.loads(request.body)
            expected = _sign(envelope["data"], envelope["noise"], envelope["version"])
            if envelope["appid"] != APP_ID or envelope["sign"] != expected:
                raise Refusal(200, "E0001", "签名校验失败")
            return dict(json.loads(base64.b64decode(envelope["data"])))
        except (KeyError, TypeError, ValueError) as error:
            raise Refusal(200, "E0002", "报文格式错误") from error

    def _do(self, operation: str, content: dict[str, Any]) -> dict[str, Any]:
        serial = str(content.get("busNo", ""))
        if not serial or not content.get("placeCode"):
            raise Refusal(200, "E0003", "busNo和placeCode不能为空")
        row = self.bureau.row("fiscal", serial)
        if operation == "query":
            if row is None or not row["number"]:
                raise Refusal(200, "E0010", "票据不存在")
            return self._public(row)
        if operation == "issue":
            if row is not None and row["number"]:
                raise Refusal(200, "E0008", "业务流水号已开票")
            return self._public(self._issue(serial, content))
        if operation == "reverse":
            if row is not None:
                raise Refusal(200, "E0006", "业务流水号已冲红")
            blue = self.bureau.by_number("fiscal", str(content.get("billNo", "")))
            if blue is None or blue["red"] or blue["code"] != content.get("billBatchCode"):
                raise Refusal(200, "E0010", "票据不存在")
            if blue["reversed_by"]:
                raise Refusal(200, "E0006", "票据已冲红")
            self.bureau.reverse(blue=blue, serial=serial, now=True)
            return self._public(self.bureau.row("fiscal", blue["serial"]) or blue)
        raise Refusal(200, "E0004", "服务不存在")

    def _issue(self, serial: str, content: dict[str, Any]) -> Row:
        total = _fen(content.get("totalAmt"))
        lines = content.get("chargeDetail")
        if not isinstance(lines, list) or not lines or sum(_fen(line.get("amt")) for line in lines) != total:
            raise Refusal(200, "E0005", "明细金额合计与总金额不一致")
        if not content.get("payer") or not re.fullmatch(r"\d{17}", str(content.get("busDateTime", ""))):
            raise Refusal(200, "E0003", "交款人或业务时间有误")
        if self.bureau.world.knobs.issue in CAUSES:
            raise Refusal(200, "E0020" if self.bureau.world.knobs.issue == "credit" else "E0021", "可用票据不足")
        buyer = str(content["payer"])
        row = self.bureau.ask(issuer="fiscal", serial=serial, gross=total, net=total, tax=0, buyer=buyer)
        return self.bureau.finish(row["serial"], "ok")

    def _public(self, row: Row) -> dict[str, Any]:
        files = self.bureau.files(row)
        answer = {
            "busNo": row["serial"],
            "billBatchCode": row["code"],
            "billNo": row["number"],
            "random": row["check_code"],
            "createTime": _stamp(row),
            "totalAmt": f"{row['gross'] / 100:.2f}",
            "pdfUrl": files["pdf"],
            "ofdUrl": files["ofd"],
            "xmlUrl": files["xml"],
        }
        red = self.bureau.row("fiscal", row["reversed_by"]) if row["reversed_by"] else None
        if red is not None:
            answer |= {
                "scarletBillBatchCode": red["code"],
                "scarletBillNo": red["number"],
                "scarletRandom": red["check_code"],
                "scarletCreateTime": _stamp(red),
                **{f"scarlet{kind.title()}Url": url for kind, url in self.bureau.files(red).items()},
            }
        return answer


def _sign(data: str, noise: str, version: str) -> str:
    text = f"appid={APP_ID}&data={data}&noise={noise}&key={KEY}&version={version}"
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest().upper()


def _stamp(row: Row) -> str:
    return re.sub(r"\D", "", row["at"][:19]) + "000"


def _fen(amount: object) -> int:
    text = str(amount)
    if not re.fullmatch(r"\d{1,9}\.\d\d", text):
        raise Refusal(200, "E0005", "金额格式有误")
    return int(text.replace(".", ""))
