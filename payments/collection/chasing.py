"""Attempts whose time has come: sent when they were not, asked after when they were."""

import dataclasses
import random
from collections import Counter
from datetime import datetime, timedelta

from django.db import transaction

from payments import breaker, moves
from payments.collection import calling, entries, settling
from payments.collection.calling import Action, Done, Job
from payments.domain import schedule
from payments.domain.states import IN_FLIGHT, AttemptState
from payments.gateways.base import FactKind, NotSent, Refused, Unknown, fact_of
from payments.models import Attempt, Charge, Move, Part, PlateEntry

# Refusals that speak of our own account or signature: the driver's fee is not what was refused.
_OURS = frozenset({"SIGN_ERROR", "NO_AUTH", "APPID_MCHID_NOT_MATCH", "MCH_NOT_EXISTS", "RULE_LIMIT"})
_REST_AFTER_OURS = timedelta(minutes=5)
_LONGEST_WAIT = timedelta(minutes=30)


def work(*, now: datetime, limit: int) -> int:
    """Do what is due of one batch of attempts: claim (durable), call (no transaction), record (durable)."""
    resting = breaker.resting(now=now)
    jobs = _claim(now=now, resting=resting, limit=limit)
    answered, failed, details = Counter[str](), Counter[str](), dict[str, str]()
    for done in calling.run(jobs):
        if isinstance(done.found, NotSent | Unknown):
            failed[done.job.gateway] += 1
            details[done.job.gateway] = done.found.detail
        else:
            answered[done.job.gateway] += 1
        _record(done, now=now)
    for gateway in answered.keys() | failed.keys():
        breaker.note(
            gateway=gateway,
            answered=answered[gateway],
            failed=failed[gateway],
            detail=details.get(gateway, ""),
            now=now,
        )
    return len(jobs)


def ask(*, attempt_id: int, now: datetime) -> None:
    """Ask after one attempt now, because somebody waits for it."""
    attempt = Attempt.objects.get(pk=attempt_id)
    if attempt.status in IN_FLIGHT and attempt.status != AttemptState.CREATED:
        for done in calling.run([_job(attempt, Action.QUERY)]):
            _record(done, now=now)


def _claim(*, now: datetime, resting: set[str], limit: int) -> list[Job]:
    with transaction.atomic():
        due = list(
            Attempt.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(next_query_at__lte=now)
            .exclude(gateway__in=resting)
            .select_related("entry")
            .order_by("next_query_at", "pk")[:limit]
        )
        created = [a for a in due if a.status == AttemptState.CREATED]
        charges = _charges(created)
        jobs: list[Job] = []
        logged: list[Move] = []
        for attempt in due:
            if attempt.status == AttemptState.CREATED:
                charge = charges.get(attempt.pk)
                if charge is None or charge.to_at > now:
                    _close_unsent(attempt, charge, now=now)
                    continue
                logged.append(_submitted(attempt, now=now))
                jobs.append(_job(attempt, Action.DEBIT, charge=charge))
            elif attempt.status in IN_FLIGHT:
                over = attempt.expires_at is not None and attempt.expires_at <= now
                jobs.append(_job(attempt, Action.CLOSE if over else Action.QUERY))
                attempt.query_count += 1
                attempt.next_query_at = schedule.next_query_at(asked=attempt.query_count, now=now)
                if attempt.expires_at is not None and not over:
                    # An offer that nobody took is closed as soon as it is over, so that another may be made.
                    attempt.next_query_at = min(attempt.next_query_at, attempt.expires_at)
            else:
                attempt.next_query_at = None
        Attempt.objects.bulk_update(due, ["status", "submitted_at", "send_count", "next_query_at", "query_count"])
        Move.objects.bulk_create(logged)
        return jobs


def _charges(created: list[Attempt]) -> dict[int, Charge]:
    """The charge of each debit that may still be sent: open, and not to be paid another way."""
    debits = [a.pk for a in created if a.kind == Attempt.Kind.DEBIT]
    parts = Part.objects.filter(attempt_id__in=debits, charge__status=Charge.Status.OPEN).select_related("charge")
    return {part.attempt_id: part.charge for part in parts}


def _submitted(attempt: Attempt, *, now: datetime) -> Move:
    move = Move(
        attempt=attempt, before=attempt.status, after=AttemptState.SUBMITTED, source=Move.Source.US, at=now, detail=""
    )
    attempt.status = AttemptState.SUBMITTED
    attempt.submitted_at = now
    attempt.send_count += 1
    # Should this worker die now, the next one asks before it does anything else.
    attempt.next_query_at = now + schedule.RECOVER_AFTER
    return move


def _close_unsent(attempt: Attempt, charge: Charge | None, *, now: datetime) -> None:
    if charge is not None:
        attempt.next_query_at = charge.to_at
        return
    moves.advance(
        attempt, to=AttemptState.CLOSED, source=Move.Source.US, now=now, detail="not sent", next_query_at=None
    )
    entries.refused(attempt, reason="not sent")


def _job(attempt: Attempt, action: Action, *, charge: Charge | None = None) -> Job:
    job = Job(
        attempt_id=attempt.pk,
        gateway=attempt.gateway,
        number=attempt.number,
        action=action,
        contactless=attempt.kind == Attempt.Kind.DEBIT,
        amount_fen=attempt.amount_fen,
    )
    if charge is None or attempt.entry is None:
        return job
    return dataclasses.replace(
        job,
        entry_id=attempt.entry.pk,
        entry_number=attempt.entry.number,
        entry_reference=attempt.entry.reference,
        entry_blocked=(attempt.entry.reason or "BLOCKED") if attempt.entry.blocked else "",
        plate=charge.plate,
        plate_color=charge.plate_color,
        place=charge.place,
        spot=charge.spot,
        from_at=charge.from_at,
        to_at=charge.to_at,
    )


def _record(done: Done, *, now: datetime) -> None:
    job = done.job
    if done.mandate is not None:
        entries.found(gateway=job.gateway, plate=job.plate, plate_color=job.plate_color, mandate=done.mandate, now=now)
    if done.entered is not None and job.entry_id is not None:
        PlateEntry.objects.filter(pk=job.entry_id).update(reference=done.entered.reference)
    if job.action is Action.DEBIT and _put_off(done, now=now):
        return
    source = Move.Source.ANSWER if job.action is Action.DEBIT else Move.Source.QUERY
    fact = fact_of(gateway=job.gateway, kind=FactKind.PAYMENT, number=job.number, found=done.found, heard_at=now)
    settling.settle(fact, source=source, now=now)
    if job.action is Action.DEBIT:
        Attempt.objects.filter(pk=job.attempt_id, status__in=IN_FLIGHT, query_count=0).update(
            next_query_at=schedule.next_query_at(asked=0, now=now)
        )


def _put_off(done: Done, *, now: datetime) -> bool:
    """Whether the debit surely did nothing and is to be sent again, the same number and the same content."""
    found = done.found
    if isinstance(found, NotSent):
        wait, why = None, f"not sent: {found.detail}"
    elif isinstance(found, Refused) and found.retry_after is not None:
        wait, why = found.retry_after, found.code
    elif isinstance(found, Refused) and found.code in _OURS:
        wait, why = _REST_AFTER_OURS, found.code
    else:
        return False
    with transaction.atomic():
        attempt, _, _ = settling.lock(done.job.attempt_id)
        if wait is None:
            wait = min(timedelta(seconds=5) * 2 ** min(attempt.send_count, 10), _LONGEST_WAIT)
        again_at = now + wait * random.uniform(0.8, 1.2)  # so that a gateway that comes back isn't met by all at once
        moves.advance(
            attempt, to=AttemptState.CREATED, source=Move.Source.ANSWER, now=now, detail=why, next_query_at=again_at
        )
    return True
