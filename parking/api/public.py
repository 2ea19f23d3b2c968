"""`/api/v1/public/`: for anyone, without a name, rate limited."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import ScopedRateThrottle
from rest_framework.views import APIView

from parking import kerbside, quotes
from parking.api.errors import Refusal
from parking.api.permissions import Anyone
from parking.domain.events import PLATE_COLORS


class PublicView(APIView):
    """No sign-in, a limit on how often."""

    authentication_classes = ()
    permission_classes = [Anyone]
    throttle_classes = [ScopedRateThrottle]
    throttle_scope = "public"


class Strict(serializers.Serializer[Any]):
    """Refuses fields it does not know: a misspelt one would be a wrong price."""

    def to_internal_value(self, data: Any) -> Any:
        """As REST framework, but unknown fields are errors."""
        if isinstance(data, dict):
            unknown = set(data) - set(self.fields)
            if unknown:
                raise serializers.ValidationError({name: [_("未知字段")] for name in sorted(map(str, unknown))})
        return super().to_internal_value(data)


@extend_schema_field(OpenApiTypes.DATETIME)
class Moment(serializers.Field[datetime, str, str, Any]):
    """An RFC 3339 moment that carries its offset."""

    def to_internal_value(self, data: Any) -> datetime:
        """The moment. A naive one is refused: nobody knows what it means."""
        try:
            at = datetime.fromisoformat(data) if isinstance(data, str) and len(data) <= 40 else None
        except ValueError:
            at = None
        if at is None:
            raise serializers.ValidationError(_("应为 RFC 3339 时间"))
        if at.tzinfo is None:
            raise serializers.ValidationError(_("时间必须带时区"))
        if not 1970 < at.year < 9000:
            raise serializers.ValidationError(_("时间超出范围"))
        return at

    def to_representation(self, value: datetime) -> str:
        """RFC 3339."""
        return value.isoformat()


class VehicleForm(Strict):
    """The vehicle of a quote."""

    plate_color = serializers.ChoiceField(PLATE_COLORS, required=False)

    def get_fields(self) -> dict[str, Any]:
        """With `class`, which Python keeps for itself."""
        fields = dict(super().get_fields())
        fields["class"] = serializers.CharField(max_length=32, required=False, allow_blank=True)
        return fields


class QuoteForm(Strict):
    """What a quote is asked for."""

    road = serializers.CharField(max_length=32, required=False)
    tariff = serializers.CharField(max_length=64, required=False)
    arrived_at = Moment()
    left_at = Moment()
    vehicle = VehicleForm(required=False)


class Quote(PublicView):
    """What a stay would cost, line by line."""

    @extend_schema(
        request=QuoteForm,
        responses=inline_serializer(
            "Quote",
            {
                "amount_fen": serializers.IntegerField(),
                "currency": serializers.CharField(),
                "lines": serializers.ListField(child=serializers.DictField()),
                "tariff": serializers.DictField(),
            },
        ),
        examples=[
            OpenApiExample(
                "two hours",
                value={
                    "road": "XA01",
                    "arrived_at": "2026-11-23T09:00:00+08:00",
                    "left_at": "2026-11-23T11:00:00+08:00",
                },
                request_only=True,
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Price a stay on a road or under a tariff."""
        form = QuoteForm(data=request.data)
        form.is_valid(raise_exception=True)
        asked = form.validated_data
        if bool(asked.get("road")) == bool(asked.get("tariff")):
            raise Refusal(
                "invalid", _("请给出路段或计费规则之一。"), fields={"road": _("路段与计费规则须且只须给出一个")}
            )
        vehicle = asked.get("vehicle") or {}
        try:
            quote = quotes.quote(
                road=asked.get("road", ""),
                tariff=asked.get("tariff", ""),
                arrived_at=asked["arrived_at"],
                left_at=asked["left_at"],
                plate_color=vehicle.get("plate_color", "blue"),
                vehicle_class=vehicle.get("class", ""),
            )
        except quotes.Unquotable as error:
            raise Refusal(error.code, error.message, status=error.status, fields=error.fields) from error
        return Response(quote)


class Roads(PublicView):
    """Roads with their free berths, GeoJSON."""

    @extend_schema(responses=inline_serializer("RoadCollection", {"features": serializers.ListField()}))
    def get(self, request: Request) -> Response:
        """Every open road: name, berths, free berths and when that was known."""
        return Response(kerbside.roads_geojson(now=timezone.now()), content_type="application/geo+json")


class Tariffs(PublicView):
    """The tariffs in force."""

    @extend_schema(responses=inline_serializer("TariffList", {"results": serializers.ListField()}))
    def get(self, request: Request) -> Response:
        """Each version in force now with its document."""
        return Response({"results": quotes.in_force(now=timezone.now())})
