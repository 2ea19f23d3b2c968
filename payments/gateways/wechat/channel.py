"""The signed line to WeChat Pay v3: every request signed, every answer verified before it is believed.

Source: WeChat Pay merchant documentation, "签名生成", "签名验证", "微信支付公钥", "平台证书".
"""

import binascii
import json
import logging
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from cryptography.hazmat.primitives.asymmetric import rsa

from payments.gateways import signing
from payments.gateways.base import BadSignature, NotSent, Refused, SignatureProbe, Unknown
from payments.wire import Reply, Secret, Wire

log = logging.getLogger(__name__)

SCHEME = "WECHATPAY2-SHA256-RSA2048"
WINDOW = timedelta(minutes=5)
PROBE = "WECHATPAY/SIGNTEST/"
# An unknown serial makes us ask for the certificates again, but not more often than this: the serial is in a header
# that anybody can send.
CERTIFICATES_EVERY = timedelta(minutes=1)

# Nothing was done, and the same request may be sent again after a while.
RETRY_LATER = {
    "FREQUENCY_LIMITED": timedelta(seconds=30),
    "FREQUENCY_LIMIT_EXCEED": timedelta(seconds=30),
    "RATELIMIT_EXCEEDED": timedelta(seconds=30),
    "NOT_ENOUGH": timedelta(hours=1),
    "USER_ACCOUNT_ABNORMAL": timedelta(hours=6),
}


@dataclass(frozen=True, slots=True)
class Good:
    """A verified 2xx answer; `data` is empty for 204."""

    data: dict[str, Any] = field(repr=False)


class Channel:
    """Credentials, keys and the wire. Certificate mode is used when no public key is given."""

    def __init__(
        self,
        *,
        mchid: str,
        private_key: Secret,
        certificate: Secret,
        certificate_serial: str,
        api_v3_key: Secret,
        public_key: Secret,
        public_key_id: str,
        other_public_keys: Mapping[str, Secret],
        wires: tuple[Wire, ...],
        clock: Callable[[], datetime],
    ) -> None:
        self.mchid = mchid
        self._private_key = private_key
        self._certificate = certificate
        self._serial = certificate_serial
        self._api_v3_key = api_v3_key
        self._public_key_id = public_key_id
        # The keys by name: while a key is exchanged, both the old and the new one sign.
        self._public_keys = {**other_public_keys, **({public_key_id: public_key} if public_key_id else {})}
        self._wires = wires
        self._clock = clock
        self._key: rsa.RSAPrivateKey | None = None
        self._platform_keys: dict[str, rsa.RSAPublicKey] = {}
        self._certificates_asked_at: datetime | None = None

    def __repr__(self) -> str:
        return f"<WeChat channel of {self.mchid}>"

    @property
    def drift_s(self) -> float | None:
        """See Gateway.drift_s."""
        return next((wire.drift_s for wire in self._wires if wire.drift_s is not None), None)

    def sign(self, *lines: str) -> str:
        """The merchant's signature over the lines, each ended by a line feed."""
        return signing.sign(self._own_key(), "".join(f"{line}\n" for line in lines))

    def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Good | Refused | Unknown | NotSent:
        """One API call. A server error or an answer that can't be verified is Unknown, whatever it says."""
        target = path + ("?" + urlencode(params, quote_via=quote) if params else "")
        reply = self._exchange(method, target, body)
        if not isinstance(reply, Reply):
            return reply
        request_id = reply.headers.get("Request-ID", "")
        if reply.status >= 500:
            return Unknown(detail=f"HTTP {reply.status} from {path}, request {request_id}")
        try:
            self.verify(headers=reply.headers, body=reply.body, now=self._clock())
        except BadSignature as error:
            log.warning("%s: answer (HTTP %s) not verified: %s, request %s", path, reply.status, error, request_id)
            return Unknown(detail=f"HTTP {reply.status} from {path} not verified: {error}")
        return _read(reply, path=path, request_id=request_id)

    def download(self, url: str) -> bytes | Unknown | NotSent:
        """The file behind a statement's address. Its answer carries no signature: the caller checks the hash."""
        reply = self._exchange("GET", url, None)
        if not isinstance(reply, Reply):
            return reply
        if reply.status != 200:
            return Unknown(detail=f"HTTP {reply.status} for a statement file")
        return reply.body

    def verify(self, *, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        """Check that WeChat Pay signed this body less than five minutes ago. Raises BadSignature."""
        said = {name.lower(): value for name, value in headers.items() if name.lower().startswith("wechatpay-")}
        signature = said.get("wechatpay-signature", "")
        if signature.startswith(PROBE):
            raise SignatureProbe("a signature probe")
        if said.get("wechatpay-signature-type", SCHEME) != SCHEME:
            raise BadSignature("another signature type")
        timestamp, nonce = said.get("wechatpay-timestamp", ""), said.get("wechatpay-nonce", "")
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
            raise BadSignature("no timestamp")
        if abs(now.timestamp() - int(timestamp)) > WINDOW.total_seconds():
            raise BadSignature("signed more than five minutes from now")
        try:
            key = self._platform_key(said.get("wechatpay-serial", ""), now)
        except (OSError, ValueError) as error:
            log.error("WeChat Pay's public key can't be read: %s", type(error).__name__)
            raise BadSignature("our copy of the key can't be read") from error
        if key is None:
            raise BadSignature("signed with a key we don't know")
        if not signing.verify(key, f"{timestamp}\n{nonce}\n".encode() + body + b"\n", signature):
            raise BadSignature("the signature doesn't fit the body")

    def seal(self, text: str) -> str:
        """The text for WeChat Pay's eyes alone. Raises ValueError in certificate mode, which has no key at hand."""
        if self._public_key_id not in self._public_keys:
            raise ValueError("sealing needs WeChat Pay's public key")
        return signing.seal(signing.public_key(self._public_keys[self._public_key_id].text), text)

    def open_sealed(self, text: str) -> bytes:
        """What was sealed for the merchant's own key. Raises ValueError, or OSError when the key can't be read."""
        return signing.open_sealed(self._own_key(), text)

    def unseal(self, resource: Mapping[str, Any]) -> bytes:
        """The plaintext of an encrypted resource. Raises ValueError."""
        if resource.get("algorithm") != "AEAD_AES_256_GCM":
            raise ValueError("sealed with another algorithm")
        return signing.unseal(
            key=self._api_v3_key.text,
            nonce=str(resource.get("nonce", "")),
            associated_data=str(resource.get("associated_data", "")),
            ciphertext=str(resource.get("ciphertext", "")),
        )

    def _own_key(self) -> rsa.RSAPrivateKey:
        if self._key is None:
            self._key = signing.private_key(self._private_key.text)
        return self._key

    def _exchange(self, method: str, target: str, body: Mapping[str, Any] | None) -> Reply | Unknown | NotSent:
        content = b"" if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        reply: Reply | Unknown | NotSent = NotSent(detail="no host")
        for wire in self._wires:
            try:
                headers = self._headers(method, wire, target, content)
            except (OSError, ValueError, binascii.Error) as error:
                log.error("WeChat Pay credentials can't be used: %s", type(error).__name__)
                return NotSent(detail=f"credentials: {type(error).__name__}")
            reply = wire.send(method, target, headers=headers, content=content)
            # Only what surely never arrived may go to the standby host.
            if not isinstance(reply, NotSent):
                break
        return reply

    def _headers(self, method: str, wire: Wire, target: str, content: bytes) -> dict[str, str]:
        signed_target = target
        if target.startswith("http"):
            signed_target = "/" + target.split("://", 1)[1].partition("/")[2]
        timestamp, nonce = str(int(time.time())), secrets.token_hex(16)
        signature = self.sign(method, signed_target, timestamp, nonce, content.decode())
        if not self._serial:
            self._serial = signing.certificate_serial(self._certificate.text)
        headers = {
            "Authorization": (
                f'{SCHEME} mchid="{self.mchid}",nonce_str="{nonce}",signature="{signature}",'
                f'timestamp="{timestamp}",serial_no="{self._serial}"'
            ),
            "Accept": "application/json",
            "User-Agent": "OpenBerth/1",
        }
        if content:
            headers["Content-Type"] = "application/json"
        if self._public_key_id:
            headers["Wechatpay-Serial"] = self._public_key_id
        return headers

    def _platform_key(self, serial: str, now: datetime) -> rsa.RSAPublicKey | None:
        if serial in self._public_keys:
            if serial not in self._platform_keys:
                self._platform_keys[serial] = signing.public_key(self._public_keys[serial].text)
            return self._platform_keys[serial]
        if self._public_key_id or not serial or not set(serial) <= set("0123456789ABCDEF"):
            return None
        asked = self._certificates_asked_at
        if serial not in self._platform_keys and (asked is None or now - asked >= CERTIFICATES_EVERY):
            self._certificates_asked_at = now
            self._platform_keys.update(self._certificates())
        return self._platform_keys.get(serial)

    def _certificates(self) -> dict[str, rsa.RSAPublicKey]:
        # Not verified by signature, since the keys are what it brings: the API v3 key that opens them is the proof.
        reply = self._exchange("GET", "/v3/certificates", None)
        if not isinstance(reply, Reply) or reply.status != 200:
            return {}
        keys = {}
        try:
            for one in json.loads(reply.body)["data"]:
                keys[str(one["serial_no"])] = signing.public_key(self.unseal(one["encrypt_certificate"]).decode())
        except (KeyError, TypeError, ValueError) as error:
            log.error("WeChat Pay's certificates can't be read: %s", type(error).__name__)
        return keys


def _read(reply: Reply, *, path: str, request_id: str) -> Good | Refused | Unknown:
    if reply.status == 204:
        return Good({})
    try:
        data = json.loads(reply.body)
    except ValueError:
        return Unknown(detail=f"HTTP {reply.status} from {path} is not JSON")
    if not isinstance(data, dict):
        return Unknown(detail=f"HTTP {reply.status} from {path} is not an object")
    if 200 <= reply.status < 300:
        return Good(data)
    code, message = str(data.get("code", f"HTTP_{reply.status}")), str(data.get("message", ""))
    log.info("%s refused: HTTP %s %s, request %s", path, reply.status, code, request_id)
    retry_after = RETRY_LATER.get(code, timedelta(seconds=30) if reply.status == 429 else None)
    if code in ("SYSTEM_ERROR", "BIZERR_NEED_RETRY", "BIZ_ERR_NEED_RETRY"):
        return Unknown(detail=f"{code} from {path}, request {request_id}")
    return Refused(code=code, message=message, retry_after=retry_after, evidence=data)


def utc_now() -> datetime:
    """The clock of an adapter that was given none."""
    return datetime.now(UTC)
