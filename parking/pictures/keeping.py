"""A picture at the door: looked at, kept once, and left for the developer."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from parking import imaging
from parking.models import Picture, PictureBytes
from parking.pictures import references

NAME_SIZE = 128
AN_EVENT = 20


class Outcome(StrEnum):
    """What became of one picture at the door."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A picture, or only its name: `body` None means that the witness named it and it may come later.

    `name` is unique within the event; `reference` the vendor's address of it, "" for none; `taken_at` what the sender
    says, used where the picture itself doesn't tell.
    """

    source: str
    event_id: str
    name: str
    role: str
    body: bytes | None = None
    reference: str = ""
    taken_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """An arrived picture with its digest and what its head says, or the reason why it is refused."""

    arrived: Arrived
    sha256: str = ""
    facts: imaging.Facts | None = None
    refused: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """The outcome for one picture; `code` and `message` say why it was refused."""

    outcome: Outcome
    id: int | None = None
    code: str = ""
    message: str = ""


def name_of(text: str) -> str:
    """A vendor's name for a picture, cut to what a row holds without two becoming one."""
    if 0 < len(text) <= NAME_SIZE:
        return text
    return "h:" + hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def examine(arrived: Arrived) -> Examined:
    """Digest and head of one picture; a refusal is a value, so that it can be kept with its reason."""
    body = arrived.body
    if body is None:
        return Examined(arrived=arrived)
    sha256 = hashlib.sha256(body).hexdigest()
    if len(body) > settings.EVIDENCE_MAX_BYTES:
        why = f"{len(body)} bytes, at most {settings.EVIDENCE_MAX_BYTES}"
        return Examined(arrived=arrived, sha256=sha256, refused="too_large", why=why)
    try:
        return Examined(arrived=arrived, sha256=sha256, facts=imaging.look(body))
    except imaging.Refused as refusal:
        return Examined(arrived=arrived, sha256=sha256, refused=refusal.code, why=refusal.message)


# What was only named, or refused before, gives way to what arrives; what stands proved never does.
_KEEP = """
INSERT INTO parking_picture (source, event_id, name, role, reference, received_at, sha256, size, media_type, width,
    height, taken_at, longitude, latitude, refused, fetch_at, large, large_sha256, small, small_sha256, tries)
SELECT t.source, t.event_id, t.name, t.role, t.reference, %(now)s, t.sha256, t.size, t.media_type, t.width, t.height,
    t.taken_at, t.longitude, t.latitude, t.refused, t.fetch_at, '', '', '', '', 0
FROM unnest(%(source)s::text[], %(event_id)s::text[], %(name)s::text[], %(role)s::text[], %(reference)s::text[],
    %(sha256)s::text[], %(size)s::int[], %(media_type)s::text[], %(width)s::int[], %(height)s::int[],
    %(taken_at)s::timestamptz[], %(longitude)s::float8[], %(latitude)s::float8[], %(refused)s::text[],
    %(fetch_at)s::timestamptz[])
    AS t(source, event_id, name, role, reference, sha256, size, media_type, width, height, taken_at, longitude,
         latitude, refused, fetch_at)
ON CONFLICT (source, event_id, name) DO UPDATE SET
    sha256 = excluded.sha256, size = excluded.size, media_type = excluded.media_type, width = excluded.width,
    height = excluded.height, taken_at = excluded.taken_at, longitude = excluded.longitude,
    latitude = excluded.latitude, refused = excluded.refused, received_at = excluded.received_at, fetch_at = NULL
WHERE (parking_picture.sha256 = '' OR parking_picture.refused <> '') AND excluded.sha256 <> ''
    AND parking_picture.sha256 <> excluded.sha256
RETURNING id, source, event_id, name
"""
_STANDING = """
SELECT p.id, p.source, p.event_id, p.name, p.sha256 FROM parking_picture p
JOIN unnest(%s::text[], %s::text[], %s::text[]) AS t(source, event_id, name)
    ON p.source = t.source AND p.event_id = t.event_id AND p.name = t.name
"""
_Key = tuple[str, str, str]


def keep(found: Sequence[Examined], *, now: datetime) -> list[Kept]:
    """Store rows and originals, each once, in the caller's transaction; a constant number of statements.

    The same bytes again are a duplicate; other bytes under a name that stands proved are a conflict, and the first
    stand. Refused bytes leave a row with the reason and are not stored.
    """
    if not found:
        return []
    found = [replace(each, arrived=replace(each.arrived, name=name_of(each.arrived.name))) for each in found]
    first: dict[_Key, Examined] = {}
    for each in found:
        known = first.setdefault(_key(each), each)
        if known.arrived.body is None and each.arrived.body is not None:
            first[_key(each)] = each
    rows = [_row(each, now) for _, each in sorted(first.items(), key=lambda pair: pair[0])]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_KEEP, {"now": now} | {name: [row[name] for row in rows] for name in rows[0]})
        fresh = {(source, event_id, name): id_ for id_, source, event_id, name in cursor.fetchall()}
        standing = {}
        if any(key not in fresh for key in first):
            cursor.execute(_STANDING, [list(part) for part in zip(*first, strict=True)])
            standing = {(row[1], row[2], row[3]): (row[0], row[4]) for row in cursor.fetchall()}
        PictureBytes.objects.bulk_create(
            [
                PictureBytes(picture_id=fresh[key], body=each.arrived.body)
                for key, each in first.items()
                if key in fresh and each.facts is not None
            ],
            update_conflicts=True,
            update_fields=["body"],
            unique_fields=["picture"],
        )
    return [_verdict(each, first[_key(each)], fresh, standing) for each in found]


def _verdict(each: Examined, taken: Examined, fresh: dict[_Key, int], standing: dict[_Key, tuple[int, str]]) -> Kept:
    key = _key(each)
    id_ = fresh.get(key) or standing[key][0]
    if each.refused:
        return Kept(Outcome.REFUSED, id_, each.refused, each.why)
    if key in fresh:
        same = each is taken
        return Kept(Outcome.ACCEPTED if same else Outcome.DUPLICATE, id_)
    if each.sha256 and standing[key][1] != each.sha256:
        return Kept(Outcome.CONFLICT, id_, "conflict", "another picture stands under this name")
    return Kept(Outcome.DUPLICATE, id_)


def _key(each: Examined) -> _Key:
    return each.arrived.source, each.arrived.event_id, each.arrived.name


def _row(each: Examined, now: datetime) -> dict[str, Any]:
    arrived, facts = each.arrived, each.facts
    wanted = arrived.body is None and references.may_be_fetched(arrived.reference)
    return {
        "source": arrived.source,
        "event_id": arrived.event_id,
        "name": arrived.name,
        "role": arrived.role if arrived.role in Picture.Role.values else Picture.Role.SCENE.value,
        "reference": arrived.reference[:1024],
        "sha256": each.sha256,
        "size": len(arrived.body) if arrived.body is not None else 0,
        "media_type": facts.media_type if facts else "",
        "width": facts.width if facts else 0,
        "height": facts.height if facts else 0,
        "taken_at": (facts.taken_at if facts else None) or arrived.taken_at,
        "longitude": facts.longitude if facts else None,
        "latitude": facts.latitude if facts else None,
        "refused": each.refused,
        "fetch_at": now if wanted else None,
    }
