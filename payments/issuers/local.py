"""A local issuer: an invoice server in the operator's own network (a tax-control box, an ERP) behind a small protocol.

The protocol is ours, written down here and spoken by the sandbox: JSON over POST, `X-Signature` is HMAC-SHA256 in hex
over "<unix seconds>\\n<path>\\n<body>" with the shared key, `X-Timestamp` the seconds; answers carry the same two over
their own body. Amounts are whole fen, moments RFC 3339.

    /issue     {"serial", "seller", "title", "lines", "lease", "remark", "at"}     -> {"state", ...}
    /query     {"serial"}                                                        -> {"state", ...}
    /reverse   {"serial", "blue_serial", "reason"}                               -> {"state", ...}
    state: issued | making | waiting_login | refused | missing
"""

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any

from payments.issuers.base import (
    Credit,
    InvoiceOrder,
    Issued,
    Login,
    Missing,
    NotSent,
    Outcome,
    RedOrder,
    RedOutcome,
    RedPending,
    Refused,
    Regime,
    Reversed,
    Submitted,
    Unknown,
    WaitingLogin,
)
from payments.wire import Reply, Secret, Wire, moments

WINDOW = 300


def signature(*, key: str, timestamp: str, path: str, body: bytes) -> str:
    """HMAC-SHA256 in hex over the moment, the path and the exact body."""
    return hmac.new(key.encode(), f"{timestamp}\n{path}\n".encode() + body, hashlib.sha256).hexdigest()


class LocalIssuer:
    """One local invoice server. Options: `host` (with a path if it has one), `key` or `key_file`."""

    def __init__(
        self,
        *,
        host: str,
        code: str = "local",
        regime: str = "vat",
        key: str = "",
        key_file: str = "",
        connect_timeout: float = 2.0,
        read_timeout: float = 10.0,
    ) -> None:
        self.code = code
        self.regime = Regime(regime)
        self._key = Secret(text=key, file=key_file, name="local issuer key")
        self._wire = Wire(host=host, connect_timeout=connect_timeout, read_timeout=read_timeout)

    def __repr__(self) -> str:
        return f"<LocalIssuer {self.code}>"

    def issue(self, order: InvoiceOrder) -> Outcome:
        """Ask for the document."""
        return _outcome(self._call("/issue", asdict(order)))

    def query(self, serial: str) -> Outcome:
        """What became of it."""
        return _outcome(self._call("/query", {"serial": serial}))

    def reverse(self, order: RedOrder) -> RedOutcome:
        """Ask for the reversal."""
        content = {"serial": order.serial, "blue_serial": order.blue_serial, "reason": order.reason}
        return _red_outcome(self._call("/reverse", content))

    def query_reversal(self, order: RedOrder) -> RedOutcome:
        """What became of the reversal."""
        return _red_outcome(self._call("/query", {"serial": order.serial}))

    def download(self, address: str) -> bytes | Unknown | NotSent:
        """A file of an issued document, untouched."""
        reply = self._wire.send("GET", address, headers={"User-Agent": "OpenBerth/1"})
        if not isinstance(reply, Reply):
            return reply
        return reply.body if reply.status == 200 and reply.body else Unknown(detail=f"HTTP {reply.status} for a file")

    def login(self) -> Login | Unknown | NotSent:
        """The server tells of a lost login when it is asked to issue."""
        return Login(holds=True)

    def credit(self) -> Credit | Unknown | NotSent | None:
        """The server tells of spent credit when it is asked to issue."""
        return None

    def _call(self, path: str, content: Mapping[str, Any]) -> dict[str, Any] | Unknown | NotSent:
        body = json.dumps(content, ensure_ascii=False, default=_plain).encode()
        timestamp = str(int(time.time()))
        try:
            key = self._key.text
        except (OSError, ValueError) as error:
            return NotSent(detail=f"credentials: {type(error).__name__}")
        reply = self._wire.send(
            "POST",
            path,
            headers={
                "Content-Type": "application/json; charset=utf-8",
                "X-Timestamp": timestamp,
                "X-Signature": signature(key=key, timestamp=timestamp, path=path, body=body),
            },
            content=body,
        )
        if not isinstance(reply, Reply):
            return reply
        said_at = reply.headers.get("X-Timestamp", "")
        expected = signature(key=key, timestamp=said_at, path=path, body=reply.body)
        if not hmac.compare_digest(expected, reply.headers.get("X-Signature", "")):
            return Unknown(detail=f"HTTP {reply.status} from {path}: not signed by the server")
        if not said_at.isdigit() or abs(time.time() - int(said_at)) > WINDOW:
            return Unknown(detail=f"{path}: signed more than five minutes ago")
        try:
            return dict(json.loads(reply.body))
        except (TypeError, ValueError):
            return Unknown(detail=f"{path}: unreadable answer")


def _outcome(answer: dict[str, Any] | Unknown | NotSent) -> Outcome:
    if not isinstance(answer, dict):
        return answer
    match answer.get("state"):
        case "issued":
            try:
                return Issued(
                    reference=str(answer["reference"]),
                    number=str(answer["number"]),
                    at=moments.from_rfc3339(answer["at"]),
                    gross_fen=int(answer["gross_fen"]),
                    net_fen=int(answer["net_fen"]),
                    tax_fen=int(answer["tax_fen"]),
                    files=dict(answer.get("files", {})),
                    evidence=answer,
                )
            except (KeyError, TypeError, ValueError):
                return Unknown(detail="an issued document without its number, time or amounts")
        case "making":
            return Submitted(reference=str(answer.get("reference", "")), evidence=answer)
        case "missing":
            return Missing(detail="no such serial")
    return _refusal(answer)


def _red_outcome(answer: dict[str, Any] | Unknown | NotSent) -> RedOutcome:
    if not isinstance(answer, dict):
        return answer
    match answer.get("state"):
        case "issued":
            try:
                return Reversed(
                    reference=str(answer["reference"]),
                    number=str(answer["number"]),
                    at=moments.from_rfc3339(answer["at"]),
                    files=dict(answer.get("files", {})),
                    evidence=answer,
                )
            except (KeyError, TypeError, ValueError):
                return Unknown(detail="a red document without its number or time")
        case "making":
            return RedPending(state="making", detail="", evidence=answer)
        case "missing":
            return Missing(detail="no such serial")
    return _refusal(answer)


def _refusal(answer: Mapping[str, Any]) -> WaitingLogin | Refused | Unknown:
    message = str(answer.get("message", ""))
    if answer.get("state") == "waiting_login":
        return WaitingLogin(detail=message, evidence=answer)
    if answer.get("state") == "refused":
        retryable = answer.get("retryable") is True
        return Refused(code=str(answer.get("code", "")), message=message, retryable=retryable, evidence=answer)
    return Unknown(detail=f"an unknown state {answer.get('state')!r}")


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return moments.rfc3339(value)
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"no plain form of {type(value).__name__}")
