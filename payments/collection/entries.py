"""Plates at the gateways: entries and mandates, kept up to date by what is told of them."""

from datetime import datetime

from payments.gateways import base
from payments.gateways.base import Fact, State
from payments.models import Attempt, Mandate, PlateEntry


def debited(attempt: Attempt) -> None:
    """The gateway took the debit: its entry is spent."""
    if attempt.entry_id:
        PlateEntry.objects.filter(pk=attempt.entry_id).update(status=PlateEntry.Status.USED, enter_at=None)


def refused(attempt: Attempt, *, reason: str) -> None:
    """The gateway refused the debit: another try needs another entry."""
    if attempt.entry_id:
        PlateEntry.objects.filter(pk=attempt.entry_id, status=PlateEntry.Status.LIVE).update(
            status=PlateEntry.Status.DEAD, reason=reason[:120], enter_at=None
        )


def told(fact: Fact, *, now: datetime) -> bool:
    """A gateway says that an entry can or can't be debited. False when we heard something newer before."""
    at = fact.at or now
    known = PlateEntry.objects.filter(gateway=fact.gateway, number=fact.our_number)
    changed = known.filter(told_at__isnull=True) | known.filter(told_at__lt=at)
    return bool(
        PlateEntry.objects.filter(pk__in=changed.values("pk")).update(
            blocked=fact.state is State.BLOCKED, reason=(fact.code or fact.message)[:120], told_at=at
        )
    )


_MANDATE_STATES = {
    State.NORMAL: Mandate.State.NORMAL,
    State.BLOCKED: Mandate.State.BLOCKED,
    State.NONE: Mandate.State.NONE,
}


def mandate_told(fact: Fact, *, now: datetime) -> bool:
    """A gateway says how a plate's agreement stands. False when we heard something newer, or of no plate."""
    if not fact.plate or fact.state not in _MANDATE_STATES:
        return False
    return keep_mandate(
        gateway=fact.gateway,
        plate=fact.plate,
        plate_color=fact.plate_color or "unknown",
        state=_MANDATE_STATES[fact.state],
        detail=fact.code or fact.message,
        since_at=None,
        told_at=fact.at or now,
    )


def found(*, gateway: str, plate: str, plate_color: str, mandate: base.Mandate, now: datetime) -> bool:
    """Keep what a gateway answered about a plate; an answer that says nothing changes nothing."""
    if mandate.state not in _MANDATE_STATES:
        return False
    return keep_mandate(
        gateway=gateway,
        plate=plate,
        plate_color=plate_color,
        state=_MANDATE_STATES[mandate.state],
        detail=mandate.detail,
        since_at=mandate.since_at,
        told_at=now,
    )


def keep_mandate(
    *,
    gateway: str,
    plate: str,
    plate_color: str,
    state: Mandate.State,
    detail: str,
    since_at: datetime | None,
    told_at: datetime,
) -> bool:
    """Store the state of an agreement unless something newer is stored."""
    key = {"gateway": gateway, "plate": plate, "plate_color": plate_color}
    fresh = {"state": state, "detail": detail[:120], "told_at": told_at}
    if since_at:
        fresh["since_at"] = since_at
    _, new = Mandate.objects.get_or_create(**key, defaults=fresh)
    return new or bool(Mandate.objects.filter(**key, told_at__lte=told_at).update(**fresh))
