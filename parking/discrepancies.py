"""Deciding a discrepancy: what a later fact means for money that was billed. Payments moves it, never this module."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from parking.models import Discrepancy, User
from payments import charges
from payments.charges import ChargeView, Closed, NotRefunded, RefundView
from payments.domain.money import yuan

KEEP, PART, ALL = "keep", "part", "all"


class Undecidable(ValueError):
    """A decision that can't be taken: the field it concerns and a sentence for the person."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field, self.message = field, message


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`keep` the bill, give `part` of it back (`amount_fen`), or `all` that is left of it; and why."""

    verdict: str
    why: str
    amount_fen: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a verdict would do, in fen: first off what is still due, the rest out of what was paid.

    `waits` when a second person must agree, because it is more than the asking one may give back alone.
    """

    amount_fen: int
    off_due_fen: int
    refund_fen: int
    due_after_fen: int
    waits: bool

    @property
    def words(self) -> str:
        """The preview as a sentence."""
        if not self.amount_fen:
            return _("账单不变。")
        told = _("减免待付 %(due)s 元，退款 %(refund)s 元；之后待付 %(after)s 元。") % {
            "due": yuan(self.off_due_fen),
            "refund": yuan(self.refund_fen),
            "after": yuan(self.due_after_fen),
        }
        return told + (_("须另一人复核后生效。") if self.waits else "")


def charge_of(discrepancy: Discrepancy) -> ChargeView | None:
    """The charge of the session in dispute as it stands now, None if it has none."""
    if discrepancy.session is None:
        return None
    return charges.views([discrepancy.session.number]).get(discrepancy.session.number)


def preview(discrepancy: Discrepancy, verdict: Verdict, *, limit_fen: int) -> Preview:
    """What the verdict would do to the charge as it stands now. Raises Undecidable, naming the field."""
    if verdict.verdict not in (KEEP, PART, ALL):
        raise Undecidable("verdict", _("请选择结论。"))
    if not verdict.why.strip():
        raise Undecidable("why", _("请写明理由。"))
    return _planned(charge_of(discrepancy), verdict, limit_fen=limit_fen)


def _planned(charge: ChargeView | None, verdict: Verdict, *, limit_fen: int) -> Preview:
    if verdict.verdict == KEEP:
        return Preview(
            amount_fen=0, off_due_fen=0, refund_fen=0, due_after_fen=charge.due_fen if charge else 0, waits=False
        )
    if charge is None:
        raise Undecidable("verdict", _("这一单没有应收，只能维持。"))
    if charge.paying is not None:
        raise Undecidable("verdict", _("这一单正在支付，请稍后再试。"))
    due = charge.due_fen if charge.status == "open" else 0
    paid = charge.paid_fen - sum(
        _coming_back(refund) for refund in charges.refunds_of([charge.number]).get(charge.number, [])
    )
    amount = verdict.amount_fen if verdict.verdict == PART else due + paid
    if not 0 < amount <= due + paid:
        raise Undecidable(
            "amount_fen",
            _("金额应大于 0，且不超过 %(most)s 元（待付 %(due)s 元、已付未退 %(paid)s 元）。")
            % {"most": yuan(due + paid), "due": yuan(due), "paid": yuan(paid)},
        )
    off_due = min(due, amount)
    return Preview(
        amount_fen=amount,
        off_due_fen=off_due,
        refund_fen=amount - off_due,
        due_after_fen=due - off_due,
        waits=max(off_due, amount - off_due) > limit_fen,
    )


def _coming_back(refund: RefundView) -> int:
    return 0 if refund.status in ("closed", "failed") else refund.amount_fen


def decide(discrepancy_id: int, verdict: Verdict, *, by: User, limit_fen: int, now: datetime) -> Preview:
    """Carry the verdict out through payments and close the discrepancy, in one transaction.

    Two people can't decide the same one: the first stands. What payments refuses, refuses the whole. The session and
    its bill stay as they were. Raises Undecidable.
    """
    with transaction.atomic():
        found = Discrepancy.objects.select_for_update().filter(id=discrepancy_id).first()
        if found is None or found.closed_at is not None:
            raise Undecidable("verdict", _("这一条已经有人处理。"))
        planned = preview(found, verdict, limit_fen=limit_fen)
        number = found.session.number if found.session else ""
        why = f"{_('差异')} {found.id}: {verdict.why.strip()}"
        outcome = [planned.words]
        if planned.off_due_fen:
            outcome.append(_take_off(number, planned, why=why, by=by, limit_fen=limit_fen, now=now))
        if planned.refund_fen:
            outcome.append(_refund(number, planned, why=why, by=by, limit_fen=limit_fen, now=now))
        found.verdict, found.amount_fen, found.why = verdict.verdict, planned.amount_fen, verdict.why.strip()
        found.closed_at, found.closed_by, found.outcome = now, by, " ".join(filter(None, outcome))
        found.save(update_fields=["verdict", "amount_fen", "why", "closed_at", "closed_by", "outcome"])
    return planned


def give_back(charge: ChargeView, verdict: Verdict, *, by: User, limit_fen: int, now: datetime) -> Preview:
    """Take off a charge what the verdict says, first what is due, the rest by refund; joins the caller's transaction.

    Raises Undecidable.
    """
    planned = _planned(charge, verdict, limit_fen=limit_fen)
    if planned.off_due_fen:
        _take_off(charge.number, planned, why=verdict.why, by=by, limit_fen=limit_fen, now=now)
    if planned.refund_fen:
        _refund(charge.number, planned, why=verdict.why, by=by, limit_fen=limit_fen, now=now)
    return planned


def _take_off(number: str, planned: Preview, *, why: str, by: User, limit_fen: int, now: datetime) -> str:
    told: dict[str, Any] = {"reason": why[:300], "by": by.get_username(), "limit_fen": limit_fen, "now": now}
    if planned.due_after_fen:
        done = charges.reduce(number, amount_fen=planned.off_due_fen, **told)
    else:
        done = charges.waive(number, **told)
    if done not in (Closed.DONE, Closed.WAITS):
        raise Undecidable("verdict", _("支付系统未受理减免：%(code)s") % {"code": done.value})
    return _("减免待复核。") if done is Closed.WAITS else ""


def _refund(number: str, planned: Preview, *, why: str, by: User, limit_fen: int, now: datetime) -> str:
    asked = charges.ask_refund(
        number, amount_fen=planned.refund_fen, reason=why[:80], by=by.get_username(), limit_fen=limit_fen, now=now
    )
    if isinstance(asked, NotRefunded):
        raise Undecidable("amount_fen", _("支付系统未受理退款：%(code)s") % {"code": asked.value})
    return _("退款单号 %(number)s") % {"number": asked.number}
