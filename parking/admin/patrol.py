"""Shifts, checks, slips, reports and lists at the desk."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from parking import masking, pictures
from parking.admin.readonly import ReadOnlyAdmin
from parking.inspections import handing_over
from parking.models import NoticeSlip, PatrolCheck, Shift, StreetReport, WatchedPlate

AT_ONCE = 200


class _Masked:
    @admin.display(description=_("号牌号码"))
    def masked_plate(self, row: PatrolCheck | NoticeSlip | StreetReport | WatchedPlate) -> str:
        """鄂L1**45."""
        return masking.plate(row.plate)


@admin.register(Shift)
class ShiftAdmin(ReadOnlyAdmin):
    """Who was on which roads."""

    list_display = ["user", "started_at", "ended_at", "roads"]
    list_filter = [("ended_at", admin.EmptyFieldListFilter)]
    list_select_related = ["user"]
    ordering = ["-started_at"]


@admin.register(PatrolCheck)
class PatrolCheckAdmin(_Masked, ReadOnlyAdmin):
    """Every look at a berth, fed to the fold or kept with the reason why not."""

    list_display = ["seen_at", "user", "vehicle", "berth", "how", "share", "masked_plate", "result", "fed"]
    list_filter = ["result", "how", "fed", ("against", admin.EmptyFieldListFilter)]
    search_fields = ["=berth__code", "=vehicle"]
    list_select_related = ["user", "berth"]
    show_full_result_count = False
    ordering = ["-seen_at"]
    exclude = ["plate", "digest"]


@admin.register(NoticeSlip)
class NoticeSlipAdmin(_Masked, ReadOnlyAdmin):
    """Slips that were left on cars."""

    list_display = ["issued_at", "user", "berth", "masked_plate"]
    list_select_related = ["user", "berth"]
    ordering = ["-issued_at"]
    exclude = ["plate"]


@admin.register(StreetReport)
class StreetReportAdmin(_Masked, ReadOnlyAdmin):
    """Faults, and illegal parking for the traffic police."""

    list_display = ["seen_at", "kind", "road", "berth", "masked_plate", "user", "exported_at", "closed_at"]
    list_filter = ["kind", "road", ("exported_at", admin.EmptyFieldListFilter)]
    list_select_related = ["road", "berth", "user"]
    ordering = ["-seen_at"]
    exclude = ["plate"]
    actions = ["hand_over"]

    def has_hand_over_permission(self, request: HttpRequest) -> bool:
        """Whoever may change reports."""
        return bool(request.user.has_perm("parking.change_streetreport"))

    @admin.action(description=_("移交交警（ZIP）"), permissions=["hand_over"])
    def hand_over(self, request: HttpRequest, found: QuerySet[StreetReport]) -> HttpResponse | None:
        """A ZIP of the chosen reports with their pictures; they are marked as handed over."""
        now = timezone.now()
        reports = list(found.exclude(plate="").select_related("road", "berth").order_by("pk")[:AT_ONCE])
        try:
            body, taken = handing_over.archive(reports, by=str(request.user), now=now)
        except pictures.StoreAway:
            self.message_user(request, gettext("照片库暂时连不上，请稍后再试。"), messages.ERROR)
            return None
        if not taken:
            self.message_user(request, gettext("所选的上报都没有两张已入库的照片。"), messages.WARNING)
            return None
        StreetReport.objects.filter(pk__in=taken, exported_at__isnull=True).update(exported_at=now)
        answer = HttpResponse(body, content_type="application/zip")
        answer["Content-Disposition"] = f'attachment; filename="reports-{now:%Y%m%d-%H%M%S}.zip"'
        return answer


@admin.register(WatchedPlate)
class WatchedPlateAdmin(_Masked, ModelAdmin):
    """Plates that inspectors are told to look twice at."""

    list_display = ["masked_plate", "valid_from", "valid_to", "reason"]
    search_fields = ["=plate"]
