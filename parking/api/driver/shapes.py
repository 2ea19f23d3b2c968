"""What the driver's answers look like, for the schema and for programs."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from drf_spectacular.utils import inline_serializer
from rest_framework import serializers

from parking import appeals, fees, orders
from parking.api.city import SESSION
from parking.models import Appeal, ParkingSession, Vehicle
from payments import charges
from payments.charges import ChargeView


def many(shape: serializers.Serializer[Any]) -> serializers.ListField:
    """A list of such; a serializer that stands in one list can't stand in another."""
    return serializers.ListField(child=type(shape)())


APPEAL = inline_serializer(
    "Appeal",
    {
        "number": serializers.CharField(),
        "order": serializers.CharField(),
        "reason": serializers.ChoiceField(Appeal.Reason.values),
        "words": serializers.CharField(),
        "status": serializers.ChoiceField(Appeal.Status.values),
        "opened_at": serializers.DateTimeField(),
        "due_at": serializers.DateTimeField(help_text="answered by then"),
        "answer": serializers.CharField(help_text="the reason of the decision; empty while it is open"),
        "relief_fen": serializers.IntegerField(help_text="what was taken off or is given back"),
    },
)
DETAIL = inline_serializer(
    "DriverSession",
    {
        "session": type(SESSION)(),
        "place": serializers.CharField(),
        "place_en": serializers.CharField(),
        "due_fen": serializers.IntegerField(),
        "due_at": serializers.DateTimeField(allow_null=True),
        "running": serializers.DictField(
            allow_null=True, help_text="while the car stands: amount_fen, lines, rises_at, rises_to_fen"
        ),
        "payments": serializers.ListField(child=serializers.DictField()),
        "refunds": serializers.ListField(child=serializers.DictField()),
        "appeals": many(APPEAL),
    },
)
CHARGE = inline_serializer(
    "DriverCharge",
    {
        "number": serializers.CharField(),
        "plate": serializers.CharField(),
        "plate_color": serializers.CharField(),
        "due_fen": serializers.IntegerField(),
        "due_at": serializers.DateTimeField(),
        "place": serializers.CharField(allow_null=True, help_text="null until the plate's holder is proved"),
        "from": serializers.DateTimeField(allow_null=True),
        "to": serializers.DateTimeField(allow_null=True),
    },
)
VEHICLE = inline_serializer(
    "DriverVehicle",
    {
        "id": serializers.IntegerField(),
        "plate": serializers.CharField(),
        "plate_color": serializers.CharField(),
        "bound_at": serializers.DateTimeField(),
        "verified_at": serializers.DateTimeField(allow_null=True),
        "role": serializers.ChoiceField(["holder", "shared", "payer"], help_text="a payer sees amounts only"),
        "proof": serializers.ChoiceField(["none", "waiting", "accepted", "refused"]),
    },
)


def vehicle(car: Vehicle, *, proof: str = "none") -> dict[str, Any]:
    """A car as its person sees it."""
    role = "payer" if car.verified_at is None else "shared" if car.shared_by_id else "holder"
    return {
        "id": car.pk,
        "plate": car.plate,
        "plate_color": car.plate_color,
        "bound_at": orders.local(car.bound_at),
        "verified_at": orders.local(car.verified_at),
        "role": role,
        "proof": proof,
    }


def appeal(row: Appeal) -> dict[str, Any]:
    """An appeal as its driver sees it; what waits for a second person is still open to them."""
    decided = row.status not in appeals.PENDING
    return {
        "number": row.number,
        "order": row.session.number,
        "reason": row.reason,
        "words": row.words,
        "status": row.status if decided else str(Appeal.Status.OPEN),
        "opened_at": orders.local(row.opened_at),
        "due_at": orders.local(row.due_at),
        "answer": row.answer if decided else "",
        "relief_fen": row.relief_fen if decided else 0,
    }


def charge(view: ChargeView, *, proved: bool) -> dict[str, Any]:
    """A charge that is owed; place and time only for whoever proved the plate."""
    return {
        "number": view.number,
        "plate": view.plate,
        "plate_color": view.plate_color,
        "due_fen": view.due_fen,
        "due_at": orders.local(view.due_at),
        "place": f"{view.place} {view.spot}".strip() if proved else None,
        "from": orders.local(view.from_at) if proved else None,
        "to": orders.local(view.to_at) if proved else None,
    }


def session_detail(session: ParkingSession, *, now: datetime) -> dict[str, Any]:
    """One session with its fee so far, its payments, refunds and appeals."""
    view = charges.views([session.number]).get(session.number) if session.charge_id else None
    running = fees.running([session], now=now).get(session.number) if session.status == "parked" else None
    rows: Sequence[Appeal] = list(session.appeals.select_related("session").order_by("-opened_at"))
    return {
        "session": orders.as_dicts([session], now=now, see_plates=True)[0],
        "place": f"{session.road.name} {session.berth.code}",
        "place_en": f"{session.road.name_en or session.road.name} {session.berth.code}",
        "due_fen": view.due_fen if view else 0,
        "due_at": orders.local(view.due_at) if view else None,
        "running": {
            "amount_fen": running.amount_fen,
            "lines": list(running.lines),
            "rises_at": orders.local(running.rises_at),
            "rises_to_fen": running.rises_to_fen,
        }
        if running
        else None,
        "payments": [
            {
                "number": each.number,
                "gateway": each.gateway,
                "status": str(each.status),
                "amount_fen": each.amount_fen,
                "at": orders.local(each.succeeded_at or each.created_at),
            }
            for each in (view.attempts if view else ())
        ],
        "refunds": [
            {
                "number": each.number,
                "amount_fen": each.amount_fen,
                "status": str(each.status),
                "asked_at": orders.local(each.requested_at),
                "done_at": orders.local(each.succeeded_at),
            }
            for each in charges.refunds_of([session.number]).get(session.number, [])
        ],
        "appeals": [appeal(row) for row in rows],
    }
