"""How many stays a second a what-if prices: read from the table, priced, summed by road and hour, in one process.

The stays are made in a transaction that is rolled back. `OPENBERTH_BENCH_STAYS=1000000` measures the full claim.
"""

import os
from time import monotonic

from django.db import connection, transaction

from parking.domain.tariff import library
from parking.models import Berth, Road, Zone
from parking.trials import compare

STAYS = int(os.environ.get("OPENBERTH_BENCH_STAYS", "100000"))
BERTHS = 200
_CHARGES = """
INSERT INTO payments_charge (number, scope, spot, place, plate, plate_color, from_at, to_at, amount_fen, currency,
    lines, tariff_code, tariff_version, status, opened_at, due_at, settled_at, collect_tries, urge_stage, urge_paused)
SELECT 'bench-' || n, n::text, '', '', 'B' || n %% 50000, 'blue', t.at, t.at + random() * interval '1 hour', 100, 'CNY',
    '[]', '', 1, 'settled', t.at, t.at, t.at, 0, 0, false
FROM generate_series(0, %(stays)s - 1) AS n
CROSS JOIN LATERAL (
    SELECT timestamptz '2025-01-01' + n / %(berths)s * interval '90 minutes' + random() * interval '25 minutes' AS at
) AS t
"""
_SESSIONS = """
INSERT INTO parking_parkingsession (number, berth_id, road_id, plate, plate_color, arrived_at, left_at, status, holds,
    contested, confidence, reasons, visit, arrival_event, departure_event, fee_fen, lines, used, continues,
    provisional_calendar, charge_id, billed_at, touched, created_at, updated_at)
SELECT c.number, (%(ids)s::bigint[])[1 + c.scope::int %% %(berths)s], %(road)s, c.plate, 'blue', c.from_at, c.to_at,
    'billed', '{}', false, 1, '{}', '', '', '', 100, '[]', '[]', false, false, c.id, c.to_at, false, c.to_at, c.to_at
FROM payments_charge c WHERE c.number LIKE 'bench-%%'
"""


def measure() -> dict[str, float]:
    """Return the stays a second under the demo tariff, and the seconds that a million would take at that rate."""
    with transaction.atomic():
        zone = Zone.objects.create(code="bench-trials", name="bench")
        road = Road.objects.create(code="bench-trials", name="bench", zone=zone)
        berths = Berth.objects.bulk_create([Berth(road=road, code=f"bench-{n}") for n in range(BERTHS)])
        with connection.cursor() as cursor:
            cursor.execute(_CHARGES, {"stays": STAYS, "berths": BERTHS})
            ids = [berth.pk for berth in berths]
            cursor.execute(_SESSIONS, {"ids": ids, "berths": BERTHS, "road": road.pk})
            cursor.execute("SELECT min(from_at), max(from_at) + interval '1 day' FROM payments_charge")
            first, last = cursor.fetchone()
        began = monotonic()
        found = compare(library.load("xianning-demo"), from_at=first, to_at=last, zone_id=zone.pk)
        taken = monotonic() - began
        transaction.set_rollback(True)
    assert found.total.stays == STAYS
    rate = STAYS / taken
    return {"what_if_stays_per_s": rate, "what_if_million_s": 1_000_000 / rate}
