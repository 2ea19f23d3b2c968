"""Lists of addresses that a source may call from. Pure."""

from collections.abc import Sequence
from ipaddress import ip_address, ip_network

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


def check(entries: Sequence[str]) -> None:
    """Raise ValidationError naming the first entry that is neither an address nor a network (`10.0.0.0/8`)."""
    for entry in entries:
        try:
            ip_network(entry.strip())
        except ValueError:
            raise ValidationError(
                _("“%(entry)s”不是 IP 地址或网段（例如 10.0.0.7 或 10.0.0.0/24）。"), params={"entry": entry[:43]}
            ) from None


def within(address: str, entries: Sequence[str]) -> bool:
    """Whether an address lies on a list; an empty list keeps nobody out, an unreadable address is on no list."""
    if not entries:
        return True
    try:
        caller = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(caller, "ipv4_mapped", None)
    return any((mapped or caller) in ip_network(entry.strip()) for entry in entries)
