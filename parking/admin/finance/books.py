"""Income, arrears and balances."""

from collections import Counter
from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from parking.admin.finance import bars, page
from payments import finance
from payments.domain.money import yuan
from payments.tables import Cell, Table


def income(request: HttpRequest) -> HttpResponse:
    """Money in and out by day, road and channel; cash by clerk."""
    page.demand(request)
    first, last, problem = page.period(request, days=14)
    from_at, to_at = page.midnight(first), page.midnight(last + timedelta(days=1))
    rows = finance.income(from_at=from_at, to_at=to_at)
    roads = page.roads({row.scope for row in rows})
    by_day = Counter[str]()
    for row in rows:
        by_day[row.day.isoformat()] += row.paid_fen - row.refunded_fen
    dates = [(first + timedelta(days=index)) for index in range((last - first).days + 1)]
    drawn = bars.chart(
        [(f"{day:%m-%d}", by_day[day.isoformat()], f"{day} {yuan(by_day[day.isoformat()])}") for day in dates],
        top=yuan(max(by_day.values(), default=0)),
        words=_("每日净收入"),
    )
    paid, back = sum(row.paid_fen for row in rows), sum(row.refunded_fen for row in rows)
    main = Table(
        _("每日收入"),
        [_("日期"), _("路段"), _("渠道"), _("笔数"), _("收款（元）"), _("退款（元）"), _("净额（元）")],
        [
            [
                str(row.day),
                roads.get(row.scope, row.scope) or "—",
                page.channel(row.channel),
                row.payments,
                row.paid_fen / 100,
                row.refunded_fen / 100,
                (row.paid_fen - row.refunded_fen) / 100,
            ]
            for row in rows
        ],
        ["", "", "", "", page.MONEY, page.MONEY, page.MONEY],
    )
    tills = Table(
        _("现金按收款人"),
        [_("日期"), _("收款人"), _("笔数"), _("金额（元）")],
        [[str(t.day), t.clerk, t.payments, t.taken_fen / 100] for t in finance.tills(from_at=from_at, to_at=to_at)],
        ["", "", "", page.MONEY],
    )
    return page.answer(
        request,
        "admin/finance/table.html",
        title=_("每日收入"),
        sheets=[main, tills],
        first=first,
        last=last,
        problem=problem,
        chart=drawn,
        sums=[(_("收款"), yuan(paid)), (_("退款"), yuan(back)), (_("净额"), yuan(paid - back))],
        empty=_("这段时间没有收款也没有退款。换一段日期看看。"),
    )


def ageing(request: HttpRequest) -> HttpResponse:
    """What is owed and for how long, by road."""
    page.demand(request)
    rows = finance.ageing(now=timezone.now())
    stages = [(None, None), (0, 30), (30, 60), (60, 90), (90, None)]
    stage_names = [_("未到期"), _("逾期 30 天内"), _("逾期 30–60 天"), _("逾期 60–90 天"), _("逾期 90 天以上")]
    told = {(row.scope, row.from_days, row.to_days): row for row in rows}
    roads = page.roads({row.scope for row in rows})
    sums = [sum(row.owed_fen for row in rows if (row.from_days, row.to_days) == stage) for stage in stages]
    body: list[list[Cell]] = []
    for code, name in sorted(roads.items()):
        cells = [told.get((code, *stage)) for stage in stages]
        owed = [cell.owed_fen if cell else 0 for cell in cells]
        body.append([name or "—", sum(c.charges for c in cells if c), *[fen / 100 for fen in owed], sum(owed) / 100])
    table = Table(
        _("欠费账龄（元）"),
        [_("路段"), _("欠费笔数"), *stage_names, _("合计")],
        body,
        ["", "", *[page.MONEY] * 6],
    )
    drawn = bars.chart(
        [(name, fen, f"{name} {yuan(fen)}") for name, fen in zip(stage_names, sums, strict=True)],
        top=yuan(max(sums, default=0)),
        words=_("各账龄欠费"),
    )
    return page.answer(
        request,
        "admin/finance/table.html",
        title=_("欠费账龄"),
        sheets=[table],
        chart=drawn,
        sums=[(_("欠费合计"), yuan(sum(sums))), (_("其中已逾期"), yuan(sum(sums[1:])))],
        empty=_("现在没有人欠费。"),
    )


_ACCOUNTS = {
    "receivable": gettext_noop("应收停车费"),
    "revenue": gettext_noop("停车费收入"),
    "permit_revenue": gettext_noop("停车证收入"),
    "fiscal_payable": gettext_noop("应缴财政款"),
    "vat_payable": gettext_noop("应交增值税"),
    "customer_credit": gettext_noop("应退多收款"),
    "refunds_payable": gettext_noop("应付退款"),
    "write_off": gettext_noop("核销损益"),
    "suspense": gettext_noop("挂账"),
    "gateway_fee": gettext_noop("渠道手续费"),
    "bank": gettext_noop("银行存款"),
    "cash": gettext_noop("库存现金"),
}


def _account(code: str) -> str:
    if code.startswith("clearing:"):
        return _("渠道待结算：%s") % page.channel(code.partition(":")[2])
    return _(_ACCOUNTS.get(code, code))


def ledger(request: HttpRequest) -> HttpResponse:
    """Every account before and after a period; the journal of a day as a file."""
    page.demand(request)
    first, last, problem = page.period(request, days=1)
    from_at, to_at = page.midnight(first), page.midnight(last + timedelta(days=1))
    before, after = finance.balances(before=from_at), finance.balances(before=to_at)
    rows: list[list[Cell]] = [
        [_account(code), code, before.get(code, 0) / 100, (fen - before.get(code, 0)) / 100, fen / 100]
        for code, fen in after.items()
    ]
    table = Table(
        _("科目余额"),
        [_("科目"), _("编码"), _("期初（元）"), _("本期（元）"), _("期末（元）")],
        rows,
        ["", "", *[page.MONEY] * 3],
    )
    sheets = [table]
    if request.GET.get("format") == "xlsx" or request.GET.get("what") == "journal":
        journal = Table(
            _("分录"),
            [_("流水号"), _("时间"), _("事由"), _("科目"), _("金额（元）"), _("账单号")],
            [
                [leg.entry, leg.at, leg.cause, _account(leg.account), leg.amount_fen / 100, leg.charge]
                for leg in finance.journal(from_at=from_at, to_at=to_at)
            ],
            ["", "", "", "", page.MONEY, ""],
        )
        sheets = [journal] if request.GET.get("what") == "journal" else [table, journal]
    return page.answer(
        request,
        "admin/finance/table.html",
        title=_("总账"),
        sheets=sheets,
        first=first,
        last=last,
        problem=problem,
        sums=[(_("借贷之差"), yuan(sum(after.values())))],
        note=_("借方为正，贷方为负；每笔流水借贷相等，由数据库保证。"),
        journal=True,
        empty=_("还没有记过账。"),
    )
