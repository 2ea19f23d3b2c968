"""The desk of discrepancies: the bill as it stands, the later fact, a preview of the money, and the decision."""

import sys
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldBooleanWidget,
)

from parking import discrepancies, masking, tokens
from parking.admin.readonly import RoadScoped
from parking.discrepancies import ALL, KEEP, PART, Undecidable, Verdict
from parking.models import Discrepancy, User
from payments import charges
from payments.domain.money import yuan

REASONS = {
    "late_other_plate": _("出账后有设备读到另一个号牌"),
    "late_arrival_inside": _("出账后来了停留期间的驶入事件"),
    "late_departure_inside": _("出账后来了停留期间的驶离事件"),
    "late_vacant_inside": _("出账后有设备报告停留期间泊位空闲"),
    "revoked_after_billing": _("厂商在出账后撤回了事件"),
    "corrected_after_billing": _("厂商在出账后更正了号牌"),
    "double_plate": _("同一号牌同时出现在另一泊位"),
    "straddle": _("一车占两个泊位，另一泊位在先"),
    "sample_wrong": _("抽检发现判定有误"),
    "other_plate": _("申诉成立：停的是另一辆车，未向其收费"),
    "calendar_announced": _("出账后公布了放假安排，金额不同"),
}
_VERDICTS = [
    ("", "—"),
    (KEEP, _("维持原账单")),
    (PART, _("退还或减免一部分")),
    (ALL, _("全部退还或减免")),
]


class VerdictForm(forms.ModelForm):  # type: ignore[type-arg]
    """The decision; nothing is carried out before the preview was confirmed."""

    verdict = forms.ChoiceField(label=_("结论"), choices=_VERDICTS, widget=UnfoldAdminSelectWidget)
    amount_yuan = forms.DecimalField(
        label=_("金额（元）"),
        min_value=0,
        max_digits=10,
        decimal_places=2,
        required=False,
        help_text=_("仅“一部分”需要填写"),
        widget=UnfoldAdminDecimalFieldWidget,
    )
    why = forms.CharField(label=_("理由"), max_length=500, widget=UnfoldAdminTextareaWidget)
    confirmed = forms.BooleanField(
        label=_("已看过金额预览，确认执行"), required=False, widget=UnfoldBooleanWidget, help_text=_("不勾选则只预览")
    )

    class Meta:
        model = Discrepancy
        fields: tuple[str, ...] = ()

    def told(self) -> Verdict:
        """What the person says."""
        said = self.cleaned_data
        return Verdict(verdict=said["verdict"], why=said["why"], amount_fen=round((said.get("amount_yuan") or 0) * 100))


def _limit(user: User) -> int:
    """What this person may give back without a second one, in fen."""
    return sys.maxsize if user.is_superuser else charges.refund_limit(tokens.roles(user))


@admin.register(Discrepancy)
class DiscrepancyAdmin(RoadScoped):
    """Where later facts disagree with a billed session; oldest first."""

    road_lookup = "berth__road"
    form = VerdictForm
    list_display = ["found_at", "berth", "session", "what", "event", "verdict", "money", "closed_by", "closed_at"]
    list_filter = ["reason", ("closed_at", admin.EmptyFieldListFilter), "verdict"]
    list_select_related = ["berth", "session", "closed_by"]
    ordering = ["closed_at", "found_at"]
    show_full_result_count = False
    readonly_fields = ["what", "event", "found_at", "bill", "fact"]

    def get_fields(self, request: HttpRequest, obj: Discrepancy | None = None) -> list[str]:
        """What is known, then the decision: to take, or taken."""
        if obj is None or obj.closed_at is None:
            return [*self.readonly_fields, "verdict", "amount_yuan", "why", "confirmed"]
        return [*self.readonly_fields, "verdict", "money", "why", "closed_by", "closed_at", "outcome"]

    def get_readonly_fields(self, request: HttpRequest, obj: Discrepancy | None = None) -> list[str]:
        """Once decided everything is read."""
        if obj is None or obj.closed_at is None:
            return list(self.readonly_fields)
        return self.get_fields(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """They are found by the fold."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Discrepancy | None = None) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Discrepancy | None = None) -> bool:
        """Only while it is open."""
        return (obj is None or obj.closed_at is None) and bool(super().has_change_permission(request, obj))

    def get_form(
        self, request: HttpRequest, obj: Discrepancy | None = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """The decision is tried before the form counts as valid, so that a refusal stands beside its field."""
        form = super().get_form(request, obj, change, **kwargs)

        def clean(self: VerdictForm) -> dict[str, Any]:
            said: dict[str, Any] = forms.ModelForm.clean(self) or self.cleaned_data
            if self.errors or not isinstance(request.user, User):
                return said
            try:
                limit = _limit(request.user)
                if said.get("confirmed"):
                    discrepancies.decide(
                        self.instance.pk, self.told(), by=request.user, limit_fen=limit, now=timezone.now()
                    )
                else:
                    planned = discrepancies.preview(self.instance, self.told(), limit_fen=limit)
                    self.add_error(
                        "confirmed", gettext("预览：%(words)s 勾选确认后再提交。") % {"words": planned.words}
                    )
            except Undecidable as error:
                field = {"amount_fen": "amount_yuan"}.get(error.field, error.field)
                self.add_error(field if field in self.fields else None, error.message)
            return said

        return type(form.__name__, (form,), {"clean": clean})

    def save_model(self, request: HttpRequest, obj: Discrepancy, form: Any, change: bool) -> None:
        """The decision was carried out with its form: nothing is left to save."""

    @admin.display(description=_("原因"))
    def what(self, found: Discrepancy) -> str:
        """The reason in words."""
        return str(REASONS.get(found.reason, found.reason))

    @admin.display(description=_("金额（元）"))
    def money(self, found: Discrepancy) -> str:
        """What was given back or taken off."""
        return yuan(found.amount_fen) if found.verdict else ""

    @admin.display(description=_("账单"))
    def bill(self, found: Discrepancy) -> SafeString | str:
        """The bill as it stands: number, masked plate, period, amount, paid, due."""
        session, charge = found.session, discrepancies.charge_of(found)
        if session is None or charge is None:
            return "—"
        rows = (
            (_("订单号"), session.number),
            (_("号牌号码"), masking.plate(session.plate)),
            (_("时段"), f"{timezone.localtime(charge.from_at):%m-%d %H:%M} – {timezone.localtime(charge.to_at):%H:%M}"),
            (_("应收（元）"), yuan(charge.amount_fen)),
            (_("已付（元）"), yuan(charge.paid_fen)),
            (_("已退（元）"), yuan(charge.refunded_fen)),
            (_("待付（元）"), yuan(charge.due_fen)),
        )
        address = reverse("admin:parking_parkingsession_change", args=[session.pk])
        link = format_html('<p><a href="{}">{}</a></p>', address, _("查看订单"))
        return format_html_join("", "<p>{}：{}</p>", rows) + link

    @admin.display(description=_("后来的事实"))
    def fact(self, found: Discrepancy) -> str:
        """What was told later, and of which moment; or what the announced days would have cost."""
        if "would_be_fen" in found.detail:
            return gettext("出账 %(was)s 元，按公布的放假安排为 %(would)s 元") % {
                "was": yuan(found.detail["was_fen"]),
                "would": yuan(found.detail["would_be_fen"]),
            }
        return "　".join(str(found.detail[name]) for name in ("kind", "observed_at", "number") if name in found.detail)
