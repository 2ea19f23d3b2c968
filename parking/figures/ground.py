"""What the sums are measured against: how many berths were open when, and in which hours the tariff asks for money."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from django.db import connection
from django.db.models import Count

from parking import notices, tariffs
from parking.domain.tariff.account import Account
from parking.domain.tariff.stay import NO_HISTORY, Vehicle
from parking.figures.counting import Window
from parking.models import Berth, BerthCount

_EVER = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_NOTE_BERTHS = """
INSERT INTO parking_berthcount (road_id, from_at, berths)
SELECT r.id, %(now)s, open.berths
FROM parking_road r
CROSS JOIN LATERAL (
    SELECT count(*) AS berths FROM parking_berth b
    WHERE b.road_id = r.id AND b.opened AND r.opened AND r.id <> ALL(%(closed)s)
) open
LEFT JOIN LATERAL (
    SELECT berths FROM parking_berthcount c WHERE c.road_id = r.id ORDER BY c.from_at DESC LIMIT 1
) last ON true
WHERE last.berths IS DISTINCT FROM open.berths
ON CONFLICT (road_id, from_at) DO UPDATE SET berths = excluded.berths
"""


def note_berths(*, now: datetime) -> None:
    """Where a road's number of open berths differs from the last one kept, keep the new one."""
    with connection.cursor() as cursor:
        cursor.execute(_NOTE_BERTHS, {"now": now, "closed": sorted(notices.closed_roads(now=now))})


def charging(zone_ids: Iterable[int], *, from_at: datetime, to_at: datetime) -> list[Window]:
    """When a plain car pays in these zones: by the version in force, day by day. A zone without a tariff never asks."""
    ids = set(zone_ids)
    if not ids or to_at <= from_at:
        return []
    versions = tariffs.in_force(ids, until=to_at)
    days = tariffs.calendar()
    windows: list[Window] = []
    for zone_id in sorted(ids):
        start = from_at
        while start < to_at:
            version = tariffs.choose(versions[zone_id], at=start)
            later = [each.in_force_from for each in versions[zone_id] if start < each.in_force_from < to_at]
            end = min([to_at, start + timedelta(days=31), *later])
            if version is not None:
                program = version.tariff.program(version.tariff.document.default_class)
                stretch = ((int(start.timestamp()), int(end.timestamp())),)
                account = Account(program, days, Vehicle(), NO_HISTORY, stretch)
                account.build()
                for piece in account.pieces:
                    if program.meters[piece.band] is not None:
                        begins = datetime.fromtimestamp(piece.start, from_at.tzinfo)
                        ends = datetime.fromtimestamp(piece.end, from_at.tzinfo)
                        if windows and windows[-1].zone_id == zone_id and windows[-1].to_at == begins:
                            begins = windows.pop().from_at
                        windows.append(Window(zone_id, begins, ends))
            start = end
    return windows


class Berths:
    """How many berths each road had open, as a step function of time."""

    def __init__(self, road_ids: Sequence[int]) -> None:
        self._steps: dict[int, list[tuple[datetime, int]]] = defaultdict(list)
        rows = BerthCount.objects.filter(road_id__in=road_ids).order_by("road_id", "from_at")
        for row in rows:
            self._steps[row.road_id].append((row.from_at, row.berths))
        unknown = [id_ for id_ in road_ids if id_ not in self._steps]
        if unknown:  # a road that no sweep has seen yet
            counted = Berth.objects.filter(road_id__in=unknown, road__opened=True, opened=True).values_list("road_id")
            for id_, berths in counted.annotate(n=Count("pk")):
                self._steps[id_].append((_EVER, berths))

    def at(self, road_id: int, moment: datetime) -> int:
        """The road's open berths at a moment."""
        steps = self._steps.get(road_id)
        if not steps:
            return 0
        known = steps[0][1]
        for from_at, berths in steps:
            if from_at > moment:
                break
            known = berths
        return known

    def seconds(self, road_id: int, from_at: datetime, to_at: datetime) -> int:
        """Open berths times seconds of the period."""
        edges = [from_at, *(at for at, _ in self._steps.get(road_id, ()) if from_at < at < to_at), to_at]
        return sum(
            self.at(road_id, start) * int((end - start).total_seconds())
            for start, end in pairwise(edges)
            if end > start
        )
