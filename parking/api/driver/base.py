"""What the driver's views share: who may, how often, what errors look like, and requests answered once."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, inline_serializer
from rest_framework import serializers
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import ScopedRateThrottle
from rest_framework.views import APIView

from parking import once
from parking.api.errors import Refusal
from parking.api.permissions import Anyone
from parking.models import User
from parking.once import Not

_KEY = re.compile(r"[A-Za-z0-9_\-]{8,64}")
KEY_HEADER: Final = "Idempotency-Key"

ERROR = inline_serializer(
    "Error",
    {
        "code": serializers.CharField(help_text="stable; programs decide by it"),
        "message": serializers.CharField(help_text="a sentence for people, in the language of the request"),
        "fields": serializers.DictField(child=serializers.CharField(), help_text="reasons by field"),
    },
)
_EXAMPLES: Mapping[int, tuple[str, str]] = {
    400: ("invalid", "有字段不正确。"),
    401: ("not_authenticated", "请先登录。"),
    403: ("permission_denied", "没有权限。"),
    404: ("not_found", "没有找到。"),
    409: ("key_reused", "这个幂等键已用于另一个请求。"),
    413: ("too_large", "图片太大。"),
    422: ("refused", "现在不能这样做。"),
    429: ("throttled", "请求太频繁。"),
    502: ("gateway_silent", "支付渠道暂时没有回应。"),
}
ONCE = OpenApiParameter(
    KEY_HEADER,
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="8 to 64 letters, digits, - or _, new for each thing the person does. The same key with the same body "
    "gives the same answer for a week; with another body 409 `key_reused`; while the first is worked on 409 "
    "`in_progress`.",
)


class SignedIn(BasePermission):
    """Whoever holds a person's token."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """A person, not an anonymous caller."""
        return isinstance(request.user, User)


class DriverView(APIView):
    """For the person who is signed in."""

    permission_classes = [SignedIn]
    throttle_classes = [ScopedRateThrottle]
    throttle_scope = "driver"


class GuestView(APIView):
    """For anyone, rate limited."""

    authentication_classes = ()
    permission_classes = [Anyone]
    throttle_classes = [ScopedRateThrottle]
    throttle_scope = "driver"


def driver_of(request: Request) -> User:
    """The person signed in. Only behind SignedIn; raises TypeError elsewhere."""
    if not isinstance(request.user, User):
        raise TypeError("nobody is signed in")
    return request.user


def answers(
    good: Any, *errors: int, status: int = 200, codes: Mapping[int, tuple[str, ...]] | None = None
) -> dict[int, Any]:
    """The responses of an operation for the schema: the good one, and each error with its stable codes."""
    told: dict[int, Any] = {status: good}
    for error in (*errors, 429):
        code, message = _EXAMPLES[error]
        named = (codes or {}).get(error, (code,))
        told[error] = OpenApiResponse(
            ERROR,
            description=" | ".join(f"`{each}`" for each in named),
            examples=[
                OpenApiExample(
                    named[0],
                    value={"code": named[0], "message": message, "fields": {}},
                    response_only=True,
                    status_codes=[str(error)],
                )
            ],
        )
    return told


def answered_once(request: Request, *, caller: str, work: Callable[[], Response]) -> Response:
    """Do the work once for the request's key. Refusals that changed nothing give the key back."""
    key = request.headers.get(KEY_HEADER, "")
    if not _KEY.fullmatch(key):
        reason = _("需要 8 到 64 位字母、数字、- 或 _")
        raise Refusal("key_missing", _("这个请求须带幂等键。"), fields={KEY_HEADER: reason})
    content = once.fingerprint(request.method, request.path, request.data)
    known = once.begin(caller=caller, key=key, content=content, now=timezone.now())
    if known is Not.OTHER_BODY:
        raise Refusal("key_reused", _("这个幂等键已用于另一个请求。"), status=409)
    if known is Not.STILL_WORKING:
        raise Refusal("in_progress", _("同一个请求正在处理，请稍后用同一个幂等键再试。"), status=409)
    if isinstance(known, once.Stored):
        return Response(known.answer, status=known.status, headers={"Idempotent-Replay": "true"})
    try:
        answer = work()
    except BaseException:
        # A refusal changed nothing, and after a fault the work itself is safe to ask for again.
        if not transaction.get_connection().needs_rollback:
            once.drop(caller=caller, key=key)
        raise
    once.finish(caller=caller, key=key, status=answer.status_code, answer=answer.data)
    return answer
