"""Comparisons worked off in the background: asked for at the desk, claimed by a worker, progress kept in the row."""

import logging
import traceback
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db.models import Q

from parking.models import TariffVersion, User, WhatIfRun
from parking.tariffs.versions import parsed
from parking.trials.comparing import compare

log = logging.getLogger(__name__)
SILENT = timedelta(minutes=5)


def ask(version: TariffVersion, *, from_at: datetime, to_at: datetime, by: User | None, now: datetime) -> WhatIfRun:
    """Ask for a comparison; a sweep finds it."""
    return WhatIfRun.objects.create(version=version, from_at=from_at, to_at=to_at, asked_by=by, asked_at=now)


def run_waiting(*, clock: Callable[[], datetime]) -> int:
    """Run the comparisons that wait, or whose worker fell silent, one after another; returns how many."""
    done = 0
    while True:
        now = clock()
        waiting = Q(finished_at__isnull=True) & (Q(seen_at__isnull=True) | Q(seen_at__lt=now - SILENT))
        run = WhatIfRun.objects.filter(waiting).select_related("version").order_by("id").first()
        if run is None:
            return done
        if WhatIfRun.objects.filter(waiting, pk=run.pk).update(seen_at=now):
            _run(run, clock=clock)
            done += 1


def _run(run: WhatIfRun, *, clock: Callable[[], datetime]) -> None:
    rows = WhatIfRun.objects.filter(pk=run.pk, finished_at__isnull=True)

    def seen(done: int, total: int) -> None:
        rows.update(done=done, total=total, seen_at=clock())

    try:
        result = compare(
            parsed(run.version.document),
            from_at=run.from_at,
            to_at=run.to_at,
            zone_id=run.version.zone_id,
            seen=seen,
        ).as_data()
    except Exception:  # kept for who asked; the worker goes on
        log.exception("comparison %s failed", run.pk)
        rows.update(failure=traceback.format_exc()[-5_000:], finished_at=clock())
        return
    count = result["total"]["stays"]
    rows.update(result=result, done=count, total=count, finished_at=clock())
