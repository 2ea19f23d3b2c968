"""Permits and coupons: what can be had, what is held, ordered, renewed, taken back, given back."""

from typing import Any

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from parking import holders, orders, permits
from parking.api.driver.base import ONCE, DriverView, answered_once, answers, driver_of
from parking.api.driver.shapes import many
from parking.api.errors import Refusal
from parking.api.public import Moment, Strict
from parking.models import Campaign, Coupon, PermitProduct
from parking.permits import Held, NotSold, Offer, words
from payments import charges
from payments.charges import RefundView

_WHEN: dict[str, serializers.Field[Any, Any, Any, Any]] = {
    "name": serializers.CharField(),
    "name_en": serializers.CharField(),
    "place": serializers.CharField(help_text="the road or zone; empty for the whole city"),
    "place_en": serializers.CharField(),
    "price_fen": serializers.IntegerField(),
    "days": serializers.ListField(child=serializers.CharField(), help_text="words for days; empty for every day"),
    "start": serializers.CharField(help_text="HH:MM of each day"),
    "end": serializers.CharField(help_text="HH:MM; not after `start` means the day after"),
    "from": serializers.DateTimeField(),
    "to": serializers.DateTimeField(help_text="exclusive"),
}
_OFFER = inline_serializer(
    "PermitOffer",
    {
        "code": serializers.CharField(),
        "kind": serializers.ChoiceField(PermitProduct.Kind.values),
        "months": serializers.IntegerField(),
        "most_plates": serializers.IntegerField(),
        **_WHEN,
    },
)
_PERMIT = inline_serializer(
    "Permit",
    {
        "number": serializers.CharField(),
        "product": serializers.CharField(),
        "state": serializers.ChoiceField(["ordered", "active", "coming", "ended", "revoked"]),
        "plates": serializers.ListField(child=serializers.CharField()),
        **_WHEN,
        "charge": serializers.CharField(help_text="pay it with POST payments/; empty for one that was given"),
        "pay_until": serializers.DateTimeField(allow_null=True),
        "own": serializers.BooleanField(help_text="false: held by another person of the same car"),
        "renewable": serializers.BooleanField(),
        "refundable_fen": serializers.IntegerField(help_text="what ending it now would give back"),
        "refunds": serializers.ListField(child=serializers.DictField()),
    },
)
_COUPON = inline_serializer(
    "Coupon",
    {
        "code": serializers.CharField(),
        "plate": serializers.CharField(),
        "name": serializers.CharField(),
        "name_en": serializers.CharField(),
        "kind": serializers.ChoiceField(Campaign.Kind.values),
        "value": serializers.IntegerField(help_text="minutes, fen or per cent by `kind`"),
        "min_spend_fen": serializers.IntegerField(),
        "zone": serializers.CharField(allow_null=True, help_text="the code of the zone where it holds; null anywhere"),
        "expires_at": serializers.DateTimeField(),
        "used_at": serializers.DateTimeField(allow_null=True),
        "order": serializers.CharField(allow_null=True, help_text="the session it was used for"),
        "off_fen": serializers.IntegerField(help_text="what it took off; 0 for one that took minutes"),
    },
)
_SOLD = {
    400: ("key_missing", "invalid"),
    409: ("key_reused", "in_progress"),
    422: tuple(str(each) for each in NotSold),
}
_NOT_REFUNDED = tuple(dict.fromkeys(str(each) for each in words.NOT_REFUNDED))


class OrderForm(Strict):
    """Which permit, for which of one's proved cars, from when."""

    product = serializers.SlugField(max_length=32)
    vehicles = serializers.ListField(child=serializers.IntegerField(min_value=1), min_length=1, max_length=20)
    from_at = Moment(required=False, help_text="now, when it is left out")


def _offer(offer: Offer) -> dict[str, Any]:
    return {
        "code": offer.code,
        "kind": offer.kind,
        "months": offer.months,
        "most_plates": offer.most_plates,
        **_when(offer),
    }


def _when(one: Offer | Held) -> dict[str, Any]:
    return {
        "name": one.name,
        "name_en": one.name_en,
        "place": one.place,
        "place_en": one.place_en,
        "price_fen": one.price_fen,
        "days": list(one.days),
        "start": one.start,
        "end": one.end,
        "from": orders.local(one.from_at),
        "to": orders.local(one.to_at),
    }


def _as_dicts(found: list[Held], *, user_id: int) -> list[dict[str, Any]]:
    """Permits as this API shows them, with their refunds in one query."""
    refunds = charges.refunds_of([each.charge_number for each in found if each.charge_number])
    return [
        {
            "number": each.number,
            "product": each.product,
            "state": each.state,
            "plates": list(each.plates),
            **_when(each),
            "charge": each.charge_number,
            "pay_until": orders.local(each.pay_until),
            "own": each.holder_id == user_id,
            "renewable": each.renewable and each.holder_id == user_id,
            "refundable_fen": each.refundable_fen if each.holder_id == user_id else 0,
            "refunds": [
                {"number": refund.number, "amount_fen": refund.amount_fen, "status": str(refund.status)}
                for refund in refunds.get(each.charge_number, [])
            ],
        }
        for each in found
    ]


class Offers(DriverView):
    """What can be had."""

    @extend_schema(
        operation_id="driver_permit_offers",
        responses=answers(inline_serializer("PermitOffers", {"results": many(_OFFER)}), 401),
    )
    def get(self, request: Request) -> Response:
        """The permits on sale, each with the period it would have from now."""
        return Response({"results": [_offer(each) for each in permits.offers(now=timezone.now())]})


class Permits(DriverView):
    """All permits of a person."""

    @extend_schema(
        operation_id="driver_permits",
        responses=answers(inline_serializer("Permits", {"results": many(_PERMIT)}), 401),
    )
    def get(self, request: Request) -> Response:
        """One's own, newest first, and what others hold for one's proved cars while it holds."""
        user = driver_of(request)
        plates = [car.plate for car in holders.proven(user)]
        found = permits.visible(user, plates=plates, now=timezone.now())
        return Response({"results": _as_dicts(found, user_id=user.pk)})

    @extend_schema(
        operation_id="driver_order_permit",
        parameters=[ONCE],
        request=OrderForm,
        responses=answers(_PERMIT, 400, 401, 409, 422, status=201, codes=_SOLD),
        examples=[
            OpenApiExample("one car, from now", value={"product": "month-a", "vehicles": [17]}, request_only=True)
        ],
    )
    def post(self, request: Request) -> Response:
        """Order a permit; it holds as soon as its charge is paid. An order is kept for half an hour."""
        user, now = driver_of(request), timezone.now()
        form = OrderForm(data=request.data)
        form.is_valid(raise_exception=True)
        said = form.validated_data

        def work() -> Response:
            cars = {car.pk: car for car in holders.proven(user)}
            if missing := sorted(set(said["vehicles"]) - set(cars)):
                reason = ", ".join(map(str, missing))
                raise Refusal("no_plate", _("只能给自己核验过的车辆办理。"), status=422, fields={"vehicles": reason})
            chosen = [(cars[pk].plate, cars[pk].plate_color) for pk in said["vehicles"]]
            told = permits.buy(said["product"], plates=chosen, holder=user, now=now, from_at=said.get("from_at"))
            return _sold(told, user_id=user.pk)

        return answered_once(request, caller=f"user:{user.pk}", work=work)


def _sold(told: Held | NotSold, *, user_id: int) -> Response:
    if isinstance(told, NotSold):
        raise Refusal(str(told), str(words.NOT_SOLD[told]), status=422)
    return Response(_as_dicts([told], user_id=user_id)[0], status=201)


def _own(user_id: int, found: Held | None) -> dict[str, Any]:
    if found is None:
        raise Http404
    return _as_dicts([found], user_id=user_id)[0]


class OnePermit(DriverView):
    """One permit."""

    @extend_schema(operation_id="driver_permit", responses=answers(_PERMIT, 401, 404))
    def get(self, request: Request, number: str) -> Response:
        """One of one's own. Another person's is not found."""
        user = driver_of(request)
        return Response(_own(user.pk, permits.find(number, holder=user, now=timezone.now())))

    @extend_schema(
        operation_id="driver_cancel_permit",
        responses=answers(None, 401, 404, 422, status=204, codes={422: ("not_cancelled",)}),
    )
    def delete(self, request: Request, number: str) -> Response:
        """Take back an order that isn't paid."""
        user, now = driver_of(request), timezone.now()
        if permits.find(number, holder=user, now=now) is None:
            raise Http404
        if not permits.cancel(number, holder=user, now=now):
            raise Refusal("not_cancelled", _("现在不能取消：它已经付款，或支付还没有结果。"), status=422)
        return Response(status=204)


class Renew(DriverView):
    """The period that follows."""

    @extend_schema(
        operation_id="driver_renew_permit",
        parameters=[ONCE],
        request=None,
        responses=answers(_PERMIT, 400, 401, 409, 422, status=201, codes=_SOLD),
    )
    def post(self, request: Request, number: str) -> Response:
        """Order the period after this one for the same cars; without a gap, or from now on if it is over."""
        user = driver_of(request)

        def work() -> Response:
            return _sold(permits.renew(number, holder=user, now=timezone.now()), user_id=user.pk)

        return answered_once(request, caller=f"user:{user.pk}", work=work)


class Refund(DriverView):
    """The end of a permit."""

    @extend_schema(
        operation_id="driver_refund_permit",
        parameters=[ONCE],
        request=None,
        responses=answers(
            inline_serializer(
                "PermitRefund",
                {
                    "number": serializers.CharField(),
                    "amount_fen": serializers.IntegerField(),
                    "status": serializers.CharField(),
                    "waits_for_second": serializers.BooleanField(help_text="until another person agrees"),
                },
            ),
            400,
            401,
            409,
            422,
            status=201,
            codes={400: ("key_missing",), 409: ("key_reused", "in_progress"), 422: _NOT_REFUNDED},
        ),
    )
    def post(self, request: Request, number: str) -> Response:
        """End it now. The price of its unused whole days goes back the way it was paid; all of it before it begins."""
        user = driver_of(request)

        def work() -> Response:
            told = permits.give_back(number, holder=user, now=timezone.now())
            if not isinstance(told, RefundView):
                raise Refusal(str(told), str(words.NOT_REFUNDED[told]), status=422)
            view = {name: getattr(told, name) for name in ("number", "amount_fen", "waits_for_second")}
            return Response({**view, "status": str(told.status)}, status=201)

        return answered_once(request, caller=f"user:{user.pk}", work=work)


class Coupons(DriverView):
    """The coupons of a person's cars."""

    @extend_schema(
        operation_id="driver_coupons",
        responses=answers(inline_serializer("Coupons", {"usable": many(_COUPON), "used": many(_COUPON)}), 401),
    )
    def get(self, request: Request) -> Response:
        """Those that can still be used, the first to end in front, and the last fifty that were, with what they took
        off. Billing uses them by itself."""
        cars = holders.proven(driver_of(request))
        usable = permits.coupons_of([car.plate for car in cars], now=timezone.now())
        used = permits.spent_on(holders.sessions_of(cars))
        return Response(
            {
                "usable": [_coupon(each) for each in usable],
                "used": [_coupon(each.coupon, order=each.number, off_fen=each.off_fen) for each in used],
            }
        )


def _coupon(coupon: Coupon, *, order: str | None = None, off_fen: int = 0) -> dict[str, Any]:
    campaign = coupon.campaign
    return {
        "code": coupon.code,
        "plate": coupon.plate,
        "name": campaign.name,
        "name_en": campaign.name_en,
        "kind": campaign.kind,
        "value": campaign.value,
        "min_spend_fen": campaign.min_spend_fen,
        "zone": campaign.zone.code if campaign.zone else None,
        "expires_at": orders.local(coupon.expires_at),
        "used_at": orders.local(coupon.used_at),
        "order": order,
        "off_fen": off_fen,
    }
