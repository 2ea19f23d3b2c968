"""Subscriptions: the platform remembers how far a department has read."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from parking.api.errors import Refusal
from parking.api.exchange import data, places, shapes
from parking.api.exchange.doors import KeyView, admitted, caller_of
from parking.api.public import Strict
from parking.exchange import changes, subscriptions
from parking.models import DataSubscription
from parking.orders import local


class SubscriptionForm(Strict):
    """What is followed, and from where."""

    dataset = serializers.CharField(max_length=32)
    start = serializers.ChoiceField(["beginning", "now"], required=False, default="beginning")


class AcknowledgeForm(Strict):
    """How far one has read."""

    cursor = serializers.CharField(max_length=120, help_text="`next` of a page that is safely kept")


class Subscriptions(KeyView):
    """The grant's subscriptions."""

    @extend_schema(
        operation_id="v1_exchange_subscriptions_list", responses={200: shapes.SUBSCRIPTIONS, 401: shapes.NO_KEY}
    )
    def get(self, request: Request) -> Response:
        """Those that stand."""
        return Response({"results": [_told(each) for each in subscriptions.mine(caller_of(request))]})

    @extend_schema(
        request=SubscriptionForm,
        responses={
            200: shapes.SUBSCRIPTION,
            201: shapes.SUBSCRIPTION,
            400: shapes.WRONG,
            401: shapes.NO_KEY,
            403: shapes.NO_RIGHT,
            404: shapes.NOT_THERE,
            429: shapes.LATER,
        },
    )
    def post(self, request: Request) -> Response:
        """Follow a data set; the one that stands already is given back with 200."""
        form = SubscriptionForm(data=request.data)
        form.is_valid(raise_exception=True)
        dataset = form.validated_data["dataset"]
        caller = admitted(request, dataset)
        now = timezone.now()
        changes.number(now=now)
        made, new = subscriptions.subscribe(
            caller, dataset=dataset, from_now=form.validated_data["start"] == "now", now=now
        )
        return Response(_told(made), status=201 if new else 200)


class Subscription(KeyView):
    """One subscription."""

    @extend_schema(
        parameters=data.PAGING,
        responses={
            200: shapes.PAGE,
            400: shapes.WRONG,
            401: shapes.NO_KEY,
            403: shapes.NO_RIGHT,
            404: shapes.NOT_THERE,
            410: shapes.GONE,
            429: shapes.LATER,
        },
    )
    def get(self, request: Request, number: str) -> Response:
        """The next page after what was acknowledged; the same page again until it is."""
        standing = _one(request, number)
        caller = admitted(request, standing.dataset)
        return Response(
            data.as_answer(standing.dataset, data.page(request, caller, standing.dataset, standing.position))
        )

    @extend_schema(responses={204: None, 401: shapes.NO_KEY, 404: shapes.NOT_THERE})
    def delete(self, request: Request, number: str) -> Response:
        """Follow no longer."""
        subscriptions.end(_one(request, number), now=timezone.now())
        return Response(status=204)


class Acknowledgement(KeyView):
    """What has arrived."""

    @extend_schema(
        request=AcknowledgeForm,
        responses={
            200: shapes.SUBSCRIPTION,
            400: shapes.WRONG,
            401: shapes.NO_KEY,
            404: shapes.NOT_THERE,
            410: shapes.GONE,
        },
    )
    def post(self, request: Request, number: str) -> Response:
        """Move the subscription's place up to a cursor; it never moves back. Costs no call."""
        form = AcknowledgeForm(data=request.data)
        form.is_valid(raise_exception=True)
        standing = _one(request, number)
        position = places.read(standing.dataset, form.validated_data["cursor"])
        try:
            subscriptions.acknowledge(standing, position=position, now=timezone.now())
        except changes.Unknown as error:
            raise places.gone() from error
        return Response(_told(_one(request, number)))


def _one(request: Request, number: str) -> DataSubscription:
    found = subscriptions.find(caller_of(request), number=number[:32])
    if found is None:
        raise Refusal("unknown_subscription", _("没有这个订阅。"), status=404)
    return found


def _told(subscription: DataSubscription) -> dict[str, Any]:
    return {
        "number": subscription.number,
        "dataset": subscription.dataset,
        "cursor": places.of(subscription.dataset, subscription.position),
        "created_at": local(subscription.created_at),
        "acknowledged_at": local(subscription.acknowledged_at),
    }
