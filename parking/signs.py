"""The code on a berth's sign: an address of ours, signed, so that nobody can make one up or count up to another's."""

from typing import Final

from django.conf import settings
from django.core import signing
from django.urls import reverse

_SALT: Final = "parking.berth-sign"


def _signer() -> signing.Signer:
    # A key of its own: signs hang in the street for years, and SECRET_KEY may have to change in a night.
    return signing.Signer(key=settings.BERTH_SIGNS_KEY, salt=_SALT)


def token(code: str) -> str:
    """What the sign of the berth with this code says."""
    return _signer().sign(code)


def berth_of(signed: str) -> str | None:
    """The berth's code; None for what we did not sign."""
    try:
        return _signer().unsign(signed)
    except signing.BadSignature:
        return None


def address(code: str) -> str:
    """The whole address that the berth's code leads to."""
    return settings.PUBLIC_URL.rstrip("/") + reverse("pages:berth", args=[token(code)])
