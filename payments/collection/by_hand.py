"""The driver pays by hand: one payment under way a charge, and never a second one beside a debit that may come off."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import transaction

from payments import gateways, ledger, moves
from payments.collection import calling, chasing, refusing, settling
from payments.domain import numbers as our_numbers
from payments.domain import schedule
from payments.domain.money import CURRENCY
from payments.domain.states import IN_FLIGHT, AttemptState
from payments.gateways.base import FactKind, NotSent, Refused, Started, Unknown, UserPayment, Way, fact_of
from payments.models import Attempt, Charge, Move, Part

# How long an offer to pay stands: a fee that is final doesn't change, but a page left open should not hold it for ever.
OFFER_STANDS = timedelta(minutes=15)
ReturnUrl = str | Callable[[str], str]


class Why(StrEnum):
    """Why no payment was started."""

    NOTHING_DUE = "nothing_due"
    UNKNOWN_CHARGE = "unknown_charge"
    DEBIT_PENDING = "debit_pending"
    PAYMENT_PENDING = "payment_pending"
    GATEWAY_REFUSED = "gateway_refused"
    GATEWAY_SILENT = "gateway_silent"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentStart:
    """A payment to be made: the driver goes to `url`, or the app calls the gateway with `params`."""

    attempt_number: str
    amount_fen: int
    expires_at: datetime
    url: str
    params: dict[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotStarted:
    """Why not. `attempt_number` is the payment that stands in the way, whose state can be shown instead."""

    why: Why
    attempt_number: str = ""
    detail: str = ""


def start(
    charge_numbers: Sequence[str],
    *,
    gateway: str,
    kind: str,
    return_url: ReturnUrl,
    now: datetime,
    payer: str = "",
    client_ip: str = "127.0.0.1",
) -> PaymentStart | NotStarted:
    """Start one payment of these charges. Asked again while it stands, it is the same payment. Holds no transaction.

    `kind` is native, wap or jsapi; `payer` is the gateway's id of the payer, which jsapi needs.
    """
    wanted = sorted(set(charge_numbers))
    obstacle = way_free(wanted, gateway=gateway, kind=kind, now=now)
    if obstacle is not None:
        return obstacle
    prepared = prepare(wanted, gateway=gateway, kind=kind, now=now)
    if isinstance(prepared, NotStarted):
        return prepared
    if prepared.offer:
        return _start_of(prepared)
    return _offer(prepared, return_url=return_url, payer=payer, client_ip=client_ip, now=now)


def way_free(numbers: Sequence[str], *, gateway: str, kind: str, now: datetime) -> NotStarted | None:
    """Get every other payment of these charges out of the way. None when the way is free."""
    for _ in range(3):
        other = _obstacle(numbers, gateway=gateway, kind=kind, now=now)
        if other is None or isinstance(other, NotStarted):
            return other
        if not _clear(other, now=now):
            return _in_the_way(other)
    return None


def _obstacle(numbers: Sequence[str], *, gateway: str, kind: str, now: datetime) -> Attempt | NotStarted | None:
    """Another payment under way for one of the charges that can't be gone on with."""
    charges = list(Charge.objects.filter(number__in=numbers))
    if len(charges) < len(numbers) or not numbers:
        return NotStarted(why=Why.UNKNOWN_CHARGE)
    if any(charge.status != Charge.Status.OPEN for charge in charges):
        return NotStarted(why=Why.NOTHING_DUE)
    if any(charge.currency != CURRENCY for charge in charges):
        return NotStarted(why=Why.GATEWAY_REFUSED, detail="currency")
    flying = Part.objects.filter(charge__in=charges, in_flight=True).select_related("attempt").order_by("attempt_id")
    for part in flying:
        if not _goes_on(part.attempt, charges, gateway=gateway, kind=kind, now=now):
            return part.attempt
    return None


def _goes_on(attempt: Attempt, charges: Sequence[Charge], *, gateway: str, kind: str, now: datetime) -> bool:
    """Whether this is the very payment that is wanted, and it still stands."""
    parts = set(Part.objects.filter(attempt=attempt).values_list("charge_id", flat=True))
    return (
        attempt.gateway == gateway
        and attempt.kind == kind
        and parts == {charge.pk for charge in charges}
        and attempt.expires_at is not None
        and attempt.expires_at > now + timedelta(minutes=1)
        # The same number with the same content may be sent again, so even one just being sent goes on.
        and attempt.status in IN_FLIGHT
    )


def _in_the_way(attempt: Attempt) -> NotStarted:
    debit = attempt.kind == Attempt.Kind.DEBIT
    return NotStarted(why=Why.DEBIT_PENDING if debit else Why.PAYMENT_PENDING, attempt_number=attempt.number)


def _clear(attempt: Attempt, *, now: datetime) -> bool:
    """Get a payment out of the way: by its true end, by closing it, or by waiting for it no longer."""
    if attempt.status == AttemptState.CREATED:
        return _withdraw(attempt, now=now)
    if attempt.kind == Attempt.Kind.DEBIT:
        chasing.ask(attempt_id=attempt.pk, now=now)
    else:
        found = calling.close(gateways.gateway(attempt.gateway), attempt.number)
        if not isinstance(found, NotSent):
            fact = fact_of(
                gateway=attempt.gateway, kind=FactKind.PAYMENT, number=attempt.number, found=found, heard_at=now
            )
            settling.settle(fact, source=Move.Source.ANSWER, now=now)
    if not Part.objects.filter(attempt=attempt, in_flight=True).exists():
        return True
    sent_at = attempt.submitted_at or attempt.created_at
    if attempt.kind != Attempt.Kind.DEBIT or now - sent_at < schedule.HAND_OVER_AFTER:
        return False
    # A debit can't be closed at the gateway. If it comes off after all, the later of the two payments goes back.
    return bool(Attempt.objects.filter(pk=attempt.pk, released_at__isnull=True).update(released_at=now))


def _withdraw(attempt: Attempt, *, now: datetime) -> bool:
    """Close a payment that was never sent. False when somebody just sent it."""
    with transaction.atomic():
        locked, _, _ = settling.lock(attempt.pk)
        return locked.status == AttemptState.CREATED and moves.advance(
            locked,
            to=AttemptState.CLOSED,
            source=Move.Source.US,
            now=now,
            detail="withdrawn",
            next_query_at=None,
            code="WITHDRAWN",
        )


def prepare(
    numbers: Sequence[str], *, gateway: str, kind: str, now: datetime, taken_by: str = ""
) -> Attempt | NotStarted:
    """The attempt, committed before anything is sent; an earlier one that still stands is taken up again."""
    with transaction.atomic():
        charges = list(Charge.objects.select_for_update().filter(number__in=numbers).order_by("pk"))
        owed = ledger.due(charge_ids=[charge.pk for charge in charges])
        if any(charge.status != Charge.Status.OPEN or owed.get(charge.pk, 0) <= 0 for charge in charges):
            return NotStarted(why=Why.NOTHING_DUE)
        flying = Part.objects.filter(charge__in=charges, in_flight=True).select_related("attempt").first()
        if flying is not None:
            if _goes_on(flying.attempt, charges, gateway=gateway, kind=kind, now=now):
                return flying.attempt
            return _in_the_way(flying.attempt)
        attempt = Attempt.objects.create(
            number=our_numbers.payment(now=now),
            gateway=gateway,
            kind=kind,
            taken_by=taken_by,
            amount_fen=sum(owed.values()),
            status=AttemptState.SUBMITTED,
            created_at=now,
            submitted_at=now,
            send_count=1,
            expires_at=now + OFFER_STANDS,
            next_query_at=now + schedule.RECOVER_AFTER,
        )
        Part.objects.bulk_create(Part(attempt=attempt, charge=charge, amount_fen=owed[charge.pk]) for charge in charges)
        return attempt


def _offer(
    attempt: Attempt, *, return_url: ReturnUrl, payer: str, client_ip: str, now: datetime
) -> PaymentStart | NotStarted:
    assert attempt.expires_at is not None
    # No place: whoever knows a plate may pay for it, and must not learn from the payer's page where the car stood.
    description = f"停车费 {Part.objects.filter(attempt=attempt).count()} 笔"
    answer = gateways.gateway(attempt.gateway).open_payment(
        UserPayment(
            number=attempt.number,
            amount_fen=attempt.amount_fen,
            description=description,
            way=Way(attempt.kind),
            expires_at=attempt.expires_at,
            payer=payer,
            return_url=return_url if isinstance(return_url, str) else return_url(attempt.number),
            client_ip=client_ip,
        )
    )
    with transaction.atomic():
        locked, _, charges = settling.lock(attempt.pk)
        if isinstance(answer, Started):
            offer = {"url": answer.url, "params": dict(answer.params)}
            moves.advance(
                locked,
                to=AttemptState.PENDING,
                source=Move.Source.ANSWER,
                now=now,
                offer=offer,
                next_query_at=schedule.next_query_at(asked=0, now=now),
            )
            locked.offer = offer
            return _start_of(locked)
        if isinstance(answer, Unknown):
            moves.advance(locked, to=AttemptState.UNKNOWN, source=Move.Source.ANSWER, now=now, detail=answer.detail)
            return NotStarted(why=Why.GATEWAY_SILENT, attempt_number=attempt.number, detail=answer.detail)
        code = answer.code if isinstance(answer, Refused) else "NOT_SENT"
        moves.advance(
            locked,
            to=AttemptState.FAILED,
            source=Move.Source.ANSWER,
            now=now,
            detail=code,
            code=code[:64],
            next_query_at=None,
        )
        refusing.after(locked, charges=charges.values(), now=now)
        why = Why.GATEWAY_REFUSED if isinstance(answer, Refused) else Why.GATEWAY_SILENT
        return NotStarted(why=why, attempt_number=attempt.number, detail=code)


def _start_of(attempt: Attempt) -> PaymentStart:
    assert attempt.expires_at is not None
    return PaymentStart(
        attempt_number=attempt.number,
        amount_fen=attempt.amount_fen,
        expires_at=attempt.expires_at,
        url=str(attempt.offer.get("url", "")),
        params=dict(attempt.offer.get("params", {})),
    )
