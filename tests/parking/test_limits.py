import pytest
from django.test import RequestFactory

from parking.limits import address_of

OWN = "10.0.0.9"


def asked(forwarded: str | None):
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    return RequestFactory().get("/", headers=headers, REMOTE_ADDR=OWN)


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "203.0.113.5", OWN),
        (1, None, OWN),
        (1, "nonsense", OWN),
        (2, "203.0.113.5", OWN),
        (1, "203.0.113.5", "203.0.113.5"),
        (1, "198.51.100.1, 203.0.113.5", "203.0.113.5"),
        (2, "198.51.100.1, 203.0.113.5, 10.0.0.1", "203.0.113.5"),
        (1, "2001:DB8::1", "2001:db8::1"),
    ],
)
def test_an_address_is_believed_from_our_own_proxies_only(settings, proxies, forwarded, address):
    settings.PROXIES = proxies
    assert address_of(asked(forwarded)) == address
