"""A driver's cars: bound, proved, shared, let go; and how they pay by themselves."""

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from parking import limits, orders, vehicles
from parking.api.driver import shapes
from parking.api.driver.base import DriverView, answers, driver_of
from parking.api.driver.payments import PlateForm
from parking.api.driver.shapes import many
from parking.api.errors import Refusal
from parking.api.public import Strict
from parking.domain import plate as plates
from parking.models import User, Vehicle, VehicleProof
from parking.uploads import Unusable
from payments import charges

TRIES_AN_HOUR = 10


class ProofForm(serializers.Serializer[Any]):
    """A picture of the vehicle licence (行驶证): JPG, PNG or WebP, at most 10 MB."""

    picture = serializers.FileField()


class JoinForm(Strict):
    """The code the holder passed on."""

    code = serializers.CharField(max_length=16)


class MandateForm(Strict):
    """What to do with an agreement."""

    gateway = serializers.ChoiceField(["wechat", "alipay"])
    action = serializers.ChoiceField(["prefer", "end", "resume"])


_MANDATE = inline_serializer(
    "DriverMandate",
    {
        "vehicle": serializers.IntegerField(),
        "gateway": serializers.CharField(),
        "state": serializers.CharField(),
        "ended_at": serializers.DateTimeField(allow_null=True),
        "first": serializers.BooleanField(),
    },
)


def refusal(error: vehicles.Refused | Unusable) -> Refusal:
    """A refusal of the work as this API says it."""
    status = 413 if error.code == "too_large" else 422
    return Refusal(error.code, error.message, status=status)


def own(user: User, pk: int) -> Vehicle:
    """One of this person's cars. Raises Http404."""
    return get_object_or_404(Vehicle.objects.select_related("user"), pk=pk, user=user)


class Vehicles(DriverView):
    """All cars."""

    @extend_schema(
        operation_id="driver_vehicles",
        responses=answers(inline_serializer("DriverVehicles", {"results": many(shapes.VEHICLE)}), 401),
    )
    def get(self, request: Request) -> Response:
        """The cars in the order in which they were bound."""
        cars = list(Vehicle.objects.filter(user=driver_of(request)).order_by("bound_at", "pk"))
        proofs = dict(VehicleProof.objects.filter(vehicle__in=cars).order_by("id").values_list("vehicle_id", "status"))
        return Response({"results": [shapes.vehicle(car, proof=proofs.get(car.pk, "none")) for car in cars]})

    @extend_schema(
        operation_id="driver_bind_vehicle",
        request=PlateForm,
        responses=answers(shapes.VEHICLE, 400, 401, 422, status=201, codes={422: ("too_many",)}),
        examples=[OpenApiExample("a plate", value={"plate": "鄂L12345"}, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        """Bind a plate: it counts at once for paying; its stays are shown when its holder is proved."""
        form = PlateForm(data=request.data)
        form.is_valid(raise_exception=True)
        number = form.validated_data["plate"]
        color = form.validated_data.get("plate_color") or plates.usual_color(number)
        try:
            car = vehicles.bind(user=driver_of(request), plate=number, color=color, now=timezone.now())
        except vehicles.Refused as error:
            raise refusal(error) from error
        return Response(shapes.vehicle(car), status=201)


class OneVehicle(DriverView):
    """One car."""

    @extend_schema(operation_id="driver_unbind_vehicle", responses=answers(None, 401, 404, status=204))
    def delete(self, request: Request, pk: int) -> Response:
        """Let it go; whoever it was shared with loses it too."""
        vehicles.unbind(own(driver_of(request), pk))
        return Response(status=204)


class Proof(DriverView):
    """The proof of a binding."""

    parser_classes = [MultiPartParser]

    @extend_schema(
        operation_id="driver_prove_vehicle",
        request={"multipart/form-data": ProofForm},
        responses=answers(
            shapes.VEHICLE,
            400,
            401,
            404,
            413,
            422,
            status=202,
            codes={422: ("not_a_picture", "already_proved"), 413: ("too_large",)},
        ),
    )
    def post(self, request: Request, pk: int) -> Response:
        """Hand in the licence. It is kept privately, looked at by a person and then deleted. When somebody else holds
        the plate they are told, and a person compares."""
        car = own(driver_of(request), pk)
        form = ProofForm(data=request.data)
        form.is_valid(raise_exception=True)
        try:
            vehicles.ask_proof(car, file=form.validated_data["picture"], now=timezone.now())
        except (vehicles.Refused, Unusable) as error:
            raise refusal(error) from error
        return Response(shapes.vehicle(car, proof="waiting"), status=202)


class Invites(DriverView):
    """Codes for others who drive the car."""

    @extend_schema(
        operation_id="driver_share_vehicle",
        request=None,
        responses=answers(
            inline_serializer(
                "VehicleInvite", {"code": serializers.CharField(), "expires_at": serializers.DateTimeField()}
            ),
            401,
            404,
            422,
            status=201,
            codes={422: ("not_holder", "too_many")},
        ),
    )
    def post(self, request: Request, pk: int) -> Response:
        """A code for one person, one day; only the proved holder may."""
        now = timezone.now()
        try:
            code = vehicles.invite(own(driver_of(request), pk), now=now)
        except vehicles.Refused as error:
            raise refusal(error) from error
        return Response({"code": code, "expires_at": orders.local(now + vehicles.INVITE_LIVES)}, status=201)


class Join(DriverView):
    """Coming to a car by its holder's code."""

    @extend_schema(
        operation_id="driver_join_vehicle",
        request=JoinForm,
        responses=answers(shapes.VEHICLE, 400, 401, 422, status=201, codes={422: ("wrong_code", "too_many")}),
    )
    def post(self, request: Request) -> Response:
        """Use the code; ten tries an hour."""
        form = JoinForm(data=request.data)
        form.is_valid(raise_exception=True)
        user = driver_of(request)
        if not limits.allowed(what="vehicle-join", who=str(user.pk), times=TRIES_AN_HOUR, seconds=3600):
            raise Refusal("too_many", _("试的次数太多了，请一小时后再试。"), status=429)
        try:
            car = vehicles.join(user=user, code=form.validated_data["code"], now=timezone.now())
        except vehicles.Refused as error:
            raise refusal(error) from error
        return Response(shapes.vehicle(car), status=201)


class Mandates(DriverView):
    """How the proved cars pay by themselves."""

    @extend_schema(
        operation_id="driver_mandates",
        responses=answers(inline_serializer("DriverMandates", {"results": many(_MANDATE)}), 401),
    )
    def get(self, request: Request) -> Response:
        """The agreements of the person's own proved cars."""
        mine = Vehicle.objects.filter(user=driver_of(request), verified_at__isnull=False, shared_by=None)
        cars = {(car.plate, car.plate_color): car for car in mine}
        results = [
            {
                "vehicle": cars[view.plate, view.plate_color].pk,
                "gateway": view.gateway,
                "state": str(view.state),
                "ended_at": orders.local(view.ended_at),
                "first": view.first,
            }
            for view in charges.mandates_of({plate for plate, _color in cars})
            if (view.plate, view.plate_color) in cars
        ]
        return Response({"results": results})


class VehicleMandate(DriverView):
    """One car's agreements."""

    @extend_schema(
        operation_id="driver_mandate",
        request=MandateForm,
        responses=answers(None, 400, 401, 404, 422, status=204, codes={422: ("not_holder", "unknown_gateway")}),
        examples=[
            OpenApiExample("stop debits", value={"gateway": "wechat", "action": "end"}, request_only=True),
        ],
    )
    def post(self, request: Request, pk: int) -> Response:
        """Try this gateway first, stop using it, or use it again. Only the proved holder may."""
        car = own(driver_of(request), pk)
        form = MandateForm(data=request.data)
        form.is_valid(raise_exception=True)
        if car.verified_at is None or car.shared_by_id is not None:
            raise Refusal("not_holder", _("只有核验过的车主可以管理无感支付。"), status=422)
        said = form.validated_data
        key = {"plate": car.plate, "plate_color": car.plate_color, "gateway": said["gateway"]}
        now = timezone.now()
        if said["action"] == "prefer":
            done = charges.prefer_gateway(**key, now=now)
        else:
            done = charges.end_mandate(**key, ended=said["action"] == "end", now=now)
        if not done:
            raise Refusal("unknown_gateway", _("这里没有开通这个支付渠道。"), status=422)
        return Response(status=204)


class Share(DriverView):
    """One person a car is shared with."""

    @extend_schema(operation_id="driver_end_share", responses=answers(None, 401, 404, status=204))
    def delete(self, request: Request, pk: int, share: int) -> Response:
        """Take the car back from that person."""
        if not vehicles.end_share(own(driver_of(request), pk), share):
            raise Http404
        return Response(status=204)
