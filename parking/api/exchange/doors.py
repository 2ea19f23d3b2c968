"""Who may come in: a department's people by token, its programs by a grant's key."""

from datetime import timedelta

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from parking.api.errors import Refusal
from parking.exchange import keys
from parking.exchange.catalogue import BY_CODE, Sharing
from parking.exchange.keys import Caller


class KeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer obx_...`, a key of a data grant."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, Caller] | None:
        """The key's holder; None without a header. Raises AuthenticationFailed for a key that opens nothing."""
        scheme, _space, key = get_authorization_header(request).decode("latin-1").partition(" ")
        if not scheme:
            return None
        caller = keys.holder(key.strip(), now=timezone.now()) if scheme.lower() == "bearer" else None
        if caller is None:
            raise AuthenticationFailed(_("密钥无效、已吊销或授权已失效。"), code="unknown_key")
        return AnonymousUser(), caller

    def authenticate_header(self, request: Request) -> str:
        """What a 401 asks for."""
        return "Bearer"


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the schema tells of it."""

    target_class = KeyAuthentication
    name = "dataKey"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        """A bearer key."""
        return {"type": "http", "scheme": "bearer", "description": "A key of a data grant (docs/exchange.md)."}


class HoldsKey(BasePermission):
    """A key of a grant in force; which data sets it opens is looked at for each."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Whether a key was shown."""
        return isinstance(request.auth, Caller)


class KeyView(APIView):
    """A view for the holders of keys."""

    authentication_classes = [KeyAuthentication]
    permission_classes = [HoldsKey]


class Later(Refusal):
    """Over a limit; REST framework says `wait` as Retry-After."""

    def __init__(self, message: str, *, code: str, wait_s: int) -> None:
        super().__init__(code, message, status=429)
        self.wait = wait_s


def caller_of(request: Request) -> Caller:
    """Who holds the key; HoldsKey has seen to it that there is one."""
    assert isinstance(request.auth, Caller)
    return request.auth


def admitted(request: Request, dataset: str) -> Caller:
    """The caller, where the key opens this data set; one call is counted. Raises Refusal: 404, 403, 429."""
    caller = caller_of(request)
    known = BY_CODE.get(dataset)
    if known is None or known.sharing is Sharing.NOT_SHARED:
        raise Refusal("unknown_dataset", _("没有可共享的数据集 %s。") % dataset[:32], status=404)
    if dataset not in caller.datasets:
        raise Refusal("not_granted", _("该密钥的授权不含数据集 %s。") % dataset, status=403)
    try:
        keys.spend(caller, dataset=dataset, now=timezone.now())
    except keys.Exhausted as error:
        if error.daily:
            raise Later(
                _("今天的调用次数已用完（%d 次），明天 0 点恢复。") % caller.daily_calls,
                code="quota_exhausted",
                wait_s=error.wait_s,
            ) from error
        raise Later(
            _("调用过快：每分钟最多 %d 次。") % caller.minute_calls, code="too_fast", wait_s=error.wait_s
        ) from error
    return caller


LONGEST = timedelta(days=400)
"""How many days of counts are told at once."""
