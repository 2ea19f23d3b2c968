"""Where devices and their platforms post."""

from django.urls import path

from sensors import push

urlpatterns = [
    path("events/", push.events, name="ingest-events"),
    path("pictures/", push.upload, name="ingest-pictures"),
    path("<str:codec>/", push.vendor, name="ingest-vendor"),
]
