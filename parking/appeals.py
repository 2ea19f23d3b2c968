"""Appeals: a driver objects to an order, nobody urges meanwhile, a person answers with a reason, the money follows.

The operator carries the burden of proof. A relief above one person's limit waits for a second person.
"""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO, Any, Final

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from parking import messages, occupancy, tariffs, uploads
from parking.domain import plate as plates
from parking.domain import workdays
from parking.domain.events import Kind, OccupancyEvent, Witness
from parking.models import Appeal, AppealPicture, Discrepancy, ParkingSession, User
from parking.tariffs import Billable
from payments import charges
from payments.charges import Closed, NotRefunded

SOURCE: Final = "appeal"
ANSWERED_IN_WORKDAYS: Final = 2
A_PERSON_A_DAY: Final = 10
MOST_PICTURES: Final = 3
# No fee at all; the fee of the time that is right; it was another car, which is named; nothing is changed.
FREE, CORRECT, MOVE, REFUSE = "free", "correct", "move", "refuse"
VERDICTS: Final = (FREE, CORRECT, MOVE, REFUSE)
# Who objects to the time has got all they asked for when the time is put right.
_ABOUT_TIME: Final = frozenset({Appeal.Reason.WRONG_TIME, Appeal.Reason.ALREADY_LEFT})
PENDING: Final = (Appeal.Status.OPEN, Appeal.Status.WAITS)


class Refused(ValueError):
    """What can't be done: a stable code, the field it concerns, a sentence for the person."""

    def __init__(self, code: str, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.field = code, message, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a person decided, and the answer to the driver.

    `free`, `correct` (with the right period), `move` (with the plate that truly stood there) or `refuse`.
    """

    verdict: str
    answer: str
    arrived_at: datetime | None = None
    left_at: datetime | None = None
    plate: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a decision does to the money, in fen. `from_due_fen` is asked no more, `refund_fen` goes back."""

    fee_fen: int
    new_fee_fen: int
    from_due_fen: int
    refund_fen: int
    second_person: bool

    @property
    def relief_fen(self) -> int:
        """All that the driver is spared."""
        return self.from_due_fen + self.refund_fen


def appeal(
    *, user: User, session: ParkingSession, reason: str, words: str, files: Sequence[IO[Any]], now: datetime
) -> Appeal:
    """Object to an order. Urging stops until it is answered. Raises Refused, uploads.Unusable."""
    if reason not in Appeal.Reason.values:
        raise Refused("reason", _("请选择申诉原因。"), field="reason")
    if session.status == ParkingSession.Status.VOID:
        raise Refused("void", _("这笔订单已作废，不用申诉。"))
    if len(files) > MOST_PICTURES:
        raise Refused("too_many_pictures", _("最多上传 %(n)d 张图片。") % {"n": MOST_PICTURES}, field="picture")
    if Appeal.objects.filter(user=user, opened_at__gt=now - timedelta(days=1)).count() >= A_PERSON_A_DAY:
        raise Refused("too_many", _("今天的申诉太多了，请明天再来，或拨打服务电话。"))
    shown = [uploads.picture(file) for file in files]
    try:
        with transaction.atomic():
            opened = Appeal.objects.create(
                number=f"S{now:%y%m%d}{secrets.randbelow(10**8):08d}",
                session=session,
                user=user,
                reason=reason,
                words=words.strip()[:500],
                opened_at=now,
                due_at=workdays.after(now, days=ANSWERED_IN_WORKDAYS, calendar=tariffs.calendar()),
            )
            for each in shown:
                kept = AppealPicture(appeal=opened, sha256=each.sha256, added_at=now)
                kept.file.save(f"{secrets.token_hex(16)}.jpg", ContentFile(each.content), save=False)
                kept.save()
            charges.pause_urging(numbers=[session.number], paused=True)
    except IntegrityError as error:
        raise Refused("already_open", _("这笔订单已经有一个申诉在处理。")) from error
    return opened


def withdraw(appeal_: Appeal, *, now: datetime) -> bool:
    """The driver takes it back; False when it is answered already."""
    with transaction.atomic():
        open_ = Appeal.objects.filter(pk=appeal_.pk, status=Appeal.Status.OPEN)
        if not open_.update(status=Appeal.Status.WITHDRAWN, decided_at=now):
            return False
        charges.pause_urging(numbers=[appeal_.session.number], paused=False)
    return True


def of_user(user: User) -> QuerySet[Appeal]:
    """A person's appeals, newest first, with their orders."""
    return Appeal.objects.filter(user=user).select_related("session__road", "session__berth").order_by("-opened_at")


def preview(appeal_: Appeal, decision: Decision, *, now: datetime) -> Effect:
    """What the decision would do, without doing it. Raises Refused."""
    _check(appeal_, decision)
    session = appeal_.session
    fee = session.fee_fen or 0
    new = fee if decision.verdict == REFUSE else 0
    if decision.verdict == CORRECT:
        new = _price(session, decision, now=now)
    view = charges.views([session.number]).get(session.number) if session.charge_id else None
    if view is None:
        return Effect(fee_fen=fee, new_fee_fen=new, from_due_fen=0, refund_fen=0, second_person=False)
    kept = view.paid_fen - view.refunded_fen
    relief = max(0, min(fee - new, kept + view.due_fen))
    # What is still owed goes first; the rest comes back the way it was paid.
    from_due = min(relief, view.due_fen)
    return Effect(
        fee_fen=fee,
        new_fee_fen=new,
        from_due_fen=from_due,
        refund_fen=relief - from_due,
        second_person=relief > settings.APPEAL_LIMIT_FEN,
    )


def decide(number: str, decision: Decision, *, by: User, now: datetime) -> Appeal:
    """Answer an appeal and do what the answer says. Above one person's limit it waits for a second one. Raises Refused.

    Two people can't answer the same appeal: the first one stands.
    """
    with transaction.atomic():
        found = _locked(number)
        if found.status != Appeal.Status.OPEN:
            raise Refused("decided", _("这一条已经有人处理。"))
        if found.user_id == by.pk:
            raise Refused("own", _("不能处理自己的申诉。"))
        effect = preview(found, decision, now=now)
        found.verdict, found.answer, found.decided_by, found.decided_at = decision.verdict, decision.answer, by, now
        found.relief_fen = effect.relief_fen
        found.detail = {
            "new_fee_fen": effect.new_fee_fen,
            "arrived_at": decision.arrived_at.isoformat() if decision.arrived_at else None,
            "left_at": decision.left_at.isoformat() if decision.left_at else None,
            "plate": plates.normalise(decision.plate),
        }
        if effect.second_person:
            found.status = Appeal.Status.WAITS
            found.save()
        else:
            _carry_out(found, decision, effect, now=now)
        return found


def confirm(number: str, *, agreed: bool, by: User, now: datetime) -> Appeal:
    """A second person agrees to what the first one decided, or sends it back to be decided anew. Raises Refused."""
    with transaction.atomic():
        found = _locked(number)
        if found.status != Appeal.Status.WAITS:
            raise Refused("decided", _("这一条已经有人处理。"))
        if by.pk in (found.decided_by_id, found.user_id):
            raise Refused("same_person", _("须由另一个人复核。"))
        if not agreed:
            found.status, found.verdict, found.answer = Appeal.Status.OPEN, "", ""
            found.decided_by = found.decided_at = None
            found.relief_fen, found.detail = 0, {}
            found.save()
            return found
        decision = Decision(
            verdict=found.verdict,
            answer=found.answer,
            arrived_at=_moment(found.detail.get("arrived_at")),
            left_at=_moment(found.detail.get("left_at")),
            plate=str(found.detail.get("plate") or ""),
        )
        found.second_by = by
        _carry_out(found, decision, preview(found, decision, now=now), now=now)
        return found


def _carry_out(found: Appeal, decision: Decision, effect: Effect, *, now: datetime) -> None:
    session = found.session
    if decision.verdict != REFUSE:
        if session.charge_id is None:
            _change_story(found, decision, now=now)
        else:
            _change_money(found, effect, now=now)
            if decision.verdict == MOVE:
                _leave_unbilled(found, decision, now=now)
    found.relief_fen = effect.relief_fen
    found.status = {
        FREE: Appeal.Status.UPHELD,
        MOVE: Appeal.Status.UPHELD,
        REFUSE: Appeal.Status.REFUSED,
        CORRECT: Appeal.Status.UPHELD if found.reason in _ABOUT_TIME else Appeal.Status.PARTLY,
    }[decision.verdict]
    found.save()
    charges.pause_urging(numbers=[session.number], paused=False)
    if found.user is not None:
        told = {"number": found.number, "plate": session.plate}
        messages.tell(user=found.user, topic="appeal", word="appeal_answered", key=found.number, params=told, now=now)


def _change_money(found: Appeal, effect: Effect, *, now: datetime) -> None:
    assert found.decided_by is not None
    number, by = found.session.number, found.decided_by.get_username()
    reason = f"{found.get_reason_display()} {found.number}"
    if effect.from_due_fen:
        if effect.new_fee_fen == 0 and found.reason == Appeal.Reason.NOT_MINE and not effect.refund_fen:
            done = charges.void(number, reason=reason, by=by, now=now)
        else:
            done = charges.reduce(number, amount_fen=effect.from_due_fen, reason=reason, by=by, now=now)
        if done not in (Closed.DONE, Closed.WAITS):
            raise Refused("money", _("这笔费用刚刚有变化，请重新打开后再决定。"))
    if effect.refund_fen:
        refund = charges.ask_refund(
            number,
            amount_fen=effect.refund_fen,
            reason=reason,
            by=by,
            limit_fen=settings.APPEAL_LIMIT_FEN,
            now=now,
        )
        if isinstance(refund, NotRefunded):
            raise Refused("money", _("这笔钱现在不能原路退回，请到退款处理。"))
        if refund.waits_for_second and found.second_by is not None:
            charges.decide_refund(refund.number, agreed=True, by=found.second_by.get_username(), now=now)


def _leave_unbilled(found: Appeal, decision: Decision, *, now: datetime) -> None:
    """What is billed is frozen and billed once: that another car stood there is left to an operator, with the plate."""
    Discrepancy.objects.create(
        berth_id=found.session.berth_id,
        session=found.session,
        event=f"{SOURCE}/{found.number}",
        reason="other_plate",
        detail={"plate": plates.normalise(decision.plate), "reason": decision.answer},
        found_at=now,
    )


def _change_story(found: Appeal, decision: Decision, *, now: datetime) -> None:
    """Not billed yet: the answer is one more event of the berth, and the fold bills or drops the stay by it."""
    session = found.session
    target: dict[str, Any] = {"arrived_at": session.arrived_at.isoformat()}
    if session.left_at:
        target["left_at"] = session.left_at.isoformat()
    detail: dict[str, Any] = {"verdict": "void", "target": target}
    if decision.verdict in (CORRECT, MOVE):
        arrived_at, left_at = _period(session, decision)
        detail = {
            "verdict": "accept",
            "target": target,
            "plate": plates.normalise(decision.plate) if decision.verdict == MOVE else session.plate,
            "arrived_at": arrived_at.isoformat(),
            "left_at": left_at.isoformat(),
        }
    event = OccupancyEvent(
        source=SOURCE,
        event_id=found.number,
        berth=session.berth.code,
        kind=Kind.DECIDED,
        observed_at=session.arrived_at,
        received_at=now,
        witness=Witness.OPERATOR,
        detail=json.dumps(detail, ensure_ascii=False),
    )
    occupancy.observe([event], now=now)
    ParkingSession.objects.filter(pk=session.pk).update(touched=True)


def _locked(number: str) -> Appeal:
    found = Appeal.objects.select_for_update(of=("self",)).select_related("session__berth", "session__road", "user")
    appeal_ = found.filter(number=number).first()
    if appeal_ is None:
        raise Refused("unknown", _("没有这个申诉。"))
    return appeal_


def _check(appeal_: Appeal, decision: Decision) -> None:
    if decision.verdict not in VERDICTS:
        raise Refused("verdict", _("请选择结论。"), field="verdict")
    if not decision.answer.strip():
        raise Refused("answer", _("请写明理由，车主会看到。"), field="answer")
    if decision.verdict in (CORRECT, MOVE):
        _period(appeal_.session, decision)
    if decision.verdict == MOVE:
        plate = plates.normalise(decision.plate)
        if appeal_.reason != Appeal.Reason.NOT_MINE:
            raise Refused("verdict", _("只有“不是我的车”才能改到另一辆车。"), field="verdict")
        if not plates.valid(plate) or plate == appeal_.session.plate:
            raise Refused("plate", _("请填写真正停在那里的车的号牌号码，例如 鄂L12345。"), field="plate")


def _period(session: ParkingSession, decision: Decision) -> tuple[datetime, datetime]:
    arrived_at = decision.arrived_at or session.arrived_at
    left_at = decision.left_at or session.left_at
    if left_at is None or left_at < arrived_at:
        raise Refused("left_at", _("请填写驶离时间，且不早于驶入时间。"), field="left_at")
    ends = session.left_at
    if arrived_at < session.arrived_at or (ends is not None and left_at > ends):
        raise Refused("longer", _("申诉只能改短，不能改长。"), field="left_at")
    return arrived_at, left_at


def _price(session: ParkingSession, decision: Decision, *, now: datetime) -> int:
    arrived_at, left_at = _period(session, decision)
    stay = Billable(
        key=session.number,
        zone_id=session.road.zone_id,
        road_id=session.road_id,
        plate=session.plate,
        plate_color=session.plate_color,
        arrived_at=arrived_at,
        left_at=left_at,
    )
    priced = tariffs.price_stays([stay], now=now)[session.number]
    if priced.hold:
        raise Refused("price", _("这段时间现在算不出价格。"), field="left_at")
    return priced.amount_fen


def _moment(text: object) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None
