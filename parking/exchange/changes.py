"""What changed, in an order that misses nothing: marks become numbered changes, pages follow a position."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Max

from parking.exchange import rows
from parking.models import DataChange
from parking.orders import local

# Positions are given by one at a time: a reader never meets a smaller one after a larger one.
_LOCK = 0x0DA7
TAKEN = 20_000
"""How many marks one transaction numbers."""

_NUMBER = """
WITH taken AS (
    DELETE FROM parking_datamark WHERE id IN (SELECT id FROM parking_datamark ORDER BY id LIMIT %s)
    RETURNING id, dataset, key
), changed AS (SELECT dataset, key FROM taken GROUP BY dataset, key ORDER BY min(id)), kept AS (
    INSERT INTO parking_datachange (dataset, key, position, changed_at)
    SELECT dataset, key, nextval('parking_datachange_position'), %s FROM changed
    ON CONFLICT (dataset, key) DO UPDATE SET position = excluded.position, changed_at = excluded.changed_at
) SELECT count(*) FROM taken
"""


class Unknown(Exception):
    """A position we never gave, or gave before the tables were put back: the reader must begin anew."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some changes of a data set: each with its row or, when it is gone, None. `position` is where the next begins."""

    results: Sequence[dict[str, Any]]
    position: int
    more: bool


def number(*, now: datetime) -> int:
    """Give each marked row its place among the changes; how many marks were taken. The marks are committed ones."""
    total = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
            if not cursor.fetchone()[0]:
                return total
            cursor.execute(_NUMBER, [TAKEN, now])
            taken = int(cursor.fetchone()[0])
        total += taken
        if taken < TAKEN:
            return total


def newest() -> int:
    """The newest position given; 0 when there is none."""
    return int(DataChange.objects.aggregate(Max("position"))["position__max"] or 0)


def page(*, dataset: str, position: int, limit: int) -> Page:
    """The changes after a position, oldest first; a row that changed often comes once, as it is now. Raises Unknown.

    At least once: what changes while one reads comes again.
    """
    if position > newest():
        raise Unknown
    found = list(
        DataChange.objects.filter(dataset=dataset, position__gt=position)
        .order_by("position")
        .values_list("key", "position", "changed_at")[: limit + 1]
    )
    more, found = len(found) > limit, found[:limit]
    told = rows.read(dataset, [key for key, _position, _at in found])
    results = [
        {"id": key, "changed_at": local(at), "deleted": key not in told, "row": told.get(key)}
        for key, _position, at in found
    ]
    return Page(results, found[-1][1] if found else position, more)
