"""A driver's sessions, and what is owed."""

from django.http import Http404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from parking import holders, orders
from parking.api import cursors
from parking.api.city import SESSION, choice, moment, text
from parking.api.driver import shapes
from parking.api.driver.base import DriverView, answers, driver_of
from parking.api.driver.shapes import many
from parking.models import Vehicle
from parking.orders import Wanted
from payments import charges

PAGE = 50

_PAGE = inline_serializer(
    "DriverSessionPage",
    {"results": many(SESSION), "next": serializers.CharField(allow_null=True)},
)


class Sessions(DriverView):
    """The stays of the person's proved cars."""

    @extend_schema(
        operation_id="driver_sessions",
        parameters=[
            OpenApiParameter("status", str, enum=list(orders.STATUSES)),
            OpenApiParameter("from", OpenApiTypes.DATETIME, description="arrived at or after"),
            OpenApiParameter("to", OpenApiTypes.DATETIME, description="arrived before"),
            OpenApiParameter("cursor", str),
        ],
        responses=answers(_PAGE, 400, 401, codes={400: ("invalid",)}),
    )
    def get(self, request: Request) -> Response:
        """Newest arrival first, 50 a page; `next` is the cursor of the next page, null on the last."""
        now = timezone.now()
        wanted = Wanted(
            status=choice(request, "status", orders.STATUSES),
            from_at=moment(request, "from"),
            to_at=moment(request, "to"),
            after=cursors.read(text(request, "cursor", 200)),
        )
        mine = holders.sessions_of(holders.proven(driver_of(request)))
        found = list(orders.find(wanted, now=now).filter(pk__in=mine.values("pk"))[: PAGE + 1])
        following = cursors.of(found[PAGE - 1].arrived_at, found[PAGE - 1].id) if len(found) > PAGE else None
        return Response({"results": orders.as_dicts(found[:PAGE], now=now, see_plates=True), "next": following})


class Session(DriverView):
    """One stay."""

    @extend_schema(operation_id="driver_session", responses=answers(shapes.DETAIL, 401, 404))
    def get(self, request: Request, number: str) -> Response:
        """Lines of the fee, fee so far, payments, refunds, appeals. Another person's is not found."""
        session = holders.find(driver_of(request), number)
        if session is None:
            raise Http404
        return Response(shapes.session_detail(session, now=timezone.now()))


class Charges(DriverView):
    """What is owed for any of the person's plates."""

    @extend_schema(
        operation_id="driver_charges",
        responses=answers(
            inline_serializer(
                "DriverCharges",
                {"total_fen": serializers.IntegerField(), "results": many(shapes.CHARGE)},
            ),
            401,
        ),
    )
    def get(self, request: Request) -> Response:
        """Every unpaid charge, oldest first. Anyone may pay for a plate; place and time need its proof."""
        user = driver_of(request)
        cars = {(car.plate, car.plate_color) for car in Vehicle.objects.filter(user=user)}
        proved = {(car.plate, car.plate_color) for car in holders.proven(user)}
        results = [
            shapes.charge(each, proved=(each.plate, each.plate_color) in proved)
            for each in charges.unpaid_for_plates(sorted({plate for plate, _color in cars}))
            if (each.plate, each.plate_color) in cars or each.plate_color == "unknown"
        ]
        return Response({"total_fen": sum(each["due_fen"] for each in results), "results": results})
