"""What is kept for how long: bodies as they came go by whole months, samples in batches, so that no lock lasts."""

import logging
from datetime import datetime, timedelta

from django.db import OperationalError, connection

from parking import partitions
from parking.partitions import Partitioned
from sensors.models import Frame

log = logging.getLogger(__name__)

SAMPLES_KEPT = timedelta(days=31)
_BATCH = 5_000
_FRAMES = Partitioned(name=Frame._meta.db_table, column="received_at")
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


def shred_frames(*, now: datetime, days: int, troubled_days: int) -> list[str]:
    """Let bodies go month by month: when all of a month is older than `days`, those that were wholly accepted; when it
    is older than `troubled_days` (at least as long), the rest. So a body lives up to a month longer than `days`.

    Gives the partitions that were rewritten or dropped. One whose locks can't be had is left for the next night.
    """
    before = now - timedelta(days=days)
    troubled_before = min(before, now - timedelta(days=troubled_days))
    touched = []
    for month in partitions.months(_FRAMES):
        if month.end > before:
            break
        try:
            if month.end <= troubled_before:
                partitions.drop(month)
            elif Frame.objects.filter(
                received_at__gte=month.start, received_at__lt=month.end, outcome=Frame.Outcome.ACCEPTED
            ).exists():
                partitions.leave_only(month, column="outcome", other_than=Frame.Outcome.ACCEPTED.value)
            else:
                continue
        except OperationalError:
            log.warning("%s is in use: the next night tries again", month.name)
            continue
        touched.append(month.name)
    return touched


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
