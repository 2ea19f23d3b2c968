"""A clock that may run fast, but never past the real one."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def real() -> datetime:
    """The moment."""
    return datetime.now(UTC)


class VirtualClock:
    """Starts at `start` and runs `speed` times as fast as `wall`, until it has caught up with it.

    The platform refuses events from the future: a fast street begins in the past.
    """

    def __init__(self, *, start: datetime, speed: float, wall: Callable[[], datetime] = real) -> None:
        if speed <= 0:
            raise ValueError("the speed must be above 0")
        self._start = start
        self._speed = speed
        self._wall = wall
        self._began = wall()

    def now(self) -> datetime:
        """What this clock shows."""
        wall = self._wall()
        return min(wall, self._start + (wall - self._began) * self._speed)

    def until(self, at: datetime) -> timedelta:
        """How long, in real time, until it shows `at`; less than nothing when it has."""
        return (at - self.now()) / self._speed
