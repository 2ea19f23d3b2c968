"""What follows a debit that did not come off: the next gateway, or the driver pays by hand."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from payments import gateways
from payments.models import Attempt, Charge, Part

# Debits that ended for another reason than the driver's: the same gateway is asked again. WITHDRAWN: the driver wanted
# to pay by hand before it was sent.
NOT_THE_DRIVERS = frozenset({"ENTRY_GONE", "WITHDRAWN"})
# A driver who closes one payment by hand may be about to open another.
AFTER_BY_HAND = timedelta(minutes=2)


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
    """Put each charge of a payment that came to nothing before the next gateway; with none left only the driver can
    pay it. A payment by hand that nobody made gives the charge back to the machine, unless that had given up before.
    """
    when = now if attempt.kind == Attempt.Kind.DEBIT else now + AFTER_BY_HAND
    for charge in charges:
        left = gateways_left(charge_id=charge.pk)
        found = Charge.objects.filter(pk=charge.pk, status=Charge.Status.OPEN)
        if left:
            found.update(collect_at=when)
        elif attempt.kind == Attempt.Kind.DEBIT:
            found.update(collect_at=None, notice_at=now)
