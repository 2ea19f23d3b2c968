"""博粤 all-in-one gate cameras: Vzenith's `AlarmInfoPlate` with the picture inside and milliseconds in `sec`.

The device cuts its JSON off in the middle of the picture. That much is put back: the end of the picture's text and the
open brackets. A body that is cut off anywhere else, where half a plate or half a number would remain, is refused.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sensors.codecs import vzenith
from sensors.codecs.fields import event_id, fingerprint, parse_object, part, text_of
from sensors.codecs.reading import CodecError, Reading
from sensors.codecs.vzenith import answer, pictures

__all__ = ["answer", "decode", "mended", "pictures"]

_PICTURE = "imageFile"


def decode(
    body: bytes, *, received_at: datetime, content_type: str = "", query: Mapping[str, str] = {}
) -> Sequence[Reading | CodecError]:
    """A sighting per plate result; `?phase=in|out` tells which way the camera looks."""
    written = text_of(body)
    repaired = False
    try:
        data = parse_object(written)
    except CodecError:
        closing = mended(written)
        if closing is None:
            raise
        data = parse_object(written + closing)
        repaired = True
    alarm = part(data, "AlarmInfoPlate")
    if not alarm:
        return []
    result = dict(part(part(alarm, "result"), "PlateResult"))
    picture = result.pop(_PICTURE, None)
    if repaired and "license" not in result:
        raise CodecError("truncated", "the body is cut off before the plate", "license")
    found = vzenith.plate_result({**alarm, "result": {"PlateResult": result}}, query=query)
    if repaired:
        # The counter and the time may be lost, so the rest of the picture is what tells two shots apart.
        return [replace(found, event_id=event_id(found.device, fingerprint(written)), detail="cut off, put back")]
    return [replace(found, pictures=(_PICTURE,)) if picture else found]


def mended(written: str) -> str | None:
    """What closes a JSON text that is cut off inside the picture's text; None when it is cut off elsewhere."""
    brackets: list[str] = []
    opened = -1
    escaped = False
    for at, sign in enumerate(written):
        if opened >= 0:
            if escaped:
                escaped = False
            elif sign == "\\":
                escaped = True
            elif sign == '"':
                opened = -1
        elif sign == '"':
            opened = at
        elif sign in "{[":
            brackets.append("}" if sign == "{" else "]")
        elif sign in "}]" and (not brackets or brackets.pop() != sign):
            return None
    before = "".join(written[max(0, opened - 40) : max(0, opened)].split())
    if escaped or not brackets or not before.endswith(f'"{_PICTURE}":'):
        return None
    return '"' + "".join(reversed(brackets))
