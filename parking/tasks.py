"""The joint between the queue and the work."""

from celery import shared_task
from django.utils import timezone

from parking import pulse, sessions
from parking.figures import rolling


@shared_task
def reconcile() -> None:
    """Fold every stale berth that is due."""
    sessions.reconcile_due(now=timezone.now())


@shared_task
def heartbeat() -> None:
    """Say that a worker is alive and that the timetable reaches it."""
    pulse.beat(now=timezone.now())


@shared_task
def roll_figures() -> None:
    """Sum the hours that changed anew."""
    rolling.sweep(now=timezone.now())
