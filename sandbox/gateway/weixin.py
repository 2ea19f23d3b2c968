"""WeChat sign-in for mini-programs: GET /sns/jscode2session.

Source: WeChat open documentation, 小程序登录. A code is good once; the code "demo-<name>" is always the same person.
"""

import hashlib
import secrets

from sandbox.gateway import seals
from sandbox.gateway.exchange import Request, Response
from sandbox.gateway.faults import Fault
from sandbox.gateway.keys import APP_SECRET, APPID
from sandbox.gateway.world import World


class Weixin:
    """The counterparty."""

    code = "weixin"

    def __init__(self, world: World) -> None:
        self.world = world

    def operation(self, request: Request) -> tuple[str, str]:
        """Signing in is all there is."""
        return "sign_in", ""

    def answer(self, request: Request, fault: Fault | None = None) -> Response:
        """Exchange a code for an openid."""
        query = request.query
        if fault is not None and fault.fault == "refuse":
            return _error(int(fault.code) if fault.code.lstrip("-").isdigit() else -1, fault.message or "system error")
        if query.get("appid") != APPID:
            return _error(40013, "invalid appid")
        if query.get("secret") != APP_SECRET:
            return _error(40125, "invalid appsecret")
        code = query.get("js_code", "")
        if not code or query.get("grant_type") != "authorization_code" or code.startswith("bad"):
            return _error(40029, "invalid code")
        if not code.startswith("demo-"):
            if self.world.books.get("codes", code) is not None:
                return _error(40163, "code been used")
            self.world.books.put("codes", code, {"at": self.world.now().isoformat()})
        person = "o" + hashlib.sha256(code.encode()).hexdigest()[:27]
        return Response(body=seals.dump({"openid": person, "session_key": secrets.token_urlsafe(18)}))


def _error(code: int, message: str) -> Response:
    return Response(body=seals.dump({"errcode": code, "errmsg": message}))
