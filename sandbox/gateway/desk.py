"""The knobs under /sandbox/: JSON for tests and programs, forms for the page."""

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sandbox.gateway import alipay_parking, alipay_trades, seals, wechat_orders, wechat_parking, wechat_refunds
from sandbox.gateway.exchange import Request, Response
from sandbox.gateway.world import PLATE_STATES

if TYPE_CHECKING:
    from sandbox.gateway.server import Sandbox

TABLES = ("orders", "refunds", "entries", "notices", "plates", "invoices", "messages")


class Desk:
    """What a person or a test may do to the sandbox."""

    def __init__(self, sandbox: "Sandbox") -> None:
        self._sandbox = sandbox
        self._world = sandbox.world

    def answer(self, request: Request) -> Response | None:
        """The answer of a knob, or None when the path is no knob's."""
        if not request.path.startswith("/sandbox/"):
            return None
        name = request.path.removeprefix("/sandbox/").strip("/")
        if request.method == "GET":
            if name == "books":
                return _json(200, self.books())
            if name == "faults":
                return _json(200, {"rules": self._world.faults.listed()})
            return _json(404, {"message": "no such knob"})
        by_form = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
        turn = {
            "faults": self._faults,
            "knobs": self._knobs,
            "plates": self._plates,
            "settle": self._settle,
            "refunds": self._refunds,
            "notices": self._notices,
            "bills": self._bills,
            "invoices": self._invoices,
            "clock": self._clock,
            "reset": self._reset,
        }.get(name)
        if turn is None:
            return _json(404, {"message": "no such knob"})
        try:
            body: Any = dict(request.form) if by_form else json.loads(request.body or b"{}")
            result = turn(body)
        except (KeyError, TypeError, ValueError) as error:
            return _json(400, {"message": f"{type(error).__name__}: {error}"})
        if by_form:
            return Response(status=303, headers={"Location": "/"})
        return _json(200, result)

    def books(self) -> dict[str, Any]:
        """All that the sandbox remembers of money and messages."""
        return {table: dict(self._world.books.rows(table)) for table in TABLES}

    def _faults(self, body: dict[str, Any]) -> dict[str, Any]:
        rules = body.get("rules")
        if rules is None:
            rules = [{name: _number(value) for name, value in body.items() if value and name != "add"}]
        if body.get("add"):
            self._world.faults.add(rules)
        else:
            self._world.faults.set([rule for rule in rules if rule], seed=body.get("seed"))
        return {"rules": self._world.faults.listed()}

    def _knobs(self, body: dict[str, Any]) -> dict[str, Any]:
        now = vars(self._world.knobs)
        # A form sends text only; a knob that holds text ("04" is a state of the bureau's) keeps it.
        return self._world.turn(
            {name: value if isinstance(now.get(name), str) else _number(value) for name, value in body.items()}
        )

    def _plates(self, body: dict[str, Any]) -> dict[str, Any]:
        plate, state = body["plate"].strip().upper(), body["state"]
        if state not in PLATE_STATES:
            raise ValueError("state is one of " + ", ".join(PLATE_STATES))
        self._world.books.put("plates", plate, {"state": state})
        wechat_parking.state_changed(self._sandbox.wechat, plate, state)
        if body.get("alipay_notify_url"):
            alipay_parking.state_changed(self._sandbox.alipay, plate, body["alipay_notify_url"])
        return {"plate": plate, "state": state}

    def _settle(self, body: dict[str, Any]) -> dict[str, Any]:
        """ok, advance, fail, repay for a debit; pay or force_pay for an order by hand."""
        gateway, number, result = body.get("gateway", "wechat"), body["number"], body["result"]
        if result in ("pay", "force_pay"):
            pay = wechat_orders.pay if gateway == "wechat" else alipay_trades.pay
            return pay(getattr(self._sandbox, gateway), number, force=result == "force_pay")
        return wechat_parking.settle(self._sandbox.wechat, number, result)

    def _refunds(self, body: dict[str, Any]) -> dict[str, Any]:
        return wechat_refunds.finish(self._sandbox.wechat, body["number"], body["state"])

    def _notices(self, body: dict[str, Any]) -> dict[str, Any]:
        for _ in range(int(body.get("copies", 1))):
            self._sandbox.notices.again(body["id"])
        return {"id": body["id"]}

    def _bills(self, body: dict[str, Any]) -> dict[str, Any]:
        for index, edit in enumerate(body["edits"], start=self._world.books.count("bill_edits")):
            self._world.books.put("bill_edits", str(index), {"gateway": "wechat", **edit})
        return {"edits": self._world.books.count("bill_edits")}

    def _invoices(self, body: dict[str, Any]) -> dict[str, Any]:
        row = self._world.books.get("invoices", body["serial"])
        if row is None:
            raise KeyError(body["serial"])
        finish = self._sandbox.bureau.finish_red if row["red"] else self._sandbox.bureau.finish
        return finish(body["serial"], body["result"])

    def _clock(self, body: dict[str, Any]) -> dict[str, Any]:
        if "now" in body:
            self._world.offset += datetime.fromisoformat(body["now"]) - self._world.now()
        return {"now": self._world.now().isoformat()}

    def _reset(self, body: dict[str, Any]) -> dict[str, Any]:
        self._world.books.clear()
        self._world.faults.set([])
        return {}


def _json(status: int, data: Any) -> Response:
    return Response(status=status, body=seals.dump(data))


def _number(value: Any) -> Any:
    """A form's text as the number or truth it looks like; anything else as it is."""
    if isinstance(value, str):
        for read in (int, float):
            try:
                return read(value)
            except ValueError:
                continue
        if value in ("true", "false"):
            return value == "true"
    return value
