"""What all simulated issuers share: the bureau that numbers documents, red forms and the files."""

import secrets
from typing import Any

from sandbox.gateway import documents
from sandbox.gateway.books import Row
from sandbox.gateway.exchange import Request, Response
from sandbox.gateway.world import ISSUE_RESULTS, RED_RESULTS, World

CAUSES = {
    "fail": "开票失败：商品编码有误",
    "login": "开票员登录已失效，请重新登录电子税务局",
    "credit": "授信额度不足，请调整总额度后重试",
}
CREDIT_FEN = 75_000_000


class Bureau:
    """Issues what is asked for, after a while, as the knobs say then."""

    def __init__(self, world: World) -> None:
        self.world = world

    def ask(self, *, issuer: str, serial: str, gross: int, net: int, tax: int, buyer: str, now: bool = False) -> Row:
        """Take an order for a blue document; `now` makes it before answering."""
        row: Row = {
            "issuer": issuer,
            "serial": serial,
            "reference": self.world.number("N", 24),
            "red": False,
            "state": "making",
            "cause": "",
            "number": "",
            "code": "",
            "check_code": "",
            "gross": gross,
            "net": net,
            "tax": tax,
            "buyer": buyer,
            "at": "",
            "token": secrets.token_urlsafe(16),
            "reversed_by": "",
        }
        self.world.books.put("invoices", serial, row)
        if now:
            return self.finish(serial, self.world.knobs.issue)
        self.world.later(self.world.knobs.issue_after, lambda: self.finish(serial, self.world.knobs.issue))
        return row

    def reverse(self, *, blue: Row, serial: str, now: bool = False) -> Row:
        """Take an order for the whole reversal of a document."""
        row: Row = {
            **blue,
            "serial": serial,
            "reference": self.world.number("N", 24),
            "red": True,
            "state": "15",
            "number": "",
            "gross": -blue["gross"],
            "net": -blue["net"],
            "tax": -blue["tax"],
            "at": "",
            "blue": blue["serial"],
            "token": secrets.token_urlsafe(16),
            "reversed_by": "",
        }
        self.world.books.put("invoices", serial, row)
        if now:
            return self.finish_red(serial, "01")
        self.world.later(self.world.knobs.issue_after, lambda: self.finish_red(serial, self.world.knobs.red))
        return row

    def finish(self, serial: str, result: str) -> Row:
        """End the making of a blue document: ok, fail, login, credit, seal, hold. Raises KeyError or ValueError."""
        if result not in ISSUE_RESULTS:
            raise ValueError("the result is one of " + ", ".join(ISSUE_RESULTS))
        books = self.world.books
        with books.lock:
            row = books.get("invoices", serial)
            if row is None:
                raise KeyError(serial)
            if row["state"] == "issued" or result == "hold":
                return row
            if result in ("ok", "seal"):
                state = "issued" if result == "ok" else "seal failed"
                return books.change("invoices", serial, state=state, cause="", **self._numbers(row))
            return books.change("invoices", serial, state=result, cause=CAUSES[result])

    def finish_red(self, serial: str, status: str) -> Row:
        """Move a red form to a state of the bureau's. Raises KeyError or ValueError."""
        if status not in RED_RESULTS:
            raise ValueError("the state is one of " + ", ".join(RED_RESULTS))
        books = self.world.books
        with books.lock:
            row = books.get("invoices", serial)
            if row is None:
                raise KeyError(serial)
            if row["number"] or status == "hold":
                return row
            if status in ("01", "04"):
                row = books.change("invoices", serial, state=status, **self._numbers(row))
                books.change("invoices", row["blue"], reversed_by=serial)
                return row
            return books.change("invoices", serial, state=status)

    def row(self, issuer: str, serial: str) -> Row | None:
        """The document of that serial, if this issuer has it."""
        row = self.world.books.get("invoices", serial)
        return row if row is not None and row["issuer"] == issuer else None

    def by_number(self, issuer: str, number: str) -> Row | None:
        """The document of that number."""
        rows = (row for _, row in self.world.books.rows("invoices"))
        return next((row for row in rows if row["issuer"] == issuer and row["number"] == number), None)

    def files(self, row: Row) -> dict[str, str]:
        """Where the document's files are."""
        return {kind: f"{self.world.url}/documents/{row['token']}.{kind}" for kind in ("pdf", "ofd", "xml")}

    def download(self, request: Request) -> Response:
        """A file."""
        token, _, kind = request.path.removeprefix("/documents/").rpartition(".")
        rows = (row for _, row in self.world.books.rows("invoices"))
        row = next((row for row in rows if row["token"] == token and row["number"]), None)
        if row is None or kind not in ("pdf", "ofd", "xml"):
            return Response(status=404)
        types = {"pdf": "application/pdf", "ofd": "application/ofd", "xml": "application/xml"}
        return Response(body=documents.make(row, kind), content_type=types[kind])

    def used_credit(self) -> int:
        """What was issued so far, in fen."""
        return sum(row["gross"] for _, row in self.world.books.rows("invoices") if row["number"])

    def _numbers(self, row: Row) -> dict[str, Any]:
        at = self.world.now().replace(microsecond=0).isoformat()
        if row["issuer"] == "fiscal":
            return {
                "number": self.world.number("", 28)[-10:],
                "code": f"42060{1 if row['red'] else 0}{self.world.now():%y}",
                "check_code": secrets.token_hex(3),
                "at": at,
            }
        return {"number": f"{self.world.now():%y}42" + self.world.number("", 28)[-16:], "at": at}
