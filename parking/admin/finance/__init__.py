"""The finance desk: income, arrears, the ledger's balances, reconciled days, what waits for somebody, and the rules."""

from collections.abc import Callable

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from parking.admin.finance import books, charge, days, rules, waiting


def _desk(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    def admitted(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        return admin.site.admin_view(view)(request, *args, **kwargs)

    return admitted


urlpatterns: list[URLPattern] = [
    path("income/", _desk(books.income), name="finance-income"),
    path("ageing/", _desk(books.ageing), name="finance-ageing"),
    path("ledger/", _desk(books.ledger), name="finance-ledger"),
    path("days/", _desk(days.listed), name="finance-days"),
    path("days/<slug:gateway>/<str:on>/", _desk(days.one), name="finance-day"),
    path("waiting/", _desk(waiting.listed), name="finance-waiting"),
    path("charge/", _desk(charge.one), name="finance-charge"),
    path("rules/", _desk(rules.listed), name="finance-rules"),
]
