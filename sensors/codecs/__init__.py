"""The vendors' languages, one module each, pure: bytes in, readings out. One literal table, no configuration."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from sensors.codecs import (
    boyue,
    chirpstack,
    ctwing,
    dahua,
    hikvision_isapi,
    hikvision_openapi,
    iotda,
    loriot,
    neutral,
    oceanconnect,
    onenet,
    patrol,
    signaltone,
    tianbo,
    tts,
    uvcity,
    vzenith,
)
from sensors.codecs.multipart import Part
from sensors.codecs.reading import CodecError, Reading
from sensors.codecs.reply import Reply

NEUTRAL = "neutral"


class Codec(Protocol):
    """A protocol's module.

    `decode` raises nothing but CodecError and gives an empty list for a frame that says nothing of a berth or device
    (a join, a keep-alive). In a batch, an element that can't be decoded is its CodecError and spares the others.
    `answer` says what the vendor's platform wants to hear: `ok` when the frame is stored and decoded, not ok with the
    error when it is stored but can't be decoded, not ok without one when it could not be stored.
    """

    def decode(
        self, body: bytes, *, received_at: datetime, content_type: str = "", query: Mapping[str, str] = {}
    ) -> Sequence[Reading | CodecError]: ...

    def answer(self, ok: bool, error: CodecError | None) -> Reply: ...


CODECS: dict[str, Codec] = {
    NEUTRAL: neutral,
    "tts": tts,
    "chirpstack": chirpstack,
    "loriot": loriot,
    "ctwing": ctwing,
    "iotda": iotda,
    "oceanconnect": oceanconnect,
    "onenet": onenet,
    "tianbo": tianbo,
    "signaltone": signaltone,
    "hikvision-openapi": hikvision_openapi,
    "hikvision-isapi": hikvision_isapi,
    "dahua": dahua,
    "vzenith": vzenith,
    "boyue": boyue,
    "uvcity": uvcity,
    "patrol": patrol,
}


class _Pictures(Protocol):
    def __call__(self, body: bytes, *, content_type: str) -> list[Part]: ...


_PICTURES: dict[str, _Pictures] = {
    NEUTRAL: neutral.pictures,
    "hikvision-isapi": hikvision_isapi.pictures,
    "boyue": boyue.pictures,
    "vzenith": vzenith.pictures,
}


def decode(
    codec: str, body: bytes, *, received_at: datetime, content_type: str = "", query: Mapping[str, str] | None = None
) -> Sequence[Reading | CodecError]:
    """The readings of a body in the language called `codec`. Raises CodecError for a body that can't be read at all."""
    if codec not in CODECS:
        raise CodecError("unknown_codec", f"no codec is called {codec[:32]!r}", "codec")
    return CODECS[codec].decode(body, received_at=received_at, content_type=content_type, query=query or {})


def pictures(codec: str, body: bytes, *, content_type: str = "") -> list[Part]:
    """The pictures that a body itself carries, named as in its reading's `pictures`; none where it only names them."""
    if codec not in _PICTURES:
        return []
    try:
        return _PICTURES[codec](body, content_type=content_type)
    except CodecError:
        return []


def greeting(codec: str, query: Mapping[str, str], *, token: str = "") -> Reply | None:
    """The answer to a vendor's GET check of our address; None where it makes none or its signature is wrong."""
    return onenet.greeting(query, token=token) if CODECS.get(codec) is onenet else None


def genuine(codec: str, body: bytes, *, token: str = "") -> bool:
    """Whether a vendor's own signature is right; true where the vendor signs nothing or no token is set."""
    if not token or CODECS.get(codec) is not onenet:
        return True
    try:
        return onenet.signed(body, token=token)
    except CodecError:
        return False


def answer(codec: str, error: CodecError | None) -> Reply:
    """What to tell the sender of a body that is stored, decoded or not."""
    return CODECS[codec].answer(error is None, error)
