"""The keys of grants: shown once, kept as digests, counted at each call."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.utils.translation import gettext as _

from parking import limits, tokens
from parking.exchange.granting import NotGranted
from parking.models import DataCall, DataGrant, DataKey, User
from parking.orders import CITY_TIME

_PREFIX = "obx_"
"""So that a key found where it should not be is known for what it is."""
_LIVE = 2


@dataclass(frozen=True, slots=True)
class Caller:
    """Who holds a key, and what it opens."""

    key_id: int
    grant_id: int
    department: str
    datasets: Sequence[str]
    daily_calls: int
    minute_calls: int


class Exhausted(Exception):
    """No more calls for now; `wait_s` seconds until there are some again, and which limit it was."""

    def __init__(self, *, wait_s: int, daily: bool) -> None:
        super().__init__("daily quota" if daily else "rate")
        self.wait_s, self.daily = wait_s, daily


def issue(*, grant_id: int, by: User, now: datetime) -> str:
    """A new key of a grant in force; it can't be read again. All but the grant's two newest keys end.

    Raises NotGranted when the grant has ended.
    """
    key = _PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        grant = DataGrant.objects.select_for_update().get(pk=grant_id)
        if grant.revoked_at is not None or grant.to_at <= now:
            raise NotGranted("", _("该授权已失效。"))
        DataKey.objects.create(
            grant=grant, digest=tokens.digest(key), hint=key[: len(_PREFIX) + 4], created_by=by, created_at=now
        )
        live = list(grant.keys.filter(revoked_at__isnull=True).order_by("-created_at", "-id").values_list("id"))
        grant.keys.filter(id__in=[id_ for (id_,) in live[_LIVE:]]).update(revoked_at=now)
    return key


def revoke(key_ids: Sequence[int], *, now: datetime) -> int:
    """End these keys; how many were alive."""
    return DataKey.objects.filter(id__in=key_ids, revoked_at__isnull=True).update(revoked_at=now)


def holder(key: str, *, now: datetime) -> Caller | None:
    """Whose key it is; None when it is unknown, revoked, or its grant or department is out of force."""
    found = (
        DataKey.objects.filter(digest=tokens.digest(key), revoked_at__isnull=True, grant__revoked_at__isnull=True)
        .filter(grant__from_at__lte=now, grant__to_at__gt=now, grant__department__active=True)
        .select_related("grant__department")
        .first()
    )
    if found is None:
        return None
    grant = found.grant
    return Caller(
        key_id=found.pk,
        grant_id=grant.pk,
        department=grant.department.code,
        datasets=tuple(grant.datasets),
        daily_calls=grant.daily_calls,
        minute_calls=grant.minute_calls,
    )


_COUNT = """
INSERT INTO parking_datacall (key_id, day, dataset, calls, rows, refused) VALUES (%s, %s, %s, %s, 0, %s)
ON CONFLICT (key_id, day, dataset) DO UPDATE
SET calls = parking_datacall.calls + excluded.calls, refused = parking_datacall.refused + excluded.refused
"""
_SPENT = """
SELECT coalesce(sum(c.calls), 0) FROM parking_datacall c JOIN parking_datakey k ON k.id = c.key_id
WHERE k.grant_id = %s AND c.day = %s AND c.dataset = %s
"""


def spend(caller: Caller, *, dataset: str, now: datetime) -> None:
    """Count one call. Raises Exhausted, and counts that too, when the minute or the day holds no more of them.

    The quota is the grant's for each data set and day of the city, whichever of its keys asks.
    """
    day = today(now)
    if not limits.allowed(what="exchange", who=str(caller.grant_id), times=caller.minute_calls, seconds=60):
        with connection.cursor() as cursor:
            cursor.execute(_COUNT, [caller.key_id, day, dataset, 0, 1])
        raise Exhausted(wait_s=60, daily=False)
    with transaction.atomic(), connection.cursor() as cursor:
        # Whoever calls for the same grant meanwhile waits here: the count is exact.
        cursor.execute("SELECT 1 FROM parking_datagrant WHERE id = %s FOR NO KEY UPDATE", [caller.grant_id])
        cursor.execute(_SPENT, [caller.grant_id, day, dataset])
        over = int(cursor.fetchone()[0]) >= caller.daily_calls
        cursor.execute(_COUNT, [caller.key_id, day, dataset, int(not over), int(over)])
    if over:
        raise Exhausted(wait_s=_until_midnight(now), daily=True)


def told(caller: Caller, *, dataset: str, rows: int, now: datetime) -> None:
    """Note how many rows a call was given."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE parking_datacall SET rows = rows + %s WHERE key_id = %s AND day = %s AND dataset = %s",
            [rows, caller.key_id, today(now), dataset],
        )


def calls(caller: Caller, *, first: date, last: date) -> list[dict[str, object]]:
    """What the caller's grant has spent, by day, data set and key's first letters."""
    found = DataCall.objects.filter(key__grant_id=caller.grant_id, day__gte=first, day__lte=last)
    return [
        {
            "day": call.day.isoformat(),
            "dataset": call.dataset,
            "key": call.key.hint,
            "calls": call.calls,
            "rows": call.rows,
            "refused": call.refused,
        }
        for call in found.select_related("key").order_by("day", "dataset", "key_id")
    ]


def today(now: datetime) -> date:
    """The city's day."""
    return now.astimezone(CITY_TIME).date()


def _until_midnight(now: datetime) -> int:
    here = now.astimezone(CITY_TIME)
    midnight = here.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return max(1, int((midnight - here).total_seconds()) + 1)
