"""The gateways' days: what their statements say, what differs, and what to do next."""

from datetime import date, timedelta

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from parking.admin.finance import page
from payments import reconciliation
from payments.domain.money import yuan
from payments.tables import Table

_KINDS = {
    "payment": gettext_noop("收款交易"),
    "refund": gettext_noop("退款交易"),
    "fund_payment": gettext_noop("收款未入账"),
    "fund_refund": gettext_noop("退款未出账"),
    "fund_fee": gettext_noop("手续费"),
    "fund_other": gettext_noop("不明资金变动"),
}
_OUTCOMES = {
    "amount_diff": gettext_noop("金额不符"),
    "only_bill": gettext_noop("仅渠道有"),
    "only_ours": gettext_noop("仅我方有"),
    "state_diff": gettext_noop("状态不符"),
}
_ADVICE = {
    ("only_bill", "payment"): gettext_noop(
        "查是否别的系统共用商户号；是本系统的，等下次对账；查不清的，申请核销挂账。"
    ),
    ("only_bill", "refund"): gettext_noop("多半是在商户后台直接退的款；对应的收款查到后会自动入账。"),
    ("only_ours", "payment"): gettext_noop("先看前后两天的账单；仍没有，联系渠道查单，不要重复收款。"),
    ("only_ours", "refund"): gettext_noop("看渠道的退款状态；退款会继续自动查询，不要再退一次。"),
    ("amount_diff", "payment"): gettext_noop("以渠道到账为准联系渠道更正；更正后的账单会自动冲回挂账。"),
    ("amount_diff", "refund"): gettext_noop("核对商户后台的退款金额；更正后的账单会自动冲回挂账。"),
    ("state_diff", "payment"): gettext_noop("渠道没有收到这笔钱：查单后联系渠道。"),
    ("state_diff", "refund"): gettext_noop("退款在渠道失败了：到待办里改退到银行卡或转账。"),
    ("amount_diff", "fund_fee"): gettext_noop("交易账单与资金账单的手续费不一致，联系渠道。"),
    ("only_bill", "fund_other"): gettext_noop("查明这笔资金变动的原因；查不清的，申请核销挂账。"),
}


def listed(request: HttpRequest) -> HttpResponse:
    """The newest days."""
    page.demand(request, "payments.view_statement")
    found = reconciliation.days()
    table = Table(
        _("渠道对账"),
        [
            _("日期"),
            _("渠道"),
            _("行数"),
            _("相符"),
            _("收款（元）"),
            _("退款（元）"),
            _("手续费（元）"),
            _("到银行（元）"),
            _("未处理差异"),
            _("结账人"),
        ],
        [
            [
                str(d.day),
                page.channel(d.gateway),
                d.lines,
                d.matched,
                d.paid_fen / 100,
                d.refunded_fen / 100,
                d.fee_fen / 100,
                None if d.paid_out_fen is None else d.paid_out_fen / 100,
                d.open_differences,
                d.closed_by,
            ]
            for d in found
        ],
        ["", "", "", "", *[page.MONEY] * 4, "", ""],
    )
    return page.answer(
        request,
        "admin/finance/days.html",
        title=_("渠道对账"),
        sheets=[table],
        days=[(day, page.channel(day.gateway)) for day in found],
        empty=_("还没有渠道账单。每天 10:35 和 14:35 自动下载前三天的账单。"),
    )


def one(request: HttpRequest, gateway: str, on: str) -> HttpResponse:
    """A day with its differences; what may be done to it is done here."""
    by = page.demand(request, "payments.view_statement")
    try:
        wanted = date.fromisoformat(on)
    except ValueError:
        raise Http404 from None
    if request.method == "POST":
        _act(request, gateway, wanted, by)
        return redirect("finance-day", gateway=gateway, on=on)
    day = reconciliation.day(gateway=gateway, on=wanted)
    if day is None:
        raise Http404
    found = reconciliation.differences(gateway=gateway, on=wanted)
    rows = [
        (
            one,
            _(_OUTCOMES.get(one.outcome, one.outcome)),
            _(_KINDS.get(one.kind, one.kind)),
            _(_ADVICE[one.outcome, one.kind])
            if (one.outcome, one.kind) in _ADVICE
            else _("核对渠道后台与本系统的记录。"),
        )
        for one in found
    ]
    table = Table(
        f"{gateway} {on}",
        [
            _("差异"),
            _("类型"),
            _("我方单号"),
            _("渠道单号"),
            _("我方（元）"),
            _("渠道（元）"),
            _("挂账（元）"),
            _("处理结果"),
        ],
        [
            [
                outcome,
                kind,
                one.number,
                one.reference,
                *[None if fen is None else fen / 100 for fen in (one.ours_fen, one.theirs_fen, one.held_fen)],
                one.resolution,
            ]
            for one, outcome, kind, _advice in rows
        ],
        ["", "", "", "", *[page.MONEY] * 3, ""],
    )
    moved = day.movement
    figures = [
        (_("收款"), yuan(day.paid_fen)),
        (_("退款"), yuan(day.refunded_fen)),
        (_("手续费"), yuan(day.fee_fen)),
        (_("到银行"), "—" if day.paid_out_fen is None else yuan(day.paid_out_fen)),
    ]
    if moved is not None:
        figures += [(_("账户变动：渠道"), yuan(moved.theirs_fen)), (_("账户变动：账面"), yuan(moved.ours_fen))]
    return page.answer(
        request,
        "admin/finance/day.html",
        title=f"{page.channel(gateway)} {on}",
        here="finance-days",
        sheets=[table],
        day=day,
        rows=rows,
        sums=figures,
        apart=moved is not None and moved.theirs_fen != moved.ours_fen,
        can=page.may(request, "change_statement", "change_difference"),
        before=wanted - timedelta(days=1),
        after=wanted + timedelta(days=1),
    )


def _act(request: HttpRequest, gateway: str, day: date, by: str) -> None:
    now, deed = timezone.now(), request.POST.get("deed", "")
    if deed in ("close", "again"):
        page.demand(request, "payments.change_statement")
    else:
        page.demand(request, "payments.change_difference")
    reason = request.POST.get("reason", "").strip()
    number = request.POST.get("difference", "")
    difference = int(number) if number.isdigit() else 0
    if deed == "close":
        good = reconciliation.close_day(gateway=gateway, day=day, by=by, now=now)
        words = _("已结账。") if good else _("还不能结账：有未处理的差异，或资金账单还没到。")
    elif deed == "again":
        report = reconciliation.reconcile(gateway=gateway, day=day, now=now)
        good = report.ended is reconciliation.Ended.DONE
        words = _("已重新对账。") if good else _("账单还不能下载，请稍后再试：%s") % report.detail
    elif not reason:
        good, words = False, _("请写明原因。")
    elif deed == "work_off":
        good = reconciliation.ask_work_off(difference_id=difference, by=by, reason=reason)
        words = _("已申请，等另一人复核。") if good else _("这一条没有挂账，或已有人申请。")
    else:
        good = reconciliation.resolve(difference_id=difference, by=by, resolution=reason, now=now)
        words = _("已记录。") if good else _("这一条还有挂账的钱，请申请核销，或等更正后的账单。")
    messages.add_message(request, messages.SUCCESS if good else messages.ERROR, words)
