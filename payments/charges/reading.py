"""What other rooms may know of charges: frozen records, read with a constant number of queries."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Count, Min, Sum

from payments import breaker
from payments.domain import accounts
from payments.domain.states import IN_FLIGHT, AttemptState
from payments.models import Attempt, Charge, Difference, Entry, Leg, Notification, Part, Refund, Suspense


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentView:
    """One try to pay a charge. `code` and `message` are the gateway's."""

    number: str
    gateway: str
    kind: str
    status: str
    amount_fen: int
    created_at: datetime
    succeeded_at: datetime | None
    code: str
    message: str
    in_flight: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeView:
    """A charge with its sums. `paid_fen` is all that came in for it, `refunded_fen` what went back."""

    id: int
    number: str
    kind: str
    scope: str
    spot: str
    place: str
    plate: str = field(repr=False)
    plate_color: str
    from_at: datetime
    to_at: datetime
    currency: str
    lines: Sequence[Mapping[str, Any]]
    status: str
    amount_fen: int
    paid_fen: int
    refunded_fen: int
    due_fen: int
    opened_at: datetime
    due_at: datetime
    settled_at: datetime | None
    urge_stage: int
    urge_paused: bool
    attempts: tuple[PaymentView, ...]

    @property
    def paying(self) -> PaymentView | None:
        """The payment now under way, if any."""
        return next((attempt for attempt in self.attempts if attempt.in_flight), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentState:
    """How a payment stands. `at` is when the money moved; `numbers` are the charges it pays."""

    number: str
    gateway: str
    kind: str
    status: str
    amount_fen: int
    numbers: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    at: datetime | None
    code: str
    message: str

    @property
    def final(self) -> bool:
        """Whether nothing more is awaited."""
        return AttemptState(self.status) not in IN_FLIGHT

    @property
    def succeeded(self) -> bool:
        """Whether the money moved."""
        return self.status == AttemptState.SUCCEEDED


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Money of one scope in a period, in fen.

    `receivable_fen` is what the charges opened in the period ask for after waivers; `collected_fen` what of it has been
    paid since, less refunds; `received_fen` the money that moved in the period, less what moved back.
    """

    charges: int
    settled: int
    receivable_fen: int
    collected_fen: int
    received_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What waits in payments, for health pages and alarms."""

    due_to_collect: int
    in_flight: int
    unknown: int
    oldest_unknown_at: datetime | None
    notifications: int
    refunds_for_people: int
    suspense: int
    differences: int
    resting_gateways: tuple[str, ...]
    drifting_gateways: tuple[str, ...]


def backlog(*, now: datetime) -> Backlog:
    """What waits now; nine small queries."""
    unknown = Attempt.objects.filter(status=AttemptState.UNKNOWN)
    told = unknown.aggregate(count=Count("pk"), oldest=Min("created_at"))
    for_people = [Refund.Status.REQUESTED, Refund.Status.ABNORMAL, Refund.Status.FAILED]
    return Backlog(
        due_to_collect=Charge.objects.filter(status=Charge.Status.OPEN, collect_at__lte=now).count(),
        in_flight=Part.objects.filter(in_flight=True).count(),
        unknown=told["count"],
        oldest_unknown_at=told["oldest"],
        notifications=Notification.objects.filter(processed_at__isnull=True).count(),
        refunds_for_people=Refund.objects.filter(status__in=for_people).count(),
        suspense=Suspense.objects.filter(resolved_at__isnull=True).count(),
        differences=Difference.objects.filter(resolved_at__isnull=True).count(),
        resting_gateways=tuple(sorted(breaker.resting(now=now))),
        drifting_gateways=tuple(sorted(breaker.drifting())),
    )


def views(keys: Iterable[str] | Iterable[int]) -> dict[str, ChargeView]:
    """The charges with these numbers (texts) or ids (whole numbers), by number; unknown ones are missing."""
    wanted = list(keys)
    numbers = [key for key in wanted if isinstance(key, str)]
    ids = [key for key in wanted if isinstance(key, int)]
    found = Charge.objects.filter(number__in=numbers) if numbers else Charge.objects.filter(pk__in=ids)
    return {view.number: view for view in _views(list(found) if wanted else [])}


def unpaid_for_plates(plates: Iterable[str]) -> list[ChargeView]:
    """What is still owed for these plates' stays, oldest first: a permit that was ordered is no arrears."""
    found = Charge.objects.filter(plate__in=list(plates), status=Charge.Status.OPEN, kind=Charge.Kind.STAY)
    found = found.exclude(plate="")
    return _views(list(found.order_by("opened_at", "pk")))


def payment_state(number: str) -> PaymentState | None:
    """How the payment of that number stands; None when there is none."""
    attempt = Attempt.objects.filter(number=number).first()
    if attempt is None:
        return None
    numbers = Part.objects.filter(attempt=attempt).order_by("charge_id").values_list("charge__number", flat=True)
    return PaymentState(
        number=attempt.number,
        gateway=attempt.gateway,
        kind=attempt.kind,
        status=attempt.status,
        amount_fen=attempt.amount_fen,
        numbers=tuple(numbers),
        created_at=attempt.created_at,
        expires_at=attempt.expires_at,
        at=attempt.succeeded_at,
        code=attempt.code,
        message=attempt.message,
    )


_SUMS = """
SELECT scope, sum(charges), sum(settled), sum(receivable), sum(collected), sum(received) FROM (
    SELECT c.scope, count(*) AS charges, count(*) FILTER (WHERE c.status = 'settled') AS settled,
           sum(c.amount_fen - coalesce(off.fen, 0)) AS receivable, sum(coalesce(money.fen, 0)) AS collected,
           0 AS received
      FROM payments_charge c
      LEFT JOIN LATERAL (SELECT sum(amount_fen) AS fen FROM payments_adjustment a
                          WHERE a.charge_id = c.id AND a.status = 'done' AND a.kind <> 'write_off') off ON true
      LEFT JOIN LATERAL (SELECT sum(amount_fen) AS fen FROM payments_leg l
                          WHERE l.charge_id = c.id
                            AND (l.account LIKE 'clearing:%%' OR l.account = 'cash')) money ON true
     WHERE c.scope = ANY(%(scopes)s) AND c.opened_at >= %(from_at)s AND c.opened_at < %(to_at)s
     GROUP BY c.scope
    UNION ALL
    SELECT c.scope, 0, 0, 0, 0, sum(l.amount_fen)
      FROM payments_entry e
      JOIN payments_leg l ON l.entry_id = e.id
      JOIN payments_charge c ON c.id = l.charge_id
     WHERE e.at >= %(from_at)s AND e.at < %(to_at)s AND e.cause IN ('paid', 'refund_done')
       AND (l.account LIKE 'clearing:%%' OR l.account = 'cash') AND c.scope = ANY(%(scopes)s)
     GROUP BY c.scope
) AS told GROUP BY scope
"""


def sums(scopes: Iterable[str], *, from_at: datetime, to_at: datetime) -> dict[str, Sums]:
    """The money of each scope in the half-open period, in one query; scopes without any are missing."""
    with connection.cursor() as cursor:
        cursor.execute(_SUMS, {"scopes": list(scopes), "from_at": from_at, "to_at": to_at})
        return {
            scope: Sums(
                charges=int(charges),
                settled=int(settled),
                receivable_fen=int(receivable),
                collected_fen=int(collected),
                received_fen=int(received),
            )
            for scope, charges, settled, receivable, collected, received in cursor.fetchall()
        }


def _views(charges: Sequence[Charge]) -> list[ChargeView]:
    if not charges:
        return []
    ids = [charge.pk for charge in charges]
    paid: dict[int, int] = {}
    refunded: dict[int, int] = {}
    due: dict[int, int] = {}
    totals = (
        Leg.objects.filter(charge_id__in=ids)
        .values_list("charge_id", "account", "entry__cause")
        .annotate(total=Sum("amount_fen"))
        .order_by()
    )
    for charge_id, account, cause, total in totals:
        if charge_id is None:
            continue
        if account == accounts.RECEIVABLE:
            due[charge_id] = due.get(charge_id, 0) + total
        elif account == accounts.CASH or account.startswith("clearing:"):
            if cause == Entry.Cause.REFUND_DONE:
                refunded[charge_id] = refunded.get(charge_id, 0) - total
            else:
                paid[charge_id] = paid.get(charge_id, 0) + total
    attempts: dict[int, list[PaymentView]] = {}
    for part in Part.objects.filter(charge_id__in=ids).select_related("attempt").order_by("attempt_id"):
        attempts.setdefault(part.charge_id, []).append(_payment(part))
    return [
        ChargeView(
            id=charge.pk,
            number=charge.number,
            kind=charge.kind,
            scope=charge.scope,
            spot=charge.spot,
            place=charge.place,
            plate=charge.plate,
            plate_color=charge.plate_color,
            from_at=charge.from_at,
            to_at=charge.to_at,
            currency=charge.currency,
            lines=charge.lines,
            status=charge.status,
            amount_fen=charge.amount_fen,
            paid_fen=paid.get(charge.pk, 0),
            refunded_fen=refunded.get(charge.pk, 0),
            due_fen=due.get(charge.pk, 0),
            opened_at=charge.opened_at,
            due_at=charge.due_at,
            settled_at=charge.settled_at,
            urge_stage=charge.urge_stage,
            urge_paused=charge.urge_paused,
            attempts=tuple(attempts.get(charge.pk, ())),
        )
        for charge in charges
    ]


def _payment(part: Part) -> PaymentView:
    attempt = part.attempt
    return PaymentView(
        number=attempt.number,
        gateway=attempt.gateway,
        kind=attempt.kind,
        status=attempt.status,
        amount_fen=part.amount_fen,
        created_at=attempt.created_at,
        succeeded_at=attempt.succeeded_at,
        code=attempt.code,
        message=attempt.message,
        in_flight=part.in_flight,
    )
