"""The HTTP server: finds who is meant, lets the faults act, answers."""

import logging
import re
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Protocol

from sandbox.gateway import desk, keys, pages
from sandbox.gateway.alipay import AlipayPlatform
from sandbox.gateway.books import Books
from sandbox.gateway.bureau import Bureau
from sandbox.gateway.exchange import Request, Response
from sandbox.gateway.faults import ANSWER_FAULTS, Fault
from sandbox.gateway.fiscal import FiscalPlatform
from sandbox.gateway.local_issuer import LocalIssuerServer
from sandbox.gateway.notices import Notices
from sandbox.gateway.nuonuo import NuonuoPlatform
from sandbox.gateway.sms import Sms
from sandbox.gateway.wechat import WeChat
from sandbox.gateway.wechat_parking import plan
from sandbox.gateway.weixin import Weixin
from sandbox.gateway.world import World

log = logging.getLogger(__name__)
MAX_BODY = 4 * 1024 * 1024


class Counterparty(Protocol):
    """Somebody outside whom OpenBerth calls."""

    code: str

    def operation(self, request: Request) -> tuple[str, str]:
        """What is asked for, and the caller's number in it."""
        ...

    def answer(self, request: Request, fault: Fault | None = None) -> Response:
        """Do it and answer."""
        ...


class Sandbox:
    """One running sandbox: `with Sandbox(keys_folder=...) as box: box.url`. Port 0 takes a free one.

    `state` is a file that makes the books outlive a restart; `speed` divides every wait.
    """

    def __init__(
        self,
        *,
        keys_folder: Path,
        host: str = "127.0.0.1",
        port: int = 0,
        state: Path | None = None,
        speed: float = 1.0,
        seed: int = 1,
        public_url: str = "",
    ) -> None:
        self.world = World(keys=keys.ensure(keys_folder), books=Books(file=state), speed=speed, seed=seed)
        self._server = _Server((host, port), _Handler)
        self._server.sandbox = self
        self.url = public_url.rstrip("/") or f"http://{host}:{self._server.server_address[1]}"
        self.world.url = self.url
        self.notices = Notices(self.world, {})
        self.wechat = WeChat(self.world, self.notices)
        self.alipay = AlipayPlatform(self.world, self.notices)
        self.notices.write_with({"wechat": self.wechat.write, "alipay": self.alipay.write})
        self.bureau = Bureau(self.world)
        self._parties: dict[str, Counterparty] = {
            "/v3/": self.wechat,
            "/gateway.do": self.alipay,
            "/alipay/": self.alipay,
            "/open/v1/services": (nuonuo := NuonuoPlatform(self.bureau)),
            "/accessToken": nuonuo,
            "/fiscal/": FiscalPlatform(self.bureau),
            "/local-issuer/": LocalIssuerServer(self.bureau),
            "/sms/": Sms(self.world),
            "/sns/jscode2session": Weixin(self.world),
        }
        self.desk = desk.Desk(self)
        self._thread: threading.Thread | None = None

    def __enter__(self) -> "Sandbox":
        self.carry_on()
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), name="sandbox-http", daemon=True
        )
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def serve(self) -> None:
        """Serve until `stop` is called from another thread."""
        self.carry_on()
        self._server.serve_forever()

    def stop(self) -> None:
        """Stop serving and close the books."""
        self._server.shutdown()
        self._server.server_close()
        self.world.timetable.stop()
        self.world.books.close()

    def carry_on(self) -> None:
        """Take up what an earlier run left unfinished."""
        self.notices.carry_on()
        for _, order in self.world.books.rows("orders"):
            if order["gateway"] == "wechat" and order["state"] == "ACCEPTED":
                plan(self.wechat, order["number"])

    def answer(self, request: Request) -> Response:
        """The answer to a request, spoiled as the faults say."""
        party = self._party(request)
        if request.path.startswith("/documents/"):
            return self._document(request)
        if party is None:
            return self.desk.answer(request) or pages.answer(self, request) or Response(status=404, body=b"not here")
        operation, number = party.operation(request)
        fault = self.world.faults.take(ANSWER_FAULTS, gateway=party.code, operation=operation, number=number)
        kind = fault.fault if fault else ""
        if kind == "lose_request":
            return Response(cut=True)
        if kind == "error_500":
            return Response(
                status=500, body=b'{"code":"SYSTEM_ERROR","message":"\xe7\xb3\xbb\xe7\xbb\x9f\xe9\x94\x99"}'
            )
        if fault is not None and kind == "delay":
            time.sleep(fault.seconds)
        response = party.answer(request, fault)
        if fault is not None and kind == "delay_answer":
            time.sleep(fault.seconds)
        if kind == "lose_answer":
            return Response(cut=True)
        if kind == "error_500_after":
            return Response(status=502, body=b"<html>bad gateway</html>", content_type="text/html")
        if kind == "not_json":
            response.body = b"<html>please sign in to this network</html>"
        if kind == "tamper":
            response.body = _tampered(response.body)
        return response

    def _document(self, request: Request) -> Response:
        kind = request.path.rpartition(".")[2]
        fault = self.world.faults.take(ANSWER_FAULTS, gateway="documents", operation="file", number=kind)
        if fault is not None and fault.fault == "lose_answer":
            return Response(cut=True)
        if fault is not None and fault.fault == "not_json":
            return Response(body=b"<html>please sign in to this network</html>", content_type="text/html")
        return self.bureau.download(request) if fault is None else Response(status=fault.status)

    def _party(self, request: Request) -> Counterparty | None:
        return next((party for start, party in self._parties.items() if request.path.startswith(start)), None)


def _tampered(body: bytes) -> bytes:
    """One digit changed: of an amount if there is one."""
    for pattern in (rb'("total":|"refund":|"total_amount":"|"total_fee":")(\d)', rb"()(\d)"):
        changed, count = re.subn(pattern, lambda m: m[1] + (b"1" if m[2] != b"1" else b"2"), body, count=1)
        if count:
            return changed
    return body + b" "


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    sandbox: Sandbox


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server
    # An answer is one packet: without this the body waits for the header's acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True
    timeout = 60

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > MAX_BODY:
            self._send(Response(status=413))
            return
        body = self.rfile.read(length)
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            response = self.server.sandbox.answer(Request(self.command, self.path, headers, body))
        except Exception:
            log.exception("%s %s failed", self.command, self.path.partition("?")[0])
            response = Response(status=500, body=b"the sandbox itself failed", content_type="text/plain")
        self._send(response)

    do_GET = do_POST = do_PUT = do_DELETE = _serve

    def _send(self, response: Response) -> None:
        if response.cut:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response(response.status)
        if response.status != 204:
            self.send_header("Content-Type", response.content_type)
            self.send_header("Content-Length", str(len(response.body)))
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if response.status != 204:
            self.wfile.write(response.body)

    def log_message(self, format: str, *args: object) -> None:
        """Addresses hold plates and ids: nothing of them is logged."""
