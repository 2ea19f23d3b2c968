"""Who may: denied unless a view says otherwise."""

from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from parking import tokens
from parking.models import User

if TYPE_CHECKING:  # REST framework's settings load this module while its views are still loading
    from rest_framework.views import APIView


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer <token>`."""

    def authenticate(self, request: Request) -> tuple[User, str] | None:
        """The token's holder; None without a header. Raises AuthenticationFailed for a token nobody holds."""
        scheme, _space, token = get_authorization_header(request).decode("latin-1").partition(" ")
        if not scheme:
            return None
        user = tokens.holder(token.strip(), now=timezone.now()) if scheme.lower() == "bearer" else None
        if user is None:
            raise AuthenticationFailed(_("令牌无效、已吊销或已过期。"), code="unknown_token")
        return user, token

    def authenticate_header(self, request: Request) -> str:
        """What a 401 asks for."""
        return "Bearer"


class Denied(BasePermission):
    """The default: nobody."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Never."""
        return False


class Anyone(BasePermission):
    """Public views, rate limited."""


def right(name: str) -> type[BasePermission]:
    """A permission for those whose roles hold this right."""

    class Right(BasePermission):
        def has_permission(self, request: Request, view: "APIView") -> bool:
            return isinstance(request.user, User) and name in rights_of(request)

    Right.__name__ = f"Right_{name}"
    return Right


def rights_of(request: Request) -> frozenset[str]:
    """The caller's rights, looked up once a request."""
    known: Any = getattr(request, "_rights", None)
    if known is None:
        known = tokens.rights(request.user) if isinstance(request.user, User) else frozenset()
        request._rights = known  # type: ignore[attr-defined]
    return frozenset(known)
