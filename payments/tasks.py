"""The joint between the queue and the work. The queue is a hint: every task finds its work in the tables."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from celery import Task, shared_task
from django.db import connection
from django.utils import timezone

from payments import collection, dunning, gateways, inbox, invoicing, reconciliation, retention

log = logging.getLogger(__name__)


@contextmanager
def _alone(name: str) -> Iterator[bool]:
    """Whether no other worker does this now. Two would do no harm, but a slow gateway must not take every worker."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [name])
        (alone,) = cursor.fetchone()
    try:
        yield alone
    finally:
        if alone:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtext(%s))", [name])


@shared_task(name="payments.tasks.collect")
def collect() -> None:
    """Debit the charges that are due."""
    with _alone("payments.collect") as alone:
        if alone:
            collection.collect(now=timezone.now())


@shared_task(name="payments.tasks.chase_unknown")
def chase_unknown() -> None:
    """Ask after attempts and refunds without an end, and work off what was left in the inbox."""
    inbox.work(now=timezone.now())
    with _alone("payments.chase") as alone:
        if alone:
            collection.chase(now=timezone.now())


@shared_task(name="payments.tasks.settle_inbox")
def settle_inbox() -> None:
    """Apply the notifications that have come."""
    inbox.work(now=timezone.now())


@shared_task(name="payments.tasks.plan_urgings")
def plan_urgings() -> None:
    """Make the messages that remind of arrears; parking, which knows the people, sends them."""
    dunning.plan(now=timezone.now())


@shared_task(name="payments.tasks.reconcile_statements", time_limit=900)
def reconcile_statements() -> None:
    """Compare the last three days with the gateways' statements."""
    now = timezone.now()
    today = now.astimezone(reconciliation.SHANGHAI).date()
    for gateway in gateways.codes():
        for days in (3, 2, 1):
            report = reconciliation.reconcile(gateway=gateway, day=today - timedelta(days=days), now=now)
            log.info("statement of %s, %d days ago: %s", gateway, days, report)


@shared_task(name="payments.tasks.issue_invoices")
def issue_invoices() -> None:
    """Send and chase invoices, reverse those whose money went back, fetch their files and mail them."""
    with _alone("payments.invoices") as alone:
        if alone:
            invoicing.work(now=timezone.now())


@shared_task(name="payments.tasks.watch_issuers")
def watch_issuers() -> None:
    """Hear from the issuers whether the drawer's login holds and how much credit is left."""
    invoicing.watch(now=timezone.now())


@shared_task(name="payments.tasks.shred")
def shred() -> None:
    """Empty what has been kept long enough."""
    retention.shred(now=timezone.now())


# A wake that can't be sent is missed by nobody for long: the timetable sweeps every two seconds.
_WAKE_AT_MOST_EVERY = 0.2
_REST_AFTER_FAILURE = 10.0
_not_before: dict[str, float] = {}


def wake_collect() -> None:
    """Tell the worker that there is something to collect. Never raises."""
    _wake(collect)


def wake_inbox() -> None:
    """Tell the worker that a notification came. Never raises."""
    _wake(settle_inbox)


def _wake(task: Task[[], None]) -> None:
    clock = time.monotonic()
    if clock < _not_before.get(task.name, 0.0):
        return
    _not_before[task.name] = clock + _WAKE_AT_MOST_EVERY
    # In a thread of its own: a broker that hangs must not keep whoever just committed.
    threading.Thread(target=_send, args=(task,), name="wake", daemon=True).start()


def _send(task: Task[[], None]) -> None:
    try:
        task.apply_async(retry=False)
    except Exception as error:  # whatever the broker's client raises, the money is in the table already
        _not_before[task.name] = time.monotonic() + _REST_AFTER_FAILURE
        log.warning("no wake sent for %s: %s", task.name, type(error).__name__)
