"""An invoice server in the operator's own network, in the small protocol that OpenBerth's documentation describes."""

import hashlib
import hmac
import json
import time
from typing import Any

from sandbox.gateway import seals
from sandbox.gateway.books import Row
from sandbox.gateway.bureau import CAUSES, Bureau
from sandbox.gateway.exchange import Request, Response
from sandbox.gateway.faults import Fault

KEY = b"sandbox-local-issuer-key"
ROOT = "/local-issuer"
OPERATIONS = {"/issue": "issue", "/query": "query", "/reverse": "reverse"}


class LocalIssuerServer:
    """The counterparty."""

    code = "local"

    def __init__(self, bureau: Bureau) -> None:
        self.bureau = bureau

    def operation(self, request: Request) -> tuple[str, str]:
        """What is asked for, and the serial."""
        try:
            serial = str(json.loads(request.body).get("serial", ""))
        except (AttributeError, ValueError):
            serial = ""
        return OPERATIONS.get(request.path.removeprefix(ROOT), ""), serial

    def answer(self, request: Request, fault: Fault | None = None) -> Response:
        """Check the signature, do it, sign the answer."""
        path = request.path.removeprefix(ROOT)
        said = request.headers.get("x-timestamp", "")
        fits = hmac.compare_digest(_sign(said, path, request.body), request.headers.get("x-signature", ""))
        if not fits or not said.isdigit() or abs(time.time() - int(said)) > 300:
            return Response(status=401, body=b'{"message":"bad signature"}')
        if fault is not None and fault.fault == "refuse":
            data = _refused(fault.code, fault.message)
        else:
            with self.bureau.world.books.lock:
                data = self._do(path, json.loads(request.body))
        body, stamp = seals.dump(data), str(int(time.time()))
        sign = _sign(stamp, path if fault is None or fault.fault != "bad_signature" else "/other", body)
        return Response(body=body, headers={"X-Timestamp": stamp, "X-Signature": sign})

    def _do(self, path: str, content: dict[str, Any]) -> dict[str, Any]:
        serial = str(content.get("serial", ""))
        row = self.bureau.row("local", serial)
        if path == "/issue":
            if row is None or row["state"] in CAUSES:
                lines = content["lines"]
                row = self.bureau.ask(
                    issuer="local",
                    serial=serial,
                    gross=sum(line["gross_fen"] for line in lines),
                    net=sum(line["net_fen"] for line in lines),
                    tax=sum(line["tax_fen"] for line in lines),
                    buyer=content["title"]["name"],
                    now=True,
                )
        elif path == "/reverse" and row is None:
            blue = self.bureau.row("local", str(content.get("blue_serial", "")))
            if blue is None or not blue["number"]:
                return _refused("NO_BLUE", "蓝票不存在")
            if blue["reversed_by"]:
                return _refused("REVERSED", "蓝票已红冲")
            row = self.bureau.reverse(blue=blue, serial=serial, now=True)
        return self._public(row)

    def _public(self, row: Row | None) -> dict[str, Any]:
        if row is None:
            return {"state": "missing"}
        if row["state"] == "login":
            return {"state": "waiting_login", "message": row["cause"]}
        if row["state"] in CAUSES:
            return _refused(row["state"].upper(), row["cause"], retryable=row["state"] == "credit")
        if not row["number"]:
            return {"state": "making", "reference": row["reference"]}
        return {
            "state": "issued",
            "reference": row["reference"],
            "number": row["number"],
            "at": row["at"],
            "gross_fen": row["gross"],
            "net_fen": row["net"],
            "tax_fen": row["tax"],
            "files": self.bureau.files(row),
        }


def _refused(code: str, message: str, *, retryable: bool = False) -> dict[str, Any]:
    return {"state": "refused", "code": code, "message": message, "retryable": retryable}


def _sign(stamp: str, path: str, body: bytes) -> str:
    return hmac.new(KEY, f"{stamp}\n{path}\n".encode() + body, hashlib.sha256).hexdigest()
