"""Work orders at the desk: who takes them, what was done, closed by whom."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminTextareaWidget

from parking.models import User
from sensors import workorders
from sensors.models import WorkOrder

_FIGURES = {
    "last_heard_at": _("最近上报"),
    "rhythm_s": _("上报周期(秒)"),
    "battery_v": _("电压(V)"),
    "battery_pct": _("电量(%)"),
    "signal_dbm": _("信号(dBm)"),
    "temperature_c": _("温度(℃)"),
    "loss": _("近期丢包率"),
    "clock_offset_s": _("时钟偏差(秒)"),
}


class NoteForm(forms.ModelForm):  # type: ignore[type-arg]
    """What was done, and whether that ends it."""

    remark = forms.CharField(
        label=_("处理备注"), required=False, max_length=2000, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3})
    )
    finish = forms.BooleanField(label=_("处理完毕，关闭工单"), required=False)

    class Meta:
        model = WorkOrder
        fields: tuple[str, ...] = ()


@admin.register(WorkOrder)
class WorkOrderAdmin(ModelAdmin):
    """The open ones first."""

    form = NoteForm
    list_display = ["opened_at", "device", "cause", "berth", "state", "taken_by", "closed_at", "closed_how"]
    list_filter = [("closed_at", admin.EmptyFieldListFilter), "cause", "berth__road", "device__codec"]
    search_fields = ["device__code", "berth__code"]
    list_select_related = ["device", "berth", "taken_by", "closed_by"]
    ordering = [F("closed_at").desc(nulls_first=True), "-opened_at"]
    show_full_result_count = False
    readonly_fields = ["device", "berth", "cause", "opened_at", "opened_how", "state", "figures", "history"]
    fields = [*readonly_fields, "remark", "finish"]
    actions = ["take", "close"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Orders are opened by rule, or from a device's line."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: WorkOrder | None = None) -> bool:
        """Never: an order is closed."""
        return False

    @admin.display(description=_("状态"))
    def state(self, order: WorkOrder) -> Any:
        """Open, taken or closed."""
        if order.closed_at:
            return _("已关闭")
        return _("处理中") if order.taken_at else _("待处理")

    @admin.display(description=_("开单人"))
    def opened_how(self, order: WorkOrder) -> Any:
        """A person's name, or the rule."""
        return order.opened_by or _("规则")

    @admin.display(description=_("关闭人"))
    def closed_how(self, order: WorkOrder) -> Any:
        """A person's name, the rule, or nothing yet."""
        return "" if order.closed_at is None else order.closed_by or _("规则")

    @admin.display(description=_("开单时数据"))
    def figures(self, order: WorkOrder) -> SafeString | str:
        """What the device had said when the order was opened."""
        rows = [(name, order.facts[key]) for key, name in _FIGURES.items() if key in order.facts]
        return format_html_join("", "<div>{}: {}</div>", rows) or "—"

    @admin.display(description=_("工单记录"))
    def history(self, order: WorkOrder) -> SafeString | str:
        """Every step, who took it and what they said."""
        rows = [
            (f"{timezone.localtime(each.at):%Y-%m-%d %H:%M}", each.by or _("规则"), each.get_step_display(), each.note)
            for each in order.entries.select_related("by")
        ]
        return format_html_join("", "<div>{} · {} · {} {}</div>", rows) or "—"

    def save_model(self, request: HttpRequest, obj: WorkOrder, form: forms.ModelForm, change: bool) -> None:  # type: ignore[type-arg]
        """A remark, and the end where that was ticked."""
        said, now = form.cleaned_data, timezone.now()
        if not isinstance(request.user, User):
            return
        if said["finish"]:
            if not workorders.close(order=obj, by=request.user, note=said["remark"], now=now):
                messages.warning(request, _("该工单此前已关闭。"))
        elif said["remark"]:
            workorders.note(order=obj, by=request.user, text=said["remark"], now=now)

    @admin.action(description=_("接单"), permissions=["change"])
    def take(self, request: HttpRequest, orders: "QuerySet[WorkOrder]") -> None:
        """Whoever clicks sees to them."""
        taken = sum(workorders.take(order=each, by=request.user, now=timezone.now()) for each in orders)  # type: ignore[arg-type]
        messages.info(request, _("已接 %d 张工单。") % taken)

    @admin.action(description=_("关闭工单"), permissions=["change"])
    def close(self, request: HttpRequest, orders: "QuerySet[WorkOrder]") -> None:
        """Done; the rule leaves these devices alone for a day."""
        closed = sum(workorders.close(order=each, by=request.user, note="", now=timezone.now()) for each in orders)  # type: ignore[arg-type]
        messages.info(request, _("已关闭 %d 张工单。") % closed)
