"""From the tables to the hub: wait for PostgreSQL's word, read what stands there now, tell the difference."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from asgiref.sync import sync_to_async
from django.db import close_old_connections, connection
from django.utils import timezone

from parking import live
from parking.orders import local
from parking.stream.hub import Hub

log = logging.getLogger(__name__)

LEAST_S = 0.2
"""A rush of changes is told together this often at most."""
MOST_S = 2.0
"""Looked at even when nobody called: a lost word costs no more than this."""
FIGURES_S = 5.0
TRY_AGAIN_S = 2.0


class Feed:
    """The newest snapshot, kept up to date, and the hub it is told to."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.snapshot: dict[str, Any] = {}
        self._called = asyncio.Event()

    async def run(self) -> None:
        """For ever: follow the tables; when the database is away, try again and say meanwhile that data is old."""
        while True:
            try:
                async with _listening() as words:
                    self.snapshot = await _read_all()
                    self.hub.publish("snapshot", self.snapshot)
                    async with asyncio.TaskGroup() as group:
                        group.create_task(self._hear(words))
                        group.create_task(self._follow_roads())
                        group.create_task(self._follow_figures())
            except Exception:
                log.exception("the live feed lost its database; trying again")
                if self.snapshot:
                    self.snapshot["fresh"] = False
                    self.hub.publish("figures", {"fresh": False, "at": self.snapshot["at"]})
                await asyncio.sleep(TRY_AGAIN_S)

    async def _hear(self, words: AsyncIterator[Any]) -> None:
        async for _word in words:
            self._called.set()
        raise ConnectionError("PostgreSQL ended the listening")

    async def _follow_roads(self) -> None:
        while True:
            try:
                async with asyncio.timeout(MOST_S):
                    await self._called.wait()
            except TimeoutError:
                pass
            self._called.clear()
            now = timezone.now()
            roads = await _read_roads()
            before = self.snapshot["roads"]
            changed = {code: road for code, road in roads.items() if before.get(code) != road}
            if changed or before.keys() != roads.keys():
                self.snapshot |= {"roads": roads, "at": local(now)}
                gone = [code for code in before if code not in roads]
                self.hub.publish("roads", {"at": local(now), "roads": changed, "gone": gone})
            await self._rest()

    async def _rest(self) -> None:
        """Wait as long as the telling took, LEAST_S at least: a full house on a busy machine must not drown."""
        clock = asyncio.get_running_loop().time
        began = clock()
        for _turn in range(3):  # the waking of the listeners, their sending
            await asyncio.sleep(0)
        await asyncio.sleep(max(LEAST_S, clock() - began))

    async def _follow_figures(self) -> None:
        while True:
            await asyncio.sleep(FIGURES_S)
            told = await _read_figures()
            self.snapshot |= told
            self.hub.publish("figures", told)


@asynccontextmanager
async def _listening() -> AsyncIterator[AsyncIterator[Any]]:
    parameters = connection.get_connection_params()
    for name in ("cursor_factory", "context", "server_side_binding"):
        parameters.pop(name, None)
    async with await psycopg.AsyncConnection.connect(**parameters, autocommit=True) as listening:
        await listening.execute(f"LISTEN {live.CHANNEL}")
        yield listening.notifies()


def _fresh(read: Any) -> Any:
    """A database call in a thread, on a connection that is thrown away when it broke."""

    def call() -> Any:
        close_old_connections()
        return read()

    return sync_to_async(call, thread_sensitive=False)


async def _read_all() -> dict[str, Any]:
    return dict(await _fresh(lambda: live.snapshot(now=timezone.now()))())


async def _read_roads() -> dict[str, Any]:
    return dict(await _fresh(lambda: live.roads(now=timezone.now()))())


async def _read_figures() -> dict[str, Any]:
    def read() -> dict[str, Any]:
        now = timezone.now()
        return {
            "at": local(now),
            "fresh": live.fresh(now=now),
            "figures": live.figures(now=now),
        }

    return dict(await _fresh(read)())
