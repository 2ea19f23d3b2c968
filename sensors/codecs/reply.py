"""What a vendor's platform is told when it has pushed a frame."""

import json
from dataclasses import dataclass

from sensors.codecs.reading import CodecError

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer: status, content type and body."""

    status: int
    content_type: str
    body: bytes


def json_reply(status: int, /, **fields: object) -> Reply:
    """A JSON object as an answer."""
    return Reply(status, JSON, json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode())


def stored(ok: bool, error: CodecError | None) -> Reply:
    """The usual answer: 200 for every frame that is stored, also one that can't be decoded.

    Platforms send again, or drop everything for a while, when they see anything but 200; a frame that is broken stays
    broken when it is sent again. `ok` false without an error means that nothing was stored: 503, send again.
    """
    if ok:
        return json_reply(200, code=0, message="ok")
    if error is not None:
        return json_reply(200, code=1, message=error.message)
    return json_reply(503, code=2, message="not stored, send again")
