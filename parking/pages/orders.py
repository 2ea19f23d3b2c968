"""A driver's orders: whose they are, in which state, in which group; one order with its lines and its story."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_stubs_ext import StrPromise

from parking import fees, holders, pictures
from parking.models import ParkingSession, User
from parking.pages import kerb, states
from parking.pages.requests import driver_of
from parking.pages.states import State
from parking.wording import english
from payments import charges, invoicing
from payments.charges import ChargeView, RefundView

PAGE = 60
_PENDING = ("open", "waits")
_TRIED = {"debit": _("正在自动扣款")}
_PAID = {"debit": _("已自动扣款"), "cash": _("已线下付清")}


@dataclass(frozen=True, slots=True)
class Line:
    """A fee line in the reader's language."""

    from_at: datetime
    to_at: datetime
    text: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Order:
    """A session as its driver sees it."""

    session: ParkingSession
    state: State
    amount_fen: int | None
    due_fen: int
    due_at: datetime | None
    place: str

    @property
    def number(self) -> str:
        """The order's number, which is also its charge's."""
        return self.session.number


def lines_of(rows: Iterable[dict[str, Any]]) -> list[Line]:
    """Stored fee lines in the reader's language."""
    return [
        Line(
            datetime.fromisoformat(row["from"]),
            datetime.fromisoformat(row["to"]),
            (row.get("rule_en") if english() else "") or row["rule"],
            row["amount_fen"],
        )
        for row in rows
    ]


def orders_of(sessions: Iterable[ParkingSession], *, now: datetime) -> list[Order]:
    """The sessions with what is known of their charges, in one further query."""
    listed = list(sessions)
    views = charges.views([session.number for session in listed if session.billed_at is not None])
    return [_order(session, views.get(session.number), now) for session in listed]


def _order(session: ParkingSession, charge: ChargeView | None, now: datetime) -> Order:
    return Order(
        session=session,
        state=states.state(
            session_status=session.status,
            charge_status=charge.status if charge else "",
            due_at=charge.due_at if charge else None,
            now=now,
        ),
        amount_fen=session.fee_fen,
        due_fen=charge.due_fen if charge else 0,
        due_at=charge.due_at if charge else None,
        place=f"{kerb.name_of(session.road)} {session.berth.code}",
    )


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the money's story."""

    at: datetime
    words: StrPromise
    amount_fen: int | None = None


def story(view: ChargeView | None, refunds: Iterable[RefundView]) -> list[Step]:
    """What happened to an order's money, in order of time: billed, tried, paid, given back, urged no more."""
    if view is None:
        return []
    steps = [Step(view.opened_at, _("已出账"), view.amount_fen)]
    for attempt in view.attempts:
        name = _TRIED.get(attempt.kind, _("支付"))
        if attempt.succeeded_at:
            steps.append(Step(attempt.succeeded_at, _PAID.get(attempt.kind, _("已支付")), attempt.amount_fen))
        elif attempt.in_flight:
            steps.append(Step(attempt.created_at, name, attempt.amount_fen))
        else:
            steps.append(Step(attempt.created_at, _("没有付成，没有扣款"), None))
    for refund in refunds:
        done = refund.succeeded_at
        steps.append(Step(done or refund.requested_at, _("已退款") if done else _("正在退款"), refund.amount_fen))
    if view.settled_at and not any(attempt.succeeded_at for attempt in view.attempts):
        steps.append(Step(view.settled_at, _("不用付款"), None))
    if view.urge_paused:
        steps.append(Step(view.opened_at, _("申诉处理中，暂停催缴"), None))
    return sorted(steps, key=lambda step: step.at)


def grouped(orders: Iterable[Order]) -> list[tuple[State, list[Order]]]:
    """Orders by state, the most pressing group first; what must be paid soonest comes first within its group."""
    groups: dict[State, list[Order]] = {}
    for order in orders:
        groups.setdefault(order.state, []).append(order)
    for state, members in groups.items():
        if state in states.PAYABLE:
            members.sort(key=lambda order: (order.due_at is None, order.due_at, order.number))
    return sorted(groups.items(), key=lambda group: group[0].rank)


@never_cache
@login_required
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """All orders by state; older ones by page."""
    now = timezone.now()
    vehicles = holders.proven(driver_of(request))
    sessions = holders.sessions_of(vehicles)
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit() and len(before) < 19:
        sessions = sessions.filter(pk__lt=int(before))
    page = list(sessions.order_by("-id")[: PAGE + 1])
    orders = orders_of(page[:PAGE], now=now)
    groups = grouped(orders)
    payable = [order for order in orders if order.state in states.PAYABLE]
    older = page[PAGE - 1].pk if len(page) > PAGE else None
    context = {
        "groups": groups,
        "payable": states.PAYABLE,
        "total_fen": sum(order.due_fen for order in payable),
        "count": len(payable),
        "older": older,
        "vehicles": vehicles,
        "now": now,
    }
    return render(request, "driver/orders.html", context)


def find(user: User, number: str) -> ParkingSession:
    """One of this person's sessions; another's is not found. Raises Http404."""
    session = holders.find(user, number)
    if session is None:
        raise Http404
    return session


@never_cache
@login_required
@require_safe
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """One order: since when, where, each line of the fee and why, and what happened to the money."""
    now = timezone.now()
    user = driver_of(request)
    session = find(user, number)
    order = orders_of([session], now=now)[0]
    view = charges.views([session.number]).get(session.number) if session.charge_id else None
    running = fees.running([session], now=now).get(session.number) if order.state is states.PARKED else None
    lines = lines_of(running.lines if running else session.lines)
    context = {
        "pictures": pictures.of([session], viewer=user, now=now)[session.id],
        "order": order,
        "session": session,
        "running": running,
        "lines": lines,
        "total_fen": running.amount_fen if running else session.fee_fen,
        "can_pay": order.state in states.PAYABLE and order.due_fen > 0,
        "invoice_serial": invoicing.living_of([session.number]).get(session.number, ""),
        "has_receipt": order.state is states.PAID and bool(session.fee_fen),
        "story": story(view, charges.refunds_of([session.number]).get(session.number, [])),
        "appeals": list(session.appeals.filter(user=user).order_by("-opened_at")),
        "may_appeal": order.state is not states.VOID and not session.appeals.filter(status__in=_PENDING).exists(),
        "now": now,
    }
    return render(request, "driver/order.html", context)
