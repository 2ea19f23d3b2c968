"""Nuonuo's access token: it lives a day and may be asked for fifty times in thirty days, so all workers share one."""

import fcntl
import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

BUDGET = 50
BUDGET_PERIOD = timedelta(days=30)
LIFE = timedelta(hours=24)
# A new one is fetched before the old ends, so that no call meets the moment between.
MARGIN = timedelta(hours=1)


class BudgetSpent(Exception):
    """No token may be asked for now: one more call could lock the application out for good."""


class TokenFile:
    """The token and the calls that were spent, in a file of our own, locked while it is changed."""

    def __init__(self, *, file: Path, budget: int = BUDGET, reserve: int = 5) -> None:
        self._file = file
        self._most = budget - reserve
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return "<Nuonuo token file>"

    def token(self, *, now: datetime, fetch: Callable[[], str | None], stale: str = "") -> str | None:
        """The living token; `fetch` is called for a new one when there is none or it is the stale one.

        Gives None when the fetch did. Raises BudgetSpent, or OSError when the file can't be used.
        """
        with self._lock, self._locked() as kept:
            until = datetime.fromisoformat(kept["until"]) if kept.get("until") else None
            token = str(kept.get("token", ""))
            if token and token != stale and until is not None and now < until - MARGIN:
                return token
            spent = [at for at in kept.get("asked", []) if datetime.fromisoformat(at) > now - BUDGET_PERIOD]
            if len(spent) >= self._most:
                raise BudgetSpent(f"{len(spent)} tokens asked for in thirty days")
            # Counted before it is asked: an answer that is lost was spent all the same.
            kept["asked"] = [*spent, now.isoformat()]
            self._write(kept)
            fresh = fetch()
            if fresh is not None:
                kept |= {"token": fresh, "until": (now + LIFE).isoformat()}
                self._write(kept)
            return fresh

    @contextmanager
    def _locked(self) -> Iterator[dict[str, Any]]:
        self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(self._file.with_suffix(".lock"), "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            try:
                kept = json.loads(self._file.read_text())
            except (FileNotFoundError, ValueError):
                kept = {}
            yield kept

    def _write(self, kept: dict[str, Any]) -> None:
        fresh = self._file.with_suffix(".new")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as out:
            json.dump(kept, out)
        fresh.replace(self._file)
