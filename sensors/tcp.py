"""The raw TCP door of the 天泊 concentrator: lines in, `OK` back once a line is stored.

The concentrator signs in nowhere; an address list keeps strangers out. It sends a line again when no `OK` comes.
"""

import asyncio
import json
import logging
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from asgiref.sync import sync_to_async
from django.db import DatabaseError, close_old_connections
from django.utils import timezone

from sensors import ingest, keys
from sensors.codecs import tianbo
from sensors.codecs.reading import CodecError

log = logging.getLogger(__name__)

CODEC = "tianbo"
_IDLE_S = 180  # keep-alives come every 10 s
_READ = 4096


@dataclass(slots=True)
class Door:
    """One listening port for one source. The memory of the sensors lies in a file: a restart loses no change."""

    source: str
    kept_in: Path
    allowed: Collection[str] = ()
    memory: tianbo.Memory = field(default_factory=tianbo.Memory)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def serve(self, host: str, port: int) -> asyncio.Server:
        """Open the port."""
        self.memory = _load(self.kept_in)
        return await asyncio.start_server(self._concentrator, host, port, limit=tianbo.LINE_LIMIT * 4)

    async def _concentrator(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = writer.get_extra_info("peername")
        if self.allowed and (not peer or peer[0] not in self.allowed):
            log.warning("a concentrator from %s is not on the list", peer)
            writer.close()
            return
        rest = b""
        try:
            while True:
                data = await asyncio.wait_for(reader.read(_READ), _IDLE_S)
                if not data:
                    break
                *lines, rest = (rest + data).replace(b"\r", b"\n").split(b"\n")
                if len(rest) > tianbo.LINE_LIMIT:
                    lines, rest = [*lines, rest], b""
                for line in lines:
                    if line.strip():
                        async with self._turn:
                            await sync_to_async(self._take)(line)
                        writer.write(b"OK")
                await writer.drain()
        except (TimeoutError, ConnectionError):
            log.info("the concentrator at %s went silent", peer)
        except DatabaseError:
            # Without its OK the concentrator sends the line again.
            log.exception("a line from %s could not be stored", peer)
        finally:
            writer.close()

    def _take(self, line: bytes) -> None:
        close_old_connections()
        now = timezone.now()
        speaker = keys.named(self.source)
        if speaker is None:
            ingest.refuse(codec=CODEC, body=line, received_at=now, reason="unknown_source")
            return
        query: dict[str, str] = {}
        try:
            query = self.memory.query(tianbo.decode(line, received_at=now))
        except CodecError:
            log.debug("a broken line is kept with its reason")
        ingest.receive(speaker=speaker, codec=CODEC, body=line, received_at=now, query=query)
        if query:
            self.memory.learn(tianbo.decode(line, received_at=now, query=query))
            _keep(self.memory, self.kept_in)


def _load(kept_in: Path) -> tianbo.Memory:
    try:
        kept = json.loads(kept_in.read_text())
        empty = {name: (float(x), float(y), float(z)) for name, (x, y, z) in kept["empty"].items()}
        return tianbo.Memory(empty, {name: bool(value) for name, value in kept["occupied"].items()})
    except FileNotFoundError:
        return tianbo.Memory()
    except (ValueError, KeyError, TypeError, AttributeError):
        log.warning("%s can't be read, the empty fields are learnt anew", kept_in)
        return tianbo.Memory()


def _keep(memory: tianbo.Memory, kept_in: Path) -> None:
    kept_in.parent.mkdir(parents=True, exist_ok=True)
    part = kept_in.with_suffix(".part")
    part.write_text(json.dumps({"empty": memory.empty, "occupied": memory.occupied}))
    part.replace(kept_in)
