"""Things to be done later: a heap, one thread that watches it and a few that do the work."""

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

log = logging.getLogger(__name__)


class Timetable:
    """Runs callables after a number of seconds. What still waits at `stop` is dropped: the books know of it."""

    def __init__(self, *, workers: int = 8) -> None:
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._wake = threading.Condition()
        self._stopped = False
        self._pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="sandbox")
        self._thread = threading.Thread(target=self._run, name="sandbox-timetable", daemon=True)
        self._thread.start()

    def after(self, seconds: float, do: Callable[[], None]) -> None:
        """Do it after so many seconds, in some thread."""
        with self._wake:
            heapq.heappush(self._heap, (time.monotonic() + max(seconds, 0.0), next(self._order), do))
            self._wake.notify()

    def stop(self) -> None:
        """Start nothing more."""
        with self._wake:
            self._stopped = True
            self._wake.notify()
        self._thread.join()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _run(self) -> None:
        while True:
            with self._wake:
                while not self._stopped and (not self._heap or self._heap[0][0] > time.monotonic()):
                    self._wake.wait(self._heap[0][0] - time.monotonic() if self._heap else None)
                if self._stopped:
                    return
                do = heapq.heappop(self._heap)[2]
            self._pool.submit(_guarded, do)


def _guarded(do: Callable[[], None]) -> None:
    try:
        do()
    except Exception:
        log.exception("a thing to be done later failed")
