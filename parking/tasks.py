"""The joint between the queue and the work."""

import logging
from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from parking import (
    invariants,
    invoices,
    messages,
    once,
    partitions,
    permits,
    pictures,
    pulse,
    review_queue,
    sessions,
    tariffs,
    trials,
)
from parking.exchange import changes
from parking.figures import rolling
from parking.reports import sending

log = logging.getLogger(__name__)

# Twice as long as the timetable's beat: one that is missed loses no order its chance.
SAMPLED_AGAIN = timedelta(minutes=10)


@shared_task
def reconcile() -> None:
    """Fold every stale berth that is due."""
    sessions.reconcile_due(now=timezone.now())


@shared_task
def heartbeat() -> None:
    """Say that a worker is alive and that the timetable reaches it."""
    pulse.beat(now=timezone.now())


@shared_task
def check_invariants() -> None:
    """See that what must always hold does."""
    invariants.check(now=timezone.now())


@shared_task
def keep_partitions() -> None:
    """Make the months that come, and move rows without a month into one."""
    for refused in partitions.keep(now=timezone.now()).refused:
        log.error("a partition could not be made: %s", refused)


@shared_task
def roll_figures() -> None:
    """Sum the hours that changed anew."""
    rolling.sweep(now=timezone.now())


@shared_task
def develop_pictures() -> None:
    """Make the copies of the pictures that have come."""
    while pictures.develop(now=timezone.now(), limit=20) == 20:
        pass


@shared_task
def fetch_pictures() -> None:
    """Fetch what vendors only named, from listed hosts."""
    pictures.fetch_named(now=timezone.now())


@shared_task
def expire_pictures() -> None:
    """Let pictures go whose time is over."""
    pictures.expire(now=timezone.now())


@shared_task
def expire_permit_orders() -> None:
    """Void the permit orders that nobody paid in time."""
    permits.expire_orders(now=timezone.now())


@shared_task
def draw_samples() -> None:
    """Put a share of the orders that went by themselves before a reviewer."""
    now = timezone.now()
    review_queue.draw_samples(share=settings.REVIEW_SAMPLE_PERMILLE / 1000, since_at=now - SAMPLED_AGAIN, now=now)


@shared_task
def tell_drivers() -> None:
    """Tell drivers of arrivals and bills; send the SMS that wait."""
    messages.sweep(now=timezone.now())
    messages.send(now=timezone.now())
    messages.urge(now=timezone.now())


@shared_task
def tidy_up() -> None:
    """Delete what is kept for a while only."""
    messages.forget(now=timezone.now())
    once.forget(now=timezone.now())


@shared_task
def keep_calendar() -> None:
    """Ask for the years to come, and compare what was priced by a guessed calendar once the real one is there."""
    now = timezone.now()
    tariffs.ask_for_years(now=now)
    tariffs.rerate_announced(now=now)


@shared_task
def invoice_each_payment() -> None:
    """Ask for the invoices of those who want each payment invoiced."""
    invoices.invoice_each_payment(now=timezone.now())


@shared_task
def number_changes() -> None:
    """Give what changed in the shared data sets its place."""
    changes.number(now=timezone.now())


@shared_task
def send_reports() -> None:
    """Send the reports that are due."""
    sending.send_due(now=timezone.now())


# A year of stays takes longer than other work may; a worker that dies is replaced by the sweep.
@shared_task(time_limit=3600)
def run_trials() -> None:
    """Price again what somebody asked to see under another tariff."""
    trials.run_waiting(clock=timezone.now)
