"""Collecting: claim (durable), call (no transaction), record (durable)."""

import time
from datetime import datetime

from payments import breaker
from payments.collection import entering, returning
from payments.collection.chasing import ask, work
from payments.collection.claiming import claim
from payments.collection.settling import Verdict, settle

__all__ = ["Verdict", "ask", "chase", "collect", "settle"]

BATCH = 32
# Below the task's time limit, so that a long queue is worked off in several tasks.
SPEND_AT_MOST = 20.0


def collect(*, now: datetime) -> int:
    """Debit what is due until nothing is left or the time is up. Gives how many charges were looked at."""
    began, seen = time.monotonic(), 0
    while True:
        claimed = claim(now=now, resting=breaker.resting(now=now), limit=BATCH)
        worked = work(now=now, limit=BATCH)
        seen += claimed
        if not (claimed or worked) or time.monotonic() - began > SPEND_AT_MOST:
            return seen


def chase(*, now: datetime) -> int:
    """The janitor: ask after every attempt and refund whose time has come, and send what waits. Gives how many."""
    began, seen = time.monotonic(), 0
    while True:
        worked = entering.work(now=now, limit=BATCH)
        worked += work(now=now, limit=BATCH) + returning.work(now=now, limit=BATCH)
        seen += worked
        breaker.mind_clocks(now=now)
        if not worked or time.monotonic() - began > SPEND_AT_MOST:
            return seen
