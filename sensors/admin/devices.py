"""Devices at the desk: a list to find the sick ones, a page with curves each, the register as a table."""

import csv
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import action

from parking.admin.importing import CsvAdmin
from parking.admin.readonly import ReadOnlyAdmin
from parking.models import Road, User
from parking.permits.registering import Registered
from sensors import registry, workorders
from sensors.admin import curves
from sensors.models import Device, DeviceState, Installation


class ByRoad(admin.SimpleListFilter):
    """Devices that stand at a road now."""

    title = _("路段")
    parameter_name = "road"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """All roads."""
        return [(road.code, str(road)) for road in Road.objects.order_by("code")]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Device]") -> "QuerySet[Device]":
        """With a present installation there."""
        if not self.value():
            return queryset
        here = Installation.objects.filter(removed_at__isnull=True, berth__road__code=self.value())
        return queryset.filter(pk__in=here.values("device_id"))


class ByBattery(admin.SimpleListFilter):
    """How full the battery is."""

    title = _("电池")
    parameter_name = "battery"
    _low = Q(state__battery_low=True) | Q(state__battery_pct__lt=20) | Q(state__battery_v__lt=3.2)

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Low, sound or untold."""
        return [("low", _("偏低")), ("fine", _("正常")), ("unknown", _("未报"))]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Device]") -> "QuerySet[Device]":
        """By the last told values."""
        untold = Q(state__battery_v__isnull=True, state__battery_pct__isnull=True)
        if self.value() == "low":
            return queryset.filter(self._low)
        if self.value() == "fine":
            return queryset.exclude(self._low).exclude(untold)
        return queryset.filter(untold) if self.value() == "unknown" else queryset


class Stays(TabularInline):
    """Where it stood and stands."""

    model = Installation
    extra = 0
    fields = ["channel", "berth", "installed_at", "removed_at"]
    autocomplete_fields = ["berth"]
    ordering = ["-installed_at"]


@admin.register(Device)
class DeviceAdmin(CsvAdmin):
    """Devices, the state each is in, and what it said of itself."""

    list_display = [
        "code",
        "kind",
        "codec",
        "condition",
        "faults",
        "last_heard",
        "battery",
        "signal",
        "offset",
        "active",
    ]
    list_filter = ["state__condition", ByRoad, "kind", "codec", "source", ByBattery, "active"]
    search_fields = ["code", "installations__berth__code"]
    list_select_related = ["source", "state"]
    readonly_fields = ["health", "charts"]
    fields = ["code", "kind", "codec", "source", "active", "health", "charts"]
    inlines = [Stays]
    actions = ["report"]
    actions_list = ["import_csv", "export_csv"]
    csv_columns = registry.COLUMNS
    csv_example = registry.EXAMPLE

    def load(self, rows: Iterable[tuple[int, Mapping[str, str]]], *, by: User | None) -> Registered:
        """Into the register."""
        return registry.load(rows, now=timezone.now())

    def get_urls(self) -> list[Any]:
        """With the register as a file."""
        own = path("export/", self.admin_site.admin_view(self.export_view), name="sensors_device_export")
        return [own, *super().get_urls()]

    @action(description=_("导出表格"), url_path="export-list", permissions=["view"], icon="download")  # type: ignore[untyped-decorator]
    def export_csv(self, request: HttpRequest) -> HttpResponse:
        """The register as a file."""
        return self.export_view(request)

    def export_view(self, request: HttpRequest) -> HttpResponse:
        """`devices.csv`, in the form that the import takes."""
        if not self.has_view_permission(request):
            return HttpResponse(status=403)
        answer = HttpResponse(content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = 'attachment; filename="devices.csv"'
        answer.write("\ufeff")  # or Chinese spreadsheets take it for GBK
        writer = csv.DictWriter(answer, registry.COLUMNS)
        writer.writeheader()
        writer.writerows(registry.rows())
        return answer

    @admin.action(description=_("报修所选设备"), permissions=["change"])
    def report(self, request: HttpRequest, devices: "QuerySet[Device]") -> None:
        """Open a work order by hand for each that has none."""
        opened = 0
        for device in devices:
            if isinstance(request.user, User):
                try:
                    workorders.report(device=device, by=request.user, note="", now=timezone.now())
                    opened += 1
                except workorders.AlreadyOpen:
                    continue
        messages.info(request, _("已开 %d 张工单；请在工单中写明情况。") % opened)

    @admin.display(description=_("健康状态"), ordering="state__condition")
    def condition(self, device: Device) -> str:
        """Well, late, silent, failing, or never heard."""
        return _state(device).get_condition_display()

    @admin.display(description=_("异常项"))
    def faults(self, device: Device) -> str:
        """What is wrong."""
        return curves.fault_names(_state(device).faults)

    @admin.display(description=_("最近上报"), ordering="state__last_heard_at")
    def last_heard(self, device: Device) -> datetime | None:
        """When the device last spoke."""
        return _state(device).last_heard_at

    @admin.display(description=_("电池"), ordering="state__battery_v")
    def battery(self, device: Device) -> str:
        """Volts, percent, or both."""
        state = _state(device)
        told = [f"{state.battery_v:.2f} V" if state.battery_v is not None else ""]
        told.append(f"{state.battery_pct:.0f} %" if state.battery_pct is not None else "")
        return " ".join(filter(None, told)) or "—"

    @admin.display(description=_("信号(dBm)"), ordering="state__signal_dbm")
    def signal(self, device: Device) -> float | None:
        """As its gateway or modem heard it."""
        return _state(device).signal_dbm

    @admin.display(description=_("时钟偏差(秒)"), ordering="state__clock_offset_s")
    def offset(self, device: Device) -> float | None:
        """Seconds by which its clock is ahead."""
        found = _state(device).clock_offset_s
        return None if found is None else round(found, 1)

    @admin.display(description=_("健康"))
    def health(self, device: Device) -> Any:
        """All figures of the device."""
        return curves.figures(_state(device)) if device.pk else "—"

    @admin.display(description=_("曲线"))
    def charts(self, device: Device) -> Any:
        """Events an hour for two days; battery, signal, offset and loss for a month."""
        if not device.pk:
            return "—"
        now = timezone.now()
        drawn = curves.of(device, now=now)
        empty = "" if len(drawn) > 1 else now_("尚无遥测采样：设备上报后每小时记录一次。")
        return render_to_string("admin/sensors/curves.html", {"curves": drawn, "empty": empty})


def _state(device: Device) -> DeviceState:
    return getattr(device, "state", None) or DeviceState(device=device)


@admin.register(DeviceState)
class DeviceStateAdmin(ReadOnlyAdmin):
    """What devices say of themselves."""

    list_display = ["device", "condition", "last_heard_at", "rhythm_s", "loss", "sequence_gaps", "clock_offset_s"]
    list_filter = ["condition"]
    search_fields = ["device__code"]
    list_select_related = ["device"]
    show_full_result_count = False


@admin.register(Installation)
class InstallationAdmin(ModelAdmin):
    """Which device watched which berth."""

    list_display = ["device", "channel", "berth", "installed_at", "removed_at"]
    list_filter = [("removed_at", admin.EmptyFieldListFilter), "berth__road"]
    search_fields = ["device__code", "berth__code"]
    list_select_related = ["device", "berth"]
    autocomplete_fields = ["device", "berth"]
