"""Alibaba Cloud SMS (SendSms, version 2017-05-25), signed with ACS3-HMAC-SHA256.

Source: Alibaba Cloud's documents "V3版本请求体&签名机制" and "SendSms".
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

from payments.messengers.base import Delivery, NotTaken, Sent, Sms, Uncertain
from payments.wire import NotSent, Secret, Unknown, Wire

_ALGORITHM = "ACS3-HMAC-SHA256"


def _utc_now() -> datetime:
    return datetime.now(UTC)


class AliyunSms:
    """One account. `templates` maps our template names to the provider's codes; secrets may be given as `_file`."""

    code = "aliyun"

    def __init__(
        self,
        *,
        access_key_id: str,
        sign_name: str,
        templates: Mapping[str, str],
        access_key_secret: str = "",
        access_key_secret_file: str = "",
        host: str = "https://dysmsapi.aliyuncs.com",
        connect_timeout: float = 3.0,
        read_timeout: float = 8.0,
        clock: Callable[[], datetime] = _utc_now,
    ) -> None:
        self._id = access_key_id
        self._secret = Secret(text=access_key_secret, file=access_key_secret_file, name="Alibaba Cloud secret")
        self._sign_name = sign_name
        self._templates = dict(templates)
        self._wire = Wire(host=host, connect_timeout=connect_timeout, read_timeout=read_timeout)
        self._clock = clock

    def __repr__(self) -> str:
        return f"<AliyunSms {self._id}>"

    def send(self, sms: Sms) -> Delivery:
        """Send one message; a template we have no code for is not sent."""
        template = self._templates.get(sms.template)
        if not template:
            return NotTaken(code="NO_TEMPLATE", message=sms.template)
        query = {
            "PhoneNumbers": sms.to,
            "SignName": self._sign_name,
            "TemplateCode": template,
            "TemplateParam": json.dumps(dict(sms.params), ensure_ascii=False, separators=(",", ":")),
        }
        target = "/?" + urlencode(sorted(query.items()), quote_via=quote, safe="~")
        answer = self._wire.send("POST", target, headers=self._headers(target), content=b"")
        if isinstance(answer, NotSent):
            return NotTaken(code="NOT_SENT", message=answer.detail)
        if isinstance(answer, Unknown):
            return Uncertain(detail=answer.detail)
        try:
            data = json.loads(answer.body)
            if data["Code"] == "OK":
                return Sent(reference=str(data.get("BizId", "")))
            return NotTaken(code=str(data["Code"]), message=str(data.get("Message", "")))
        except (ValueError, KeyError, TypeError):
            return Uncertain(detail=f"status {answer.status} without an answer that can be read")

    def _headers(self, target: str) -> dict[str, str]:
        host = self._wire.host.partition("://")[2].partition("/")[0]
        hashed = hashlib.sha256(b"").hexdigest()
        headers = {
            "host": host,
            "x-acs-action": "SendSms",
            "x-acs-content-sha256": hashed,
            "x-acs-date": f"{self._clock():%Y-%m-%dT%H:%M:%SZ}",
            "x-acs-signature-nonce": secrets.token_hex(16),
            "x-acs-version": "2017-05-25",
        }
        signed = ";".join(sorted(headers))
        lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
        path, _, query = target.partition("?")
        canonical = "\n".join(("POST", path, query, lines, signed, hashed))
        text = f"{_ALGORITHM}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        signature = hmac.new(self._secret.text.encode(), text.encode(), hashlib.sha256).hexdigest()
        credential = f"Credential={self._id},SignedHeaders={signed},Signature={signature}"
        return {**headers, "authorization": f"{_ALGORITHM} {credential}"}
