"""The switch of an emergency: roads closed or freed from charge, at once or from a time on."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from parking import notices
from parking.models import RoadNotice, User


class NoticeForm(forms.ModelForm):  # type: ignore[type-arg]
    """A notice; it names roads, or all of them."""

    class Meta:
        model = RoadNotice
        fields = ("kind", "everywhere", "roads", "from_at", "to_at", "reason", "reason_en")

    def clean(self) -> dict[str, Any]:
        """Roads or everywhere, not neither; an end after the beginning."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if not said.get("everywhere") and not said.get("roads"):
            self.add_error("roads", gettext("请选择路段，或勾选全部路段。"))
        from_at, to_at = said.get("from_at"), said.get("to_at")
        if from_at and to_at and to_at <= from_at:
            self.add_error("to_at", gettext("结束应晚于开始。"))
        return said


@admin.register(RoadNotice)
class RoadNoticeAdmin(ModelAdmin):
    """Made and ended, never changed: what drivers were told stays told."""

    form = NoticeForm
    list_display = ["kind", "where", "from_at", "to_at", "ended_at", "reason", "made_by", "made_at"]
    list_filter = ["kind", ("ended_at", admin.EmptyFieldListFilter)]
    filter_horizontal = ["roads"]
    actions = ["end_now"]
    list_select_related = ["made_by"]

    def get_queryset(self, request: HttpRequest) -> "QuerySet[RoadNotice]":
        """With their roads."""
        found: QuerySet[RoadNotice] = super().get_queryset(request)
        return found.prefetch_related("roads")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """From now on."""
        return {"from_at": timezone.now().replace(second=0, microsecond=0)}

    def has_change_permission(self, request: HttpRequest, obj: RoadNotice | None = None) -> bool:
        """The list's action ends them; a row is not edited."""
        return obj is None and bool(super().has_change_permission(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: RoadNotice | None = None) -> bool:
        """Never."""
        return False

    def save_model(self, request: HttpRequest, obj: RoadNotice, form: Any, change: bool) -> None:
        """Who made it, and when."""
        assert isinstance(request.user, User)
        obj.made_by, obj.made_at = request.user, timezone.now()
        obj.save()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """With its roads known, what was billed too early goes to a person."""
        super().save_related(request, form, formsets, change)
        late = notices.freed_late(form.instance, now=timezone.now())
        if late:
            told = gettext("%(n)d 笔已出账的订单与此公告重叠，已列入待处理的差异。") % {"n": late}
            messages.warning(request, told)

    @admin.action(description=_("立即结束"), permissions=["change"])
    def end_now(self, request: HttpRequest, queryset: "QuerySet[RoadNotice]") -> None:
        """End those chosen."""
        assert isinstance(request.user, User)
        ended = sum(notices.end(notice.pk, by=request.user, now=timezone.now()) for notice in queryset)
        messages.success(request, gettext("已结束 %(n)d 条公告。") % {"n": ended})

    @admin.display(description=_("路段"))
    def where(self, notice: RoadNotice) -> str:
        """The roads' names, the first few."""
        if notice.everywhere:
            return gettext("全部路段")
        names = [str(road) for road in notice.roads.all()]
        return "、".join(names[:3]) + ("…" if len(names) > 3 else "")
