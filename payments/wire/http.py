"""One HTTP exchange, and the honest answer to "did it leave us?"."""

import logging
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

import httpx

log = logging.getLogger(__name__)

# httpx logs whole URLs at INFO, and ours can hold a plate or a driver's id.
logging.getLogger("httpx").setLevel(logging.WARNING)
logging.getLogger("httpcore").setLevel(logging.WARNING)

MAX_ANSWER = 64 * 1024 * 1024
MAX_DRIFT = 60

# What httpx raises before a byte of the request can have reached the other side.
_NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
    httpx.LocalProtocolError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """It was sent, and nothing trustworthy came back: query before anything else."""

    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSent:
    """It surely never reached the gateway: the same number may be sent again at once."""

    detail: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, unverified."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


class Wire:
    """A connection to one host with explicit time limits (seconds)."""

    def __init__(
        self, *, host: str, connect_timeout: float, read_timeout: float, proxy: str = "", verify: bool = True
    ) -> None:
        self.host = host.rstrip("/")
        self._timeout = httpx.Timeout(read_timeout, connect=connect_timeout, pool=connect_timeout)
        self._patience = connect_timeout + 4 * read_timeout
        self._proxy = proxy or None
        self._verify = verify
        self._client: httpx.Client | None = None
        self._process = 0
        self.drift_s: float | None = None

    def __repr__(self) -> str:
        return f"<Wire {self.host}>"

    def send(
        self, method: str, target: str, *, headers: Mapping[str, str], content: bytes = b""
    ) -> Reply | Unknown | NotSent:
        """Send the very bytes given to host + target. Follows no redirect: a signed call has one addressee."""
        url = target if target.startswith(("http://", "https://")) else self.host + target
        path = httpx.URL(url).path
        deadline = time.monotonic() + self._patience
        try:
            with self._connection().stream(method, url, headers=dict(headers), content=content) as answer:
                body = bytearray()
                for piece in answer.iter_bytes():
                    body += piece
                    # The client's own limit is for one piece: a trickle would never meet it.
                    if len(body) > MAX_ANSWER or time.monotonic() > deadline:
                        log.warning("%s %s%s: the answer is too long or too slow", method, self.host, path)
                        return Unknown(detail=f"too long or too slow an answer: {self.host}{path}")
            self._mind_the_clock(answer.headers.get("Date", ""))
            return Reply(answer.status_code, answer.headers, bytes(body))
        except _NOT_SENT as error:
            log.warning("%s %s%s was not sent: %s", method, self.host, path, type(error).__name__)
            return NotSent(detail=f"{type(error).__name__}: {self.host}{path}")
        except httpx.HTTPError as error:
            log.warning("%s %s%s: outcome unknown: %s", method, self.host, path, type(error).__name__)
            return Unknown(detail=f"{type(error).__name__}: {self.host}{path}")

    def _mind_the_clock(self, date: str) -> None:
        try:
            drift = time.time() - parsedate_to_datetime(date).timestamp()
        except ValueError:
            return
        self.drift_s = drift
        if abs(drift) > MAX_DRIFT:
            # Past five minutes signatures are refused on both sides.
            log.error("our clock and that of %s are %d seconds apart", self.host, drift)

    def _connection(self) -> httpx.Client:
        # A worker that was forked must not share its parent's sockets.
        if self._client is None or self._process != os.getpid():
            self._client = httpx.Client(
                timeout=self._timeout,
                follow_redirects=False,
                trust_env=False,
                proxy=self._proxy,
                verify=self._verify,
                limits=httpx.Limits(max_connections=32, max_keepalive_connections=8, keepalive_expiry=20),
            )
            self._process = os.getpid()
        return self._client
