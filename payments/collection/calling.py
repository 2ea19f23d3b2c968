"""The calls themselves: no table is touched here, so that no transaction can be open."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from payments import gateways
from payments.gateways import base
from payments.gateways.base import Gateway, NotSent, Refused, State, Unknown

THREADS = 16

# What a query may answer about the payment itself. Any other refusal refuses the question, and says nothing.
_ABOUT_THE_PAYMENT = frozenset({"PAY_FAIL", "CLOSED", "ABNORMAL"})
_ENTRY_GONE = "入场id不存在"


class Action(StrEnum):
    DEBIT = "debit"
    QUERY = "query"
    CLOSE = "close"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One attempt to send or to ask after, with all that the call needs."""

    attempt_id: int
    gateway: str
    number: str
    action: Action
    contactless: bool
    amount_fen: int
    entry_id: int | None = None
    entry_number: str = ""
    entry_reference: str = ""
    entry_blocked: str = ""
    plate: str = field(default="", repr=False)
    plate_color: str = ""
    place: str = ""
    spot: str = ""
    from_at: datetime | None = None
    to_at: datetime | None = None
    ask_mandate: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a job brought: the end of the payment call, and what was learned on the way there."""

    job: Job
    found: base.Found
    mandate: base.Mandate | None = None
    entered: base.Entered | None = None


def run(jobs: Iterable[Job]) -> Iterator[Done]:
    """Make the calls side by side and give each end as it comes."""
    jobs = list(jobs)
    if not jobs:
        return
    with ThreadPoolExecutor(max_workers=min(THREADS, len(jobs)), thread_name_prefix="gateway") as pool:
        for future in as_completed([pool.submit(_run, job) for job in jobs]):
            yield future.result()


def _run(job: Job) -> Done:
    try:
        gateway = gateways.gateway(job.gateway)
        if job.action is Action.DEBIT:
            return _debit(gateway, job)
        return Done(job=job, found=close(gateway, job.number) if job.action is Action.CLOSE else _query(gateway, job))
    except Exception as error:  # an adapter's own mistake must not leave a worker without an end to record
        return Done(job=job, found=Unknown(detail=f"{type(error).__name__} in the adapter"))


def close(gateway: Gateway, number: str) -> base.Found:
    """Close a payment by hand at its gateway; a refusal of our question is no answer."""
    return _heard(gateway.close(number))


def _query(gateway: Gateway, job: Job) -> base.Found:
    return _heard(gateway.query(job.number, contactless=job.contactless))


def _heard(found: base.Found) -> base.Found:
    if isinstance(found, Refused) and found.code not in _ABOUT_THE_PAYMENT:
        return Unknown(detail=f"the question was refused: {found.code}")
    return found


def _debit(gateway: Gateway, job: Job) -> Done:
    assert job.from_at is not None
    assert job.to_at is not None
    mandate = None
    if job.ask_mandate:
        mandate = gateway.find(plate=job.plate, plate_color=job.plate_color)
        if mandate.state in (State.NONE, State.BLOCKED):
            code = "NO_MANDATE" if mandate.state is State.NONE else "MANDATE_PAUSED"
            return Done(job=job, found=Refused(code=code, message=mandate.detail), mandate=mandate)
    if job.entry_blocked:
        return Done(job=job, found=Refused(code=f"ENTRY_{job.entry_blocked}", message=""), mandate=mandate)
    entered, reference = None, job.entry_reference
    if not reference:
        answer = gateway.enter(
            base.Entry(
                number=job.entry_number,
                plate=job.plate,
                plate_color=job.plate_color,
                place=job.place,
                spot=job.spot,
                from_at=job.from_at,
            )
        )
        if isinstance(answer, Unknown):
            # An entry moves no money and its number reads it back: as good as not sent.
            return Done(job=job, found=NotSent(detail=answer.detail), mandate=mandate)
        if not isinstance(answer, base.Entered):
            return Done(job=job, found=answer, mandate=mandate)
        entered, reference = answer, answer.reference
        if answer.state is State.BLOCKED:
            code = f"ENTRY_{answer.reason or 'BLOCKED'}"
            return Done(job=job, found=Refused(code=code, message=""), mandate=mandate, entered=entered)
    to_at = max(job.to_at, job.from_at + timedelta(seconds=1))
    # That a vehicle left is told for the driver's sake and moves no money: its end changes nothing for the debit.
    gateway.leave(
        base.Leaving(
            entry=reference,
            entry_number=job.entry_number,
            plate=job.plate,
            plate_color=job.plate_color,
            spot=job.spot,
            to_at=to_at,
            amount_fen=job.amount_fen,
        )
    )
    outcome = gateway.debit(
        base.Debit(
            number=job.number,
            entry=reference,
            plate=job.plate,
            plate_color=job.plate_color,
            amount_fen=job.amount_fen,
            description=f"{job.place}停车费"[:40],
            place=job.place,
            spot=job.spot,
            from_at=job.from_at,
            to_at=to_at,
        )
    )
    if isinstance(outcome, Refused) and _ENTRY_GONE in outcome.message:
        outcome = Refused(code="ENTRY_GONE", message=outcome.message, evidence=outcome.evidence)
    return Done(job=job, found=outcome, mandate=mandate, entered=entered)
