"""Which charges can be invoiced now, and for how much: what we received and didn't give back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Sum

from payments.domain.states import REFUND_DEAD, RefundState
from payments.invoicing.rules import Rule, Why, rules_of
from payments.models import Attempt, Charge, InvoiceLine, Part, Refund

# A refund that waits for a second person may still be turned down.
_NOT_GOING_BACK = [*REFUND_DEAD, RefundState.REQUESTED]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A charge that can be invoiced, and for how much."""

    number: str
    amount_fen: int
    kind: str
    place: str
    plate: str = field(repr=False)
    from_at: datetime
    to_at: datetime


def offers(numbers: Iterable[str], *, now: datetime) -> list[Offer]:
    """Those of these charges that can be invoiced now, newest first; six queries however many."""
    charges = list(Charge.objects.filter(number__in=list(numbers)).order_by("-to_at", "-pk"))
    checked = check(charges, now=now)
    return [
        Offer(
            number=charge.number,
            amount_fen=found[0],
            kind=found[1].kind,
            place=charge.place,
            plate=charge.plate,
            from_at=charge.from_at,
            to_at=charge.to_at,
        )
        for charge in charges
        if isinstance(found := checked[charge.pk], tuple)
    ]


def check(charges: Sequence[Charge], *, now: datetime) -> dict[int, tuple[int, Rule] | Why]:
    """For each charge by its id the fen to invoice and the rule to do it by, or why not."""
    ids = [charge.pk for charge in charges]
    got = received(ids)
    living = set(InvoiceLine.objects.filter(charge_id__in=ids, living=True).values_list("charge_id", flat=True))
    rules = rules_of(charges)
    oldest = now - timedelta(days=settings.INVOICE_WITHIN_DAYS)
    checked: dict[int, tuple[int, Rule] | Why] = {}
    for charge in charges:
        rule = rules[charge.pk]
        amount = got.get(charge.pk, 0)
        if charge.status == Charge.Status.OPEN or charge.settled_at is None:
            checked[charge.pk] = Why.NOT_PAID
        elif charge.pk in living:
            checked[charge.pk] = Why.ALREADY
        elif amount <= 0:
            checked[charge.pk] = Why.NOTHING_LEFT
        elif charge.settled_at < oldest:
            checked[charge.pk] = Why.TOO_OLD
        else:
            checked[charge.pk] = rule if isinstance(rule, Why) else (amount, rule)
    return checked


def received(charge_ids: Iterable[int]) -> dict[int, int]:
    """What was paid for each charge less what has gone back or is on its way, in fen; two queries.

    A refund that the gateway's console made of a payment for several charges names none of them and isn't counted.
    """
    ids = list(charge_ids)
    paid = (
        Part.objects.filter(charge_id__in=ids, attempt__status=Attempt.Status.SUCCEEDED)
        .values_list("charge_id")
        .annotate(total=Sum("amount_fen"))
        .order_by()
    )
    sums: dict[int, int] = dict(paid)
    back = (
        Refund.objects.filter(charge_id__in=ids)
        .exclude(status__in=_NOT_GOING_BACK)
        .values_list("charge_id")
        .annotate(total=Sum("amount_fen"))
        .order_by()
    )
    for charge_id, total in back:
        if charge_id is not None:
            sums[charge_id] = sums.get(charge_id, 0) - total
    return sums
