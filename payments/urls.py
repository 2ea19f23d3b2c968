"""Where payment gateways reach us."""

from django.urls import path

from payments import webhooks

urlpatterns = [path("notify/<slug:gateway>/", webhooks.notify, name="pay-notify")]
