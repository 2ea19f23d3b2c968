"""Who posts: a bearer key or a signature, and the address it comes from."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest

from parking.limits import address_of
from sensors import addresses, keys, sealing
from sensors.codecs import signing
from sensors.codecs.reading import CodecError
from sensors.keys import Speaker

KEY, TIME, NONCE, SIGNATURE = "X-OpenBerth-Key", "X-OpenBerth-Time", "X-OpenBerth-Nonce", "X-OpenBerth-Signature"


class Stranger(Exception):
    """A caller who is turned away: the status and code to answer, and the header or address that is wrong."""

    def __init__(self, status: int, code: str, message: str, field: str, speaker: Speaker | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.field = field
        self.speaker = speaker


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who was let in. `nonce` is set for a signed request and must be used up with what it brings."""

    speaker: Speaker
    key_id: int | None = None
    nonce: str = ""


def caller(request: HttpRequest, body: bytes, *, now: datetime) -> Caller:
    """Who calls. Raises Stranger with the reason; DatabaseError while the keys are out of reach."""
    found = _signed(request, body, now) if KEY in request.headers or SIGNATURE in request.headers else _bearer(request)
    address = address_of(request)
    if not addresses.within(address, found.speaker.addresses):
        message = f"source {found.speaker.name} may not call from {address or 'an unknown address'}"
        raise Stranger(403, "address_not_allowed", message, "", found.speaker)
    return found


def _bearer(request: HttpRequest) -> Caller:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        key = request.GET.get("key", "")
    speaker = keys.speaker(key.strip()) if key else None
    if speaker is None:
        raise Stranger(401, "unknown_key", "the source key is missing, unknown or revoked", "Authorization")
    return Caller(speaker=speaker)


def _signed(request: HttpRequest, body: bytes, now: datetime) -> Caller:
    name, nonce = request.headers.get(KEY, ""), request.headers.get(NONCE, "")
    try:
        signer = keys.signer(name) if name else None
    except sealing.CanNotOpen as error:
        raise Stranger(401, "unknown_key", str(error), KEY) from error
    if signer is None:
        raise Stranger(401, "unknown_key", "the signing key is missing, unknown or revoked", KEY)
    try:
        signing.check(
            request.headers.get(SIGNATURE, ""),
            secret=signer.secret,
            method=request.method or "",
            path=request.get_full_path(),
            key_id=name,
            time=request.headers.get(TIME, ""),
            nonce=nonce,
            body=body,
            now=now,
        )
    except CodecError as error:
        raise Stranger(401, error.code, error.message, error.field, signer.speaker) from error
    return Caller(speaker=signer.speaker, key_id=signer.id, nonce=nonce)


def use(found: Caller, *, now: datetime) -> None:
    """Use up a signed request's nonce, in the transaction that stores what it brought. Raises Stranger for a replay."""
    if found.key_id is not None and not keys.use_nonce(found.nonce, key_id=found.key_id, now=now):
        raise Stranger(401, "replayed", "this nonce was used before", NONCE, found.speaker)
