"""Every body as it came; those of which something was refused wait here until they can be read."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from parking.admin.readonly import ReadOnlyAdmin
from sensors import ingest
from sensors.models import Frame


class Quarantined(admin.SimpleListFilter):
    """Those of a known source of which something was refused: what "decode again" is for."""

    title = _("隔离区")
    parameter_name = "quarantine"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """One way to narrow the list."""
        return [("yes", _("待修复后重新解析"))]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Frame]") -> "QuerySet[Frame]":
        """Rejected in part or whole."""
        if self.value() != "yes":
            return queryset
        return queryset.filter(outcome__in=[Frame.Outcome.PARTLY, Frame.Outcome.REJECTED], source__isnull=False)


@admin.register(Frame)
class FrameAdmin(ReadOnlyAdmin):
    """Every body as it came, what became of it and why."""

    list_display = ["received_at", "source", "codec", "outcome", "reason", "accepted", "duplicates"]
    list_filter = [Quarantined, "outcome", "codec", "reason", "source"]
    list_select_related = ["source"]
    show_full_result_count = False
    ordering = ["-id"]
    fields = ["received_at", "source", "codec", "content_type", "query", "outcome", "reason", "rejections", "text"]
    readonly_fields = ["text"]
    actions = ["decode_again"]

    @admin.action(description=_("重新解析所选报文"), permissions=["decode"])
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

    def has_decode_permission(self, request: HttpRequest) -> bool:
        """Whoever may mend devices may have their frames read again."""
        return bool(request.user.has_perm("sensors.change_device"))

    @admin.display(description=_("报文内容"))
    def text(self, frame: Frame) -> str:
        """The body as text where it is text, else in hexadecimal."""
        body = bytes(frame.body)
        try:
            return body.decode()[:20_000]
        except UnicodeDecodeError:
            return body.hex()[:20_000]
