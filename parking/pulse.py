"""Is the worker alive, and how far behind is the fold?"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

_NAME = "worker"
WORKER_IS_SILENT_AFTER = timedelta(seconds=30)
EVENTS_ARE_LATE_AFTER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Pulse:
    """`worker_at` is the last heartbeat, `oldest_due_at` the oldest berth that waits for its fold."""

    worker_at: datetime | None
    oldest_due_at: datetime | None
    backlog: int

    def ready(self, *, now: datetime) -> bool:
        """Whether the worker was heard lately and nothing waits too long."""
        alive = self.worker_at is not None and now - self.worker_at < WORKER_IS_SILENT_AFTER
        late = self.oldest_due_at is not None and now - self.oldest_due_at > EVENTS_ARE_LATE_AFTER
        return alive and not late


def beat(*, now: datetime) -> None:
    """Write the heartbeat."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO parking_heartbeat (name, at) VALUES (%s, %s) "
            "ON CONFLICT (name) DO UPDATE SET at = excluded.at",
            [_NAME, now],
        )


def read(*, now: datetime) -> Pulse:
    """The heartbeat and the backlog, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT at FROM parking_heartbeat WHERE name = %s), min(due_at), count(*) "
            "FROM (SELECT due_at FROM parking_staleberth WHERE due_at <= %s ORDER BY due_at LIMIT 10000) AS due",
            [_NAME, now],
        )
        worker_at, oldest, backlog = cursor.fetchone()
    return Pulse(worker_at, oldest, backlog)


def installation() -> str:
    """A word that is the same in all processes of one installation and tells nothing of its secret."""
    return hashlib.sha256(f"installation:{settings.SECRET_KEY}".encode()).hexdigest()[:16]
