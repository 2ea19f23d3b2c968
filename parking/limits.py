"""How often one may ask. Counters live in the cache: losing them costs nothing but a fresh count."""

import hashlib
import logging
from ipaddress import ip_address

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from redis.exceptions import RedisError

log = logging.getLogger(__name__)
AN_ADDRESS_AN_HOUR = 10
A_PLATE_A_DAY = 30


def allowed(*, what: str, who: str, times: int, seconds: int) -> bool:
    """Count one more and say whether it is still within `times` in a window of `seconds`.

    Without the counters the answer is no: the limits stand before questions that could reveal where someone parks.
    """
    key = f"limit:{what}:{hashlib.sha256(who.encode()).hexdigest()}"
    try:
        if cache.add(key, 1, timeout=seconds):
            return times >= 1
        return int(cache.incr(key)) <= times
    except ValueError:  # the window ended between the two calls
        return times >= 1
    except RedisError:
        log.warning("the counters of %s can't be reached", what)
        return False


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


def may_ask_plate(*, address: str, plate: str) -> bool:
    """Whether one more question of what a plate owes is allowed: 10 an hour from an address, 30 a day for a plate."""
    from_here = allowed(what="guest-address", who=address, times=AN_ADDRESS_AN_HOUR, seconds=3600)
    return from_here and allowed(what="guest-plate", who=plate, times=A_PLATE_A_DAY, seconds=86_400)
