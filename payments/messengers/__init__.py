"""Messengers: SMS providers. SMS_PROVIDER names the one in use; parking's sign-in codes go the same way."""

from functools import cache
from typing import cast

from django.conf import settings
from django.utils.module_loading import import_string

from payments.messengers.base import SmsProvider


def provider() -> SmsProvider:
    """The provider that settings name, the same object each time."""
    return _made()


@cache
def _made() -> SmsProvider:
    setting = settings.SMS_PROVIDER
    return cast(SmsProvider, import_string(setting["BACKEND"])(**setting["OPTIONS"]))


def forget() -> None:
    """Drop the provider made so far: settings have changed (tests do that)."""
    _made.cache_clear()
