"""Tencent Cloud SMS (SendSms, version 2021-01-11), signed with TC3-HMAC-SHA256.

Source: Tencent Cloud's documents "签名方法 v3" and "发送短信".
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from payments.messengers.base import Delivery, NotTaken, Sent, Sms, Uncertain
from payments.wire import NotSent, Secret, Unknown, Wire

_ALGORITHM = "TC3-HMAC-SHA256"


def _utc_now() -> datetime:
    return datetime.now(UTC)


class TencentSms:
    """One SMS application. `templates` maps our template names to its ids; the secret may be given as `_file`."""

    code = "tencent"

    def __init__(
        self,
        *,
        secret_id: str,
        app_id: str,
        sign_name: str,
        templates: Mapping[str, str],
        secret_key: str = "",
        secret_key_file: str = "",
        region: str = "ap-guangzhou",
        host: str = "https://sms.tencentcloudapi.com",
        connect_timeout: float = 3.0,
        read_timeout: float = 8.0,
        clock: Callable[[], datetime] = _utc_now,
    ) -> None:
        self._id = secret_id
        self._secret = Secret(text=secret_key, file=secret_key_file, name="Tencent Cloud secret")
        self._app_id = app_id
        self._sign_name = sign_name
        self._templates = dict(templates)
        self._region = region
        self._wire = Wire(host=host, connect_timeout=connect_timeout, read_timeout=read_timeout)
        self._clock = clock

    def __repr__(self) -> str:
        return f"<TencentSms {self._app_id}>"

    def send(self, sms: Sms) -> Delivery:
        """Send one message; a template we have no id for is not sent."""
        template = self._templates.get(sms.template)
        if not template:
            return NotTaken(code="NO_TEMPLATE", message=sms.template)
        body = json.dumps(
            {
                "PhoneNumberSet": [sms.to if sms.to.startswith("+") else f"+86{sms.to}"],
                "SmsSdkAppId": self._app_id,
                "SignName": self._sign_name,
                "TemplateId": template,
                "TemplateParamSet": list(sms.params.values()),
            },
            ensure_ascii=False,
        ).encode()
        answer = self._wire.send("POST", "/", headers=self._headers(body), content=body)
        if isinstance(answer, NotSent):
            return NotTaken(code="NOT_SENT", message=answer.detail)
        if isinstance(answer, Unknown):
            return Uncertain(detail=answer.detail)
        try:
            data = json.loads(answer.body)["Response"]
            if "Error" in data:
                return NotTaken(code=str(data["Error"]["Code"]), message=str(data["Error"].get("Message", "")))
            status = data["SendStatusSet"][0]
            if status["Code"] == "Ok":
                return Sent(reference=str(status.get("SerialNo", "")))
            return NotTaken(code=str(status["Code"]), message=str(status.get("Message", "")))
        except (ValueError, KeyError, TypeError, IndexError):
            return Uncertain(detail=f"status {answer.status} without an answer that can be read")

    def _headers(self, body: bytes) -> dict[str, str]:
        now = self._clock()
        host = self._wire.host.partition("://")[2].partition("/")[0]
        content_type = "application/json; charset=utf-8"
        signed = "content-type;host;x-tc-action"
        lines = f"content-type:{content_type}\nhost:{host}\nx-tc-action:sendsms\n"
        canonical = f"POST\n/\n\n{lines}\n{signed}\n{hashlib.sha256(body).hexdigest()}"
        day = f"{now:%Y-%m-%d}"
        scope = f"{day}/sms/tc3_request"
        text = f"{_ALGORITHM}\n{int(now.timestamp())}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        key = b"TC3" + self._secret.text.encode()
        for part in (day, "sms", "tc3_request"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
        return {
            "authorization": f"{_ALGORITHM} Credential={self._id}/{scope}, SignedHeaders={signed}, "
            f"Signature={signature}",
            "content-type": content_type,
            "host": host,
            "x-tc-action": "SendSms",
            "x-tc-timestamp": str(int(now.timestamp())),
            "x-tc-version": "2021-01-11",
            "x-tc-region": self._region,
        }
