"""The keys of sources: shown once, kept as digests."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

from parking.domain.events import Witness
from sensors.models import Source, SourceKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """A source whose key was right: all that the door needs to know of it."""

    id: int
    name: str
    codec: str
    witness: Witness
    events_per_second: int
    max_age_days: int | None


def create_source(
    *, name: str, codec: str = "", witness: Witness = Witness.UNKNOWN, now: datetime
) -> tuple[Source, str]:
    """A source (made if missing) and a new key for it. The key can't be read again.

    The two newest keys of a source stay live, so that a key can be changed while devices still use the old one.
    """
    source, _ = Source.objects.get_or_create(
        name=name, defaults={"codec": codec, "witness": witness, "created_at": now}
    )
    if codec and source.codec != codec:
        source.codec = codec
        source.save(update_fields=["codec"])
    return source, add_key(source=source, now=now)


def add_key(*, source: Source, now: datetime, key: str = "") -> str:
    """Give the source one more key and revoke all but its two newest."""
    key = key or secrets.token_urlsafe(32)
    SourceKey.objects.get_or_create(digest=digest(key), defaults={"source": source, "created_at": now})
    live = source.keys.filter(revoked_at__isnull=True).order_by("-created_at", "-id").values_list("id", flat=True)
    source.keys.filter(id__in=list(live[2:])).update(revoked_at=now)
    return key


def speaker(key: str) -> Speaker | None:
    """Who holds this key; None when nobody (any more) does."""
    source = Source.objects.filter(keys__digest=digest(key), keys__revoked_at__isnull=True, active=True).first()
    return as_speaker(source) if source else None


def named(name: str) -> Speaker | None:
    """The active source of this name, for doors that know it from their own configuration: MQTT, TCP, pullers."""
    source = Source.objects.filter(name=name, active=True).first()
    return as_speaker(source) if source else None


def as_speaker(source: Source) -> Speaker:
    """What the door needs to know of a source."""
    return Speaker(
        id=source.id,
        name=source.name,
        codec=source.codec,
        witness=Witness(source.witness),
        events_per_second=source.events_per_second,
        max_age_days=source.max_age_days,
    )


def digest(key: str) -> str:
    """SHA-256 of a key, hexadecimal."""
    return hashlib.sha256(key.encode()).hexdigest()
