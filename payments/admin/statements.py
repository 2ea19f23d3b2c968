"""Notifications, suspense and the daily comparison with the gateways."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from payments import reconciliation
from payments.admin.reading import ReadingAdmin, ReadingInline
from payments.models import Difference, Notification, Statement, StatementLine, Suspense


@admin.register(Notification)
class NotificationAdmin(ReadingAdmin):
    """What gateways told us; the content stays in the table, it may name a payer."""

    list_display = ["received_at", "gateway", "event_id", "processed_at", "tries", "error"]
    list_filter = ["gateway", ("processed_at", admin.EmptyFieldListFilter)]
    search_fields = ["=event_id"]
    ordering = ["-id"]
    exclude = ["body", "facts"]


@admin.register(Suspense)
class SuspenseAdmin(ReadingAdmin):
    """Facts that could not be booked."""

    list_display = ["seen_at", "gateway", "reason", "kind", "our_number", "amount_fen", "resolved_at", "resolved_by"]
    list_filter = ["reason", "gateway", ("resolved_at", admin.EmptyFieldListFilter)]
    search_fields = ["=our_number", "=reference"]
    ordering = ["-id"]
    exclude = ["fact"]


class StatementLineInline(ReadingInline):
    """The lines that did not simply agree."""

    model = StatementLine
    fields = ["place", "kind", "number", "reference", "amount_fen", "state", "outcome"]
    per_page = 50

    def get_queryset(self, request: HttpRequest) -> QuerySet[StatementLine]:
        """Thousands agree; a person looks at the others."""
        found: QuerySet[StatementLine] = super().get_queryset(request)
        return found.exclude(outcome="matched")


@admin.register(Statement)
class StatementAdmin(ReadingAdmin):
    """Day by day, gateway by gateway."""

    list_display = ["day", "gateway", "line_count", "matched", "paid_fen", "refunded_fen", "fee_fen", "closed_by"]
    list_filter = ["gateway", ("closed_at", admin.EmptyFieldListFilter)]
    date_hierarchy = "day"
    inlines = [StatementLineInline]
    actions = ["close_days"]

    @admin.action(description=_("结账"))
    def close_days(self, request: HttpRequest, queryset: QuerySet[Statement]) -> None:
        """Sign the days off; one with an open difference stays open."""
        if not request.user.has_perm("payments.change_statement"):
            self.message_user(request, _("没有结账权限。"), messages.ERROR)
            return
        for statement in queryset:
            good = reconciliation.close_day(
                gateway=statement.gateway, day=statement.day, by=request.user.get_username(), now=timezone.now()
            )
            text = _("已结账：%s") if good else _("还有未处理的差异，未结账：%s")
            self.message_user(request, text % statement, messages.SUCCESS if good else messages.ERROR)


@admin.register(Difference)
class DifferenceAdmin(ReadingAdmin):
    """What a statement and our books did not agree in."""

    list_display = [
        "day", "gateway", "outcome", "kind", "number", "ours_fen", "theirs_fen", "resolved_at", "resolution",
    ]  # fmt: skip
    list_filter = ["outcome", "gateway", ("resolved_at", admin.EmptyFieldListFilter)]
    search_fields = ["=number", "=reference"]
    date_hierarchy = "day"
    actions = ["resolve"]

    @admin.action(description=_("标记为已核实"))
    def resolve(self, request: HttpRequest, queryset: QuerySet[Difference]) -> None:
        """A person has dealt with it; who and when is kept."""
        if not request.user.has_perm("payments.change_difference"):
            self.message_user(request, _("没有处理权限。"), messages.ERROR)
            return
        by = request.user.get_username()
        for difference in queryset:
            reconciliation.resolve(difference_id=difference.pk, by=by, resolution=f"人工核实：{by}", now=timezone.now())
