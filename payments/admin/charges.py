"""Charges, what was taken off them, and how their drivers were reminded."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from payments import charges
from payments.admin.reading import ReadingAdmin, ReadingInline
from payments.domain.money import yuan
from payments.models import Adjustment, Charge, Leg, Part, Urged, Urging


class PartInline(ReadingInline):
    """The payments of a charge."""

    model = Part
    fields = ["attempt", "amount_fen", "in_flight"]


class LegInline(ReadingInline):
    """The ledger of a charge."""

    model = Leg
    fields = ["entry", "account", "amount_fen"]


class AdjustmentInline(ReadingInline):
    """What was taken off."""

    model = Adjustment
    fields = ["kind", "status", "amount_fen", "reason", "requested_by", "decided_by"]


@admin.register(Charge)
class ChargeAdmin(ReadingAdmin):
    """What is owed, line by line."""

    list_display = ["number", "scope", "spot", "masked_plate", "yuan", "status", "opened_at", "due_at", "urge_stage"]
    list_filter = ["status", "urge_stage", "urge_paused", "scope"]
    search_fields = ["=number", "=plate", "=spot"]
    ordering = ["-id"]
    exclude = ["plate", "lines", "amount_fen"]
    readonly_fields = ["masked_plate", "yuan", "explained"]
    inlines = [PartInline, LegInline, AdjustmentInline]

    @admin.display(description=_("费用明细"))
    def explained(self, charge: Charge) -> SafeString:
        """Each line with its rule."""
        rows = (
            (
                line["from"][:16].replace("T", " "),
                line["to"][:16].replace("T", " "),
                line["rule"],
                yuan(line["amount_fen"]),
            )
            for line in charge.lines
        )
        return format_html_join("", "<p>{} – {}　{}　{}</p>", rows)


@admin.register(Adjustment)
class AdjustmentAdmin(ReadingAdmin):
    """Waivers, and write-offs that wait for a second person."""

    list_display = ["requested_at", "charge", "kind", "status", "yuan", "reason", "requested_by", "decided_by"]
    list_filter = ["status", "kind"]
    search_fields = ["=charge__number"]
    list_select_related = ["charge"]
    actions = ["agree", "refuse"]

    @admin.action(description=_("同意"))
    def agree(self, request: HttpRequest, queryset: QuerySet[Adjustment]) -> None:
        """Another person than the one who asked."""
        self._decide(request, queryset, agreed=True)

    @admin.action(description=_("驳回"))
    def refuse(self, request: HttpRequest, queryset: QuerySet[Adjustment]) -> None:
        """Another person than the one who asked."""
        self._decide(request, queryset, agreed=False)

    def _decide(self, request: HttpRequest, queryset: QuerySet[Adjustment], *, agreed: bool) -> None:
        if not request.user.has_perm("payments.change_adjustment"):
            self.message_user(request, _("没有复核权限。"), messages.ERROR)
            return
        for adjustment in queryset.select_related("charge"):
            end = charges.decide_adjustment(
                adjustment.charge.number, agreed=agreed, by=request.user.get_username(), now=timezone.now()
            )
            good = end == charges.Closed.DONE
            text = _("已处理：%s") if good else _("须由另一人处理，或已无须处理：%s")
            self.message_user(request, text % adjustment.charge.number, messages.SUCCESS if good else messages.ERROR)


class UrgedInline(ReadingInline):
    """The charges of a message."""

    model = Urged
    fields = ["charge", "stage"]


@admin.register(Urging)
class UrgingAdmin(ReadingAdmin):
    """The log of reminders."""

    list_display = ["made_at", "masked_plate", "notice", "stage", "status", "yuan", "phone", "sent_at", "detail"]
    list_filter = ["status", "stage"]
    search_fields = ["=plate"]
    exclude = ["plate", "amount_fen"]
    readonly_fields = ["masked_plate", "yuan"]
    inlines = [UrgedInline]
