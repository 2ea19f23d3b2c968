"""`/api/v1/inspector/`: scans, tasks, plate checks, faults and reports, for handhelds and patrol vehicles."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from parking import traces
from parking.api.city import moment, text
from parking.api.errors import Refusal
from parking.api.permissions import right
from parking.domain import plate as plates
from parking.domain.events import PLATE_COLORS
from parking.inspections import duties, leaving, scans, standing
from parking.inspections.items import Where
from parking.models import PatrolCheck, StreetReport, User

_PICTURE = inline_serializer("InspectorPicture", {"data": serializers.CharField(help_text="base64")})


def _pictures() -> serializers.ListField:
    """A field belongs to one serializer, so each gets its own."""
    return serializers.ListField(child=type(_PICTURE)(), required=False)


_SCAN = inline_serializer(
    "Scan",
    {
        "client_id": serializers.CharField(max_length=64, help_text="unique for this person or vehicle"),
        "seen_at": serializers.DateTimeField(),
        "berth": serializers.CharField(required=False),
        "longitude": serializers.FloatField(required=False),
        "latitude": serializers.FloatField(required=False),
        "accuracy_m": serializers.FloatField(required=False, help_text="radius that holds 68 % of positions"),
        "plate": serializers.CharField(required=False),
        "plate_color": serializers.ChoiceField(PLATE_COLORS, required=False),
        "plate_confidence": serializers.FloatField(required=False),
        "empty": serializers.BooleanField(required=False),
        "vehicle": serializers.CharField(required=False, help_text="the patrol vehicle; absent for a person on foot"),
        "pictures": _pictures(),
    },
)
_OUTCOME = inline_serializer(
    "ScanOutcome",
    {
        "client_id": serializers.CharField(),
        "outcome": serializers.ChoiceField(["accepted", "duplicate", "conflict", "rejected"]),
        "berth": serializers.CharField(allow_null=True, required=False),
        "match": serializers.ChoiceField(["named", "placed", "ambiguous", "disputed", "nowhere"], required=False),
        "share": serializers.FloatField(required=False),
        "rivals": serializers.ListField(child=serializers.CharField(), required=False),
        "result": serializers.ChoiceField(PatrolCheck.Result.values, required=False),
        "due_fen": serializers.IntegerField(required=False),
        "fed": serializers.BooleanField(required=False, help_text="told to the fold as one more witness"),
        "again": serializers.BooleanField(required=False),
        "against": serializers.BooleanField(required=False),
        "code": serializers.CharField(required=False),
        "message": serializers.CharField(required=False),
        "field": serializers.CharField(required=False),
    },
)
_ROADS = OpenApiParameter("road", str, description="codes separated by commas; default: the roads of the running shift")
_LONGEST = timedelta(days=7)


class _Inspector(APIView):
    """What all of them share: the right, and who asks."""

    permission_classes = [right("inspect")]

    def who(self, request: Request) -> User:
        """The holder of the token."""
        if not isinstance(request.user, User):
            raise TypeError("nobody is signed in")
        return request.user

    def roads(self, request: Request) -> list[str]:
        """The roads asked for, else those of the shift."""
        wanted = [code for code in text(request, "road", 1000).split(",") if code]
        user = self.who(request)
        return duties.allowed(user, wanted) if wanted else duties.roads_of(user)


class Scans(_Inspector):
    """Looks at berths, in batches."""

    @extend_schema(
        request=inline_serializer("ScanBatch", {"scans": serializers.ListField(child=_SCAN, max_length=scans.BATCH)}),
        responses={
            202: inline_serializer("ScanOutcomes", {"results": serializers.ListField(child=_OUTCOME)}),
        },
    )
    def post(self, request: Request) -> Response:
        """Every scan is told its outcome, in the order given; 202 once they are stored."""
        listed = request.data.get("scans") if isinstance(request.data, dict) else None
        if not isinstance(listed, list):
            raise Refusal("invalid", _("有字段不正确。"), fields={"scans": _("应为列表")})
        if len(listed) > scans.BATCH:
            raise Refusal("too_many", _("有字段不正确。"), status=413, fields={"scans": _("最多 %d 条") % scans.BATCH})
        outcomes = scans.record(listed, user=self.who(request), now=timezone.now())
        return Response({"results": [outcome.as_dict() for outcome in outcomes]}, status=202)


class Tasks(_Inspector):
    """What waits on the street."""

    @extend_schema(
        parameters=[_ROADS, OpenApiParameter("longitude", float), OpenApiParameter("latitude", float)],
        responses=inline_serializer("Tasks", {"results": serializers.ListField(child=serializers.DictField())}),
    )
    def get(self, request: Request) -> Response:
        """The nearest first where the position is given."""
        found = duties.tasks(roads=self.roads(request), at=_where(request), now=timezone.now())
        return Response({"results": [task.as_dict() for task in found]})


class PlateCheck(_Inspector):
    """How a plate stands now."""

    @extend_schema(
        request=inline_serializer("PlateQuestion", {"plate": serializers.CharField()}),
        responses=inline_serializer(
            "PlateAnswer",
            {
                "plate": serializers.CharField(),
                "result": serializers.ChoiceField(PatrolCheck.Result.values),
                "due_fen": serializers.IntegerField(),
            },
        ),
    )
    def post(self, request: Request) -> Response:
        """A word and what is overdue; never where or when the car was before. Leaves a trace."""
        asked = request.data.get("plate") if isinstance(request.data, dict) else None
        plate = plates.normalise(asked) if isinstance(asked, str) and len(asked) < 40 else ""
        if not plates.valid(plate):
            raise Refusal("invalid", _("有字段不正确。"), fields={"plate": _("请填写正确的号牌号码，例如 鄂L12345。")})
        now = timezone.now()
        found = standing.of([plate], now=now)[plate]
        traces.plates_seen(by=str(request.user), through="plate-check", query=plate, rows=1, now=now)
        return Response({"plate": plate, "result": found.result, "due_fen": found.due_fen})


class _Take(_Inspector):
    """One thing left behind, idempotent on its client id."""

    def take(self, kind: str, data: Any, request: Request) -> Response:
        """Answers 202, 409 for a conflict, 400 naming the field."""
        outcome = leaving.take(kind, data, user=self.who(request), now=timezone.now())
        if outcome.outcome == "rejected":
            raise Refusal(outcome.code, outcome.message or _("有字段不正确。"), fields={outcome.field: outcome.message})
        return Response(outcome.as_dict(), status=202)


_REPORT_ANSWER = inline_serializer(
    "ReportOutcome",
    {
        "client_id": serializers.CharField(),
        "outcome": serializers.ChoiceField(["accepted", "duplicate"]),
        "report": serializers.IntegerField(),
    },
)


def _report(**more: serializers.Field[Any, Any, Any, Any]) -> dict[str, Any]:
    return {
        "client_id": serializers.CharField(max_length=64),
        "seen_at": serializers.DateTimeField(),
        "road": serializers.CharField(required=False),
        "berth": serializers.CharField(required=False),
        "note": serializers.CharField(required=False, max_length=500),
        "pictures": _pictures(),
        **more,
    }


class Faults(_Take):
    """Devices that don't work."""

    @extend_schema(
        request=inline_serializer("Fault", _report(device=serializers.CharField(required=False))),
        responses={202: _REPORT_ANSWER},
    )
    def post(self, request: Request) -> Response:
        """A fault at a berth or on a road."""
        data = request.data if isinstance(request.data, dict) else {}
        return self.take("report", {**data, "kind": StreetReport.Kind.FAULT.value}, request)


class Reports(_Take):
    """Illegal and over-line parking, with at least two pictures."""

    @extend_schema(
        request=inline_serializer(
            "Report",
            _report(kind=serializers.ChoiceField(["illegal", "over_line", "blocked"]), plate=serializers.CharField()),
        ),
        responses={202: _REPORT_ANSWER},
    )
    def post(self, request: Request) -> Response:
        """For the traffic police; nothing is fined by us."""
        return self.take("report", request.data, request)


class Coverage(_Inspector):
    """How far a route has come."""

    @extend_schema(
        parameters=[
            _ROADS,
            OpenApiParameter("from", OpenApiTypes.DATETIME),
            OpenApiParameter("to", OpenApiTypes.DATETIME),
            OpenApiParameter("vehicle", str),
        ],
        responses=inline_serializer("Coverage", {"results": serializers.ListField(child=serializers.DictField())}),
    )
    def get(self, request: Request) -> Response:
        """Passed berths and each one's last pass, by road; the last 24 hours unless told otherwise."""
        to_at = moment(request, "to") or timezone.now()
        from_at: datetime = moment(request, "from") or to_at - timedelta(days=1)
        if not timedelta(0) < to_at - from_at <= _LONGEST:
            raise Refusal("invalid", _("查询条件不正确。"), fields={"from": _("时段应在 0 到 7 天之间")})
        found = duties.coverage(
            roads=self.roads(request), from_at=from_at, to_at=to_at, vehicle=text(request, "vehicle", 32)
        )
        return Response({"results": found})


def _where(request: Request) -> Where | None:
    try:
        longitude = float(text(request, "longitude", 24))
        latitude = float(text(request, "latitude", 24))
    except ValueError:
        return None
    return Where(longitude, latitude, None) if abs(longitude) <= 180 and abs(latitude) <= 90 else None
