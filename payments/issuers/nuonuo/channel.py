"""The signed line to Nuonuo's open platform. Its answers carry no signature: TLS alone vouches for them.

Source: Nuonuo open platform, "签名算法" and "获取令牌".
"""

import base64
import hashlib
import hmac
import json
import logging
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from payments.issuers.base import NotSent, Refused, Unknown
from payments.issuers.nuonuo.tokens import BudgetSpent, TokenFile
from payments.wire import Reply, Secret, Wire

log = logging.getLogger(__name__)

SERVICES = "/open/v1/services"
# Answers that say the token is dead. The other credential errors no new token would cure.
DEAD_TOKEN = frozenset({"070304", "070305", "070306"})
BUSY = frozenset({"E9613", "070312"})
# Codes about our account, key or signature: they say nothing of the document, and the same serial may go again.
ABOUT_US = "07"


@dataclass(frozen=True, slots=True)
class Good:
    """An answer E0000; `result` is whatever the method gives."""

    result: Any = field(repr=False)


def signature(*, secret: str, key: str, senid: str, nonce: str, timestamp: str, body: str) -> str:
    """X-Nuonuo-Sign: HMAC-SHA1 in base64 over the fixed order of parts and the exact text of the body."""
    message = f"a=services&l=v1&p=open&k={key}&i={senid}&n={nonce}&t={timestamp}&f={body}"
    return base64.b64encode(hmac.new(secret.encode(), message.encode(), hashlib.sha1).digest()).decode()


class Channel:
    """Credentials, the shared token and the wire."""

    def __init__(
        self,
        *,
        app_key: str,
        app_secret: Secret,
        tax_number: str,
        wire: Wire,
        token_wire: Wire,
        tokens: TokenFile,
        clock: Callable[[], datetime],
    ) -> None:
        self._app_key = app_key
        self._app_secret = app_secret
        self._tax_number = tax_number
        self._wire = wire
        self._token_wire = token_wire
        self._tokens = tokens
        self._clock = clock

    def __repr__(self) -> str:
        return "<Nuonuo channel>"

    def call(self, method: str, content: Mapping[str, Any]) -> Good | Refused | Unknown | NotSent:
        """One method call. A dead token is renewed once: the call it was refused for did nothing."""
        token = self._token()
        if not isinstance(token, str):
            return token
        answer = self._call(method, content, token)
        if isinstance(answer, Refused) and answer.code in DEAD_TOKEN:
            fresh = self._token(stale=token)
            if isinstance(fresh, str):
                answer = self._call(method, content, fresh)
        return answer

    def download(self, address: str) -> bytes | Unknown | NotSent:
        """A document's bytes as they are."""
        reply = self._wire.send("GET", address, headers={"User-Agent": "OpenBerth/1"})
        if not isinstance(reply, Reply):
            return reply
        return reply.body if reply.status == 200 and reply.body else Unknown(detail=f"HTTP {reply.status} for a file")

    def _call(self, method: str, content: Mapping[str, Any], token: str) -> Good | Refused | Unknown | NotSent:
        body = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        senid, nonce = secrets.token_hex(16), f"{10_000_000 + secrets.randbelow(90_000_000)}"
        timestamp = str(int(time.time()))
        try:
            secret = self._app_secret.text
        except (OSError, ValueError) as error:
            return NotSent(detail=f"credentials: {type(error).__name__}")
        query = {"senid": senid, "nonce": nonce, "timestamp": timestamp, "appkey": self._app_key}
        reply = self._wire.send(
            "POST",
            f"{SERVICES}?{urlencode(query)}",
            headers={
                "X-Nuonuo-Sign": signature(
                    secret=secret, key=self._app_key, senid=senid, nonce=nonce, timestamp=timestamp, body=body
                ),
                "accessToken": token,
                "userTax": self._tax_number,
                "method": method,
                "Content-Type": "application/json; charset=utf-8",
            },
            content=body.encode(),
        )
        return _read(method, reply)

    def _token(self, *, stale: str = "") -> str | NotSent:
        try:
            token = self._tokens.token(now=self._clock(), fetch=self._fetch_token, stale=stale)
        except (BudgetSpent, OSError) as error:
            log.error("no Nuonuo token: %s", error)
            return NotSent(detail=f"token: {type(error).__name__}")
        return token if token is not None else NotSent(detail="token: refused or out of reach")

    def _fetch_token(self) -> str | None:
        try:
            form = {
                "client_id": self._app_key,
                "client_secret": self._app_secret.text,
                "grant_type": "client_credentials",
            }
        except (OSError, ValueError):
            return None
        reply = self._token_wire.send(
            "POST",
            "/accessToken",
            headers={"Content-Type": "application/x-www-form-urlencoded;charset=utf-8"},
            content=urlencode(form).encode(),
        )
        if not isinstance(reply, Reply) or reply.status != 200:
            return None
        try:
            token = json.loads(reply.body)["access_token"]
        except (KeyError, TypeError, ValueError):
            return None
        return token if isinstance(token, str) and token else None


def _read(method: str, reply: Reply | Unknown | NotSent) -> Good | Refused | Unknown | NotSent:
    if not isinstance(reply, Reply):
        return reply
    if reply.status != 200:
        return Unknown(detail=f"HTTP {reply.status} from {method}")
    try:
        data = json.loads(reply.body)
        code = str(data["code"])
    except (KeyError, TypeError, ValueError):
        return Unknown(detail=f"{method}: unreadable answer")
    if code == "E0000":
        return Good(data.get("result"))
    log.info("%s refused: %s", method, code)
    return Refused(
        code=code,
        message=str(data.get("describe", "")),
        retryable=code in BUSY or code.startswith(ABOUT_US),
        evidence=data,
    )
