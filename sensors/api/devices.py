"""`/api/v1/city/devices/`: the devices' health, for operators and the city."""

from typing import Any

from django.db import connection
from django.db.models import Prefetch
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from parking.api.city import choice, text
from parking.api.permissions import right
from sensors.models import Device, DeviceState, Installation, WorkOrder

PAGE = 200
_CONDITIONS = tuple(DeviceState.Condition.values)

_DEVICE = inline_serializer(
    "DeviceHealth",
    {
        "device": serializers.CharField(),
        "kind": serializers.CharField(),
        "codec": serializers.CharField(),
        "source": serializers.CharField(allow_null=True),
        "roads": serializers.ListField(child=serializers.CharField()),
        "berths": serializers.ListField(child=serializers.CharField()),
        "condition": serializers.ChoiceField(_CONDITIONS),
        "condition_since": serializers.DateTimeField(allow_null=True),
        "faults": serializers.ListField(child=serializers.ChoiceField(WorkOrder.Cause.values)),
        "last_heard_at": serializers.DateTimeField(allow_null=True),
        "rhythm_s": serializers.FloatField(allow_null=True, help_text="the device's longest usual pause, seconds"),
        "battery_v": serializers.FloatField(allow_null=True),
        "battery_pct": serializers.FloatField(allow_null=True),
        "signal_dbm": serializers.FloatField(allow_null=True),
        "temperature_c": serializers.FloatField(allow_null=True),
        "clock_offset_s": serializers.FloatField(allow_null=True, help_text="seconds its clock is ahead, a median"),
        "loss": serializers.FloatField(allow_null=True, help_text="0..1, of about the last 60 numbered frames"),
        "sequence_gaps": serializers.IntegerField(help_text="numbered frames that never came"),
    },
)
_PAGE = inline_serializer(
    "DeviceHealthPage",
    {"results": serializers.ListField(child=_DEVICE), "next": serializers.CharField(allow_null=True)},
)
_COUNTS = {condition: serializers.IntegerField() for condition in _CONDITIONS}
_HEALTH = inline_serializer(
    "DeviceHealthCounts",
    {
        "devices": serializers.IntegerField(),
        "conditions": inline_serializer("DeviceConditions", dict(_COUNTS)),
        "orders": serializers.DictField(child=serializers.IntegerField(), help_text="open work orders by cause"),
        "roads": serializers.ListField(
            child=inline_serializer(
                "RoadDeviceHealth", {"road": serializers.CharField(), "devices": serializers.IntegerField(), **_COUNTS}
            )
        ),
    },
)
_BY_ROAD = """
SELECT grouping(r.code) = 1, r.code, coalesce(s.condition, 'unknown'), count(DISTINCT d.id)
FROM sensors_device d
LEFT JOIN sensors_devicestate s ON s.device_id = d.id
LEFT JOIN sensors_installation i ON i.device_id = d.id AND i.removed_at IS NULL
LEFT JOIN parking_berth b ON b.id = i.berth_id
LEFT JOIN parking_road r ON r.id = b.road_id
WHERE d.active AND (%(road)s = '' OR r.code = %(road)s)
GROUP BY GROUPING SETS ((r.code, coalesce(s.condition, 'unknown')), (coalesce(s.condition, 'unknown')))
ORDER BY r.code NULLS LAST
"""
_ORDERS = """
SELECT o.cause, count(*) FROM sensors_workorder o
WHERE o.closed_at IS NULL AND (%(road)s = '' OR EXISTS (
    SELECT FROM parking_berth b JOIN parking_road r ON r.id = b.road_id WHERE b.id = o.berth_id AND r.code = %(road)s))
GROUP BY o.cause ORDER BY o.cause
"""


class Devices(APIView):
    """Devices in order of their code, a page at a time."""

    permission_classes = [right("see_sessions")]

    @extend_schema(
        operation_id="city_devices",
        parameters=[
            OpenApiParameter("road", str),
            OpenApiParameter("condition", str, enum=list(_CONDITIONS)),
            OpenApiParameter("fault", str, enum=list(WorkOrder.Cause.values)),
            OpenApiParameter("cursor", str, description="`next` of the page before"),
        ],
        responses=_PAGE,
    )
    def get(self, request: Request) -> Response:
        """One page; `next` is the cursor of the next one, null on the last."""
        here = Installation.objects.filter(removed_at__isnull=True).select_related("berth__road")
        found = (
            Device.objects.filter(active=True, code__gt=text(request, "cursor", 64))
            .select_related("state", "source")
            .prefetch_related(Prefetch("installations", here.order_by("berth__code"), to_attr="standing"))
            .order_by("code")
        )
        road = text(request, "road", 32)
        if road:
            found = found.filter(installations__removed_at__isnull=True, installations__berth__road__code=road)
        condition = choice(request, "condition", _CONDITIONS)
        if condition:
            found = found.filter(state__condition=condition)
        fault = choice(request, "fault", tuple(WorkOrder.Cause.values))
        if fault:
            found = found.filter(state__faults__contains=[fault])
        rows = list(found.distinct()[: PAGE + 1])
        following = rows[PAGE - 1].code if len(rows) > PAGE else None
        return Response({"results": [_as_dict(device) for device in rows[:PAGE]], "next": following})


def _as_dict(device: Device) -> dict[str, Any]:
    state = getattr(device, "state", None) or DeviceState(device=device)
    standing: list[Installation] = getattr(device, "standing", [])
    return {
        "device": device.code,
        "kind": device.kind,
        "codec": device.codec,
        "source": device.source.name if device.source else None,
        "roads": sorted({each.berth.road.code for each in standing}),
        "berths": [each.berth.code for each in standing],
        "condition": state.condition,
        "condition_since": state.condition_since,
        "faults": state.faults,
        "last_heard_at": state.last_heard_at,
        "rhythm_s": state.rhythm_s,
        "battery_v": state.battery_v,
        "battery_pct": state.battery_pct,
        "signal_dbm": state.signal_dbm,
        "temperature_c": state.temperature_c,
        "clock_offset_s": state.clock_offset_s,
        "loss": state.loss,
        "sequence_gaps": state.sequence_gaps,
    }


class Health(APIView):
    """How many devices are well, in all and by road, and how many work orders are open."""

    permission_classes = [right("see_sessions")]

    @extend_schema(
        operation_id="city_devices_health",
        parameters=[OpenApiParameter("road", str)],
        responses=_HEALTH,
        examples=[
            OpenApiExample(
                "a road of twelve",
                value={
                    "devices": 12,
                    "conditions": {"unknown": 0, "ok": 10, "late": 1, "silent": 1, "failing": 0},
                    "orders": {"silent": 1},
                    "roads": [
                        {"road": "XA01", "devices": 12, "unknown": 0, "ok": 10, "late": 1, "silent": 1, "failing": 0}
                    ],
                },
            )
        ],
    )
    def get(self, request: Request) -> Response:
        """Counts of active devices; a road's name "" gathers those that stand at no berth. Two statements."""
        told = {"road": text(request, "road", 32)}
        with connection.cursor() as cursor:
            cursor.execute(_BY_ROAD, told)
            rows = cursor.fetchall()
            cursor.execute(_ORDERS, told)
            orders = dict(cursor.fetchall())
        return Response(counted(rows, orders))


def counted(rows: list[tuple[bool, str | None, str, int]], orders: dict[str, int]) -> dict[str, Any]:
    """The answer from rows of (whether a total, road, condition, devices)."""
    none = dict.fromkeys(_CONDITIONS, 0)
    total = dict(none)
    roads: dict[str, dict[str, int]] = {}
    for is_total, road, condition, count in rows:
        if is_total:
            total[condition] = count
        else:
            roads.setdefault(road or "", dict(none))[condition] = count
    return {
        "devices": sum(total.values()),
        "conditions": total,
        "orders": orders,
        "roads": [{"road": road, "devices": sum(each.values()), **each} for road, each in roads.items()],
    }
