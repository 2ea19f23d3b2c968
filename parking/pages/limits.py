"""How often one may ask. Counters live in the cache: losing them costs nothing but a fresh count."""

import hashlib
import logging

from django.core.cache import cache
from redis.exceptions import RedisError

log = logging.getLogger(__name__)


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
