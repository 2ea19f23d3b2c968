"""What all documents of the Open Mobility Foundation's Curb Data Specification 1.0 share: ids, moments, envelope."""

import uuid
from datetime import datetime
from typing import Any

# CDS wants UUIDs: they follow from our codes and are the same for ever.
_SPACE = uuid.UUID("6f1c3c0e-6f3c-5b1e-9a52-0a7f5b2c9d10")
MEDIA_TYPE = "application/vnd.cds+json;version=1.0"


def zone_id(road: str) -> str:
    """The id of the curb zone that a road (its code) is."""
    return str(uuid.uuid5(_SPACE, road))


def policy_id(zone: str) -> str:
    """The id of the policy of a charging zone (its name)."""
    return str(uuid.uuid5(_SPACE, f"policy:{zone}"))


def named_id(what: str) -> str:
    """An id for anything else, by a text that is its own."""
    return str(uuid.uuid5(_SPACE, what))


def millis(at: datetime) -> int:
    """Milliseconds since 1970, as CDS writes moments."""
    return int(at.timestamp() * 1000)


def envelope(data: dict[str, Any], *, now: datetime) -> dict[str, Any]:
    """A document with what every endpoint must say around its data. The licence is that of all our open data."""
    return {
        "version": "1.0",
        "time_zone": "Asia/Shanghai",
        "last_updated": millis(now),
        "currency": "CNY",
        "author": "OpenBerth",
        "license_url": "https://creativecommons.org/licenses/by/4.0/",
        "data": data,
    }
