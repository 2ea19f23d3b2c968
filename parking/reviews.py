"""Intake of people's decisions: what a person decides about a held session is one more event of its berth."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from parking import occupancy
from parking.domain import plate as plates
from parking.domain.events import Kind, OccupancyEvent, Witness
from parking.models import Discrepancy, Review, User
from parking.review_queue import LEASE, RIGHT, WRONG

SOURCE = "review"
ACCEPT, VOID = "accept", "void"


class Undecidable(ValueError):
    """A decision that can't be taken: the field it concerns and a sentence for the person."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field, self.message = field, message


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a person decided: `accept` (with a plate and times where the proposal lacks them) or `void`, and why."""

    verdict: str
    reason: str
    plate: str = ""
    arrived_at: datetime | None = None
    left_at: datetime | None = None


def decide(review_id: int, decision: Decision, *, by: User, now: datetime) -> None:
    """Store the decision as an event, close the review and wake the fold, which bills or voids the session.

    Two people can't decide the same review: the first one stands. A sample's session is billed: what was wrong with it
    becomes a discrepancy, on which somebody decides about the money. Raises Undecidable.
    """
    with transaction.atomic():
        review = _open(review_id, by, now)
        if review.sample:
            _judge(review, decision, by=by, now=now)
            return
        detail = _detail(review, decision)
        session = review.session
        event = OccupancyEvent(
            source=SOURCE,
            event_id=f"review-{review.id}",
            berth=session.berth.code,
            kind=Kind.DECIDED,
            observed_at=session.arrived_at,
            received_at=now,
            witness=Witness.OPERATOR,
            detail=json.dumps(detail, ensure_ascii=False),
        )
        occupancy.observe([event], now=now)
        session.touched = True
        session.save(update_fields=["touched"])
        _close(review, decision.verdict, detail, decision.reason, by=by, now=now)


def _open(review_id: int, by: User, now: datetime) -> Review:
    review = Review.objects.select_for_update().filter(id=review_id).first()
    if review is None or review.closed_at is not None:
        raise Undecidable("verdict", _("这一条已经有人处理。"))
    if review.claimed_by_id not in (None, by.pk) and review.claimed_at and review.claimed_at >= now - LEASE:
        raise Undecidable("verdict", _("这一条正由他人处理。"))
    if review.passed_by_id == by.pk:
        raise Undecidable("verdict", _("这一条已请他人复看，须由另一人决定。"))
    return review


def _close(review: Review, verdict: str, detail: dict[str, Any], reason: str, *, by: User, now: datetime) -> None:
    if review.claimed_by_id == by.pk and review.claimed_at:
        review.seconds = int((now - review.claimed_at).total_seconds())
    review.closed_at, review.decided_by, review.verdict = now, by, verdict
    review.decision, review.reason = detail, reason
    review.save(update_fields=["closed_at", "decided_by", "verdict", "decision", "reason", "seconds"])


def _judge(review: Review, decision: Decision, *, by: User, now: datetime) -> None:
    session = review.session
    plate = plates.normalise(decision.plate)
    right = (
        decision.verdict == ACCEPT and plate in ("", session.plate) and not decision.arrived_at and not decision.left_at
    )
    if right:
        _close(review, RIGHT, {}, decision.reason, by=by, now=now)
        return
    if decision.verdict not in (ACCEPT, VOID):
        raise Undecidable("verdict", _("请选择结论。"))
    if plate and not plates.valid(plate):
        raise Undecidable("plate", _("请填写正确的号牌号码，例如 鄂L12345。"))
    said = {
        "verdict": decision.verdict,
        "plate": plate,
        "arrived_at": decision.arrived_at.isoformat() if decision.arrived_at else "",
        "left_at": decision.left_at.isoformat() if decision.left_at else "",
        "reason": decision.reason,
    }
    _close(review, WRONG, said, decision.reason, by=by, now=now)
    Discrepancy.objects.create(
        berth_id=session.berth_id,
        session=session,
        event=f"{SOURCE}/sample-{review.id}",
        reason="sample_wrong",
        detail=said,
        found_at=now,
    )


def _detail(review: Review, decision: Decision) -> dict[str, Any]:
    session = review.session
    if decision.verdict not in (ACCEPT, VOID):
        raise Undecidable("verdict", _("请选择结论。"))
    if not decision.reason.strip():
        raise Undecidable("reason", _("请写明理由。"))
    target: dict[str, Any] = {"arrived_at": session.arrived_at.isoformat()}
    if session.left_at:
        target["left_at"] = session.left_at.isoformat()
    detail: dict[str, Any] = {"verdict": decision.verdict, "target": target}
    if decision.verdict == VOID:
        return detail
    if session.contested:
        raise Undecidable("verdict", _("这一单与另一单重叠，只能作废。"))
    plate = plates.normalise(decision.plate) or session.plate or str(review.proposal.get("plate") or "")
    if not plates.valid(plate):
        raise Undecidable("plate", _("请填写正确的号牌号码，例如 鄂L12345。"))
    arrived_at = decision.arrived_at or session.arrived_at
    left_at = decision.left_at or session.left_at
    if left_at is None or left_at < arrived_at:
        raise Undecidable("left_at", _("请填写驶离时间，且不早于驶入时间。"))
    return detail | {"plate": plate, "arrived_at": arrived_at.isoformat(), "left_at": left_at.isoformat()}
