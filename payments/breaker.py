"""A circuit breaker per gateway: one that doesn't answer is left in peace for a while. Kept in a table, so that every
worker knows it."""

import logging
from datetime import datetime, timedelta

from django.db import transaction

from payments import gateways
from payments.models import Channel
from payments.wire.http import MAX_DRIFT

log = logging.getLogger(__name__)

TRIPS_AFTER = 5
FIRST_REST = timedelta(seconds=15)
LONGEST_REST = timedelta(minutes=10)


def resting(*, now: datetime) -> set[str]:
    """The gateways to which nothing is to be sent now."""
    return set(Channel.objects.filter(open_until__gt=now).values_list("gateway", flat=True))


def note(*, gateway: str, answered: int, failed: int, detail: str, now: datetime) -> None:
    """Count the ends of a round of calls. An answer of any kind means that the gateway lives."""
    if not answered and not failed:
        return
    if answered:
        changed = Channel.objects.filter(gateway=gateway, failures__gt=0).update(
            failures=0, open_until=None, told_at=now
        )
        if changed:
            log.warning("gateway %s answers again", gateway)
        return
    with transaction.atomic():
        Channel.objects.get_or_create(gateway=gateway, defaults={"told_at": now})
        channel = Channel.objects.select_for_update().get(gateway=gateway)
        channel.failures += failed
        channel.detail, channel.told_at = detail[:200], now
        if channel.failures >= TRIPS_AFTER:
            rounds = min(channel.failures // TRIPS_AFTER - 1, 10)
            channel.open_until = now + min(FIRST_REST * 2**rounds, LONGEST_REST)
            log.error("gateway %s rests until %s: %s", gateway, channel.open_until.isoformat(), detail)
        channel.save()


def mind_clocks(*, now: datetime) -> None:
    """Keep how far our clock is from each gateway's as its last answer told: past five minutes nothing is signed."""
    for code in gateways.codes():
        drift = gateways.gateway(code).drift_s
        if drift is None:
            continue
        off = drift if abs(drift) > MAX_DRIFT else None
        # Only when it changes: this is asked after every round.
        if off is not None:
            Channel.objects.update_or_create(gateway=code, defaults={"drift_s": off, "told_at": now})
        else:
            Channel.objects.filter(gateway=code, drift_s__isnull=False).update(drift_s=None)


def drifting() -> set[str]:
    """The gateways whose clock and ours are more than a minute apart."""
    return set(Channel.objects.filter(drift_s__isnull=False).values_list("gateway", flat=True))
