"""The three ways to act: look, do or ask, and agree as the second person."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from parking import surroundings
from parking.corrections.doing import Done, Effect, perform
from parking.corrections.wishes import Wish
from parking.discrepancies import Undecidable
from parking.models import ParkingSession, SessionAct, User

_S = SessionAct.Status


def preview(wish: Wish, *, by: User, roads: frozenset[str] | None, now: datetime, waiting: int | None = None) -> Effect:
    """What the wish would do. It is done and taken back, so that what is shown is what happens. Raises Undecidable.

    `waiting` is the act that keeps this very wish, if it waits for a second person.
    """
    with transaction.atomic():
        if waiting is not None:
            SessionAct.objects.filter(pk=waiting).update(status=_S.REFUSED)
        done = perform(wish, by=by, roads=roads, now=now)
        transaction.set_rollback(True)
    return done.effect


def carry_out(
    wish: Wish, *, by: User, roads: frozenset[str] | None, limit_fen: int, agreed: str, now: datetime
) -> SessionAct:
    """Do it, or leave it to a second person when more than `limit_fen` moves. `agreed` is the mark of the effect shown.

    Raises Undecidable, also when the effect has become another one since it was shown.
    """
    with transaction.atomic():
        effect = preview(wish, by=by, roads=roads, now=now)
        _unchanged(effect, agreed)
        if effect.moved_fen > limit_fen:
            return _row(wish, by=by, now=now, effect=effect, status=_S.REQUESTED)
        done = perform(wish, by=by, roads=roads, now=now)
        act = _row(wish, by=by, now=now, effect=done.effect, status=_S.DONE, done=done)
    surroundings.dispute_doubles(done.doubled, now=now)
    return act


def decide(
    act_id: int,
    *,
    agree: bool,
    answer: str,
    by: User,
    roads: frozenset[str] | None,
    limit_fen: int,
    agreed: str,
    now: datetime,
) -> SessionAct:
    """A second person agrees and it is done, or doesn't. Raises Undecidable; two people can't decide the same act."""
    with transaction.atomic():
        act = SessionAct.objects.select_for_update().filter(pk=act_id).first()
        if act is None or act.status != _S.REQUESTED:
            raise Undecidable("", _("这一项已经有人处理。"))
        if act.requested_by_id == by.pk:
            raise Undecidable("", _("须由另一个人复核。"))
        if not agree and not answer.strip():
            raise Undecidable("answer", _("请写明不同意的理由。"))
        act.status, act.decided_by, act.decided_at, act.answer = _S.REFUSED, by, now, answer.strip()
        act.save()
        if not agree:
            return act
        wish = Wish.from_act(act)
        done = perform(wish, by=act.requested_by, roads=roads, now=now)
        _unchanged(done.effect, agreed)
        if done.effect.moved_fen > limit_fen:
            raise Undecidable("", _("超过您的权限，请权限更高的人复核。"))
        act.status, act.effect, act.numbers = _S.DONE, done.effect.as_data(), list(done.numbers)
        act.session = done.first
        act.save()
    surroundings.dispute_doubles(done.doubled, now=now)
    return act


def _unchanged(effect: Effect, agreed: str) -> None:
    if effect.mark != agreed:
        raise Undecidable("", _("情况已有变化，请再看一次影响。"))


def _row(
    wish: Wish, *, by: User, now: datetime, effect: Effect, status: SessionAct.Status, done: Done | None = None
) -> SessionAct:
    first = done.first if done else None
    return SessionAct.objects.create(
        session_id=first.pk if first else _first(wish),
        kind=wish.kind,
        status=status,
        wish=wish.as_data(),
        effect=effect.as_data(),
        numbers=list(done.numbers if done else wish.numbers),
        reason=wish.reason.strip(),
        requested_by=by,
        requested_at=now,
    )


def _first(wish: Wish) -> int:
    return ParkingSession.objects.filter(number__in=wish.numbers).order_by("arrived_at").values_list("pk", flat=True)[0]
