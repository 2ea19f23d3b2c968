"""What every finance page is made of: who may see it, its period, its tables, and the same as a file."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from parking.models import Road
from parking.orders import CITY_TIME
from parking.wording import english
from payments import tables
from payments.tables import Table

PAGES = (
    ("finance-waiting", gettext_noop("待办")),
    ("finance-income", gettext_noop("每日收入")),
    ("finance-ageing", gettext_noop("欠费账龄")),
    ("finance-days", gettext_noop("渠道对账")),
    ("finance-ledger", gettext_noop("总账")),
    ("finance-charge", gettext_noop("单笔处理")),
    ("finance-rules", gettext_noop("规则与权限")),
)
MONEY = "0.00"


def demand(request: HttpRequest, permission: str = "payments.view_entry") -> str:
    """The name of who asks. Raises PermissionDenied."""
    if not request.user.has_perm(permission):
        raise PermissionDenied
    return request.user.get_username()


def may(request: HttpRequest, *permissions: str) -> dict[str, bool]:
    """Which of these things in the payments room this person may do, by the permission's last word."""
    return {name: request.user.has_perm(f"payments.{name}") for name in permissions}


def channel(code: str) -> str:
    """The gateway in the reader's words."""
    names = {"wechat": _("微信支付"), "alipay": _("支付宝"), "cash": _("现金")}
    return names.get(code, code)


def period(request: HttpRequest, *, days: int) -> tuple[date, date, str]:
    """The asked period, both days in it, and what is wrong with what was asked; at most a year."""
    today = timezone.now().astimezone(CITY_TIME).date()
    first, last, problem = today - timedelta(days=days - 1), today, ""
    try:
        asked_first = date.fromisoformat(request.GET["from"]) if request.GET.get("from") else first
        asked_last = date.fromisoformat(request.GET["to"]) if request.GET.get("to") else last
    except ValueError:
        return first, last, _("日期请写成 2026-11-23 的样子。")
    if asked_last < asked_first:
        return first, last, _("结束日期早于开始日期。")
    if (asked_last - asked_first).days > 366:
        return first, last, _("一次最多看一年。")
    return asked_first, asked_last, problem


def roads(codes: Collection[str]) -> dict[str, str]:
    """Each code with the road's name in the reader's language, where there is such a road; one query."""
    found = Road.objects.filter(code__in=codes).values_list("code", "name", "name_en")
    names = {code: (english() and name_en) or name for code, name, name_en in found}
    return {code: f"{code} {names[code]}" if code in names else code for code in codes}


def role(code: str) -> str:
    """A desk role in the reader's words."""
    names = {"service": _("客服"), "operator": _("运营"), "finance": _("财务"), "manager": _("主管")}
    return names.get(code, code)


def midnight(day: date) -> datetime:
    """Where a day of the city begins."""
    return datetime.combine(day, time(), tzinfo=CITY_TIME)


def answer(
    request: HttpRequest, template: str, *, title: str, sheets: Sequence[Table] = (), **context: Any
) -> HttpResponse:
    """The page, or with `?format=csv|xlsx` its tables as a file. The tables hold no plate and no phone."""
    name = request.GET.get("format", "")
    if sheets and name in ("csv", "xlsx"):
        body = tables.as_xlsx(sheets) if name == "xlsx" else tables.as_csv(sheets[0])
        kind = (
            "text/csv; charset=utf-8"
            if name == "csv"
            else ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
        )
        file = HttpResponse(body, content_type=kind)
        file["Content-Disposition"] = f'attachment; filename="{request.resolver_match.url_name}.{name}"'  # type: ignore[union-attr]
        return file
    query = request.GET.copy()
    query.pop("format", None)
    told: Mapping[str, Any] = {
        **admin.site.each_context(request),
        "title": title,
        "pages": [(address, _(words)) for address, words in PAGES],
        "here": request.resolver_match.url_name,  # type: ignore[union-attr]
        "sheets": sheets,
        "query": query.urlencode(),
        **context,
    }
    return render(request, template, dict(told))
