"""Invoice issuers: adapters that know a protocol and nothing of our tables. INVOICE_ISSUERS names them."""

from functools import cache
from typing import cast

from django.conf import settings
from django.utils.module_loading import import_string

from payments.issuers.base import Issuer


def issuer(code: str) -> Issuer:
    """The issuer that settings call by this code, the same object each time. Raises KeyError."""
    return _made(code)


def codes() -> tuple[str, ...]:
    """The codes of all issuers, in the order in which settings name them."""
    return tuple(settings.INVOICE_ISSUERS)


@cache
def _made(code: str) -> Issuer:
    setting = settings.INVOICE_ISSUERS[code]
    return cast(Issuer, import_string(setting["BACKEND"])(code=code, **setting["OPTIONS"]))


def forget() -> None:
    """Drop the issuers made so far: settings have changed (tests do that)."""
    _made.cache_clear()
