"""`/api/v1/public/`: for anyone, without a name, rate limited."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    extend_schema,
    extend_schema_field,
    inline_serializer,
)
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import ScopedRateThrottle
from rest_framework.views import APIView

from parking import curb_events, curbs, kerbside, quotes
from parking.api.city import moment, text
from parking.api.errors import Refusal
from parking.api.permissions import Anyone
from parking.domain.events import PLATE_COLORS
from parking.figures import history
from parking.models import Road


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
        # PostgreSQL knows smaller offsets than Python.
        return at.astimezone(UTC)

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


_NOT_MODIFIED = 304
_LONGEST_HISTORY = timedelta(days=7)


def _told(request: Request, body: kerbside.Body, content_type: str) -> HttpResponse:
    """A body that may be kept for a few seconds, or 304 where the asker holds the same one."""
    tags = [tag.strip().removeprefix("W/") for tag in request.headers.get("If-None-Match", "").split(",")]
    known = body.tag in tags or "*" in tags
    answer = HttpResponse(
        b"" if known else body.data, content_type=content_type, status=_NOT_MODIFIED if known else 200
    )
    answer["ETag"] = body.tag
    answer["Cache-Control"] = f"public, max-age={kerbside.KEPT_S}"
    answer["Access-Control-Allow-Origin"] = "*"
    return answer


class Roads(PublicView):
    """Roads with their free berths, GeoJSON."""

    @extend_schema(
        responses={
            (200, "application/geo+json"): inline_serializer(
                "RoadCollection", {"features": serializers.ListField(child=serializers.DictField())}
            )
        }
    )
    def get(self, request: Request) -> HttpResponse:
        """Every open road: name, berths, free berths, closures, and when that was known. With an ETag."""
        return _told(request, kerbside.body("geojson", now=timezone.now()), "application/geo+json")


class NgsiRoads(PublicView):
    """Roads as NGSI-LD `OnStreetParking`."""

    @extend_schema(
        responses={
            (200, "application/ld+json"): inline_serializer(
                "OnStreetParking", {"id": serializers.CharField()}, many=True
            )
        }
    )
    def get(self, request: Request) -> HttpResponse:
        """Every open road as an entity, normalized form."""
        return _told(request, kerbside.body("ngsi", now=timezone.now()), "application/ld+json")


class NgsiSpots(PublicView):
    """A road's berths as NGSI-LD `ParkingSpot`."""

    @extend_schema(
        parameters=[OpenApiParameter("road", str, required=True)],
        responses={
            (200, "application/ld+json"): inline_serializer("ParkingSpot", {"id": serializers.CharField()}, many=True)
        },
    )
    def get(self, request: Request) -> Response:
        """The berths of one road: free, occupied, closed or unknown."""
        spots = kerbside.ngsi_spots(text(request, "road", 32))
        if not spots:
            reason = _("没有这个路段。")
            raise Refusal("unknown_road", reason, status=404, fields={"road": reason})
        return Response(spots, content_type="application/ld+json")


class CdsZones(PublicView):
    """Roads as Curb Zones of the Curb Data Specification."""

    @extend_schema(
        responses={(200, curbs.MEDIA_TYPE): inline_serializer("CurbZones", {"data": serializers.DictField()})}
    )
    def get(self, request: Request) -> HttpResponse:
        """Every open road as a curb zone."""
        return _told(request, kerbside.body("cds", now=timezone.now()), curbs.MEDIA_TYPE)


class CdsPolicies(PublicView):
    """The policies of the curb zones."""

    @extend_schema(
        responses={(200, curbs.MEDIA_TYPE): inline_serializer("CurbPolicies", {"data": serializers.DictField()})}
    )
    def get(self, request: Request) -> HttpResponse:
        """Parking, by charging zone; what it costs stands in `tariffs/`."""
        return _told(request, kerbside.body("cds-policies", now=timezone.now()), curbs.MEDIA_TYPE)


class CdsEvents(PublicView):
    """Arrivals and departures as Curb Events, where nobody stands alone."""

    @extend_schema(
        parameters=[
            OpenApiParameter("road", str, description="a road's code; all roads without it"),
            OpenApiParameter("from", OpenApiTypes.DATETIME, description="default: the last hour that is over"),
            OpenApiParameter("to", OpenApiTypes.DATETIME, description="at most a day later"),
        ],
        responses={(200, curbs.MEDIA_TYPE): inline_serializer("CurbEvents", {"data": serializers.DictField()})},
    )
    def get(self, request: Request) -> HttpResponse:
        """By road and quarter of an hour, without plates; hours with fewer than five of a kind tell none."""
        now = timezone.now()
        hour = now.replace(minute=0, second=0, microsecond=0)
        from_at = moment(request, "from") or hour - timedelta(hours=1)
        to_at = moment(request, "to") or from_at + timedelta(hours=1)
        # Whole hours: by asking for pieces one could tell apart what an hour tells together.
        from_at = from_at.replace(minute=0, second=0, microsecond=0)
        if to_at > (whole := to_at.replace(minute=0, second=0, microsecond=0)):
            to_at = whole + timedelta(hours=1)
        if not timedelta() < to_at - from_at <= curb_events.LONGEST:
            raise Refusal("invalid", _("查询条件不正确。"), fields={"to": _("应晚于 from，且最多一天")})
        told = curb_events.document(from_at=from_at, to_at=to_at, now=now, road=text(request, "road", 32))
        return HttpResponse(
            json.dumps(told), content_type=curbs.MEDIA_TYPE, headers={"Access-Control-Allow-Origin": "*"}
        )


class History(PublicView):
    """Occupancy by road and hour, as open data."""

    @extend_schema(
        parameters=[
            OpenApiParameter("road", str),
            OpenApiParameter("from", OpenApiTypes.DATETIME, required=True),
            OpenApiParameter("to", OpenApiTypes.DATETIME, required=True, description="at most seven days later"),
        ],
        responses=inline_serializer(
            "History",
            {"k": serializers.IntegerField(), "results": serializers.ListField(child=serializers.DictField())},
        ),
    )
    def get(self, request: Request) -> Response:
        """Coarse where few people stand behind a number: counts under `k` are null, shares in steps of 0.05."""
        now = timezone.now()
        from_at, to_at = moment(request, "from"), moment(request, "to")
        for name, at in (("from", from_at), ("to", to_at)):
            if at is None:
                raise Refusal("invalid", _("查询条件不正确。"), fields={name: _("必填")})
        if from_at is None or to_at is None or not timedelta() < to_at - from_at <= _LONGEST_HISTORY:
            raise Refusal("invalid", _("查询条件不正确。"), fields={"to": _("应晚于 from，且最多七天")})
        roads = Road.objects.filter(opened=True).order_by("code")
        code = text(request, "road", 32)
        if code:
            roads = roads.filter(code=code)
        results = history.rows(from_at=from_at, to_at=to_at, now=now, roads=list(roads))
        return Response({"k": history.K, "results": results})


class Tariffs(PublicView):
    """The tariffs in force."""

    @extend_schema(
        responses=inline_serializer("TariffList", {"results": serializers.ListField(child=serializers.DictField())})
    )
    def get(self, request: Request) -> Response:
        """Each version in force now with its document."""
        return Response({"results": quotes.in_force(now=timezone.now())})
