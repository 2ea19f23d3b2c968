"""Sources, devices, installations, frames."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from parking.admin.readonly import ReadOnlyAdmin
from sensors import ingest
from sensors.models import Device, DeviceState, Frame, Installation, Source, SourceKey


@admin.register(Source)
class SourceAdmin(ModelAdmin):
    """Who speaks to us; keys are made by `create_source`."""

    list_display = ["name", "codec", "witness", "events_per_second", "active"]
    list_filter = ["codec", "active"]
    search_fields = ["name"]


@admin.register(SourceKey)
class SourceKeyAdmin(ReadOnlyAdmin):
    """Which keys live."""

    list_display = ["source", "created_at", "revoked_at"]
    list_select_related = ["source"]


@admin.register(Device)
class DeviceAdmin(ModelAdmin):
    """Devices and when they were last heard."""

    list_display = ["code", "kind", "codec", "source", "last_heard", "battery", "active"]
    list_filter = ["kind", "codec", "active"]
    search_fields = ["code"]
    list_select_related = ["source", "state"]

    @admin.display(description=_("最近上报"))
    def last_heard(self, device: Device) -> object:
        """When the device last spoke."""
        state = getattr(device, "state", None)
        return state.last_heard_at if state else None

    @admin.display(description=_("电压(V)"))
    def battery(self, device: Device) -> object:
        """Its battery, in volts."""
        state = getattr(device, "state", None)
        return state.battery_v if state else None


@admin.register(DeviceState)
class DeviceStateAdmin(ReadOnlyAdmin):
    """What devices say of themselves."""

    list_display = ["device", "last_heard_at", "battery_v", "signal_dbm", "temperature_c", "last_sequence"]
    list_select_related = ["device"]
    show_full_result_count = False


@admin.register(Installation)
class InstallationAdmin(ModelAdmin):
    """Which device watched which berth."""

    list_display = ["device", "channel", "berth", "installed_at", "removed_at"]
    search_fields = ["device__code", "berth__code"]
    list_select_related = ["device", "berth"]
    autocomplete_fields = ["device", "berth"]


@admin.register(Frame)
class FrameAdmin(ReadOnlyAdmin):
    """Every body as it came, what became of it and why."""

    list_display = ["received_at", "source", "codec", "outcome", "reason", "accepted", "duplicates"]
    list_filter = ["outcome", "codec", "reason"]
    list_select_related = ["source"]
    show_full_result_count = False
    ordering = ["-id"]
    fields = ["received_at", "source", "codec", "content_type", "query", "outcome", "reason", "rejections", "text"]
    readonly_fields = ["text"]
    actions = ["decode_again"]

    @admin.action(description=_("重新解析所选报文"))
    def decode_again(self, request: HttpRequest, frames: "QuerySet[Frame]") -> None:
        """Decode kept frames once more, after what was wrong was mended; nothing is told twice."""
        accepted = refused = 0
        for frame in frames.select_related("source"):
            if frame.source is None:
                refused += 1
                continue
            receipt = ingest.again(frame, now=timezone.now())
            accepted += receipt.accepted
            refused += 1 if receipt.error else len(receipt.rejected)
        messages.info(
            request,
            _("新接收 %(accepted)d 条事件，仍有 %(refused)d 条被拒绝。") % {"accepted": accepted, "refused": refused},
        )

    @admin.display(description=_("报文内容"))
    def text(self, frame: Frame) -> str:
        """The body as text where it is text, else in hexadecimal."""
        body = bytes(frame.body)
        try:
            return body.decode()[:20_000]
        except UnicodeDecodeError:
            return body.hex()[:20_000]
