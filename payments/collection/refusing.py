"""What follows a debit that did not come off: the next gateway, or the driver pays by hand."""

from collections.abc import Iterable
from datetime import datetime

from payments import gateways
from payments.models import Attempt, Charge, Part

# A debit that failed because of its entry at the gateway, not because of the driver: the same gateway is asked again.
NOT_THE_DRIVERS = frozenset({"ENTRY_GONE"})


def gateways_left(*, charge_id: int) -> list[str]:
    """The gateways, in the order of settings, that have not refused to debit this charge."""
    refused = set(
        Part.objects.filter(
            charge_id=charge_id,
            attempt__kind=Attempt.Kind.DEBIT,
            attempt__status__in=[Attempt.Status.FAILED, Attempt.Status.CLOSED],
        )
        .exclude(attempt__code__in=NOT_THE_DRIVERS)
        .values_list("attempt__gateway", flat=True)
    )
    return [code for code in gateways.codes() if code not in refused]


def after(attempt: Attempt, *, charges: Iterable[Charge], now: datetime) -> None:
    """Put each charge of a refused debit before the next gateway; with none left only the driver can pay it."""
    if attempt.kind != Attempt.Kind.DEBIT:
        return
    for charge in charges:
        left = gateways_left(charge_id=charge.pk)
        Charge.objects.filter(pk=charge.pk, status=Charge.Status.OPEN).update(collect_at=now if left else None)
