"""Arrears: who is urged, when, and what became of it."""

from functools import cache

from django.conf import settings

from payments.domain.dunning import Policy


@cache
def _policy(key: str) -> Policy:
    return Policy.from_data(dict(getattr(settings, "PAYMENT_DUNNING", {})))


def policy() -> Policy:
    """The ladder that settings ask for (PAYMENT_DUNNING), Beijing's where they say nothing."""
    return _policy(repr(getattr(settings, "PAYMENT_DUNNING", {})))
