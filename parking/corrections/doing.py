"""Doing what was wished, in the caller's transaction: old bills undone, the ruling stored, the berths folded anew."""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection
from django.utils.translation import gettext as _

from parking import discrepancies, occupancy, sessions, tariffs
from parking.corrections.wishes import Part, Wish, check
from parking.discrepancies import PART, Undecidable, Verdict
from parking.domain.events import Kind, OccupancyEvent, Witness
from parking.domain.rulings import REPLACE
from parking.models import Berth, BerthState, Coupon, Discrepancy, ParkingSession, SessionAct, User
from payments import charges, invoicing
from payments.charges import Closed, NotRefunded

SOURCE = "correction"


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """An order that stands after the act. `holds` says why it is not billed, if it isn't."""

    number: str
    arrived_at: str
    left_at: str
    fee_fen: int | None
    holds: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What an act does, in fen: no longer asked for, given back, asked for anew; and the invoices it reverses."""

    off_fen: int
    back_fen: int
    new_fen: int
    was_fen: int
    reversed_invoices: tuple[str, ...]
    made: tuple[Made, ...]

    @property
    def moved_fen(self) -> int:
        """What counts against a person's limit: the largest sum that moves one way."""
        return max(self.off_fen, self.back_fen, self.new_fen)

    @property
    def mark(self) -> str:
        """Two effects with one mark are the same to whoever agreed to it; order numbers may differ."""
        return f"{self.off_fen}:{self.back_fen}:{self.new_fen}:{len(self.made)}:{len(self.reversed_invoices)}"

    def as_data(self) -> dict[str, Any]:
        """As it is kept in the row."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The effect, the orders it touched, and the sessions for `surroundings.dispute_doubles`."""

    effect: Effect
    numbers: tuple[str, ...]
    doubled: Sequence[int]
    first: ParkingSession


def perform(wish: Wish, *, by: User, roads: frozenset[str] | None, now: datetime) -> Done:
    """Do it. `roads` are the codes this person may act on. Raises Undecidable; then the caller takes all back."""
    berths = _hold_berths(wish)
    found = list(
        ParkingSession.objects.select_for_update(of=("self",))
        .filter(number__in=wish.numbers)
        .select_related("berth__road", "road", "charge")
        .order_by("arrived_at")
    )
    if roads is not None and not {berth.road.code for berth in berths.values()} <= roads:
        raise Undecidable("berth", _("这个泊位不在您负责的路段。"))
    check(wish, found, berths, now=now)
    if wish.kind == SessionAct.Kind.RERATE:
        cheaper = _rate_again(found[0], wish, by=by, now=now)
        if cheaper is not None:
            return cheaper
    living = invoicing.living_of([each.number for each in found if each.charge_id])
    off = back = was = 0
    for session in found:
        taken, returned = _undo(session, wish, by=by, now=now)
        off, back, was = off + taken, back + returned, was + (session.fee_fen or 0)
    events = _rulings(wish, found, now=now)
    occupancy.observe(events, now=now)
    doubled = _fold([berth.pk for berth in berths.values()], now=now)
    keys = [f"{event.source}/{event.event_id}" for event in events]
    made = list(ParkingSession.objects.filter(arrival_event__in=keys).order_by("arrived_at"))
    if len(made) != len(wish.into):
        raise Undecidable("", _("没有得到应有的订单，请联系技术人员。"))
    effect = Effect(
        off_fen=off,
        back_fen=back,
        new_fen=sum(each.fee_fen or 0 for each in made if each.status == "billed"),
        was_fen=was,
        reversed_invoices=tuple(sorted(set(living.values()))) if back else (),
        made=tuple(_made(each) for each in made),
    )
    numbers = tuple(dict.fromkeys([*(each.number for each in found), *(each.number for each in made)]))
    return Done(effect=effect, numbers=numbers, doubled=doubled, first=made[0] if not found[0].charge_id else found[0])


def _made(session: ParkingSession) -> Made:
    return Made(
        number=session.number,
        arrived_at=session.arrived_at.isoformat(),
        left_at=session.left_at.isoformat() if session.left_at else "",
        fee_fen=session.fee_fen if session.status == "billed" else None,
        holds=tuple(session.holds),
    )


def _hold_berths(wish: Wish) -> Mapping[str, Berth]:
    """The berths in question, their states locked: no worker folds them meanwhile."""
    codes = {part.berth for part in wish.into}
    codes |= set(ParkingSession.objects.filter(number__in=wish.numbers).values_list("berth__code", flat=True))
    berths = {berth.code: berth for berth in Berth.objects.filter(code__in=codes).select_related("road")}
    BerthState.objects.bulk_create([BerthState(berth=berth) for berth in berths.values()], ignore_conflicts=True)
    list(BerthState.objects.select_for_update().filter(berth__in=berths.values()).order_by("pk"))
    return berths


def _fold(berth_ids: Sequence[int], *, now: datetime) -> Sequence[int]:
    try:
        doubled = sessions.fold_now(berth_ids, now=now)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS session_no_overlap_on_a_berth IMMEDIATE")
            cursor.execute("SET CONSTRAINTS session_no_overlap_on_a_berth DEFERRED")
    except (IntegrityError, sessions.Unfolded) as error:
        raise Undecidable("", _("这样改会与泊位上的其他订单冲突，没有执行。")) from error
    return doubled


def _undo(session: ParkingSession, wish: Wish, *, by: User, now: datetime) -> tuple[int, int]:
    """Take the bill of the order back: fen no longer asked for, and fen refunded. Without a bill both are nothing."""
    if session.charge_id is None:
        return 0, 0
    view = charges.views([session.number])[session.number]
    told: dict[str, Any] = {"reason": f"{wish.reason}"[:80], "by": by.get_username(), "now": now}
    off = view.due_fen if view.status == "open" else 0
    if off and charges.void(session.number, **told) is not Closed.DONE:
        raise Undecidable("", _("订单 %(number)s 的应收不能作废。") % {"number": session.number})
    back = view.paid_fen - view.refunded_fen
    if back:
        asked = charges.ask_refund(session.number, amount_fen=back, limit_fen=back, **told)
        if isinstance(asked, NotRefunded):
            raise Undecidable("", _("订单 %(number)s 的付款不能一次退清，请先逐笔退款。") % {"number": session.number})
    Coupon.objects.filter(session=session).update(session=None, used_at=None)
    Discrepancy.objects.filter(session=session, closed_at=None).update(
        closed_at=now, closed_by=by, verdict="keep", why=wish.reason, outcome=_("订单已更正，原账单作废。")
    )
    ParkingSession.objects.filter(pk=session.pk).update(status="void", touched=True, updated_at=now)
    return off, back


def _rulings(wish: Wish, found: Sequence[ParkingSession], *, now: datetime) -> list[OccupancyEvent]:
    """One event for each part, and one at the end of what was ruled on: the fold may begin behind the beginning."""
    stem = uuid.uuid4().hex
    events: list[OccupancyEvent] = []
    for code in sorted({part.berth for part in wish.into} | {each.berth.code for each in found}):
        targets = [
            {"arrived_at": each.arrived_at.isoformat(), "left_at": each.left_at.isoformat(), "plate": each.plate}
            for each in found
            if each.berth.code == code and each.left_at
        ]
        parts: list[Part | None] = [part for part in wish.into if part.berth == code]
        if targets:
            parts.append(None)
        for part in parts:
            last = max((each.left_at for each in found if each.berth.code == code and each.left_at), default=now)
            into = part.as_data() if part else None
            if into:
                del into["berth"]
            events.append(
                OccupancyEvent(
                    source=SOURCE,
                    event_id=f"{stem}-{len(events)}",
                    berth=code,
                    kind=Kind.DECIDED,
                    observed_at=part.arrived_at if part else last,
                    received_at=now,
                    witness=Witness.OPERATOR,
                    detail=json.dumps(
                        {"verdict": REPLACE, "act": stem, "targets": targets, "into": into}, ensure_ascii=False
                    ),
                )
            )
    return events


def _rate_again(session: ParkingSession, wish: Wish, *, by: User, now: datetime) -> Done | None:
    """Give back what the order costs less by what is known today; None when it costs more and must be billed anew."""
    if session.charge_id is None or session.status != "billed":
        raise Undecidable("", _("订单还没有出账，出账时自会按规则计费。"))
    told = tariffs.rate_again(session)
    if told is None:
        raise Undecidable("", _("按现行规则算不出费用，请先检查计费规则。"))
    was, would = told
    if was == would:
        raise Undecidable("", _("按今天所知重新计算，费用不变。"))
    if would > was:
        return None
    view = charges.views([session.number])[session.number]
    less = min(was - would, (view.due_fen if view.status == "open" else 0) + view.paid_fen - view.refunded_fen)
    if less <= 0:
        raise Undecidable("", _("订单没有可减、可退的金额。"))
    limit = less
    planned = discrepancies.give_back(
        view, Verdict(verdict=PART, why=wish.reason, amount_fen=less), by=by, limit_fen=limit, now=now
    )
    living = invoicing.living_of([session.number])
    effect = Effect(
        off_fen=planned.off_due_fen,
        back_fen=planned.refund_fen,
        new_fen=0,
        was_fen=session.fee_fen or 0,
        reversed_invoices=tuple(living.values()) if planned.refund_fen else (),
        made=(),
    )
    ParkingSession.objects.filter(pk=session.pk).update(touched=True, updated_at=now)
    return Done(effect=effect, numbers=(session.number,), doubled=(), first=session)
