"""What all counterparties share: keys, books, faults, the clock and how payments are settled."""

import secrets
import threading
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.gateway.books import Books, Row
from sandbox.gateway.faults import Faults
from sandbox.gateway.keys import Keys
from sandbox.gateway.timetable import Timetable

BEIJING = ZoneInfo("Asia/Shanghai")
SETTLEMENTS = ("ok", "advance", "fail", "hold")
REFUND_ENDS = ("SUCCESS", "ABNORMAL", "CLOSED", "hold")
PLATE_STATES = ("NORMAL", "PAUSE", "OVERDUE", "OUT_SERVICE", "EVALUATION_FAILED")
ISSUE_RESULTS = ("ok", "fail", "login", "credit", "seal", "hold")
RED_RESULTS = ("01", "02", "04", "05", "07", "16", "hold")
CHOICES = {"settle": SETTLEMENTS, "refund": REFUND_ENDS, "issue": ISSUE_RESULTS, "red": RED_RESULTS}


@dataclass
class Knobs:
    """How things go when no fault is set. `after` is in seconds at speed 1.

    `settle`: what becomes of an accepted debit: ok, advance (paid by the gateway for the driver), fail, hold (until
    told). `refund`: SUCCESS, ABNORMAL, CLOSED or hold. `bills_at_once`: a day's statement can be had on that day.
    """

    settle: str = "ok"
    after: float = 1.0
    refund: str = "SUCCESS"
    refund_after: float = 1.0
    bills_at_once: bool = False
    require_https: bool = False
    issue: str = "ok"
    issue_after: float = 1.0
    red: str = "04"


class World:
    """One sandbox. `speed` divides every wait; `offset` moves its calendar, never the clock of signatures."""

    def __init__(self, *, keys: Keys, books: Books, speed: float = 1.0, seed: int = 1) -> None:
        self.keys = keys
        self.books = books
        self.faults = Faults(seed=seed)
        self.timetable = Timetable()
        self.speed = speed
        self.knobs = Knobs()
        self.offset = timedelta()
        self.url = ""
        self._serial = threading.Lock()
        self._last = 0

    def now(self) -> datetime:
        """The sandbox's calendar, in Beijing time."""
        return datetime.now(BEIJING) + self.offset

    def later(self, seconds: float, do: Any) -> None:
        """Do it after so many seconds divided by the speed."""
        self.timetable.after(seconds / self.speed, do)

    def turn(self, changes: dict[str, Any]) -> dict[str, Any]:
        """Turn knobs by name. Raises ValueError for one that isn't there or can't be so."""
        now = asdict(self.knobs)
        for name, value in changes.items():
            if name not in now or not isinstance(value, (type(now[name]), int)):
                raise ValueError(f"no knob {name!r} of that kind")
        for name, allowed in CHOICES.items():
            if changes.get(name, allowed[0]) not in allowed:
                raise ValueError(f"{name} is one of " + ", ".join(allowed))
        self.knobs = Knobs(**{**now, **changes})
        return asdict(self.knobs)

    def number(self, prefix: str, length: int) -> str:
        """A fresh number of that many characters: the prefix, the date, then digits that only grow."""
        with self._serial:
            self._last = max(self._last + 1, self.books.count("orders") + self.books.count("refunds"))
            stem = f"{prefix}{self.now():%Y%m%d}"
            tail = f"{secrets.randbelow(10**6):06d}{self._last:06d}"
            return (stem + tail.rjust(length - len(stem), "0"))[:length]

    def plate(self, plate: str) -> str:
        """The state of a plate's contactless service: as the knob says, else by its last digit."""
        row: Row | None = self.books.get("plates", plate)
        if row is not None:
            return str(row["state"])
        digits = [character for character in plate if character.isdigit()]
        return "OUT_SERVICE" if digits and digits[-1] in "04" else "NORMAL"
