"""One charge: give money back, take something off, take cash."""

from decimal import Decimal

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from parking import masking, tokens
from parking.admin.finance import page
from parking.models import User
from payments import charges
from payments.charges import ChargeView, Closed, NotRefunded, NotStarted


class DeedForm(forms.Form):
    """What is to be done; the amount is asked for where part of the money is meant."""

    deed = forms.ChoiceField(
        label=gettext_lazy("处理"),
        choices=[
            ("refund", gettext_lazy("退款")),
            ("reduce", gettext_lazy("减免一部分")),
            ("waive", gettext_lazy("减免剩余全部")),
            ("write_off", gettext_lazy("申请核销")),
            ("cash", gettext_lazy("收现金")),
        ],
    )
    amount = forms.DecimalField(
        label=gettext_lazy("金额（元）"), required=False, min_value=Decimal("0.01"), max_digits=9, decimal_places=2
    )
    reason = forms.CharField(label=gettext_lazy("原因"), required=False, max_length=80)

    def clean(self) -> dict[str, object]:
        """An amount where one is needed, a reason for all but cash."""
        told: dict[str, object] = super().clean() or {}
        if told.get("deed") in ("refund", "reduce") and not told.get("amount"):
            self.add_error("amount", _("请填写金额，例如 3.50。"))
        if told.get("deed") not in (None, "cash") and not told.get("reason"):
            self.add_error("reason", _("请写明原因。"))
        return told


def one(request: HttpRequest) -> HttpResponse:
    """Find a charge by its number, look at it, act."""
    page.demand(request, "payments.view_charge")
    number = request.GET.get("number", "").strip()
    view = charges.views([number]).get(number) if number else None
    form = DeedForm(request.POST or None)
    can = page.may(request, "change_refund", "change_adjustment")
    user = request.user
    limit = (
        charges.refund_limit(tokens.ROLES if user.is_superuser else tokens.roles(user)) if isinstance(user, User) else 0
    )
    if request.method == "POST" and view is not None and form.is_valid():
        good, words = _act(request, view, form.cleaned_data, limit)
        messages.add_message(request, messages.SUCCESS if good else messages.ERROR, words)
        return HttpResponseRedirect(f"{reverse('finance-charge')}?number={number}")
    return page.answer(
        request,
        "admin/finance/charge.html",
        title=_("单笔处理"),
        number=number,
        charge=view,
        plate=masking.plate(view.plate) if view else "",
        refunds=charges.refunds_of([number]).get(number, []) if view else [],
        form=form,
        can=can,
        limit_fen=limit,
    )


def _act(request: HttpRequest, view: ChargeView, told: dict[str, object], limit_fen: int) -> tuple[bool, str]:
    deed, reason, now = str(told["deed"]), str(told.get("reason") or ""), timezone.now()
    by = page.demand(request, "payments.change_refund" if deed == "refund" else "payments.change_adjustment")
    fen = int(Decimal(str(told.get("amount") or 0)) * 100)
    if deed == "refund":
        asked = charges.ask_refund(view.number, amount_fen=fen, reason=reason, by=by, limit_fen=limit_fen, now=now)
        if isinstance(asked, NotRefunded):
            return False, {
                NotRefunded.NOTHING_PAID: _("这笔没有可退的钱。"),
                NotRefunded.TOO_MUCH: _("没有一笔支付够退这么多，请分次退。"),
                NotRefunded.TOO_OFTEN: _("这笔支付退款次数已到上限。"),
            }.get(asked, _("没有这笔账单。"))
        if asked.waits_for_second:
            return True, _("超出您的限额，已提交，等另一人复核。")
        return True, _("已提交退款，原路退回。")
    if deed == "cash":
        taken = charges.take_cash([view.number], by=by, now=now)
        if isinstance(taken, NotStarted):
            return False, _("现在不能收现金：已付清，或自动扣款还没有结果，请几分钟后再试。")
        return True, _("已收现金 %(yuan)s 元，收据号 %(number)s。") % {
            "yuan": f"{taken.amount_fen / 100:.2f}",
            "number": taken.number,
        }
    if deed == "write_off":
        end = charges.ask_write_off(view.number, reason=reason, by=by, now=now)
    elif deed == "reduce":
        end = charges.reduce(view.number, amount_fen=fen, reason=reason, by=by, now=now, limit_fen=limit_fen)
    else:
        end = charges.waive(view.number, reason=reason, by=by, now=now, limit_fen=limit_fen)
    words = {
        Closed.DONE: _("已处理。"),
        Closed.WAITS: _("已提交，等另一人复核。"),
        Closed.NOT_OPEN: _("这笔已经了结，没有可减免的金额。"),
        Closed.TOO_MUCH: _("减免金额超过未付金额。"),
    }
    return end in (Closed.DONE, Closed.WAITS), words.get(end, _("没有处理。"))
