"""From the original to two clean copies in the evidence storage. No network inside a transaction."""

import hashlib
import logging
from datetime import datetime, timedelta

from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import connection, transaction

from parking import imaging, stale
from parking.models import Picture, PictureBytes

log = logging.getLogger(__name__)

# A worker that died over a picture leaves it to the next one after so long.
_ABANDONED = timedelta(minutes=5)

_CLAIM = """
UPDATE parking_picture SET claimed_at = %(now)s WHERE id IN (
    SELECT p.id FROM parking_picturebytes b JOIN parking_picture p ON p.id = b.picture_id
    WHERE p.claimed_at IS NULL OR p.claimed_at < %(abandoned)s
    ORDER BY p.id LIMIT %(limit)s FOR UPDATE OF p SKIP LOCKED
) RETURNING id
"""
# A road that bills only with pictures must be read again when one has come.
_MARK = f"""
INSERT INTO parking_staleberth (berth_id, since_at, due_at)
SELECT e.berth_id, min(e.observed_at), %(now)s FROM parking_picture p
JOIN parking_eventkey e ON e.source = p.source AND e.event_id = p.event_id
JOIN parking_berth b ON b.id = e.berth_id JOIN parking_road r ON r.id = b.road_id
WHERE p.id = %(id)s AND {stale.ASKS_FOR_PICTURES} GROUP BY e.berth_id
"""  # noqa: S608  # a constant of ours


def develop(*, now: datetime, limit: int = 50) -> int:
    """Make the copies of up to `limit` originals; how many were done, refused ones included.

    A storage that is away leaves the rest for later: the originals stay in the database.
    """
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"now": now, "abandoned": now - _ABANDONED, "limit": limit})
        claimed = sorted(row[0] for row in cursor.fetchall())
    done = 0
    for id_ in claimed:
        picture = Picture.objects.get(id=id_)
        body = PictureBytes.objects.filter(picture_id=id_).values_list("body", flat=True).first()
        if body is None:
            continue
        try:
            made = imaging.copies(bytes(body))
        except imaging.Refused as refusal:
            _refuse(picture, refusal.code, now=now)
            done += 1
            continue
        try:
            _store(picture, made, now=now)
        except Exception:  # storages raise their own many kinds; whatever it is, the original waits
            log.exception("the evidence storage did not take picture %s", id_)
            Picture.objects.filter(id__in=claimed[done:], claimed_at=now, stored_at__isnull=True).update(
                claimed_at=now - _ABANDONED + timedelta(seconds=30)
            )
            break
        done += 1
    return done


def _refuse(picture: Picture, code: str, *, now: datetime) -> None:
    with transaction.atomic():
        if Picture.objects.filter(id=picture.id, claimed_at=now).update(refused=code):
            PictureBytes.objects.filter(picture_id=picture.id).delete()


def _store(picture: Picture, made: imaging.Copies, *, now: datetime) -> None:
    folder = f"evidence/{picture.received_at:%Y/%m/%d}"
    written: dict[str, str] = {}
    for which, body in (("large", made.large), ("small", made.small)):
        # The same original gives the same name: doing it again after a crash leaves no orphan.
        name = f"{folder}/{picture.id}-{picture.sha256[:16]}-{which}.jpg"
        written[which] = storages["evidence"].save(name, ContentFile(body))
        written[f"{which}_sha256"] = hashlib.sha256(body).hexdigest()
    with transaction.atomic():
        done = Picture.objects.filter(id=picture.id, claimed_at=now).update(stored_at=now, **written)
        if done:
            PictureBytes.objects.filter(picture_id=picture.id).delete()
            with connection.cursor() as cursor:
                cursor.execute(_MARK, {"now": now, "id": picture.id})
