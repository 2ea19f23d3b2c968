"""The whole outside surface, room by room."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerView.as_view(url_name="schema"), name="docs"),
    path("api/v1/ingest/", include("sensors.urls")),
    path("api/v1/", include("parking.api.urls")),
    path("pay/", include("payments.urls")),
    path("", include("parking.pages.urls")),
]
