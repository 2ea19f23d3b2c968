"""The API, one prefix an audience."""

from django.urls import include, path

from parking.api import (
    city,
    figures,
    inspector,
    public,
    schema,  # noqa: F401  tells drf-spectacular of our tokens
)

urlpatterns = [
    path("city/figures/", figures.Figures.as_view(), name="city-figures"),
    path("driver/", include("parking.api.driver.urls")),
    path("exchange/", include("parking.api.exchange.urls")),
    path("city/sessions/", city.Sessions.as_view(), name="city-sessions"),
    path("inspector/scans/", inspector.Scans.as_view(), name="inspector-scans"),
    path("inspector/tasks/", inspector.Tasks.as_view(), name="inspector-tasks"),
    path("inspector/plate-check/", inspector.PlateCheck.as_view(), name="inspector-plate-check"),
    path("inspector/faults/", inspector.Faults.as_view(), name="inspector-faults"),
    path("inspector/reports/", inspector.Reports.as_view(), name="inspector-reports"),
    path("inspector/coverage/", inspector.Coverage.as_view(), name="inspector-coverage"),
    path("public/quote/", public.Quote.as_view(), name="public-quote"),
    path("public/roads/", public.Roads.as_view(), name="public-roads"),
    path("public/ngsi/on-street-parking/", public.NgsiRoads.as_view(), name="public-ngsi-roads"),
    path("public/ngsi/parking-spots/", public.NgsiSpots.as_view(), name="public-ngsi-spots"),
    path("public/cds/curbs/zones/", public.CdsZones.as_view(), name="public-cds-zones"),
    path("public/cds/curbs/policies/", public.CdsPolicies.as_view(), name="public-cds-policies"),
    path("public/cds/events/event/", public.CdsEvents.as_view(), name="public-cds-events"),
    path("public/history/", public.History.as_view(), name="public-history"),
    path("public/tariffs/", public.Tariffs.as_view(), name="public-tariffs"),
]
