"""Paying: one payment of one, several or all charges, once; for guests by plate, without a name."""

from typing import Any, Final

from django.core import signing
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from parking import limits, orders, paying, weixin
from parking.api.driver.base import ONCE, DriverView, GuestView, answered_once, answers, driver_of
from parking.api.errors import Refusal
from parking.api.public import Strict
from parking.domain import plate as plates
from parking.domain.events import PLATE_COLORS
from parking.models import User, Vehicle
from payments import charges
from payments.charges import NotStarted, Why

_SALT: Final = "parking.api.driver.guest"
TICKET_LIVES_S: Final = 15 * 60

_STARTED = inline_serializer(
    "PaymentStarted",
    {
        "payment": serializers.CharField(help_text="asks for the result at payments/{payment}/"),
        "amount_fen": serializers.IntegerField(),
        "expires_at": serializers.DateTimeField(),
        "url": serializers.CharField(help_text="the payer's page; empty for jsapi"),
        "params": serializers.DictField(child=serializers.CharField(), help_text="for `wx.requestPayment`"),
    },
)
_STATE = inline_serializer(
    "PaymentResult",
    {
        "payment": serializers.CharField(),
        "status": serializers.CharField(),
        "final": serializers.BooleanField(),
        "succeeded": serializers.BooleanField(),
        "amount_fen": serializers.IntegerField(),
        "gateway": serializers.CharField(),
        "at": serializers.DateTimeField(allow_null=True),
    },
)
_STATUS: Final = {Why.GATEWAY_REFUSED: 422, Why.GATEWAY_SILENT: 502}
_CODES: Final = {
    400: ("key_missing", "invalid"),
    409: ("key_reused", "in_progress", "debit_pending", "payment_pending"),
    422: ("nothing_due", "unknown_charge", "gateway_refused"),
    502: ("gateway_silent",),
}


class _Way(Strict):
    gateway = serializers.ChoiceField(paying.GATEWAYS, default=next(iter(paying.GATEWAYS), ""))
    kind = serializers.ChoiceField(
        paying.KINDS, default="jsapi", help_text="jsapi inside WeChat, wap in a phone's browser, native as a QR code"
    )


class PayForm(_Way):
    """Which charges to pay, and how."""

    charges = serializers.ListField(
        child=serializers.RegexField(r"^[A-Za-z0-9]{1,32}$"), min_length=1, max_length=paying.MOST_AT_ONCE
    )


class GuestPayForm(_Way):
    """The ticket of `guest/due/`, and how to pay."""

    ticket = serializers.CharField(max_length=300)
    wechat_code = serializers.CharField(max_length=128, required=False, help_text="of `wx.login`, for jsapi")


class PlateForm(Strict):
    """A plate somebody wants to pay for."""

    plate = serializers.CharField(max_length=32)
    plate_color = serializers.ChoiceField(PLATE_COLORS, required=False)

    def validate_plate(self, value: str) -> str:
        """The one spelling."""
        number = plates.normalise(value)
        if not plates.valid(number):
            raise serializers.ValidationError(_("这不像一个车牌号。请从省份简称开始完整填写，例如 鄂L12345。"))
        return number


def _start(request: Request, numbers: list[str], said: dict[str, Any], *, payer: str) -> Response:
    if said["kind"] == "jsapi" and not payer:
        reason = _("在微信里支付须先用微信登录")
        raise Refusal("no_payer", _("请先用微信登录，或换一种支付方式。"), status=422, fields={"kind": reason})
    started = paying.start(
        numbers,
        gateway=said["gateway"],
        kind=said["kind"],
        now=timezone.now(),
        client_ip=limits.address_of(request._request) or "127.0.0.1",
        payer=payer,
    )
    if isinstance(started, NotStarted):
        pending = started.why in (Why.DEBIT_PENDING, Why.PAYMENT_PENDING)
        status = 409 if pending else _STATUS.get(started.why, 422)
        raise Refusal(str(started.why), str(paying.WORDS[started.why]), status=status)
    return Response(
        {
            "payment": paying.token(started.attempt_number),
            "amount_fen": started.amount_fen,
            "expires_at": orders.local(started.expires_at),
            "url": started.url,
            "params": started.params,
        },
        status=201,
    )


class Payments(DriverView):
    """Starting a payment."""

    @extend_schema(
        operation_id="driver_pay",
        parameters=[ONCE],
        request=PayForm,
        responses=answers(_STARTED, 400, 401, 409, 422, 502, status=201, codes=_CODES),
        examples=[
            OpenApiExample(
                "two at once",
                value={"charges": ["P2611230000001", "P2611230000002"], "gateway": "wechat", "kind": "jsapi"},
                request_only=True,
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Start one payment of these charges of the person's own plates; nothing is debited by this call."""
        user = driver_of(request)
        form = PayForm(data=request.data)
        form.is_valid(raise_exception=True)
        said = form.validated_data

        def work() -> Response:
            numbers = _mine(user, said["charges"])
            return _start(request, numbers, said, payer=user.wechat_openid or "")

        return answered_once(request, caller=f"user:{user.pk}", work=work)


def _mine(user: User, wanted: list[str]) -> list[str]:
    cars = {(car.plate, car.plate_color) for car in Vehicle.objects.filter(user=user)}
    mine = {
        view.number
        for view in charges.views(wanted).values()
        if (view.plate, view.plate_color) in cars
        or (view.plate_color == "unknown" and any(view.plate == plate for plate, _color in cars))
    }
    if missing := sorted(set(wanted) - mine):
        words = str(paying.WORDS[Why.UNKNOWN_CHARGE])
        raise Refusal("unknown_charge", words, status=422, fields={"charges": ", ".join(missing[:10])})
    return sorted(mine)


class Payment(GuestView):
    """How a payment stands. Its name is signed: nobody can count up to another's."""

    @extend_schema(operation_id="driver_payment", responses=answers(_STATE, 404))
    def get(self, request: Request, token: str) -> Response:
        """Poll it every few seconds until `final`."""
        attempt = paying.attempt_of(token)
        state = charges.payment_state(attempt) if attempt else None
        if state is None:
            raise Http404
        return Response(
            {
                "payment": token,
                "status": str(state.status),
                "final": state.final,
                "succeeded": state.succeeded,
                "amount_fen": state.amount_fen,
                "gateway": state.gateway,
                "at": orders.local(state.at),
            }
        )


class GuestDue(GuestView):
    """What a plate owes."""

    @extend_schema(
        operation_id="guest_due",
        request=PlateForm,
        responses=answers(
            inline_serializer(
                "GuestDue",
                {
                    "due_fen": serializers.IntegerField(),
                    "ticket": serializers.CharField(help_text="for guest/payments/, 15 minutes"),
                },
            ),
            400,
            codes={429: ("too_many", "throttled")},
        ),
        examples=[OpenApiExample("a plate", value={"plate": "鄂L12345"}, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        """One sum, the same answer for a plate nobody knows: not how often, where or when it stood."""
        form = PlateForm(data=request.data)
        form.is_valid(raise_exception=True)
        number = form.validated_data["plate"]
        color = form.validated_data.get("plate_color") or plates.usual_color(number)
        if not limits.may_ask_plate(address=limits.address_of(request._request), plate=number):
            raise Refusal("too_many", _("查询次数太多了，请一小时后再试；也可以登录后查看自己的车。"), status=429)
        due = sum(each.due_fen for each in paying.owed_by_plate(number, color))
        return Response({"due_fen": due, "ticket": signing.dumps([number, color], salt=_SALT)})


class GuestPayments(GuestView):
    """Paying for a plate without a name."""

    @extend_schema(
        operation_id="guest_pay",
        parameters=[ONCE],
        request=GuestPayForm,
        responses=answers(
            _STARTED, 400, 409, 422, 502, status=201, codes={**_CODES, 422: ("nothing_due", "ticket", "no_payer")}
        ),
    )
    def post(self, request: Request) -> Response:
        """Start one payment of all that the ticket's plate owes."""
        form = GuestPayForm(data=request.data)
        form.is_valid(raise_exception=True)
        said = form.validated_data
        try:
            number, color = signing.loads(said["ticket"], salt=_SALT, max_age=TICKET_LIVES_S)
        except signing.BadSignature as error:
            raise Refusal("ticket", _("查询已过期，请重新输入车牌。"), status=422) from error

        def work() -> Response:
            numbers = [each.number for each in paying.owed_by_plate(number, color) if each.due_fen > 0]
            if not numbers:
                raise Refusal("nothing_due", str(paying.WORDS[Why.NOTHING_DUE]), status=422)
            return _start(request, numbers, said, payer=_payer(said.get("wechat_code", "")))

        return answered_once(request, caller=f"guest:{limits.address_of(request._request)}", work=work)


def _payer(code: str) -> str:
    if not code:
        return ""
    asked = weixin.ask(code)
    if not isinstance(asked, weixin.Person):
        raise Refusal("wrong_code", _("微信登录码无效或已用过，请重新登录。"), fields={"wechat_code": _("无效")})
    return asked.openid
