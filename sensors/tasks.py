"""The joint between the queue and the work."""

from celery import shared_task
from django.utils import timezone

from sensors import keys, rounds


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
