"""Where devices and their platforms post."""

from django.urls import path

from sensors import push

urlpatterns = [
    path("events/", push.events, name="ingest-events"),
    path("<str:codec>/", push.vendor, name="ingest-vendor"),
]
