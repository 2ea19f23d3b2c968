"""The page of numbers that the city's exchange platform asks for, and the same as a file."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _

from parking.admin.finance import bars, page
from parking.exchange import numbers
from parking.exchange.catalogue import DATASETS, OWNER, Sharing
from parking.exchange.numbers import Line
from parking.models import DataApplication
from parking.wording import english
from payments.tables import Table


def shown(request: HttpRequest) -> HttpResponse:
    """Departments, catalogues, applications, grants and calls of a period; `?format=csv|xlsx` as a file."""
    if not request.user.has_perm("parking.view_datacall"):
        raise PermissionDenied
    first, last, problem = page.period(request, days=30)
    found = numbers.read(first=first, last=last, now=timezone.now())
    sharing = {
        Sharing.UNCONDITIONAL: _("无条件共享"),
        Sharing.CONDITIONAL: _("有条件共享"),
        Sharing.NOT_SHARED: _("不予共享"),
    }
    lines: list[tuple[str, int]] = [
        (_("已登记部门"), found.departments),
        (_("持有授权的部门"), found.departments_with_grant),
        (_("目录（数据集）"), sum(found.catalogues.values())),
    ]
    lines += [(_("其中：%s") % words, found.catalogues[kind.value]) for kind, words in sharing.items()]
    lines += [(_("目录数据项"), found.fields), (_("本期申请"), sum(found.applications.values()))]
    lines += [(_("其中：%s") % words, found.applications[status]) for status, words in DataApplication.Status.choices]
    lines += [
        (_("有效授权"), found.grants),
        (_("有效订阅"), found.subscriptions),
        (_("本期调用次数"), found.calls),
        (_("本期返回行数"), found.rows),
        (_("本期超限被拒"), found.refused),
    ]
    report = Table(_("共享交换情况"), [_("指标"), _("数量")], [list(line) for line in lines])
    heads = [_("代码"), _("名称"), _("调用次数"), _("返回行数"), _("超限被拒")]
    catalogue = Table(
        _("共享目录"),
        [_("代码"), _("名称"), _("共享类型"), _("数据项"), _("更新周期"), _("提供方")],
        [
            [
                each.code,
                each.name_en if english() else each.name,
                sharing[each.sharing],
                len(each.fields),
                each.update_en if english() else each.update,
                OWNER[english()],
            ]
            for each in DATASETS
        ],
    )
    drawn = bars.chart(
        [(f"{day:%m-%d}", calls, f"{day} {calls}") for day, calls in found.by_day],
        top=str(max((calls for _day, calls in found.by_day), default=0)),
        words=_("每日调用次数"),
    )
    return page.answer(
        request,
        "admin/exchange/numbers.html",
        title=_("数据共享交换"),
        sheets=[
            report,
            Table(_("按部门"), heads, [_row(line) for line in found.by_department]),
            Table(_("按数据集"), heads, [_row(line) for line in found.by_dataset]),
            catalogue,
        ],
        first=first,
        last=last,
        problem=problem,
        chart=drawn,
        sums=[
            (_("部门"), found.departments),
            (_("目录"), sum(found.catalogues.values())),
            (_("本期申请"), sum(found.applications.values())),
            (_("有效授权"), found.grants),
            (_("本期调用"), found.calls),
        ],
        empty=_("还没有部门登记。请先在“共享部门”中登记，再录入申请。"),
    )


def _row(line: Line) -> list[str | int]:
    return [line.code, line.name_en if english() else line.name, line.calls, line.rows, line.refused]


urlpatterns: list[URLPattern] = [
    path("", lambda request: admin.site.admin_view(shown)(request), name="exchange-numbers-page")
]
