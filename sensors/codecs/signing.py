"""HMAC signing for platforms that can do it: what is signed, and the check. Pure; nonces are remembered by the door.

Headers: `X-OpenBerth-Key` (key id), `X-OpenBerth-Time` (Unix seconds), `X-OpenBerth-Nonce`, `X-OpenBerth-Signature`
(hex HMAC-SHA256). Signed are the lines method, path with query, key id, time, nonce and the body's SHA-256 in hex.
"""

import hashlib
import hmac
from datetime import datetime, timedelta

from sensors.codecs.reading import CodecError

TOLERANCE = timedelta(minutes=5)
NONCE_SIZE = 64


def signature(*, secret: bytes, method: str, path: str, key_id: str, time: str, nonce: str, body: bytes) -> str:
    """The signature in hex of one request."""
    digest = hashlib.sha256(body).hexdigest()
    lines = "\n".join((method.upper(), path, key_id, time, nonce, digest))
    return hmac.new(secret, lines.encode(), hashlib.sha256).hexdigest()


def check(
    given: str, *, secret: bytes, method: str, path: str, key_id: str, time: str, nonce: str, body: bytes, now: datetime
) -> None:
    """Raise CodecError unless the signature is right and fresh; the caller still refuses a nonce it has seen."""
    if not time.isascii() or not time.isdecimal() or len(time) > 12:
        raise CodecError("bad_signature", "the time must be Unix seconds", "X-OpenBerth-Time")
    if not 8 <= len(nonce) <= NONCE_SIZE or not nonce.isascii():
        raise CodecError("bad_signature", f"the nonce must have 8 to {NONCE_SIZE} characters", "X-OpenBerth-Nonce")
    if abs(now.timestamp() - int(time)) > TOLERANCE.total_seconds():
        raise CodecError("stale_signature", "the time lies too far from ours", "X-OpenBerth-Time")
    expected = signature(secret=secret, method=method, path=path, key_id=key_id, time=time, nonce=nonce, body=body)
    if not hmac.compare_digest(expected.encode(), given.lower().encode("utf-8", "replace")):
        raise CodecError("bad_signature", "the signature is wrong", "X-OpenBerth-Signature")
