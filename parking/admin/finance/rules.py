"""Dunning rules with a preview, and how much each role may give back alone."""

from datetime import time
from decimal import Decimal

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from parking.admin.finance import page
from payments import authorities, dunning
from payments.domain.dunning import Policy


class RulesForm(forms.Form):
    """The ladder of arrears."""

    notice = forms.BooleanField(label=gettext_lazy("扣款失败时通知车主"), required=False)
    due_days = forms.IntegerField(label=gettext_lazy("缴费期限（天）"), min_value=0, max_value=365)
    urge_days = forms.CharField(
        label=gettext_lazy("催缴时间（逾期后第几天，用逗号隔开）"), required=False, max_length=60
    )
    final_days = forms.IntegerField(label=gettext_lazy("结束催缴（逾期后第几天）"), min_value=0, max_value=3650)
    quiet_from = forms.TimeField(label=gettext_lazy("免打扰开始"))
    quiet_to = forms.TimeField(label=gettext_lazy("免打扰结束"))
    per_plate_a_week = forms.IntegerField(label=gettext_lazy("每车每周最多条数"), min_value=1, max_value=14)

    policy: Policy

    def clean(self) -> dict[str, object]:
        """The rules as a whole must make sense."""
        told: dict[str, object] = super().clean() or {}
        if self.errors:
            return told
        text = str(told["urge_days"]).replace("，", ",").strip()
        days = [part.strip() for part in text.split(",") if part.strip()]
        if not all(day.isdigit() and int(day) < 3650 for day in days):
            self.add_error("urge_days", _("请写天数，例如 0, 15。"))
            return told
        try:
            self.policy = Policy.from_data({**told, "urge_days": [int(day) for day in days]})
        except ValueError:
            self.add_error("urge_days", _("天数要从小到大、不重复，且不晚于结束催缴的那天。"))
        return told


def listed(request: HttpRequest) -> HttpResponse:
    """Both kinds of rules; changing them needs the right to."""
    by = page.demand(request)
    can = page.may(request, "add_urgerule", "change_authority")
    now, holds = timezone.now(), dunning.policy()
    form = RulesForm(request.POST if request.POST.get("deed") in ("preview", "keep") else None, initial=_told(holds))
    if request.method == "GET" and not can["add_urgerule"]:
        for field in form.fields.values():
            field.disabled = True
    shown = None
    if request.method == "POST" and request.POST.get("deed") == "limit":
        page.demand(request, "payments.change_authority")
        return _limit(request, by)
    if request.method == "POST" and form.is_valid():
        page.demand(request, "payments.add_urgerule")
        if request.POST.get("deed") == "keep":
            dunning.set_policy(form.policy, by=by, now=now)
            messages.success(request, _("新规则已生效；已生成的账单缴费期限不变。"))
            return redirect("finance-rules")
        shown = dunning.preview(form.policy, now=now)
    return page.answer(
        request,
        "admin/finance/rules.html",
        title=_("规则与权限"),
        form=form,
        shown=shown,
        holding=dunning.preview(holds, now=now),
        limits=[(role, page.role(role), f"{fen / 100:.2f}") for role, fen in authorities.limits().items()],
        can=can,
    )


def _limit(request: HttpRequest, by: str) -> HttpResponse:
    field = forms.DecimalField(min_value=Decimal(0), max_digits=9, decimal_places=2)
    try:
        fen = int(field.clean(request.POST.get("limit", "")) * 100)
    except forms.ValidationError:
        messages.error(request, _("限额请填写不小于 0 的金额，例如 200.00。"))
        return redirect("finance-rules")
    role = request.POST.get("role", "")
    if role not in authorities.limits():
        messages.error(request, _("没有这个角色。"))
        return redirect("finance-rules")
    authorities.set_limit(role=role, refund_fen=fen, by=by, now=timezone.now())
    messages.success(request, _("已修改限额。"))
    return redirect("finance-rules")


def _told(policy: Policy) -> dict[str, object]:
    def clock(at: time) -> str:
        return f"{at:%H:%M}"

    return {
        "notice": policy.notice,
        "due_days": policy.due_days,
        "urge_days": ", ".join(str(day) for day in policy.urge_days),
        "final_days": policy.final_days,
        "quiet_from": clock(policy.quiet_from),
        "quiet_to": clock(policy.quiet_to),
        "per_plate_a_week": policy.per_plate_a_week,
    }
