"""Requests that move money, answered once: the caller's key, the first body, the stored answer."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.db.models import Q

from parking.models import OnceRequest

# Longer than the slowest gateway takes to answer; a worker that died gives its key back after that.
LEASE = timedelta(seconds=60)
KEPT = timedelta(days=7)


class Not(StrEnum):
    """Why a request is not worked on."""

    OTHER_BODY = "other_body"
    STILL_WORKING = "still_working"


@dataclass(frozen=True, slots=True)
class Stored:
    """The answer the first request got."""

    status: int
    answer: dict[str, Any]


def fingerprint(*parts: object) -> str:
    """SHA-256 of what makes a request the same: method, path, body."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def begin(*, caller: str, key: str, content: str, now: datetime) -> Stored | Not | None:
    """Take the key for this request; None says: go on and `finish` it. `content` is the request's fingerprint."""
    with transaction.atomic():
        row, made = OnceRequest.objects.get_or_create(
            caller=caller,
            key=key,
            defaults={"fingerprint": content, "leased_until": now + LEASE, "made_at": now},
        )
        if made:
            return None
        if row.fingerprint != content:
            return Not.OTHER_BODY
        if row.status is not None:
            return Stored(row.status, row.answer)
        unleased = OnceRequest.objects.filter(Q(pk=row.pk, status__isnull=True, leased_until__lte=now))
        return None if unleased.update(leased_until=now + LEASE) else Not.STILL_WORKING


def finish(*, caller: str, key: str, status: int, answer: dict[str, Any]) -> None:
    """Keep the answer for whoever asks again."""
    OnceRequest.objects.filter(caller=caller, key=key).update(status=status, answer=answer)


def drop(*, caller: str, key: str) -> None:
    """The request came to nothing that must be kept: the same key may be tried again."""
    OnceRequest.objects.filter(caller=caller, key=key, status__isnull=True).delete()


def forget(*, now: datetime) -> int:
    """Delete answers older than a week; gives how many."""
    return OnceRequest.objects.filter(made_at__lt=now - KEPT).delete()[0]
