"""Signing in by phone and code or by WeChat, and out again."""

from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from parking import codes, consents, limits, tokens, weixin
from parking.api.driver.base import DriverView, GuestView, answers
from parking.api.errors import Refusal
from parking.api.public import Strict
from parking.codes import Refusal as CodeRefusal
from parking.models import User

TOKEN_LIVES: Final = timedelta(days=90)
WECHAT_AN_ADDRESS_AN_HOUR: Final = 60

_TOKEN = inline_serializer(
    "DriverToken",
    {
        "token": serializers.CharField(help_text="send it as `Authorization: Bearer <token>`; shown once"),
        "expires_at": serializers.DateTimeField(),
    },
)


class Phone(serializers.CharField):
    """A mainland mobile number in any usual writing."""

    def to_internal_value(self, data: Any) -> str:
        """The number as 11 digits."""
        phone = codes.tidy(super().to_internal_value(data))
        if not phone:
            raise serializers.ValidationError(_("这不是手机号。请填写以 1 开头的 11 位数字。"))
        return phone


class CodeForm(Strict):
    """Where to send a code."""

    phone = Phone(max_length=32)


class SignInForm(Strict):
    """A phone with the code that was sent to it, and the agreement to the privacy notice."""

    phone = Phone(max_length=32)
    code = serializers.RegexField(r"^[0-9]{6}$", max_length=6)
    agreed = serializers.BooleanField(help_text="the person has read and accepts the privacy notice; must be true")


class WeChatForm(Strict):
    """The code of `wx.login`."""

    code = serializers.CharField(max_length=128)
    agreed = serializers.BooleanField(required=False, default=False)


def _given(user: User) -> Response:
    now = timezone.now()
    consents.give(user=user, purpose="privacy", now=now)
    token = tokens.issue(user=user, now=now, expires_at=now + TOKEN_LIVES)
    return Response({"token": token, "expires_at": (now + TOKEN_LIVES).isoformat()})


def _must_agree(agreed: bool) -> None:
    if not agreed:
        raise Refusal("not_agreed", _("请先阅读并同意隐私政策。"), fields={"agreed": _("须为 true")})


def _open_id(code: str) -> weixin.Person:
    asked = weixin.ask(code)
    if asked is weixin.Trouble.SILENT:
        raise Refusal("wechat_silent", _("微信暂时没有回应，请稍后再试，或用手机号登录。"), status=502)
    if not isinstance(asked, weixin.Person):
        raise Refusal("wrong_code", _("微信登录码无效或已用过，请重新登录。"), fields={"code": _("无效")})
    return asked


class SendCode(GuestView):
    """A one-time code to a phone."""

    @extend_schema(
        operation_id="driver_sign_in_code",
        request=CodeForm,
        responses=answers(
            inline_serializer(
                "CodeSent", {"lives_s": serializers.IntegerField(), "again_s": serializers.IntegerField()}
            ),
            400,
            502,
            status=202,
            codes={429: ("too_soon", "too_many", "throttled"), 502: ("not_sent",)},
        ),
        examples=[OpenApiExample("a phone", value={"phone": "138 0000 0000"}, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        """Send a code: 6 digits, 5 minutes, 5 tries, one use. A known and an unknown phone get the same answer."""
        form = CodeForm(data=request.data)
        form.is_valid(raise_exception=True)
        phone = form.validated_data["phone"]
        issued = codes.issue(phone=phone, address=limits.address_of(request._request) or None, now=timezone.now())
        if issued.refusal is not None:
            wait = int(issued.wait.total_seconds()) + 1
            refusal = Refusal(str(issued.refusal), _("验证码要得太频繁，请 %(n)d 秒后再试。") % {"n": wait}, status=429)
            refusal.wait = wait  # type: ignore[attr-defined]  # REST framework turns it into Retry-After
            raise refusal
        if not codes.deliver(phone=phone, code=issued.code):
            raise Refusal("not_sent", _("短信没有发出去，请一分钟后再试，或拨打服务电话。"), status=502)
        told = {"lives_s": int(codes.LIVES.total_seconds()), "again_s": int(codes.ONE_A_PHONE_IN.total_seconds())}
        return Response(told | ({"demo_code": issued.code} if settings.DEMO else {}), status=202)


class SignIn(GuestView):
    """A token for a phone."""

    @extend_schema(
        operation_id="driver_sign_in",
        request=SignInForm,
        responses=answers(_TOKEN, 400, codes={400: ("wrong", "expired", "staff", "not_agreed", "invalid")}),
        examples=[
            OpenApiExample(
                "phone and code", value={"phone": "13800000000", "code": "123456", "agreed": True}, request_only=True
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Exchange the code for a token. A first visit makes the account."""
        form = SignInForm(data=request.data)
        form.is_valid(raise_exception=True)
        said = form.validated_data
        _must_agree(said["agreed"])
        user = codes.redeem(phone=said["phone"], code=said["code"], now=timezone.now())
        if isinstance(user, CodeRefusal):
            words = codes.WORDS[user]
            raise Refusal(str(user), str(words), fields={"code": str(words)})
        return _given(user)


class WeChatSignIn(GuestView):
    """A token for a WeChat account."""

    @extend_schema(
        operation_id="driver_sign_in_wechat",
        request=WeChatForm,
        responses=answers(
            _TOKEN, 400, 502, codes={400: ("wrong_code", "not_agreed", "staff"), 502: ("wechat_silent",)}
        ),
        examples=[OpenApiExample("wx.login", value={"code": "0a1B2c3D", "agreed": True}, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        """Exchange the mini-program's login code for a token. A first visit makes the account."""
        form = WeChatForm(data=request.data)
        form.is_valid(raise_exception=True)
        _must_agree(form.validated_data["agreed"])
        who = limits.address_of(request._request)
        if not limits.allowed(what="wechat-sign-in", who=who, times=WECHAT_AN_ADDRESS_AN_HOUR, seconds=3600):
            raise Refusal("too_many", _("登录太频繁，请稍后再试。"), status=429)
        user = weixin.user_of(_open_id(form.validated_data["code"]))
        if user is None:
            raise Refusal("staff", str(codes.WORDS[CodeRefusal.STAFF]))
        return _given(user)


class JoinWeChat(DriverView):
    """WeChat as a second way into this account."""

    @extend_schema(
        operation_id="driver_join_wechat",
        request=WeChatForm,
        responses=answers(None, 400, 401, 502, status=204, codes={400: ("wrong_code",), 502: ("wechat_silent",)}),
    )
    def post(self, request: Request) -> Response:
        """From now on this WeChat account opens the account that is signed in."""
        form = WeChatForm(data=request.data)
        form.is_valid(raise_exception=True)
        user = request.user
        assert isinstance(user, User)
        weixin.join(_open_id(form.validated_data["code"]), user=user)
        return Response(status=204)


class SignOut(DriverView):
    """The end of a token."""

    @extend_schema(operation_id="driver_sign_out", request=None, responses=answers(None, 401, status=204))
    def post(self, request: Request) -> Response:
        """Revoke the token of this request; it is refused from now on."""
        tokens.revoke(str(request.auth), now=timezone.now())
        return Response(status=204)
