"""How far each grant has read a data set: the place is kept here, and moves when the reader says so."""

import secrets
from datetime import datetime

from django.db import transaction

from parking.exchange import changes
from parking.exchange.keys import Caller
from parking.models import DataSubscription


def subscribe(caller: Caller, *, dataset: str, from_now: bool, now: datetime) -> tuple[DataSubscription, bool]:
    """The grant's subscription of a data set, made if there is none (then true): from the beginning or from now on."""
    with transaction.atomic():
        return DataSubscription.objects.get_or_create(
            grant_id=caller.grant_id,
            dataset=dataset,
            ended_at=None,
            defaults={
                "number": f"SUB{secrets.token_hex(8)}",
                "position": changes.newest() if from_now else 0,
                "created_at": now,
            },
        )


def mine(caller: Caller) -> list[DataSubscription]:
    """The grant's subscriptions that stand."""
    return list(DataSubscription.objects.filter(grant_id=caller.grant_id, ended_at__isnull=True).order_by("id"))


def find(caller: Caller, *, number: str) -> DataSubscription | None:
    """One of the grant's subscriptions that stand; None for another's or an ended one."""
    return DataSubscription.objects.filter(grant_id=caller.grant_id, number=number, ended_at__isnull=True).first()


def acknowledge(subscription: DataSubscription, *, position: int, now: datetime) -> int:
    """Everything up to this position has arrived; the place never moves back. Gives where it is. Raises Unknown."""
    if position > changes.newest():
        raise changes.Unknown
    DataSubscription.objects.filter(pk=subscription.pk, position__lt=position).update(
        position=position, acknowledged_at=now
    )
    return DataSubscription.objects.values_list("position", flat=True).get(pk=subscription.pk)


def end(subscription: DataSubscription, *, now: datetime) -> None:
    """Follow no longer."""
    DataSubscription.objects.filter(pk=subscription.pk, ended_at__isnull=True).update(ended_at=now)
