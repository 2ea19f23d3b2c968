"""The calendar: days, years, and the warning while a year is only guessed."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin

from parking import tariffs
from parking.admin.importing import CsvAdmin
from parking.models import CalendarDay, CalendarYear, User
from parking.permits.registering import Refused, Registered

_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def _warn(request: HttpRequest) -> None:
    years = tariffs.guessed_years(now=timezone.now())
    if years:
        messages.warning(
            request,
            _("%s 年的节假日尚未公布：暂按周末和法定节日计费。公布后请导入日历，并在“日历年度”中标为已公布。")
            % "、".join(map(str, years)),
        )


@admin.register(CalendarDay)
class CalendarDayAdmin(CsvAdmin):
    """Holidays and make-up workdays, one by one or a year at once."""

    csv_columns = ("date", "kind", "name")
    csv_example = "date,kind,name\n2027-02-10,holiday,spring_festival\n2027-02-20,makeup,spring_festival"
    list_display = ["date", "kind", "name"]
    list_filter = ["kind"]
    date_hierarchy = "date"
    search_fields = ["name"]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The list, with the warning."""
        _warn(request)
        answer: HttpResponse = super().changelist_view(request, extra_context)
        return answer

    def load(self, rows: Iterable[tuple[int, Mapping[str, str]]], *, by: User | None) -> Registered:
        """Take the table's days; a day that is there already gets the new kind."""
        done = Registered()
        for line, row in rows:
            text, kind = (row.get("date") or "").strip(), (row.get("kind") or "").strip()
            try:
                on = date.fromisoformat(text) if _DATE.fullmatch(text) else None
            except ValueError:
                on = None
            if on is None:
                done.refused.append(Refused(line, "date", _("应为日期，如 2026-11-23")))
            elif kind not in CalendarDay.Kind.values:
                done.refused.append(Refused(line, "kind", _("应为以下之一：%s") % ", ".join(CalendarDay.Kind.values)))
            else:
                fields = {"kind": kind, "name": (row.get("name") or "").strip()[:32]}
                made = CalendarDay.objects.update_or_create(date=on, defaults=fields)[1]
                done.added, done.unchanged = done.added + made, done.unchanged + (not made)
        return done


@admin.register(CalendarYear)
class CalendarYearAdmin(ModelAdmin):
    """Which years' holidays are published."""

    list_display = ["year", "announced_at", "source", "rerated_at"]
    fields = ["year", "source", "announced_at", "rerated_at"]
    readonly_fields = ["announced_at", "rerated_at"]
    actions = ["announce"]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The list, with the warning."""
        _warn(request)
        answer: HttpResponse = super().changelist_view(request, extra_context)
        return answer

    @admin.action(description=gettext_lazy("标为已公布"), permissions=["change"])
    def announce(self, request: HttpRequest, queryset: "QuerySet[CalendarYear]") -> None:
        """The days in the table are the published ones; what was priced before is compared by the sweep."""
        for year in queryset:
            if not CalendarDay.objects.filter(date__year=year.year).exists():
                self.message_user(request, _("%s 年还没有任何日子，请先导入。") % year.year, messages.ERROR)
                continue
            tariffs.announce(year.year, source=year.source, now=timezone.now())
            text = _("%s 年已公布；此前暂定的费用正在复核，有差异的会列入“差异”。")
            self.message_user(request, text % year.year, messages.SUCCESS)
