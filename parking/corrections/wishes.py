"""What is wished for orders, as plain data, and whether it can be."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from parking.discrepancies import Undecidable
from parking.domain import plate as plates
from parking.models import Berth, ParkingSession, SessionAct
from payments import charges, invoicing
from payments.charges import ChargeView

# How far apart two stays of one car may lie that were one.
NEAR = timedelta(hours=24)
_INVOICE_MOVES = ("requested", "submitted", "waiting_login", "red_required", "red_pending")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A stay that is to stand: berth by its code, half-open period, plate upper case without the dot."""

    berth: str
    arrived_at: datetime
    left_at: datetime
    plate: str
    plate_color: str = "unknown"

    def as_data(self) -> dict[str, str]:
        """For the row and the ruling."""
        return {
            "berth": self.berth,
            "arrived_at": self.arrived_at.isoformat(),
            "left_at": self.left_at.isoformat(),
            "plate": self.plate,
            "plate_color": self.plate_color,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """The orders by their numbers, what is to stand instead, and why."""

    kind: str
    numbers: tuple[str, ...]
    into: tuple[Part, ...]
    reason: str

    def as_data(self) -> dict[str, Any]:
        """As it is kept in the row."""
        return {"numbers": list(self.numbers), "into": [part.as_data() for part in self.into]}

    @classmethod
    def from_act(cls, act: SessionAct) -> "Wish":
        """The wish a row keeps."""
        parts = tuple(
            Part(**part | {name: datetime.fromisoformat(part[name]) for name in ("arrived_at", "left_at")})
            for part in act.wish["into"]
        )
        return cls(kind=act.kind, numbers=tuple(act.wish["numbers"]), into=parts, reason=act.reason)


def neighbours(session: ParkingSession) -> list[ParkingSession]:
    """The orders of the same berth that one may be merged with, by time."""
    end = session.left_at or session.arrived_at
    near = ParkingSession.objects.filter(
        berth=session.berth_id, contested=False, arrived_at__lte=end + NEAR, left_at__gte=session.arrived_at - NEAR
    )
    return list(near.exclude(pk=session.pk).exclude(status__in=("void", "parked")).order_by("arrived_at"))


def check(wish: Wish, found: Sequence[ParkingSession], berths: Mapping[str, Berth], *, now: datetime) -> None:
    """Raise Undecidable, naming the field, for a wish that can't be or that changes nothing."""
    if not wish.reason.strip():
        raise Undecidable("reason", _("请写明理由。"))
    if len(found) != len(set(wish.numbers)):
        raise Undecidable("", _("订单不存在，或不在您负责的路段。"))
    for session in found:
        _standing(session)
    for part in wish.into:
        _possible(part, berths, now=now)
    if wish.kind != SessionAct.Kind.RERATE and {_same(part) for part in wish.into} == {
        (each.berth.code, each.arrived_at, each.left_at, each.plate, each.plate_color) for each in found
    }:
        raise Undecidable("", _("和现在的订单一样，没有要改的。"))
    ordered = sorted(wish.into, key=lambda part: (part.berth, part.arrived_at))
    for one, other in itertools.pairwise(ordered):
        if one.berth == other.berth and other.arrived_at < one.left_at:
            raise Undecidable("left_at", _("两段时间互相重叠。"))
    _free(wish, found, berths)
    _money(found)


def _same(part: Part) -> tuple[str, datetime, datetime, str, str]:
    return part.berth, part.arrived_at, part.left_at, part.plate, part.plate_color


def _standing(session: ParkingSession) -> None:
    told = {"number": session.number}
    if session.status == "void":
        raise Undecidable("", _("订单 %(number)s 已经作废，不能再改。") % told)
    if session.left_at is None:
        raise Undecidable("", _("订单 %(number)s 的车还没有驶离，驶离后再改。") % told)
    if session.contested:
        raise Undecidable("", _("订单 %(number)s 与另一单重叠，请先在审核台处理。") % told)
    if session.acts.filter(status=SessionAct.Status.REQUESTED).exists():
        raise Undecidable("", _("订单 %(number)s 已有一项处理在等复核。") % told)


def _possible(part: Part, berths: Mapping[str, Berth], *, now: datetime) -> None:
    if part.berth not in berths:
        raise Undecidable("berth", _("没有泊位 %(code)s。") % {"code": part.berth})
    if not plates.valid(part.plate):
        raise Undecidable("plate", _("请填写正确的号牌号码，例如 鄂L12345。"))
    if part.left_at <= part.arrived_at:
        raise Undecidable("left_at", _("驶离时间应晚于驶入时间。"))
    if part.left_at > now:
        raise Undecidable("left_at", _("驶离时间不能晚于现在。"))


def _free(wish: Wish, found: Sequence[ParkingSession], berths: Mapping[str, Berth]) -> None:
    """Nothing else may stand where the parts are to stand, nor lie over the orders in question."""
    periods = [(berths[part.berth].pk, part.arrived_at, part.left_at) for part in wish.into]
    periods += [(each.berth_id, each.arrived_at, each.left_at) for each in found if each.left_at]
    within = Q()
    for berth_id, start, end in periods:
        within |= Q(berth=berth_id, arrived_at__lt=end) & (Q(left_at__gt=start) | Q(left_at=None))
    others = ParkingSession.objects.filter(within).exclude(status="void").exclude(pk__in=[each.pk for each in found])
    other = others.order_by("arrived_at").first()
    if other is not None:
        raise Undecidable("arrived_at", _("与订单 %(number)s 的时段重叠，请先处理那一单。") % {"number": other.number})


def _money(found: Sequence[ParkingSession]) -> None:
    numbers = [each.number for each in found if each.charge_id]
    views, living = charges.views(numbers), invoicing.living_of(numbers)
    for number in numbers:
        _settled(views[number])
    for number, serial in living.items():
        invoice = invoicing.invoice_behind(serial)
        if invoice is not None and invoice.status in _INVOICE_MOVES:
            raise Undecidable("", _("订单 %(number)s 的发票正在开具或红冲，办完后再改。") % {"number": number})


def _settled(view: ChargeView) -> None:
    told = {"number": view.number}
    if view.paying is not None:
        raise Undecidable("", _("订单 %(number)s 正在支付，请稍后再试。") % told)
    if view.status in ("written_off",):
        raise Undecidable("", _("订单 %(number)s 已核销，账已了结，不能再改。") % told)
    refunds = charges.refunds_of([view.number]).get(view.number, [])
    if any(refund.status not in ("succeeded", "closed", "failed") for refund in refunds):
        raise Undecidable("", _("订单 %(number)s 有一笔退款还没办完，办完后再改。") % told)
