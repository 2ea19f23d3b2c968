"""Facts that can't be booked: kept, counted, never guessed at."""

import logging
from datetime import datetime

from payments import facts
from payments.gateways.base import Fact
from payments.models import Suspense

log = logging.getLogger(__name__)


def park(fact: Fact, *, reason: Suspense.Reason, now: datetime) -> None:
    """Keep a fact for a person, once however often it is told."""
    _, new = Suspense.objects.get_or_create(
        gateway=fact.gateway,
        kind=fact.kind.value,
        our_number=fact.our_number[:64],
        reference=fact.reference[:64],
        reason=reason,
        amount_fen=fact.amount_fen,
        defaults={"fact": facts.plain(fact), "seen_at": now},
    )
    if new:
        log.error("suspense %s: %s %s of %s", reason.value, fact.gateway, fact.kind.value, fact.our_number)


def clear(fact: Fact, *, now: datetime) -> None:
    """What was parked about this number is answered: the gateway's true word has come and was booked."""
    Suspense.objects.filter(
        gateway=fact.gateway,
        kind=fact.kind.value,
        our_number=fact.our_number,
        reason__in=[Suspense.Reason.AMOUNT, Suspense.Reason.STRANGER],
        resolved_at__isnull=True,
    ).update(resolved_at=now, resolution="渠道的真实结果已入账")
