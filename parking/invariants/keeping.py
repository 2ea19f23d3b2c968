"""What the checks found, kept: a row for each break from when it was first seen until it is gone."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from payments.charges import Broken

LOOK_BACK = timedelta(days=7)
MOST = 100

_SEEN = """
INSERT INTO parking_invariantbreak (name, key, words, model, object_id, subject_at, first_seen_at, last_seen_at)
SELECT %(name)s, t.key, t.words, t.model, t.object_id, t.at, %(now)s, %(now)s
FROM unnest(%(keys)s::text[], %(words)s::text[], %(models)s::text[], %(ids)s::text[], %(moments)s::timestamptz[])
    AS t(key, words, model, object_id, at)
ON CONFLICT (name, key) WHERE gone_at IS NULL DO UPDATE SET last_seen_at = excluded.last_seen_at, words = excluded.words
"""
# What has grown older than the look back is not looked at any more: it stays open for a person.
_GONE = """
UPDATE parking_invariantbreak SET gone_at = %(now)s
WHERE name = %(name)s AND gone_at IS NULL AND last_seen_at < %(now)s AND subject_at >= %(since)s
"""


def keep(name: str, broken: Sequence[Broken], *, now: datetime) -> None:
    """Keep a row for each break, mark those gone that were not seen again."""
    unique = {each.key: each for each in broken}
    with connection.cursor() as cursor:
        if unique:
            rows: list[Broken] = list(unique.values())
            told: dict[str, Any] = {
                "name": name,
                "now": now,
                "keys": [each.key[:160] for each in rows],
                "words": [each.words[:300] for each in rows],
                "models": [each.model for each in rows],
                "ids": [each.object_id for each in rows],
                "moments": [each.at for each in rows],
            }
            cursor.execute(_SEEN, told)
        if len(broken) < MOST:
            cursor.execute(_GONE, {"name": name, "now": now, "since": now - LOOK_BACK})


def note(name: str, breaks: int, took_ms: int, error: str, *, now: datetime) -> None:
    """Remember when the invariant was last checked."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO parking_invariantcheck (name, checked_at, breaks, took_ms, error) VALUES (%s, %s, %s, %s, %s) "
            "ON CONFLICT (name) DO UPDATE SET checked_at = excluded.checked_at, breaks = excluded.breaks, "
            "took_ms = excluded.took_ms, error = excluded.error",
            [name, now, breaks, took_ms, error],
        )
