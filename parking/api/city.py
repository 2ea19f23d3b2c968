"""`/api/v1/city/`: sessions for operators and the city."""

from datetime import UTC, datetime
from typing import cast

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from parking import orders, tokens, traces
from parking.api import cursors
from parking.api.errors import Refusal
from parking.api.permissions import right, rights_of
from parking.domain import plate as plates
from parking.models import User
from parking.orders import Wanted

PAGE = 100

_LINE = inline_serializer(
    "FeeLine",
    {
        "from": serializers.DateTimeField(),
        "to": serializers.DateTimeField(),
        "rule": serializers.CharField(),
        "rule_en": serializers.CharField(),
        "amount_fen": serializers.IntegerField(),
    },
)
SESSION = inline_serializer(
    "Session",
    {
        "id": serializers.CharField(),
        "berth": serializers.CharField(),
        "road": serializers.CharField(),
        "plate": serializers.CharField(help_text="masked unless the caller holds the right to see plates"),
        "plate_color": serializers.CharField(),
        "arrived_at": serializers.DateTimeField(),
        "left_at": serializers.DateTimeField(allow_null=True),
        "status": serializers.ChoiceField(orders.STATUSES),
        "review": serializers.DictField(allow_null=True),
        "fee_fen": serializers.IntegerField(allow_null=True),
        "lines": serializers.ListField(child=_LINE),
        "charge": serializers.DictField(allow_null=True),
    },
)
_PAGE = inline_serializer(
    "SessionPage",
    {"results": serializers.ListField(child=SESSION), "next": serializers.CharField(allow_null=True)},
)


class Sessions(APIView):
    """Sessions, newest arrival first, a page at a time."""

    permission_classes = [right("see_sessions")]

    @extend_schema(
        parameters=[
            OpenApiParameter("berth", str),
            OpenApiParameter("road", str),
            OpenApiParameter("plate", str),
            OpenApiParameter("status", str, enum=list(orders.STATUSES)),
            OpenApiParameter("from", OpenApiTypes.DATETIME, description="arrived at or after"),
            OpenApiParameter("to", OpenApiTypes.DATETIME, description="arrived before"),
            OpenApiParameter("cursor", str),
        ],
        responses=_PAGE,
    )
    def get(self, request: Request) -> Response:
        """One page; `next` is the cursor of the next one, null on the last."""
        now = timezone.now()
        wanted = Wanted(
            berth=text(request, "berth", 32),
            road=text(request, "road", 32),
            plate=plates.normalise(text(request, "plate", 32)),
            status=choice(request, "status", orders.STATUSES),
            from_at=moment(request, "from"),
            to_at=moment(request, "to"),
            after=cursors.read(text(request, "cursor", 200)),
            roads=tokens.roads(cast(User, request.user), "see_sessions"),
        )
        see_plates = "see_plates" in rights_of(request)
        found = list(orders.find(wanted, now=now)[: PAGE + 1])
        results = orders.as_dicts(found[:PAGE], now=now, see_plates=see_plates)
        if see_plates and results:
            traces.plates_seen(
                by=str(request.user), through="api", query=request.GET.urlencode(), rows=len(results), now=now
            )
        following = cursors.of(found[PAGE - 1].arrived_at, found[PAGE - 1].id) if len(found) > PAGE else None
        return Response({"results": results, "next": following})


def text(request: Request, name: str, limit: int) -> str:
    """A query parameter. Raises Refusal when it is too long or holds what can't be stored."""
    value = request.query_params.get(name, "")
    if len(value) > limit or "\x00" in value:
        raise Refusal("invalid", _("查询条件不正确。"), fields={name: _("过长或含有不可用的字符")})
    return str(value)


def choice(request: Request, name: str, choices: tuple[str, ...]) -> str:
    """A query parameter out of a list."""
    value = text(request, name, 32)
    if value and value not in choices:
        raise Refusal("invalid", _("查询条件不正确。"), fields={name: _("应为其中之一:%s") % ", ".join(choices)})
    return value


def moment(request: Request, name: str) -> datetime | None:
    """A query parameter as an aware moment."""
    value = text(request, name, 40)
    if not value:
        return None
    try:
        at = parse_datetime(value.replace(" ", "+"))
    except ValueError:
        at = None
    # PostgreSQL knows fewer years and smaller offsets than Python.
    if at is None or at.tzinfo is None or not 1970 < at.year < 9000:
        raise Refusal("invalid", _("查询条件不正确。"), fields={name: _("应为带时区的 RFC 3339 时间")})
    return at.astimezone(UTC)
