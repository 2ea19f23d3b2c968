"""Occupancy as open data: by road and hour, coarse where few people stand behind a number.

Nobody is named, and nobody should be found out either: a count of fewer than `K` stays is not told, a share is told to
the nearest five per cent, a road of fewer than `K` berths not at all, and only hours that are over.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from parking.figures import definitions, series
from parking.models import Road
from parking.orders import local

K = 5
STEP = 0.05


def rows(*, from_at: datetime, to_at: datetime, now: datetime, roads: Sequence[Road]) -> list[dict[str, Any]]:
    """One row an hour and road: `occupancy` 0..1 in steps of 0.05, `arrivals` or None where there were too few."""
    ended = now.replace(minute=0, second=0, microsecond=0)
    found = series.read(from_at=from_at, to_at=min(to_at, ended), now=now, roads=roads, charging=False)
    told = []
    for part in found.parts("hour"):
        for road in roads:
            facts = found.facts(part.from_at, part.to_at, road_id=road.pk)
            share = definitions.occupancy(facts)
            if facts.ground.berths >= K and share is not None:
                told.append(
                    {
                        "road": road.code,
                        "hour": local(part.from_at),
                        "berths": facts.ground.berths,
                        "occupancy": round(round(min(share, 1) / STEP) * STEP, 2),
                        "arrivals": facts.counts.arrivals if facts.counts.arrivals >= K else None,
                    }
                )
    return told
