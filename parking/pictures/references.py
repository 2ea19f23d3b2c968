"""Addresses that vendors name: kept for people to read, and fetched only from hosts the operator listed."""

from urllib.parse import urlsplit

from django.conf import settings


def may_be_fetched(reference: str) -> bool:
    """Whether this is an http(s) address at a host (or host:port) of EVIDENCE_FETCH_HOSTS, without a user in it."""
    if not settings.EVIDENCE_FETCH_HOSTS:
        return False
    try:
        address = urlsplit(reference)
        port = address.port
    except ValueError:
        return False
    if address.scheme not in ("http", "https") or not address.hostname or address.username is not None:
        return False
    named = address.hostname if port is None else f"{address.hostname}:{port}"
    return named in settings.EVIDENCE_FETCH_HOSTS
