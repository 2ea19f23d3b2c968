"""A worker that dies at the step one names: before or after any commit, before or after any call to a gateway.

A process of ours is set up once and forks for each order; the fork does the work and kills itself with SIGKILL at its
n-th step. Nothing of ours is replaced: the steps are counted where Django commits and where httpx sends.
"""

import json
import os
import subprocess
import sys
from datetime import datetime
from typing import Any

_FORKS = """
import importlib, json, os, signal, sys
from datetime import datetime
import django; django.setup()
import httpx
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from payments import charges, collection, inbox, reconciliation

left = None

def step():
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)

def around(owner, name, counts=lambda *given: True):
    whole = getattr(owner, name)
    def stepped(*given, **named):
        counted = counts(*given)
        if counted: step()
        answer = whole(*given, **named)
        if counted: step()
        return answer
    setattr(owner, name, stepped)

writes = lambda cursor, sql, *given: not cursor.db.in_atomic_block and sql[:6] in ("INSERT", "UPDATE", "DELETE")
around(BaseDatabaseWrapper, "_commit")
around(CursorWrapper, "execute", writes)
around(httpx.HTTPTransport, "handle_request")

for line in sys.stdin:
    order = json.loads(line)
    child = os.fork()
    if not child:
        left = order["step"]
        named = order["named"] | {"now": datetime.fromisoformat(order["named"]["now"])}
        if "day" in named:
            named["day"] = named["now"].astimezone(reconciliation.SHANGHAI).date()
        module, _, what = order["work"].rpartition(".")
        getattr(importlib.import_module(module), what)(*order["given"], **named)
        os._exit(0)
    _, ended = os.waitpid(child, 0)
    print(json.dumps(ended), flush=True)
"""


class Mortal:
    """Runs pieces of work in processes that die where they are told to."""

    def __init__(self, *, env: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _FORKS],
            env=env | {"PYTHONPATH": os.getcwd()},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def dies(self, step: int, work: str, *given: Any, now: datetime, **named: Any) -> bool:
        """Do `work`, a function by its dotted name, and die at `step`. False when it came through; a failure fails."""
        order = {"step": step, "work": work, "given": given, "named": named | {"now": now.isoformat()}}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        ended = os.waitstatus_to_exitcode(json.loads(self._process.stdout.readline()))
        assert ended in (0, -9), f"the work itself failed with {ended}"
        return ended == -9

    def end(self) -> None:
        """Let it go."""
        self._process.communicate("")
