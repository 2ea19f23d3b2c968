"""Invoices on their way: claimed (durable), sent or asked after (no transaction, no table), recorded (durable)."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from payments import issuers
from payments.domain import invoice as domain
from payments.domain import money
from payments.domain.invoice import Act, Heard, InvoiceState
from payments.invoicing import booking, moving, orders, reversing
from payments.issuers.base import (
    InvoiceOrder,
    Issued,
    Missing,
    NotSent,
    Outcome,
    RedOrder,
    RedOutcome,
    RedPending,
    Refused,
    Reversed,
    Unknown,
    WaitingLogin,
)
from payments.models import Invoice

_S = InvoiceState
_THREADS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    invoice_id: int
    issuer: str
    send: bool
    order: InvoiceOrder | RedOrder


def work(*, now: datetime, limit: int) -> int:
    """Do what is due of one batch of invoices. Gives how many."""
    jobs = _claim(now=now, limit=limit)
    for job, found in _run(jobs):
        _record(job, found, now=now)
    return len(jobs)


def _claim(*, now: datetime, limit: int) -> list[_Job]:
    with transaction.atomic():
        due = list(
            Invoice.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(act_at__lte=now)
            .filter(Q(status__in=[_S.REQUESTED, _S.SUBMITTED, _S.WAITING_LOGIN]) | Q(status=_S.FAILED, retryable=True))
            .select_related("blue")
            .prefetch_related("lines")
            .order_by("act_at", "pk")[:limit]
        )
        jobs = []
        for invoice in due:
            send = invoice.status != _S.SUBMITTED
            if send:
                moving.advance(
                    invoice,
                    to=_S.SUBMITTED,
                    now=now,
                    submitted_at=now,
                    send_count=invoice.send_count + 1,
                    query_count=0,
                    missing_count=0,
                    retryable=False,
                    act_at=now + domain.RECOVER_AFTER,
                )
            else:
                Invoice.objects.filter(pk=invoice.pk).update(
                    query_count=invoice.query_count + 1, act_at=now + domain.RECOVER_AFTER
                )
            jobs.append(_job(invoice, send=send))
        return jobs


def _job(invoice: Invoice, *, send: bool) -> _Job:
    wanted: InvoiceOrder | RedOrder
    if invoice.blue is not None:
        wanted = orders.red_order(invoice, blue=invoice.blue)
    else:
        wanted = orders.order(invoice, grosses=[line.gross_fen for line in invoice.lines.all()])
    return _Job(invoice_id=invoice.pk, issuer=invoice.issuer, send=send, order=wanted)


def _run(jobs: list[_Job]) -> Iterator[tuple[_Job, Outcome | RedOutcome]]:
    if not jobs:
        return
    with ThreadPoolExecutor(max_workers=min(_THREADS, len(jobs)), thread_name_prefix="invoice") as pool:
        yield from zip(jobs, pool.map(_call, jobs), strict=True)


def _call(job: _Job) -> Outcome | RedOutcome:
    if job.issuer not in issuers.codes():
        return NotSent(detail=f"no issuer {job.issuer!r} in the settings")
    try:
        issuer = issuers.issuer(job.issuer)
        if isinstance(job.order, RedOrder):
            return issuer.reverse(job.order) if job.send else issuer.query_reversal(job.order)
        return issuer.issue(job.order) if job.send else issuer.query(job.order.serial)
    except Exception as error:  # an adapter's own mistake must not leave a worker without an end to record
        return Unknown(detail=f"{type(error).__name__} in the adapter")


def _record(job: _Job, found: Outcome | RedOutcome, *, now: datetime) -> None:
    with transaction.atomic():
        invoice = moving.lock(job.invoice_id)
        if invoice.status != _S.SUBMITTED:
            return  # another worker heard the end of it
        heard, said, detail = _heard(found, invoice)
        missing = invoice.missing_count + 1 if heard is Heard.MISSING else 0
        step = domain.hear(
            heard,
            sends=invoice.send_count,
            asked=invoice.query_count,
            missing=missing,
            sent_for=now - (invoice.submitted_at or now),
        )
        changes: dict[str, Any] = {
            "missing_count": missing,
            "retryable": step.retryable,
            "code_said": said[:64],
            "reason": detail[:300],
            "act_at": None if step.act is Act.NOTHING or step.after is None else now + step.after,
        }
        if evidence := getattr(found, "evidence", None):
            changes["evidence"] = dict(evidence)
        if reference := getattr(found, "reference", ""):
            changes["reference"] = reference[:64]
        if isinstance(found, (Issued, Reversed)):
            changes |= {
                "number": found.number[:32],
                "code": found.code[:16],
                "check_code": found.check_code[:32],
                "issued_at": found.at or now,
                "files": dict(found.files),
                "fetch_at": now,
                "fetch_count": 0,
            }
            if heard is Heard.ISSUED and invoice.email:
                changes["deliver_at"] = now
        if step.state is _S.SUBMITTED:
            Invoice.objects.filter(pk=invoice.pk, status=_S.SUBMITTED).update(**changes)
        else:
            moved = moving.advance(invoice, to=step.state, now=now, detail=detail or said, **changes)
            if moved and step.state is _S.ISSUED:
                booking.split(invoice, at=changes["issued_at"], now=now)
        if invoice.blue_id is not None:
            reversing.follow(invoice, state=step.state, heard=heard, now=now)


def _heard(found: Outcome | RedOutcome, invoice: Invoice) -> tuple[Heard, str, str]:
    """What was heard, the issuer's code and words for it."""
    match found:
        case Issued():
            wrong = _difference(found, invoice)
            return (Heard.DIFFERENT, "AMOUNT", wrong) if wrong else (Heard.ISSUED, "", "")
        case Reversed():
            return Heard.ISSUED, "", ""
        case WaitingLogin():
            return Heard.LOGIN, "LOGIN", found.detail
        case Refused():
            heard = Heard.REFUSED_FOR_NOW if found.retryable else Heard.REFUSED
            return heard, found.code, found.message or found.code
        case Missing():
            return Heard.MISSING, "MISSING", found.detail
        case NotSent():
            return Heard.NOT_SENT, "NOT_SENT", found.detail
        case Unknown():
            return Heard.DARK, "UNKNOWN", found.detail
        case RedPending(buyer_must_confirm=True):
            return Heard.MAKING, "BUYER", found.detail
        case _:
            return Heard.MAKING, "", ""


def _difference(issued: Issued, invoice: Invoice) -> str:
    """In which amounts the issuer's document isn't what we asked for; "" when it is."""
    pairs = (
        ("gross", issued.gross_fen, invoice.gross_fen),
        ("net", issued.net_fen, invoice.net_fen),
        ("tax", issued.tax_fen, invoice.tax_fen),
    )
    return "; ".join(
        f"{name} {money.yuan(theirs)}, ours {money.yuan(ours)}"
        for name, theirs, ours in pairs
        if theirs is not None and theirs != ours
    )
