"""What is kept for how long: bodies as they came, hourly samples. Deleted in batches, so that no lock lasts."""

from datetime import datetime, timedelta

from django.db import connection

from sensors.models import Frame

SAMPLES_KEPT = timedelta(days=31)
_BATCH = 5_000
_FRAMES = """
DELETE FROM sensors_frame WHERE id IN (
    SELECT id FROM sensors_frame
    WHERE received_at < %(before)s AND (outcome = %(accepted)s OR received_at < %(troubled_before)s)
    ORDER BY received_at LIMIT %(batch)s
)
"""
_COMPANIONS = """
DELETE FROM sensors_companion WHERE id IN (
    SELECT id FROM sensors_companion WHERE told_at < %(before)s ORDER BY told_at LIMIT %(batch)s
)
"""
_SAMPLE = """
INSERT INTO sensors_devicesample
    (device_id, at, battery_v, battery_pct, signal_dbm, temperature_c, clock_offset_s, loss)
SELECT device_id, date_trunc('hour', %(now)s), battery_v, battery_pct, signal_dbm, temperature_c, clock_offset_s, loss
FROM sensors_devicestate WHERE last_heard_at > %(now)s - interval '1 hour'
ON CONFLICT (device_id, at) DO NOTHING
"""
_SAMPLES = """
DELETE FROM sensors_devicesample WHERE id IN (
    SELECT id FROM sensors_devicesample WHERE at < %(before)s ORDER BY at LIMIT %(batch)s
)
"""


def shred_frames(*, now: datetime, days: int, troubled_days: int, batches: int = 200) -> int:
    """Delete bodies older than `days`; those not wholly accepted live `troubled_days` (at least as long).

    At most `batches` of 5,000 at a time: what is left is deleted the next night. How many were deleted.
    """
    before = now - timedelta(days=days)
    told: dict[str, datetime | str | int] = {
        "before": before,
        "troubled_before": min(before, now - timedelta(days=troubled_days)),
        "accepted": Frame.Outcome.ACCEPTED.value,
        "batch": _BATCH,
    }
    return _in_batches(_FRAMES, told, batches)


def sample(*, now: datetime) -> int:
    """Note the telemetry of every device heard in the last hour, in one statement; how many."""
    with connection.cursor() as cursor:
        cursor.execute(_SAMPLE, {"now": now})
        return int(cursor.rowcount)


def shred_samples(*, now: datetime, batches: int = 200) -> int:
    """Delete samples older than a month; how many."""
    return _in_batches(_SAMPLES, {"before": now - SAMPLES_KEPT, "batch": _BATCH}, batches)


def shred_companions(*, now: datetime, days: int, batches: int = 200) -> int:
    """Forget which events fall together, after `days`: a vendor takes nothing back so late; how many."""
    return _in_batches(_COMPANIONS, {"before": now - timedelta(days=days), "batch": _BATCH}, batches)


def _in_batches(statement: str, told: dict[str, datetime | str | int], batches: int) -> int:
    deleted = 0
    with connection.cursor() as cursor:
        for _ in range(batches):
            cursor.execute(statement, told)
            deleted += cursor.rowcount
            if cursor.rowcount < _BATCH:
                break
    return deleted
