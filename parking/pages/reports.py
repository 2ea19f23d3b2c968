"""`/city/reports/`: the day's and the month's report, as a page, PDF or workbook."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from parking.pages import city
from parking.reports import building, writing

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@never_cache
@require_safe
def report(request: HttpRequest) -> HttpResponse:
    """One report; yesterday's where none is named."""
    turned_away = city.refused(request)
    if turned_away is not None:
        return turned_away
    now = timezone.now()
    yesterday = (timezone.localtime(now) - timedelta(days=1)).date().isoformat()
    name = request.GET.get("period") or yesterday
    error = ""
    try:
        chosen = building.period(name, now=now)
    except building.NoPeriod:
        error = gettext("请填写已经开始的一天（2026-11-22）或一个月（2026-11）。")
        chosen = building.period(yesterday, now=now)
    told = building.build(chosen, now=now)
    wanted = request.GET.get("format", "")
    if not error and wanted in ("pdf", "xlsx"):
        data = writing.pdf(told) if wanted == "pdf" else writing.xlsx(told)
        kind = "application/pdf" if wanted == "pdf" else _XLSX
        headers = {"Content-Disposition": f'attachment; filename="report-{chosen.name}.{wanted}"'}
        return HttpResponse(data, content_type=kind, headers=headers)
    context = {"report": told, "name": name, "error": error, "yesterday": yesterday, "month": yesterday[:7]}
    return render(request, "city/report.html", context, status=422 if error else 200)
