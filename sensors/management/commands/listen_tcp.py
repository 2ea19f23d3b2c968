"""`listen_tcp`: take lines from 天泊 concentrators."""

import asyncio
import signal
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from sensors.tcp import Door


class Command(BaseCommand):
    """Runs until it is told to stop."""

    help = "Listen for 天泊 concentrators on OPENBERTH_TCP_LISTEN (host:port) for the source OPENBERTH_TCP_SOURCE."

    def handle(self, *args: Any, **options: Any) -> None:
        """Listen until SIGTERM or Ctrl-C."""
        host, _, port = settings.TCP_LISTEN.rpartition(":")
        if not host or not port.isdecimal():
            raise CommandError("OPENBERTH_TCP_LISTEN must look like 0.0.0.0:7800")
        if not settings.TCP_SOURCE:
            raise CommandError("OPENBERTH_TCP_SOURCE names no source")
        door = Door(settings.TCP_SOURCE, settings.TCP_MEMORY, settings.TCP_ALLOWED)
        asyncio.run(self._serve(door, host, int(port)))

    async def _serve(self, door: Door, host: str, port: int) -> None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        server = await door.serve(host, port)
        self.stdout.write(f"listening on {host}:{port}")
        await stop.wait()
        server.close()
