"""Payments, refunds and the health of the gateways."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from payments import charges
from payments.admin.reading import ReadingAdmin, ReadingInline
from payments.models import Attempt, Channel, Move, Part, Refund


class AttemptPartInline(ReadingInline):
    """The charges a payment pays."""

    model = Part
    fields = ["charge", "amount_fen", "in_flight"]


class MoveInline(ReadingInline):
    """What happened to it, in order."""

    model = Move
    fields = ["at", "before", "after", "source", "detail", "refund_number"]


@admin.register(Attempt)
class AttemptAdmin(ReadingAdmin):
    """Every try to move money in."""

    list_display = [
        "number",
        "gateway",
        "kind",
        "status",
        "yuan",
        "created_at",
        "succeeded_at",
        "next_query_at",
        "code",
    ]
    list_filter = ["status", "gateway", "kind", "advanced"]
    search_fields = ["=number", "=reference"]
    ordering = ["-id"]
    exclude = ["offer", "evidence"]  # both may hold the payer's id at the gateway
    inlines = [AttemptPartInline, MoveInline]


@admin.register(Refund)
class RefundAdmin(ReadingAdmin):
    """Money on its way back, and what waits for a second person."""

    list_display = ["number", "gateway", "charge", "yuan", "status", "source", "reason", "requested_by", "approved_by"]
    list_filter = ["status", "gateway", "source", "needs_second"]
    search_fields = ["=number", "=reference", "=charge__number"]
    list_select_related = ["charge"]
    ordering = ["-id"]
    exclude = ["evidence"]
    actions = ["agree", "refuse"]

    @admin.action(description=_("同意退款"))
    def agree(self, request: HttpRequest, queryset: QuerySet[Refund]) -> None:
        """Another person than the one who asked."""
        self._decide(request, queryset, agreed=True)

    @admin.action(description=_("驳回退款"))
    def refuse(self, request: HttpRequest, queryset: QuerySet[Refund]) -> None:
        """Another person than the one who asked."""
        self._decide(request, queryset, agreed=False)

    def _decide(self, request: HttpRequest, queryset: QuerySet[Refund], *, agreed: bool) -> None:
        if not request.user.has_perm("payments.change_refund"):
            self.message_user(request, _("没有复核权限。"), messages.ERROR)
            return
        by = request.user.get_username()
        for refund in queryset:
            good = charges.decide_refund(refund.number, agreed=agreed, by=by, now=timezone.now())
            text = _("已处理：%s") if good else _("须由另一人处理，或已无须处理：%s")
            self.message_user(request, text % refund.number, messages.SUCCESS if good else messages.ERROR)


@admin.register(Channel)
class ChannelAdmin(ReadingAdmin):
    """Which gateways answer."""

    list_display = ["gateway", "failures", "open_until", "detail", "told_at"]
