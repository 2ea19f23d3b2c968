"""Who is asking."""

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest

from parking.models import User


def driver_of(request: HttpRequest) -> User:
    """The person signed in. Only for views behind `login_required`; raises TypeError elsewhere."""
    if not isinstance(request.user, User):
        raise TypeError("nobody is signed in")
    return request.user


def address_of(request: HttpRequest) -> str:
    """The address limits are counted by: the one our outermost proxy saw.

    Whatever a caller writes into X-Forwarded-For stands to the left of what our PROXIES proxies added, so it is never
    believed.
    """
    own = str(request.META.get("REMOTE_ADDR") or "")
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
    if settings.PROXIES <= 0 or len(hops) < settings.PROXIES:
        return own
    try:
        return str(ip_address(hops[-settings.PROXIES]))
    except ValueError:
        return own
