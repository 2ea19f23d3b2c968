"""Where the city asks for its devices."""

from django.urls import path

from sensors.api import devices

urlpatterns = [
    path("", devices.Devices.as_view(), name="city-devices"),
    path("health/", devices.Health.as_view(), name="city-devices-health"),
]
