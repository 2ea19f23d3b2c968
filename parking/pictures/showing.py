"""Who is shown which picture: found by session, linked for minutes, checked at each view."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.core import signing
from django.core.files.storage import storages
from django.db import connection
from django.db.models import F
from django.urls import reverse

from parking import traces
from parking.models import ParkingSession, Picture, PictureAlarm, User

LIVES = timedelta(minutes=5)
_SALT = "parking.pictures"
WHICH = ("large", "small")


class Side(StrEnum):
    """Which end of a stay a picture proves; `between` for what was seen in the meantime."""

    ENTRY = "entry"
    EXIT = "exit"
    BETWEEN = "between"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A picture with its two links, good for five minutes and for whoever they were made for alone."""

    id: int
    side: Side
    role: str
    source: str
    event_id: str
    taken_at: datetime
    longitude: float | None
    latitude: float | None
    sha256: str
    small: str
    large: str


class Gone(Exception):
    """The picture can't be shown any more, or its link is over: `reason` is a word for programs."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class StoreAway(Exception):
    """The evidence storage does not answer."""


# A session's pictures are those of its own two events, of its vendor's visit, and of sightings of its very plate. What
# only lies near in time may show another car.
_OF = """
SELECT s.id, p.id, e.kind, p.role, p.source, p.event_id, coalesce(p.taken_at, e.observed_at), p.longitude, p.latitude,
    p.sha256
FROM unnest(%(ids)s::bigint[], %(berths)s::bigint[], %(arrived)s::timestamptz[], %(left)s::timestamptz[],
    %(plates)s::text[], %(firsts)s::text[], %(lasts)s::text[], %(visits)s::text[])
    AS s(id, berth_id, arrived_at, left_at, plate, arrival_event, departure_event, visit)
JOIN parking_eventrecord e ON e.berth_id = s.berth_id
    AND e.observed_at >= s.arrived_at - interval '10 minutes'
    AND (s.left_at IS NULL OR e.observed_at <= s.left_at + interval '10 minutes')
    AND (e.source || '/' || e.event_id IN (s.arrival_event, s.departure_event)
        OR (s.visit <> '' AND e.visit = s.visit)
        OR (s.plate <> '' AND e.plate = s.plate AND e.observed_at >= s.arrived_at
            AND (s.left_at IS NULL OR e.observed_at < s.left_at)))
JOIN parking_picture p ON p.source = e.source AND p.event_id = e.event_id
WHERE p.stored_at IS NOT NULL AND p.expired_at IS NULL AND NOT EXISTS (
    SELECT 1 FROM parking_eventrecord r
    WHERE r.berth_id = e.berth_id AND r.kind = 'revoked' AND r.source = e.source AND r.revokes = e.event_id
        AND r.observed_at >= e.observed_at
)
ORDER BY s.id, e.observed_at, p.id
"""
_SIDES = {"arrival": Side.ENTRY, "departure": Side.EXIT}


def of(
    sessions: Iterable[ParkingSession], *, viewer: User | None, now: datetime, through: str = "", limit: int = 24
) -> dict[int, list[Shown]]:
    """The pictures of sessions by session id, oldest first, at most `limit` each; one query, however many sessions.

    The caller has made sure that `viewer` may see these sessions. `through` names the door for staff, and then leaves a
    trace of who was shown the pictures of which orders; a driver's own order leaves none. With `viewer` None the links
    are good for whoever holds them (an API's client asks for the picture without a cookie).
    """
    listed = list(sessions)
    if not listed:
        return {}
    found: dict[int, list[Shown]] = {session.id: [] for session in listed}
    with connection.cursor() as cursor:
        cursor.execute(
            _OF,
            {
                "ids": [each.id for each in listed],
                "berths": [each.berth_id for each in listed],
                "arrived": [each.arrived_at for each in listed],
                "left": [each.left_at for each in listed],
                "plates": [each.plate for each in listed],
                "firsts": [each.arrival_event for each in listed],
                "lasts": [each.departure_event for each in listed],
                "visits": [each.visit for each in listed],
            },
        )
        for session_id, id_, kind, role, source, event_id, taken_at, longitude, latitude, sha256 in cursor.fetchall():
            if len(found[session_id]) < limit:
                found[session_id].append(
                    Shown(
                        id=id_,
                        side=_SIDES.get(kind, Side.BETWEEN),
                        role=role,
                        source=source,
                        event_id=event_id,
                        taken_at=taken_at,
                        longitude=longitude,
                        latitude=latitude,
                        sha256=sha256,
                        small=_link(id_, "small", viewer),
                        large=_link(id_, "large", viewer),
                    )
                )
    seen = sum(map(len, found.values()))
    if through and seen:
        numbers = ",".join(each.number for each in listed if found[each.id])
        traces.plates_seen(by=str(viewer or "api"), through=through, query=numbers, rows=seen, now=now)
    return found


def of_events(keys: Sequence[tuple[str, str]], *, viewer: User | None) -> dict[tuple[str, str], list[Shown]]:
    """The pictures of events by (source, event_id), in one query; the caller sees to rights and traces."""
    found: dict[tuple[str, str], list[Shown]] = {key: [] for key in keys}
    if not found:
        return found
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.id, p.role, p.source, p.event_id, coalesce(p.taken_at, p.received_at), p.longitude, p.latitude, "
            "p.sha256 FROM parking_picture p JOIN unnest(%s::text[], %s::text[]) AS t(source, event_id) "
            "ON p.source = t.source AND p.event_id = t.event_id "
            "WHERE p.stored_at IS NOT NULL AND p.expired_at IS NULL ORDER BY p.id",
            [[source for source, _ in found], [event_id for _, event_id in found]],
        )
        for id_, role, source, event_id, taken_at, longitude, latitude, sha256 in cursor.fetchall():
            found[source, event_id].append(
                Shown(
                    id=id_,
                    side=_SIDES.get(role, Side.BETWEEN),
                    role=role,
                    source=source,
                    event_id=event_id,
                    taken_at=taken_at,
                    longitude=longitude,
                    latitude=latitude,
                    sha256=sha256,
                    small=_link(id_, "small", viewer),
                    large=_link(id_, "large", viewer),
                )
            )
    return found


def _link(id_: int, which: str, viewer: User | None) -> str:
    holder = viewer.pk if viewer is not None else 0
    return reverse("pages:evidence", args=[signing.dumps([id_, which, holder], salt=_SALT)])


def open_link(token: str, *, user_id: int | None) -> tuple[int, str]:
    """The picture's id and which copy a link speaks of. Raises Gone when it is forged, over, or another's."""
    try:
        id_, which, holder = signing.loads(token, salt=_SALT, max_age=LIVES)
    except signing.SignatureExpired:
        raise Gone("link_over") from None
    except (signing.BadSignature, ValueError, TypeError):
        raise Gone("no_such_link") from None
    if holder and holder != user_id:
        raise Gone("not_yours")
    return id_, which


def read(id_: int, which: str, *, now: datetime) -> bytes:
    """The copy's bytes, when they are what was stored.

    Raises Gone (never stored, deleted by age, or altered: an altered copy leaves an alarm and is never served) and
    StoreAway.
    """
    picture = Picture.objects.filter(id=id_, stored_at__isnull=False, expired_at__isnull=True).first()
    if picture is None or which not in WHICH:
        raise Gone("deleted")
    name, expected = (
        (picture.large, picture.large_sha256) if which == "large" else (picture.small, picture.small_sha256)
    )
    try:
        with storages["evidence"].open(name) as file:
            body: bytes = file.read()
    except FileNotFoundError:
        _alarm(picture, which, expected, "", now)
        raise Gone("lost") from None
    except Exception as error:  # storages raise their own many kinds
        raise StoreAway from error
    found = hashlib.sha256(body).hexdigest()
    if found != expected:
        _alarm(picture, which, expected, found, now)
        raise Gone("altered")
    return body


def _alarm(picture: Picture, which: str, expected: str, found: str, now: datetime) -> None:
    alarm, made = PictureAlarm.objects.get_or_create(
        picture=picture,
        which=which,
        found=found,
        defaults={"expected": expected, "first_at": now, "last_at": now},
    )
    if not made:
        PictureAlarm.objects.filter(pk=alarm.pk).update(times=F("times") + 1, last_at=now)
