"""The signed line to Alipay's open platform: RSA2 over sorted parameters out, over the exact answer text back.

Source: Alipay open platform, "自行实现签名", "自行实现验签", "公共错误码".
"""

import binascii
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote_plus, urlencode

from cryptography.hazmat.primitives.asymmetric import rsa

from payments.gateways import signing
from payments.gateways.base import BadSignature, NotSent, Pending, Refused, Unknown
from payments.wire import Reply, Secret, Wire, moments

log = logging.getLogger(__name__)

# Refusals by name that mean "we don't know ourselves".
UNKNOWN_ENDS = frozenset({"SYSTEM_ERROR", "isp.unknow-error", "isp.unknown-error", "BIZ_UNKNOWN", "aop.unknow-error"})
RETRY_LATER = {"40005": timedelta(minutes=1), "20001": timedelta(minutes=10)}


@dataclass(frozen=True, slots=True)
class Good:
    """A verified answer with code 10000."""

    data: dict[str, Any] = field(repr=False)


class Channel:
    """Credentials, keys and the wire."""

    def __init__(
        self,
        *,
        app_id: str,
        private_key: Secret,
        public_keys: tuple[Secret, ...],
        wire: Wire,
        clock: Callable[[], datetime],
    ) -> None:
        self.app_id = app_id
        self._private_key = private_key
        self._public_keys = public_keys
        self._wire = wire
        self._clock = clock
        self._key: rsa.RSAPrivateKey | None = None
        self._theirs: tuple[rsa.RSAPublicKey, ...] = ()

    def __repr__(self) -> str:
        return f"<Alipay channel of {self.app_id}>"

    @property
    def drift_s(self) -> float | None:
        """See Gateway.drift_s."""
        return self._wire.drift_s

    def call(
        self, method: str, content: Mapping[str, Any], *, notify_url: str = ""
    ) -> Good | Pending | Refused | Unknown | NotSent:
        """One API call; Pending is Alipay's "being paid" (10003)."""
        try:
            params = self._signed(method, content, notify_url=notify_url)
        except (OSError, ValueError, binascii.Error) as error:
            log.error("Alipay credentials can't be used: %s", type(error).__name__)
            return NotSent(detail=f"credentials: {type(error).__name__}")
        # The content goes into the body: it grows past what an address may hold.
        biz_content = params.pop("biz_content")
        reply = self._wire.send(
            "POST",
            f"{self._wire.host}?{urlencode(params)}",
            headers={
                "Content-Type": "application/x-www-form-urlencoded;charset=utf-8",
                "Accept": "application/json",
                "User-Agent": "OpenBerth/1",
            },
            content=urlencode({"biz_content": biz_content}).encode(),
        )
        if not isinstance(reply, Reply):
            return reply
        if reply.status != 200:
            return Unknown(detail=f"HTTP {reply.status} from {method}")
        return self._read(method, reply.body)

    def page(self, method: str, content: Mapping[str, Any], *, notify_url: str, return_url: str) -> str:
        """The signed address of one of Alipay's own pages. Raises OSError or ValueError without usable keys."""
        params = self._signed(method, content, notify_url=notify_url, return_url=return_url)
        return self._wire.host + "?" + "&".join(f"{name}={quote_plus(value)}" for name, value in params.items())

    def download(self, url: str) -> bytes | Unknown | NotSent:
        """The file behind a statement's address, which carries its own proof and needs no signature of ours."""
        reply = self._wire.send("GET", url, headers={"User-Agent": "OpenBerth/1"})
        if not isinstance(reply, Reply):
            return reply
        return reply.body if reply.status == 200 else Unknown(detail=f"HTTP {reply.status} for a statement file")

    def verify_form(self, fields: Mapping[str, str]) -> None:
        """Check a notification's decoded form fields. Raises BadSignature."""
        if fields.get("sign_type") != "RSA2":
            raise BadSignature("another signature type")
        signed = "&".join(
            f"{name}={value}" for name, value in sorted(fields.items()) if name not in ("sign", "sign_type") and value
        )
        if not self._is_theirs(signed, fields.get("sign", "")):
            raise BadSignature("the signature doesn't fit the fields")

    def _signed(self, method: str, content: Mapping[str, Any], **common: str) -> dict[str, str]:
        if self._key is None:
            self._key = signing.private_key(self._private_key.text)
        params = {
            "app_id": self.app_id,
            "method": method,
            "format": "JSON",
            "charset": "utf-8",
            "sign_type": "RSA2",
            "timestamp": moments.beijing(self._clock()),
            "version": "1.0",
            "biz_content": json.dumps(content, ensure_ascii=False, separators=(",", ":")),
            **common,
        }
        params = {name: value for name, value in params.items() if value}
        message = "&".join(f"{name}={value}" for name, value in sorted(params.items()))
        return {**params, "sign": signing.sign(self._key, message)}

    def _is_theirs(self, text: str, signature: str) -> bool:
        if not self._theirs:
            try:
                self._theirs = tuple(signing.public_key(key.text) for key in self._public_keys if key)
            except (OSError, ValueError, binascii.Error) as error:
                log.error("Alipay's public key can't be read: %s", type(error).__name__)
                return False
        return any(signing.verify(key, text.encode(), signature) for key in self._theirs)

    def _read(self, method: str, body: bytes) -> Good | Pending | Refused | Unknown:
        try:
            text = body.decode()
            name = method.replace(".", "_") + "_response"
            span, inner = _signed_span(text, name)
            signature = str(json.loads(text)["sign"])
        except (KeyError, TypeError, ValueError) as error:
            return Unknown(detail=f"{method}: unreadable or unsigned answer: {type(error).__name__}")
        if not self._is_theirs(span, signature):
            log.warning("%s: answer not verified", method)
            return Unknown(detail=f"{method}: the answer's signature doesn't fit")
        code, sub_code = str(inner.get("code", "")), str(inner.get("sub_code", ""))
        if code == "10000":
            return Good(inner)
        if code == "10003":
            return Pending(reference=str(inner.get("trade_no", "")), evidence=inner)
        if code == "20000" or sub_code in UNKNOWN_ENDS or sub_code.rpartition(".")[2] in UNKNOWN_ENDS:
            return Unknown(detail=f"{method}: {code} {sub_code}")
        log.info("%s refused: %s %s", method, code, sub_code)
        return Refused(
            code=sub_code or code,
            message=str(inner.get("sub_msg") or inner.get("msg") or ""),
            retry_after=RETRY_LATER.get(code),
            evidence=inner,
        )


def _signed_span(text: str, name: str) -> tuple[str, dict[str, Any]]:
    """The exact text of the inner object, and the object. Raises ValueError or KeyError.

    The decoder finds where the object ends: counting braces is fooled by braces inside strings.
    """
    for key in (name, "error_response"):
        at = text.find(f'"{key}"')
        if at < 0:
            continue
        start = text.index("{", at + len(key) + 2)
        if text[at + len(key) + 2 : start].strip() != ":":
            continue
        inner, end = json.JSONDecoder().raw_decode(text, start)
        # The object that was verified must be the one that every reader of the whole text would see.
        if json.loads(text).get(key) != inner:
            raise ValueError("the answer names its content twice")
        return text[start:end], inner
    raise KeyError(name)
