"""Passes to the live stream: signed, for half a day, naming nobody."""

from datetime import timedelta

from django.core import signing

GOOD_FOR = timedelta(hours=12)
_SALT = "city-stream"


def make() -> str:
    """A pass for somebody who may see the live page."""
    return signing.dumps("city", salt=_SALT)


def good(given: str) -> bool:
    """Whether a pass is ours and not too old."""
    try:
        return bool(signing.loads(given, salt=_SALT, max_age=GOOD_FOR) == "city")
    except signing.BadSignature:
        return False
