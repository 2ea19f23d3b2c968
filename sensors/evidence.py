"""Which pictures a body brings, and to which of its events they belong."""

import hashlib
from collections.abc import Collection, Mapping, Sequence

from parking import pictures
from parking.domain.events import Kind
from parking.pictures import Arrived, Examined
from sensors import codecs
from sensors.codecs.fields import EVENT_ID_SIZE, PICTURE_SIZE, needed, text
from sensors.codecs.multipart import Part
from sensors.codecs.neutral import moment
from sensors.codecs.reading import CodecError, Reading

_ROLES = {Kind.ARRIVAL: "arrival", Kind.DEPARTURE: "departure"}
_NAMED = ("arrival", "departure", "plate", "scene")
_PLATE_WORDS = ("plate", "fragment", "small")


def found(
    readings: Sequence[Reading | CodecError], body: bytes, *, codec: str, content_type: str, source: str
) -> list[tuple[int, Examined]]:
    """Every picture that the readings name, with its reading's place in the batch; those the body carries with bytes.

    A name that is an address becomes the picture's reference. Looking at a picture takes no database.
    """
    named = [
        (index, reading) for index, reading in enumerate(readings) if isinstance(reading, Reading) and reading.pictures
    ]
    if not named:
        return []
    carried = {part.filename or part.name: part for part in codecs.pictures(codec, body, content_type=content_type)}
    return [
        (index, pictures.examine(_arrived(source, reading, name, carried.get(name))))
        for index, reading in named
        for name in reading.pictures
    ]


def of_part(reading: Reading, part: Part, *, source: str, name: str) -> Examined:
    """A picture that follows its reading in a stream, under a name of ours."""
    return pictures.examine(_arrived(source, reading, name, part))


def uploaded(fields: Mapping[str, str], body: bytes | None, *, source: str) -> Arrived:
    """A picture that was sent by itself. Raises CodecError that names the field."""
    event_id = needed(dict(fields), "event_id", limit=EVENT_ID_SIZE)
    if body is None:
        raise CodecError("missing", "picture must be a file of the form", "picture")
    named = text(dict(fields), "name", limit=PICTURE_SIZE)
    said = text(dict(fields), "role", limit=16)
    if said and said not in _NAMED:
        raise CodecError("bad_value", f"role must be one of {', '.join(_NAMED)}", "role")
    written = text(dict(fields), "taken_at", limit=40)
    return Arrived(
        source=source,
        event_id=event_id,
        name=named or f"sha256:{hashlib.sha256(body).hexdigest()}",
        role=said or role(None, named),
        body=body,
        reference=named if "/" in named else "",
        taken_at=moment(written, "taken_at") if written else None,
    )


def kept(found: Sequence[tuple[int, Examined]], *, refused: Collection[int]) -> list[Examined]:
    """Those whose reading was taken: nobody proves anything with an event that was turned away."""
    return [examined for index, examined in found if index not in refused]


def _arrived(source: str, reading: Reading, name: str, part: Part | None) -> Arrived:
    return Arrived(
        source=source,
        event_id=reading.event_id,
        name=name,
        role=role(reading.kind, part.name if part else "", name),
        body=part.body if part else None,
        reference=name if "/" in name else "",
        taken_at=reading.observed_at,
    )


def role(kind: Kind | None, *names: str) -> str:
    """What a picture shows: what its sender says, a plate where a name says so, else its event's end of the stay."""
    for name in names:
        if name in _NAMED:
            return name
    if any(word in name.lower() for name in names if "://" not in name for word in _PLATE_WORDS):
        return "plate"
    return _ROLES.get(kind, "scene") if kind is not None else "scene"
