"""WeChat Pay v3 as a merchant sees it: signed both ways, sealed notices, its rules about entries and numbers.

Source: WeChat Pay merchant documentation (微信支付分停车服务, JSAPI/Native/H5, 退款, 签名, 回调通知).
"""

import json
import re
import secrets
import time
from collections.abc import Callable
from typing import Any

from sandbox.gateway import seals, wechat_bills, wechat_orders, wechat_parking, wechat_refunds
from sandbox.gateway.books import Row
from sandbox.gateway.exchange import Refusal, Request, Response
from sandbox.gateway.faults import Fault
from sandbox.gateway.keys import MCHID, PUBLIC_KEY_ID
from sandbox.gateway.notices import Letter, Notices, spoil
from sandbox.gateway.world import World

SCHEME = "WECHATPAY2-SHA256-RSA2048"
WINDOW = 300

# The tail of Request-ID, by which WeChat's own people tell causes apart.
CAUSES = {
    "SIGN_ERROR": 268443699,
    "PARAM_ERROR": 268435461,
    "ORDER_NOT_EXIST": 268512771,
    "ORDERPAID": 268449538,
    "FREQUENCY_LIMITED": 268447840,
}

# method, pattern of the path, operation, handler(wechat, match, request, body) -> (status, data)
Handler = Callable[["WeChat", "re.Match[str]", Request, dict[str, Any]], tuple[int, Any]]
ROUTES: tuple[tuple[str, str, str, Handler], ...] = (
    ("GET", r"/v3/certificates", "certificates", lambda w, m, r, b: (200, w.certificates())),
    ("GET", r"/v3/vehicle/parking/services/find", "find", wechat_parking.find),
    ("POST", r"/v3/vehicle/parking/parkings", "enter", wechat_parking.enter),
    ("POST", r"/v3/vehicle/transactions/parking", "debit", wechat_parking.debit),
    ("GET", r"/v3/vehicle/transactions/out-trade-no/(?P<no>[^/]+)", "query", wechat_parking.query),
    ("POST", r"/v3/pay/(?:partner/)?transactions/(?P<way>jsapi|native|h5)", "order", wechat_orders.place),
    ("GET", r"/v3/pay/(?:partner/)?transactions/out-trade-no/(?P<no>[^/]+)", "query", wechat_orders.query),
    ("GET", r"/v3/pay/(?:partner/)?transactions/id/(?P<id>[^/]+)", "query", wechat_orders.query_by_id),
    ("POST", r"/v3/pay/(?:partner/)?transactions/out-trade-no/(?P<no>[^/]+)/close", "close", wechat_orders.close),
    ("POST", r"/v3/refund/domestic/refunds", "refund", wechat_refunds.ask),
    ("POST", r"/v3/refund/domestic/refunds/(?P<id>[^/]+)/apply-abnormal-refund", "refund", wechat_refunds.mend),
    ("GET", r"/v3/refund/domestic/refunds/(?P<no>[^/]+)", "query_refund", wechat_refunds.query),
    ("GET", r"/v3/bill/tradebill", "statement", wechat_bills.trades),
    ("GET", r"/v3/bill/fundflowbill", "statement", wechat_bills.funds),
    ("GET", r"/v3/bill/sub-merchant-fundflowbill", "statement", wechat_bills.sub_funds),
)


class WeChat:
    """The counterparty."""

    code = "wechat"

    def __init__(self, world: World, notices: Notices) -> None:
        self.world = world
        self.notices = notices

    def operation(self, request: Request) -> tuple[str, str]:
        """What the request asks for and the merchant's number in it, for the faults."""
        for method, pattern, operation, _ in ROUTES:
            match = re.fullmatch(pattern, request.path)
            if match and method == request.method:
                return operation, match.groupdict().get("no") or _number(request.body)
        return "download" if request.path.startswith("/v3/billdownload/") else "", ""

    def answer(self, request: Request, fault: Fault | None = None) -> Response:
        """Check the signature, do it, sign the answer."""
        certified = request.headers.get("wechatpay-serial", "") != PUBLIC_KEY_ID
        try:
            self._check(request)
            self.world.books.put("modes", "wechat", {"certified": certified})
            if fault is not None and fault.fault == "refuse":
                raise Refusal(fault.status if fault.status != 500 else 400, fault.code, fault.message or fault.code)
            if request.path == "/v3/billdownload/file":
                return wechat_bills.download(self, request)
            status, data = self._handle(request)
        except Refusal as refusal:
            status, data = refusal.status, {"code": refusal.code, "message": refusal.message}
        body = b"" if status == 204 else seals.dump(data)
        cause = CAUSES.get(data.get("code", ""), 0) if status >= 400 else 0
        return Response(
            status=status,
            body=body,
            headers={
                "Request-ID": f"{secrets.token_hex(16).upper()}-{cause}",
                **self.signature(body, certified=certified, fault=fault),
            },
        )

    def signature(self, body: bytes, *, certified: bool, fault: Fault | None = None) -> dict[str, str]:
        """The headers that prove who wrote this body; spoiled when the fault says so."""
        kind = fault.fault.removeprefix("notice_") if fault else ""
        timestamp = str(int(time.time()) - (600 if kind == "stale" else 0))
        nonce = secrets.token_hex(16)
        key = self.world.keys.certified if certified else self.world.keys.platform
        serial = self.world.keys.certificate_serial if certified else PUBLIC_KEY_ID
        signature = seals.sign(key, f"{timestamp}\n{nonce}\n".encode() + body + b"\n")
        if kind == "wrong_serial":
            serial = "5157F09EFDC096DE15EBE81A47057A7200000000"
        if kind == "bad_signature":
            signature = seals.sign(key, b"something else")
        if kind == "probe":
            signature = "WECHATPAY/SIGNTEST/" + signature
        return {
            "Wechatpay-Timestamp": timestamp,
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Serial": serial,
            "Wechatpay-Signature": signature,
            "Wechatpay-Signature-Type": SCHEME,
        }

    def tell(self, *, url: str, event: str, number: str, content: dict[str, Any]) -> None:
        """Notify the merchant."""
        self.notices.tell(gateway="wechat", url=url, event=event, number=number, content=content)

    def write(self, world: World, row: Row, fault: Fault | None) -> Letter:
        """A notice as sealed and signed JSON."""
        kind = {"TRANSACTION": "transaction", "REFUND": "refund"}.get(row["event"].split(".")[0], "parking")
        content = spoil(row["content"], fault)
        body = seals.dump(
            {
                "id": row["id"],
                "create_time": row["made_at"],
                "resource_type": "encrypt-resource",
                "event_type": row["event"],
                "summary": "通知",
                "resource": {
                    "original_type": kind,
                    **seals.seal(world.keys.api_v3_key, seals.dump(content), associated_data=kind),
                },
            }
        )
        certified = bool((world.books.get("modes", "wechat") or {}).get("certified"))
        headers = self.signature(body, certified=certified, fault=fault)
        if fault is not None and fault.fault == "notice_tamper":
            body = body.replace(b'"ciphertext":"', b'"ciphertext":"A', 1)
        return Letter(headers={"Content-Type": "application/json", **headers}, body=body)

    def certificates(self) -> dict[str, Any]:
        """The platform certificates, sealed with the API v3 key."""
        certificate = self.world.keys.certificate
        sealed = seals.seal(
            self.world.keys.api_v3_key, self.world.keys.certificate_pem.encode(), associated_data="certificate"
        )
        return {
            "data": [
                {
                    "serial_no": self.world.keys.certificate_serial,
                    "effective_time": certificate.not_valid_before_utc.isoformat(timespec="seconds"),
                    "expire_time": certificate.not_valid_after_utc.isoformat(timespec="seconds"),
                    "encrypt_certificate": sealed,
                }
            ]
        }

    def _check(self, request: Request) -> None:
        scheme, _, rest = request.headers.get("authorization", "").partition(" ")
        said = dict(re.findall(r'(\w+)="([^"]*)"', rest))
        if scheme != SCHEME or said.get("mchid") != MCHID or said.get("serial_no") != self.world.keys.merchant_serial:
            raise Refusal(401, "SIGN_ERROR", "商户号、证书序列号或签名类型错误")
        timestamp = said.get("timestamp", "")
        if not timestamp.isdigit() or abs(time.time() - int(timestamp)) > WINDOW:
            raise Refusal(401, "SIGN_ERROR", "时间戳已过期")
        message = f"{request.method}\n{request.target}\n{timestamp}\n{said.get('nonce_str', '')}\n".encode()
        signature = said.get("signature", "")
        if not seals.is_signed(self.world.keys.merchant, message + request.body + b"\n", signature):
            raise Refusal(401, "SIGN_ERROR", "错误的签名，验签失败")

    def _handle(self, request: Request) -> tuple[int, Any]:
        body: Any = {}
        if request.method == "POST":
            try:
                body = json.loads(request.body)
            except ValueError as error:
                raise Refusal(400, "PARAM_ERROR", "请求体不是合法的JSON") from error
            if not isinstance(body, dict):
                raise Refusal(400, "PARAM_ERROR", "请求体不是对象")
        for method, pattern, _, handler in ROUTES:
            match = re.fullmatch(pattern, request.path)
            if match and method == request.method:
                with self.world.books.lock:
                    return handler(self, match, request, body)
        raise Refusal(404, "RESOURCE_NOT_EXISTS", "接口不存在")


def _number(body: bytes) -> str:
    found = re.search(rb'"(?:out_refund_no|out_trade_no|out_parking_no)"\s*:\s*"([^"]+)"', body)
    return found[1].decode() if found else ""
