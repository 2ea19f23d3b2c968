"""Payment gateways: adapters that know a protocol and nothing of our tables. PAYMENT_GATEWAYS names them."""

from functools import cache
from typing import cast

from django.conf import settings
from django.utils.module_loading import import_string

from payments.gateways.base import Gateway


def gateway(code: str) -> Gateway:
    """The gateway that settings call by this code, the same object each time. Raises KeyError."""
    return _made(code)


def codes() -> tuple[str, ...]:
    """The codes of all gateways, in the order in which settings name them."""
    return tuple(settings.PAYMENT_GATEWAYS)


@cache
def _made(code: str) -> Gateway:
    setting = settings.PAYMENT_GATEWAYS[code]
    return cast(Gateway, import_string(setting["BACKEND"])(code=code, **setting["OPTIONS"]))


def forget() -> None:
    """Drop the gateways made so far: settings have changed (tests do that)."""
    _made.cache_clear()
