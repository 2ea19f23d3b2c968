"""The ASGI door: `GET .../stream/?pass=...` as server-sent events.

A listener shows a pass that the live page was given (`passes`): it speaks of no person, ends after half a day, and no
cookie travels to another port. `Last-Event-ID` resumes where the listener was; who was away too long, or is too slow,
gets a new snapshot.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from parking import passes
from parking.stream.feeding import Feed
from parking.stream.hub import Hub

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

BEAT_S = 5.0
MOST_LISTENERS = 5_000
_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    # The pass is what lets one in, wherever the page came from.
    (b"access-control-allow-origin", b"*"),
]


class Application:
    """One process: a hub, its feed, and the listeners."""

    def __init__(self) -> None:
        self.hub = Hub()
        self.feed = Feed(self.hub)
        self._feeding: asyncio.Task[None] | None = None

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """ASGI 3: lifespan and http."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        self._feeding = asyncio.create_task(self.feed.run())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self._feeding.cancel()
        await send({"type": "lifespan.shutdown.complete"})

    async def _http(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        path = scope["path"]
        if path == "/healthz":
            await _answer(send, 200 if self.feed.snapshot else 503, b"ok\n" if self.feed.snapshot else b"starting\n")
        elif not path.endswith("/stream/"):
            await _answer(send, 404, b"not found\n")
        elif scope["method"] not in ("GET", "HEAD"):
            await _answer(send, 405, b"GET only\n")
        elif not passes.good(parse_qs(scope["query_string"].decode("latin-1")).get("pass", [""])[0]):
            # 204 tells an EventSource to try no more; the page falls back to polling, which leads to the sign-in.
            await _answer(send, 204, b"")
        elif self.hub.listeners >= MOST_LISTENERS or not self.feed.snapshot:
            await _answer(send, 503, b"try again\n")
        else:
            await self._tell(dict(scope["headers"]), receive, send)

    async def _tell(self, headers: dict[bytes, bytes], receive: Receive, send: Send) -> None:
        self.hub.listeners += 1
        gone = asyncio.create_task(_until_gone(receive))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            known = self.hub.missed(headers.get(b"last-event-id", b"").decode("latin-1"))
            await send(_body(b"retry: 2000\n\n"))
            while not gone.done():
                news = None if known is None else self.hub.since(known)
                known = self.hub.number
                if news is None:
                    await send(_body(self.hub.frame("snapshot", self.feed.snapshot)))
                elif news:
                    await send(_body(b"".join(news)))
                if known == self.hub.number:
                    await self._next(gone, send)
        finally:
            self.hub.listeners -= 1
            gone.cancel()

    async def _next(self, gone: "asyncio.Task[None]", send: Send) -> None:
        """Wait for news; say from time to time that we are still here, and notice when the listener is not."""
        try:
            async with asyncio.timeout(BEAT_S):
                await self.hub.changed()
        except TimeoutError:
            if not gone.done():
                await send(_body(b": beat\n\n"))


async def _until_gone(receive: Receive) -> None:
    with contextlib.suppress(asyncio.CancelledError):
        while (await receive())["type"] != "http.disconnect":
            pass


def _body(data: bytes) -> Message:
    return {"type": "http.response.body", "body": data, "more_body": True}


async def _answer(send: Send, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"text/plain"), (b"access-control-allow-origin", b"*")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


application = Application()
