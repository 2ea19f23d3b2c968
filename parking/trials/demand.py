"""What demand-responsive pricing would propose, zone by zone and band by band. It never changes a price."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from django.db import connection

from parking.domain import tariff as engine
from parking.domain.tariff import SAN_FRANCISCO, DemandRule, Proposal
from parking.domain.tariff.terms import FOREVER
from parking.models import Berth, Zone
from parking.tariffs import days
from parking.tariffs.versions import choose, in_force

CITY_TIME = ZoneInfo("Asia/Shanghai")
# Held and open stays occupy a berth too; what is contested or void doesn't.
_OCCUPIED = """
SELECT coalesce(sum(extract(
    epoch FROM least(coalesce(s.left_at, %(now)s), w.until) - greatest(s.arrived_at, w.since)
)), 0)
FROM unnest(%(since)s::timestamptz[], %(until)s::timestamptz[]) AS w(since, until)
JOIN parking_parkingsession s ON s.arrived_at < w.until AND coalesce(s.left_at, %(now)s) > w.since
JOIN parking_road r ON r.id = s.road_id AND r.zone_id = %(zone)s
WHERE s.status <> 'void' AND NOT s.contested
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneProposal:
    """One band of one zone: its price an hour in minor units, its occupancy, and what the rule proposes."""

    zone: str
    tariff: str
    version_id: int
    band: str
    band_en: str
    price: int
    occupied_s: int
    offered_s: int
    proposal: Proposal

    @property
    def percent(self) -> int:
        """Occupancy in whole per cent."""
        return self.occupied_s * 100 // self.offered_s


def proposals(*, now: datetime, rule: DemandRule = SAN_FRANCISCO) -> list[ZoneProposal]:
    """Propose for every zone with berths, from the days since its price changed, at most the last `rule.min_days`."""
    zones = list(Zone.objects.order_by("code"))
    law = in_force([zone.pk for zone in zones], until=now)
    calendar = days.calendar()
    today = now.astimezone(CITY_TIME).date()
    found = []
    for zone in zones:
        berths = Berth.objects.filter(road__zone=zone, opened=True, road__opened=True).count()
        version = choose(law[zone.pk], at=now)
        if version is None or not berths:
            continue
        changed_on = version.in_force_from.astimezone(CITY_TIME).date()
        first = max(changed_on, today - timedelta(days=rule.min_days))
        for band in version.tariff.rules().bands:
            if not band.steps or band.steps[-1].unit_s >= FOREVER:
                continue
            on = [calendar.day(first + timedelta(days=n)) for n in range((today - first).days)]
            windows = [_window(day.on, band.start_s, band.end_s) for day in on if band.days.holds(day, calendar)]
            if not windows:
                continue
            offered = berths * sum(int((until - since).total_seconds()) for since, until in windows)
            occupied = min(_occupied(zone.pk, windows, now), offered)
            step = band.steps[-1]
            price = int(step.price * Fraction(3600, step.unit_s))
            found.append(
                ZoneProposal(
                    zone=str(zone),
                    tariff=f"{version.code} v{version.number}",
                    version_id=version.id,
                    band=band.name.zh,
                    band_en=band.name.en,
                    price=price,
                    occupied_s=occupied,
                    offered_s=offered,
                    proposal=engine.propose(
                        price=price, occupied_s=occupied, offered_s=offered, on=today, changed_on=changed_on, rule=rule
                    ),
                )
            )
    return found


def _window(on: date, start_s: int, end_s: int) -> tuple[datetime, datetime]:
    midnight = datetime(on.year, on.month, on.day, tzinfo=CITY_TIME)
    return midnight + timedelta(seconds=start_s), midnight + timedelta(seconds=end_s)


def _occupied(zone_id: int, windows: list[tuple[datetime, datetime]], now: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            _OCCUPIED,
            {
                "now": now,
                "since": [since for since, _ in windows],
                "until": [min(until, now) for _, until in windows],
                "zone": zone_id,
            },
        )
        return int(cursor.fetchone()[0])
