"""The SMS counterparties: Alibaba Cloud (SendSms, ACS3-HMAC-SHA256) and Tencent Cloud (SendSms, TC3-HMAC-SHA256).

Sources: Alibaba Cloud "V3版本请求体&签名机制", Tencent Cloud "签名方法 v3". Messages are kept, never sent.
"""

import hashlib
import hmac
import json
import re
import secrets
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from sandbox.gateway import seals
from sandbox.gateway.exchange import Request, Response
from sandbox.gateway.faults import Fault
from sandbox.gateway.world import World

ALIYUN_KEY, ALIYUN_SECRET = "sandbox-aliyun-id", "sandbox-aliyun-secret"
TENCENT_ID, TENCENT_KEY = "sandbox-tencent-id", "sandbox-tencent-key"


class Sms:
    """Both counterparties: /sms/aliyun and /sms/tencent."""

    code = "sms"

    def __init__(self, world: World) -> None:
        self.world = world

    def operation(self, request: Request) -> tuple[str, str]:
        """Sending is all there is."""
        return "send", ""

    def answer(self, request: Request, fault: Fault | None = None) -> Response:
        """Check the signature, keep the message."""
        refused = fault.code if fault is not None and fault.fault == "refuse" else ""
        if request.path.startswith("/sms/aliyun"):
            return self._aliyun(request, refused)
        return self._tencent(request, refused)

    def _keep(self, to: str, text: str, template: str) -> str:
        number = secrets.token_hex(10)
        row = {"to": to, "text": text, "template": template, "at": self.world.now().isoformat()}
        self.world.books.put("messages", number, row)
        return number

    def _aliyun(self, request: Request, refused: str) -> Response:
        if not _aliyun_signed(request):
            return _json({"Code": "SignatureDoesNotMatch", "Message": "签名不匹配", "RequestId": _id()}, 400)
        fields = {**request.query, **request.form}
        to, sign = fields.get("PhoneNumbers", ""), fields.get("SignName", "")
        if refused or not re.fullmatch(r"1\d{10}", to) or not sign or not fields.get("TemplateCode"):
            return _json({"Code": refused or "isv.MOBILE_NUMBER_ILLEGAL", "Message": "参数错误", "RequestId": _id()})
        text = f"【{sign}】{fields.get('TemplateParam', '')}"
        number = self._keep(to, text, fields["TemplateCode"])
        return _json({"Code": "OK", "Message": "OK", "BizId": number, "RequestId": _id()})

    def _tencent(self, request: Request, refused: str) -> Response:
        if not _tencent_signed(request):
            error = {"Code": "AuthFailure.SignatureFailure", "Message": "签名错误"}
            return _json({"Response": {"Error": error, "RequestId": _id()}})
        content: dict[str, Any] = json.loads(request.body)
        statuses = []
        for to in content.get("PhoneNumberSet", []):
            good = not refused and bool(re.fullmatch(r"(\+86)?1\d{10}", to))
            text = f"【{content.get('SignName', '')}】{'，'.join(content.get('TemplateParamSet', []))}"
            number = self._keep(to, text, str(content.get("TemplateId", ""))) if good else ""
            code = "Ok" if good else refused or "InvalidParameterValue.IncorrectPhoneNumber"
            statuses.append({"SerialNo": number, "PhoneNumber": to, "Fee": int(good), "Code": code, "Message": ""})
        return _json({"Response": {"SendStatusSet": statuses, "RequestId": _id()}})


def _aliyun_signed(request: Request) -> bool:
    said = dict(re.findall(r"(Credential|SignedHeaders|Signature)=([^,\s]+)", request.headers.get("authorization", "")))
    if said.get("Credential") != ALIYUN_KEY:
        return False
    hashed = hashlib.sha256(request.body).hexdigest()
    if request.headers.get("x-acs-content-sha256") != hashed:
        return False
    names = said.get("SignedHeaders", "").split(";")
    pairs = sorted(parse_qsl(urlsplit(request.target).query, keep_blank_values=True))
    query = "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in pairs)
    headers = "".join(f"{name}:{request.headers.get(name, '').strip()}\n" for name in names)
    path = request.path.removeprefix("/sms/aliyun") or "/"
    canonical = "\n".join((request.method, path, query, headers, ";".join(names), hashed))
    text = "ACS3-HMAC-SHA256\n" + hashlib.sha256(canonical.encode()).hexdigest()
    expected = hmac.new(ALIYUN_SECRET.encode(), text.encode(), hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, said.get("Signature", ""))


def _tencent_signed(request: Request) -> bool:
    said = dict(re.findall(r"(Credential|SignedHeaders|Signature)=([^,\s]+)", request.headers.get("authorization", "")))
    stamp = request.headers.get("x-tc-timestamp", "")
    if not stamp.isdigit() or not said.get("Credential", "").startswith(f"{TENCENT_ID}/"):
        return False
    day = f"{datetime.fromtimestamp(int(stamp), UTC):%Y-%m-%d}"
    names = said.get("SignedHeaders", "").split(";")
    headers = "".join(f"{name}:{request.headers.get(name, '').strip().lower()}\n" for name in names)
    hashed = hashlib.sha256(request.body).hexdigest()
    canonical = f"{request.method}\n/\n\n{headers}\n{';'.join(names)}\n{hashed}"
    scope = f"{day}/sms/tc3_request"
    text = f"TC3-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = f"TC3{TENCENT_KEY}".encode()
    for part in (day, "sms", "tc3_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    expected = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, said.get("Signature", ""))


def _id() -> str:
    return secrets.token_hex(16).upper()


def _json(data: dict[str, Any], status: int = 200) -> Response:
    return Response(status=status, body=seals.dump(data))
