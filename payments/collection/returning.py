"""Refunds on their way: claimed, sent or asked after, recorded."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from payments import breaker, gateways, moves, refunding
from payments.collection import settling
from payments.domain import schedule
from payments.domain.states import RefundState
from payments.gateways.base import (
    BankCard,
    FactKind,
    Found,
    NotSent,
    Outcome,
    RefundOrder,
    Refused,
    Succeeded,
    Unknown,
    fact_of,
)
from payments.models import Attempt, Move, Refund

_R = RefundState
_THREADS = 4
# The merchant's balance is short, or the gateway is busy: the same number is sent again until it goes through.
_LATER = frozenset({"NOT_ENOUGH", "USER_ACCOUNT_ABNORMAL_RETRY", "FREQUENCY_LIMITED", "ACQ.SELLER_BALANCE_NOT_ENOUGH"})
_TRY_AGAIN_AFTER = timedelta(minutes=30)
_ABOUT_THE_REFUND = frozenset({"CLOSED", "ABNORMAL"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    refund_id: int
    gateway: str
    send: bool
    order: RefundOrder


def work(*, now: datetime, limit: int) -> int:
    """Do what is due of one batch of refunds. Gives how many."""
    jobs = _claim(now=now, resting=breaker.resting(now=now), limit=limit)
    for job, found in _run(jobs, now=now):
        _record(job, found, now=now)
    return len(jobs)


def _claim(*, now: datetime, resting: set[str], limit: int) -> list[_Job]:
    with transaction.atomic():
        due = list(
            Refund.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(act_at__lte=now)
            .exclude(gateway__in=resting)
            .select_related("attempt")
            .order_by("act_at", "pk")[:limit]
        )
        jobs = []
        for refund in due:
            if refund.status == _R.APPROVED:
                moves.advance_refund(
                    refund,
                    to=_R.SUBMITTED,
                    source=Move.Source.US,
                    now=now,
                    submitted_at=now,
                    send_count=refund.send_count + 1,
                    act_at=now + schedule.RECOVER_AFTER,
                )
                jobs.append(_job(refund, send=True))
            elif refund.status in (_R.SUBMITTED, _R.PROCESSING, _R.UNKNOWN):
                refund.query_count += 1
                refund.act_at = schedule.next_query_at(asked=refund.query_count, now=now)
                refund.save(update_fields=["query_count", "act_at"])
                jobs.append(_job(refund, send=False))
            else:
                refund.act_at = None
                refund.save(update_fields=["act_at"])
        return jobs


def _job(refund: Refund, *, send: bool) -> _Job:
    attempt = refund.attempt
    return _Job(
        refund_id=refund.pk,
        gateway=refund.gateway,
        send=send,
        order=RefundOrder(
            number=refund.number,
            payment_number=attempt.number,
            payment_reference=attempt.reference or "",
            amount_fen=refund.amount_fen,
            total_fen=attempt.amount_fen,
            reason=refund.reason,
            contactless=attempt.kind == Attempt.Kind.DEBIT,
        ),
    )


def mend(*, number: str, card: BankCard, by: str, now: datetime) -> Outcome | None:
    """Send an ABNORMAL refund to the driver's own card. None when no refund of that number waits for it.

    Holds no transaction. What the gateway answers is recorded; an unknown end is asked after as any other.
    """
    refund = Refund.objects.select_related("attempt").filter(number=number, status=_R.ABNORMAL).first()
    if refund is None:
        return None
    job = _job(refund, send=True)
    found = gateways.gateway(refund.gateway).mend_refund(job.order, reference=refund.reference or "", card=card)
    if isinstance(found, NotSent | Refused):
        return found
    with transaction.atomic():
        locked = refunding.lock(refund.pk)
        moves.advance_refund(
            locked,
            to=_R.PROCESSING,
            source=Move.Source.PERSON,
            detail=by,
            now=now,
            act_at=schedule.next_query_at(asked=0, now=now),
            query_count=0,
        )
    if isinstance(found, Succeeded):
        fact = fact_of(gateway=refund.gateway, kind=FactKind.REFUND, number=number, found=found, heard_at=now)
        settling.settle(fact, source=Move.Source.ANSWER, now=now)
    return found


def _run(jobs: list[_Job], *, now: datetime) -> Iterator[tuple[_Job, Found]]:
    if not jobs:
        return
    with ThreadPoolExecutor(max_workers=min(_THREADS, len(jobs)), thread_name_prefix="refund") as pool:
        yield from zip(jobs, pool.map(lambda job: _call(job, now), jobs), strict=True)


def _call(job: _Job, now: datetime) -> Found:
    if job.gateway not in gateways.codes():
        # Money taken at a counter goes back over the counter.
        return Succeeded(reference=job.order.number, at=now, paid_fen=job.order.amount_fen)
    try:
        gateway = gateways.gateway(job.gateway)
        if job.send:
            return gateway.refund(job.order)
        found = gateway.query_refund(job.order)
    except Exception as error:  # an adapter's own mistake must not leave a worker without an end to record
        return Unknown(detail=f"{type(error).__name__} in the adapter")
    if isinstance(found, Refused) and found.code not in _ABOUT_THE_REFUND:
        return Unknown(detail=f"the query was refused: {found.code}")
    return found


def _record(job: _Job, found: Found, *, now: datetime) -> None:
    later = isinstance(found, Refused) and (found.code in _LATER or found.retry_after is not None)
    if job.send and (later or isinstance(found, NotSent)):
        with transaction.atomic():
            refund = refunding.lock(job.refund_id)
            wait = timedelta(seconds=5) * 2 ** min(refund.send_count, 8)
            if isinstance(found, Refused):
                wait = found.retry_after or _TRY_AGAIN_AFTER
                refund.code, refund.message = found.code[:64], found.message[:300]
            moves.advance_refund(
                refund,
                to=_R.APPROVED,
                source=Move.Source.ANSWER,
                now=now,
                detail=refund.code or "not sent",
                act_at=now + wait * random.uniform(0.9, 1.1),
                code=refund.code,
                message=refund.message,
            )
        return
    fact = fact_of(gateway=job.gateway, kind=FactKind.REFUND, number=job.order.number, found=found, heard_at=now)
    settling.settle(fact, source=Move.Source.ANSWER if job.send else Move.Source.QUERY, now=now)
    if job.send:
        living = (_R.SUBMITTED, _R.PROCESSING, _R.UNKNOWN)
        Refund.objects.filter(pk=job.refund_id, status__in=living, query_count=0).update(
            act_at=schedule.next_query_at(asked=0, now=now)
        )
