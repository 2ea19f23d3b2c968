"""The joint between the queue and the work."""

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from sensors import census, keys, retention, rounds


@shared_task
def forget_nonces() -> None:
    """Drop the nonces that no fresh signature can bear any more."""
    keys.forget_nonces(now=timezone.now())


@shared_task
def examine_devices() -> None:
    """Judge every device and open and close work orders."""
    rounds.examine(now=timezone.now())


@shared_task
def find_stuck_devices() -> None:
    """Compare each device with its neighbours."""
    rounds.find_stuck(now=timezone.now())


@shared_task
def sample_devices() -> None:
    """Note each device's telemetry for its curves."""
    retention.sample(now=timezone.now())


@shared_task
def shred_frames() -> None:
    """Let go of old bodies and samples."""
    now = timezone.now()
    retention.shred_frames(now=now, days=settings.FRAME_DAYS, troubled_days=settings.FRAME_TROUBLED_DAYS)
    retention.shred_samples(now=now)
    retention.shred_companions(now=now, days=settings.FRAME_DAYS)


@shared_task
def count_devices() -> None:
    """Count the devices and those heard lately, for the city's figures."""
    census.take(now=timezone.now())
