"""The joint between the queue and the work."""

from celery import shared_task
from django.utils import timezone

from sensors import keys


@shared_task
def forget_nonces() -> None:
    """Drop the nonces that no fresh signature can bear any more."""
    keys.forget_nonces(now=timezone.now())
