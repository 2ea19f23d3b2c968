"""The whole outside surface, room by room."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from config.desk import door
from parking.api import vitals

handler404 = "parking.api.errors.not_found"
handler500 = "parking.api.errors.fault"
urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", vitals.healthz, name="healthz"),
    path("readyz", vitals.readyz, name="readyz"),
    path("metrics", vitals.metrics, name="metrics"),
    path("admin/second-factor/", door.second_factor, name="second-factor"),
    path("admin/finance/", include("parking.admin.finance")),
    path("admin/exchange/", include("parking.admin.exchange_numbers")),
    path("admin/", admin.site.urls),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerView.as_view(url_name="schema"), name="docs"),
    path("api/v1/ingest/", include("sensors.urls")),
    path("api/v1/city/devices/", include("sensors.api.urls")),
    path("api/v1/", include("parking.api.urls")),
    path("pay/", include("payments.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("parking.pages.urls")),
]
