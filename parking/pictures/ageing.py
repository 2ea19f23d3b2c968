"""The end of a picture: by age, and not before its order is settled and nobody disputes it."""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.files.storage import storages
from django.db import connection

from parking.models import Picture

log = logging.getLogger(__name__)

_OLD = """
SELECT id FROM parking_picture WHERE expired_at IS NULL AND received_at < %(orphans)s AND id > %(after)s
ORDER BY id LIMIT %(batch)s
"""
# Old enough, and of no order that is still parked, being checked, owed for, in dispute, or settled only lately.
_EXPIRE = """
UPDATE parking_picture p SET expired_at = %(now)s, fetch_at = NULL
FROM unnest(%(ids)s::bigint[]) AS old(id)
LEFT JOIN parking_picture q ON q.id = old.id
LEFT JOIN parking_eventkey e ON e.source = q.source AND e.event_id = q.event_id
WHERE p.id = old.id AND p.expired_at IS NULL AND CASE
    WHEN e.event_id IS NULL THEN q.source <> ALL(%(reports)s) OR q.received_at < %(kept)s
    ELSE q.received_at < %(kept)s AND NOT EXISTS (
        SELECT 1 FROM parking_parkingsession s LEFT JOIN payments_charge c ON c.id = s.charge_id
        WHERE s.berth_id = e.berth_id AND s.arrived_at <= e.observed_at + interval '10 minutes'
            AND (s.left_at IS NULL OR s.left_at >= e.observed_at - interval '10 minutes')
            AND (s.status IN ('parked', 'ended', 'held') OR c.status = 'open' OR c.settled_at > %(kept)s
                OR EXISTS (SELECT 1 FROM parking_discrepancy d WHERE d.session_id = s.id AND d.closed_at IS NULL))
    )
END
"""
# Sources of pictures that prove a report, not an event: they are no orphans.
REPORTS = ("report",)


def expire(*, now: datetime, batch: int = 500) -> int:
    """Mark what is over, batch by batch, and delete its files; how many pictures lost their files.

    Rows stay, as the proof that there was a picture and when it went. A picture whose event never came goes after
    EVIDENCE_ORPHAN_DAYS; any other after EVIDENCE_DAYS, counted again from its order's settlement.
    """
    values: dict[str, Any] = {
        "now": now,
        "orphans": now - timedelta(days=settings.EVIDENCE_ORPHAN_DAYS),
        "kept": now - timedelta(days=settings.EVIDENCE_DAYS),
        "reports": list(REPORTS),
        "batch": batch,
    }
    after = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_OLD, values | {"after": after})
            ids = [row[0] for row in cursor.fetchall()]
            if ids:
                cursor.execute(_EXPIRE, values | {"ids": ids})
        if len(ids) < batch:
            break
        after = ids[-1]
    return _delete(batch)


def _delete(batch: int) -> int:
    """Take the files of expired pictures away, then their names: what a crash leaves is found the next time."""
    done = 0
    while True:
        found = list(
            Picture.objects.filter(expired_at__isnull=False).exclude(large="", small="").order_by("id")[:batch]
        )
        if not found:
            return done
        try:
            _delete_files(name for picture in found for name in (picture.large, picture.small) if name)
        except Exception:  # storages raise their own many kinds; the names stay, so it is tried again
            log.exception("the evidence storage did not delete old pictures")
            return done
        Picture.objects.filter(id__in=[picture.id for picture in found]).update(large="", small="")
        done += len(found)


def _delete_files(names: Iterable[str]) -> None:
    store = storages["evidence"]
    for name in names:
        store.delete(name)
