"""`/api/v1/city/figures/`: the figures of a period, as JSON, CSV or a workbook."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from parking.api.city import choice, moment, text
from parking.api.errors import Refusal
from parking.api.permissions import right
from parking.figures import definitions, series
from parking.figures.definitions import Unit
from parking.models import Road
from parking.orders import CITY_TIME, local
from payments import tables

_FORMATS = {Unit.SHARE: "0.0%", Unit.TURNS: "0.00", Unit.FEN: "#,##0", Unit.COUNT: "#,##0", Unit.SECONDS: "#,##0"}
_ANSWER = inline_serializer(
    "Figures",
    {
        "road": serializers.CharField(allow_null=True),
        "from": serializers.DateTimeField(),
        "to": serializers.DateTimeField(),
        "by": serializers.ChoiceField(["hour", "day"]),
        "as_of": serializers.DateTimeField(),
        "whole": serializers.DictField(help_text="every figure of the whole period; those of this moment too"),
        "results": serializers.ListField(child=serializers.DictField(), help_text="the period's figures, step by step"),
        "definitions": serializers.ListField(child=serializers.DictField()),
    },
)


class _TableRenderer(BaseRenderer):
    charset = None
    render_style = "binary"

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None
    ) -> bytes | str | Any:
        """The steps as a table; an error stays JSON."""
        if not isinstance(data, dict) or "results" not in data:
            return JSONRenderer().render(data)
        return self.write(_table(data))

    def write(self, table: tables.Table) -> bytes:
        raise NotImplementedError


class CsvRenderer(_TableRenderer):
    """`?format=csv`."""

    media_type = "text/csv"
    format = "csv"

    def write(self, table: tables.Table) -> bytes:
        """UTF-8 with a byte order mark."""
        return tables.as_csv(table)


class XlsxRenderer(_TableRenderer):
    """`?format=xlsx`."""

    media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    format = "xlsx"

    def write(self, table: tables.Table) -> bytes:
        """A workbook of one sheet."""
        return tables.as_xlsx([table])


def _table(data: dict[str, Any]) -> tables.Table:
    shown = [figure for figure in definitions.FIGURES if not figure.of_now]
    return tables.Table(
        title=f"{data['road'] or ''} {data['from'][:10]}".strip(),
        heads=["from", "to", *(figure.name for figure in shown)],
        rows=[
            [
                datetime.fromisoformat(part["from"]),
                datetime.fromisoformat(part["to"]),
                *(part[figure.name] for figure in shown),
            ]
            for part in data["results"]
        ],
        formats=["", "", *(_FORMATS[figure.unit] for figure in shown)],
    )


class Figures(APIView):
    """How the street did in a period. Formulas: `definitions` in the answer, and docs/city.md."""

    permission_classes = [right("see_sessions")]
    renderer_classes = [JSONRenderer, CsvRenderer, XlsxRenderer]

    @extend_schema(
        parameters=[
            OpenApiParameter("road", str, description="a road's code; all roads without it"),
            OpenApiParameter("from", OpenApiTypes.DATETIME, description="default: today's midnight in the city"),
            OpenApiParameter("to", OpenApiTypes.DATETIME, description="default: now; both are widened to whole hours"),
            OpenApiParameter("by", str, enum=["hour", "day"], description="default: hour"),
        ],
        responses={
            (200, "application/json"): _ANSWER,
            (200, CsvRenderer.media_type): OpenApiTypes.BINARY,
            (200, XlsxRenderer.media_type): OpenApiTypes.BINARY,
        },
    )
    def get(self, request: Request) -> Response:
        """The figures of the whole period and of each of its steps."""
        now = timezone.now()
        midnight = now.astimezone(CITY_TIME).replace(hour=0, minute=0, second=0, microsecond=0)
        by = choice(request, "by", ("hour", "day")) or "hour"
        from_at = moment(request, "from") or midnight
        to_at = moment(request, "to") or now
        if to_at <= from_at:
            raise Refusal("invalid", _("查询条件不正确。"), fields={"to": _("应晚于 from")})
        if to_at - from_at > series.LONGEST[by]:
            days = series.LONGEST[by] // timedelta(days=1)
            raise Refusal("invalid", _("查询条件不正确。"), fields={"to": _("时段最长 %d 天") % days})
        code = text(request, "road", 32)
        roads = Road.objects.filter(code=code) if code else Road.objects.order_by("code")
        if code and not roads:
            raise Refusal("unknown_road", _("没有这个路段。"), status=404, fields={"road": _("没有这个路段。")})
        found = series.read(from_at=from_at, to_at=to_at, now=now, roads=roads)
        return Response(
            {
                "road": code or None,
                "from": local(found.from_at),
                "to": local(found.to_at),
                "by": by,
                "as_of": local(now),
                "whole": definitions.values(series.whole(found)),
                "results": [
                    {
                        "from": local(part.from_at),
                        "to": local(part.to_at),
                        **definitions.values(part.facts, of_now=False),
                    }
                    for part in found.parts(by)
                ],
                "definitions": [
                    {
                        "name": figure.name,
                        "unit": figure.unit,
                        "label": str(figure.label),
                        "definition": str(figure.definition),
                    }
                    for figure in definitions.FIGURES
                ],
            }
        )
