"""The keys of sources: shown once; bearer keys are kept as digests, signing keys sealed."""

import hashlib
import secrets
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from parking.domain.events import Witness
from sensors import sealing
from sensors.codecs import signing
from sensors.models import Nonce, Source, SourceKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """A source whose key was right: all that the door needs to know of it."""

    id: int
    name: str
    codec: str
    witness: Witness
    events_per_second: int
    max_age_days: int | None
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """A signing key that lives: its row, its secret and for whom it speaks."""

    id: int
    secret: bytes
    speaker: Speaker


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A new signing key, to be handed over once: its public name and its secret."""

    name: str
    secret: str


def create_source(
    *, name: str, codec: str = "", witness: Witness = Witness.UNKNOWN, now: datetime
) -> tuple[Source, str]:
    """A source (made if missing) and a new bearer key for it. The key can't be read again.

    The two newest keys of a source stay live, so that a key can be changed while devices still use the old one.
    """
    source = _source(name=name, codec=codec, witness=witness, now=now)
    return source, add_key(source=source, now=now)


def create_signing_source(
    *, name: str, codec: str = "", witness: Witness = Witness.UNKNOWN, now: datetime
) -> tuple[Source, SigningKey]:
    """As `create_source`, with a signing key in place of a bearer key."""
    source = _source(name=name, codec=codec, witness=witness, now=now)
    return source, add_signing_key(source=source, now=now)


def _source(*, name: str, codec: str, witness: Witness, now: datetime) -> Source:
    source, _ = Source.objects.get_or_create(
        name=name, defaults={"codec": codec, "witness": witness, "created_at": now}
    )
    if codec and source.codec != codec:
        source.codec = codec
        source.save(update_fields=["codec"])
    return source


def add_key(*, source: Source, now: datetime, key: str = "") -> str:
    """Give the source one more bearer key and revoke all but its two newest."""
    key = key or secrets.token_urlsafe(32)
    SourceKey.objects.get_or_create(digest=digest(key), defaults={"source": source, "created_at": now})
    _retire(source, now)
    return key


def add_signing_key(*, source: Source, now: datetime) -> SigningKey:
    """Give the source one more signing key and revoke all but its two newest keys of either kind."""
    key = SigningKey(name=f"ob_{secrets.token_hex(8)}", secret=secrets.token_urlsafe(32))
    SourceKey.objects.create(
        source=source, digest=digest(key.secret), name=key.name, sealed=sealing.seal(key.secret), created_at=now
    )
    _retire(source, now)
    return key


def _retire(source: Source, now: datetime) -> None:
    live = source.keys.filter(revoked_at__isnull=True).order_by("-created_at", "-id").values_list("id", flat=True)
    revoke(list(live[2:]), now=now)


def revoke(key_ids: list[int], *, now: datetime) -> int:
    """End these keys; how many were alive. Other processes notice within REMEMBERED_S."""
    ended = SourceKey.objects.filter(id__in=key_ids, revoked_at__isnull=True).update(revoked_at=now)
    forget()
    return ended


_COLUMNS = "s.id, s.name, s.codec, s.witness, s.events_per_second, s.max_age_days, s.addresses"
_SPEAKER = f"""
SELECT {_COLUMNS} FROM sensors_sourcekey k JOIN sensors_source s ON s.id = k.source_id
WHERE k.digest = %s AND k.name = '' AND k.revoked_at IS NULL AND s.active
"""  # noqa: S608
_SIGNER = f"""
SELECT {_COLUMNS}, k.id, k.sealed FROM sensors_sourcekey k JOIN sensors_source s ON s.id = k.source_id
WHERE k.name = %s AND k.name <> '' AND k.revoked_at IS NULL AND s.active
"""  # noqa: S608

# How long a process believes what it has read of a key: a revoked key may live that much longer.
REMEMBERED_S = 1.0
_MOST_REMEMBERED = 1024
_speakers: dict[str, tuple[float, Speaker]] = {}
_signers: dict[str, tuple[float, Signer]] = {}


def forget() -> None:
    """Read every key anew from the table, in this process at once."""
    _speakers.clear()
    _signers.clear()


def speaker(key: str) -> Speaker | None:
    """Who holds this bearer key; None when nobody (any more) does."""
    known = digest(key)
    until, found = _speakers.get(known, (0.0, None))
    if found is not None and time.monotonic() < until:
        return found
    with connection.cursor() as cursor:
        cursor.execute(_SPEAKER, [known])
        row = cursor.fetchone()
    if row is None:
        _speakers.pop(known, None)
        return None
    if len(_speakers) >= _MOST_REMEMBERED:
        _speakers.clear()
    found = _as_speaker(*row)
    _speakers[known] = (time.monotonic() + REMEMBERED_S, found)
    return found


def signer(name: str) -> Signer | None:
    """The live signing key of this name; None when there is none. Raises sealing.CanNotOpen."""
    until, found = _signers.get(name, (0.0, None))
    if found is not None and time.monotonic() < until:
        return found
    with connection.cursor() as cursor:
        cursor.execute(_SIGNER, [name[:64]])
        row = cursor.fetchone()
    if row is None:
        _signers.pop(name, None)
        return None
    if len(_signers) >= _MOST_REMEMBERED:
        _signers.clear()
    *columns, key_id, sealed = row
    found = Signer(id=key_id, secret=sealing.unseal(sealed).encode(), speaker=_as_speaker(*columns))
    _signers[name] = (time.monotonic() + REMEMBERED_S, found)
    return found


def use_nonce(nonce: str, *, key_id: int, now: datetime) -> bool:
    """Remember a nonce of a signing key; false when it was used before. Stands or falls with the caller's transaction.

    So a body that could not be stored may come again as it was signed.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO sensors_nonce (key_id, nonce, used_at) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
            [key_id, nonce, now],
        )
        return bool(cursor.rowcount)


def forget_nonces(*, now: datetime) -> int:
    """Drop the nonces whose signature is stale by now, whatever time within the tolerance it bore."""
    return Nonce.objects.filter(used_at__lt=now - 2 * signing.TOLERANCE - timedelta(minutes=1)).delete()[0]


def named(name: str) -> Speaker | None:
    """The active source of this name, for doors that know it from their own configuration: MQTT, TCP, pullers."""
    source = Source.objects.filter(name=name, active=True).first()
    return as_speaker(source) if source else None


def as_speaker(source: Source) -> Speaker:
    """What the door needs to know of a source."""
    return _as_speaker(
        source.id,
        source.name,
        source.codec,
        source.witness,
        source.events_per_second,
        source.max_age_days,
        source.addresses,
    )


def _as_speaker(
    id_: int, name: str, codec: str, witness: str, rate: int, max_age_days: int | None, addresses: list[str]
) -> Speaker:
    return Speaker(
        id=id_,
        name=name,
        codec=codec,
        witness=Witness(witness),
        events_per_second=rate,
        max_age_days=max_age_days,
        addresses=tuple(addresses),
    )


def digest(key: str) -> str:
    """SHA-256 of a key, hexadecimal."""
    return hashlib.sha256(key.encode()).hexdigest()
