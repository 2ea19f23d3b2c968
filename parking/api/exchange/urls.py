"""The exchange's addresses."""

from django.urls import path

from parking.api.exchange import applications, catalogue, data, numbers, subscriptions

urlpatterns = [
    path("catalogue/", catalogue.Catalogue.as_view(), name="exchange-catalogue"),
    path("applications/", applications.Applications.as_view(), name="exchange-applications"),
    path("applications/<str:number>/", applications.Application.as_view(), name="exchange-application"),
    path("applications/<str:number>/key/", applications.ApplicationKey.as_view(), name="exchange-application-key"),
    path("data/<str:dataset>/", data.Data.as_view(), name="exchange-data"),
    path("subscriptions/", subscriptions.Subscriptions.as_view(), name="exchange-subscriptions"),
    path("subscriptions/<str:number>/", subscriptions.Subscription.as_view(), name="exchange-subscription"),
    path("subscriptions/<str:number>/ack/", subscriptions.Acknowledgement.as_view(), name="exchange-acknowledgement"),
    path("calls/", data.Calls.as_view(), name="exchange-calls"),
    path("numbers/", numbers.ExchangeNumbers.as_view(), name="exchange-numbers"),
]
