"""Notifications: kept before they are answered, applied afterwards, each as often as it takes and no oftener."""

import hashlib
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from payments import collection, facts
from payments.gateways.base import Fact
from payments.models import Move, Notification

log = logging.getLogger(__name__)

BATCH = 50
MAX_TRIES = 12


def keep(*, gateway: str, body: bytes, told: Sequence[Fact], now: datetime) -> bool:
    """Store a verified notification durably. False when it is stored already."""
    # A gateway's own id where it gives one; the same bytes are the same notification in any case.
    event_id = next((fact.event_id for fact in told if fact.event_id), "") or hashlib.sha256(body).hexdigest()
    kept = Notification.objects.bulk_create(
        [
            Notification(
                gateway=gateway,
                event_id=event_id[:128],
                body=body,
                facts=[facts.plain(fact) for fact in told],
                received_at=now,
                try_at=now,
            )
        ],
        ignore_conflicts=True,
    )
    return bool(kept)


def work(*, now: datetime) -> int:
    """Apply what has come, oldest first. A fact that came too early is tried again later. Gives how many were seen."""
    seen = 0
    while True:
        with transaction.atomic():
            batch = list(
                Notification.objects.select_for_update(skip_locked=True)
                .filter(processed_at__isnull=True, try_at__lte=now)
                .order_by("try_at", "pk")[:BATCH]
            )
            # Durable before anything is tried: a notification that kills its worker comes back later, and rarer.
            for notification in batch:
                notification.tries += 1
                notification.try_at = now + timedelta(seconds=5 * 2 ** min(notification.tries, 10))
            Notification.objects.bulk_update(batch, ["tries", "try_at"])
        for notification in batch:
            _apply(notification, now=now)
        seen += len(batch)
        if len(batch) < BATCH:
            return seen


def _apply(notification: Notification, *, now: datetime) -> None:
    early, error = False, ""
    try:
        for content in notification.facts:
            verdict = collection.settle(facts.whole(content), source=Move.Source.NOTIFICATION, now=now)
            early = early or verdict is collection.Verdict.EARLY
    except Exception as problem:  # one that can't be applied must not keep the others waiting
        error = type(problem).__name__
        log.exception("notification %s of %s could not be applied", notification.event_id, notification.gateway)
    given_up = notification.tries >= MAX_TRIES
    done = not (early or error) or given_up
    Notification.objects.filter(pk=notification.pk).update(
        processed_at=now if done else None, error=error or ("too early" if early and given_up else "")
    )
