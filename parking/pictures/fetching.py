"""Fetching what vendors only named, from listed hosts alone: no redirects, no proxies, small, soon over."""

import time
from datetime import datetime

import httpx
from django.conf import settings
from django.db import connection

from parking.models import Picture
from parking.pictures import references
from parking.pictures.keeping import Arrived, examine, keep

TRIES = 5
_TIMEOUT_S = 10.0
_LONGEST_S = 20.0

# The next try is booked before the call: a worker that dies over it costs one try, not an endless loop.
_CLAIM = """
UPDATE parking_picture SET tries = tries + 1,
    fetch_at = CASE WHEN tries + 1 < %(tries)s THEN %(now)s + interval '1 minute' * power(4, tries) END
WHERE id IN (
    SELECT id FROM parking_picture WHERE fetch_at <= %(now)s ORDER BY fetch_at LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
) RETURNING id
"""


def fetch_named(*, now: datetime, limit: int = 20) -> int:
    """Fetch up to `limit` pictures that are due; how many came. A picture that fails is tried five times."""
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"now": now, "tries": TRIES, "limit": limit})
        claimed = [row[0] for row in cursor.fetchall()]
    came = 0
    if not claimed:
        return came
    with httpx.Client(timeout=_TIMEOUT_S, follow_redirects=False, trust_env=False) as client:
        for picture in Picture.objects.filter(id__in=claimed).order_by("id"):
            # The list may have grown shorter since the address was noted.
            if not references.may_be_fetched(picture.reference):
                Picture.objects.filter(id=picture.id).update(fetch_at=None)
                continue
            body = _body(client, picture.reference)
            if body is not None:
                arrived = Arrived(
                    source=picture.source,
                    event_id=picture.event_id,
                    name=picture.name,
                    role=picture.role,
                    reference=picture.reference,
                    body=body,
                )
                keep([examine(arrived)], now=now)
                came += 1
    return came


def _body(client: httpx.Client, address: str) -> bytes | None:
    """The bytes behind an address; None when it does not answer with them, or with too many."""
    deadline = time.monotonic() + _LONGEST_S
    body = bytearray()
    try:
        with client.stream("GET", address) as answer:
            if answer.status_code != 200:
                return None
            for data in answer.iter_bytes():
                body += data
                if len(body) > settings.EVIDENCE_MAX_BYTES or time.monotonic() > deadline:
                    return None
    except (httpx.HTTPError, httpx.InvalidURL):
        return None
    return bytes(body)
