"""What a million events cost: bytes of rows and indexes, and how much slower the partitioned shape is taken.

`python -m bench.storage [ROWS]` prints both. The other shape is one plain table with a unique index on (source,
event_id), as it stood before events were partitioned; both take the same batches in turns, so the ratio is of one run.
"""

import json
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from bench import ground

_BATCH = 100
_PLAIN = """
CREATE TABLE bench_plain (LIKE parking_eventrecord INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
ALTER TABLE bench_plain ADD content uuid, ADD PRIMARY KEY (id), ADD UNIQUE (source, event_id),
    ADD FOREIGN KEY (berth_id) REFERENCES parking_berth (id) DEFERRABLE INITIALLY DEFERRED;
CREATE INDEX ON bench_plain (berth_id, observed_at);
"""
_SIZES = """
SELECT c.relname, c.relkind IN ('i', 'I'), sum(pg_table_size(t.relid))::bigint
FROM pg_class c CROSS JOIN LATERAL (
    SELECT c.oid AS relid WHERE c.relkind IN ('r', 'i')
    UNION ALL SELECT relid FROM pg_partition_tree(c.oid) WHERE c.relkind IN ('p', 'I')
) AS t
WHERE c.relname = ANY(%s) GROUP BY 1, 2 ORDER BY 1
"""
_PARTS = (
    "parking_eventrecord",
    "parking_eventrecord_pkey",
    "event_berth_time",
    "parking_eventkey",
    "event_identity",
    "sensors_frame",
    "sensors_frame_pkey",
    "frame_time",
    "bench_plain",
    "bench_plain_pkey",
    "bench_plain_berth_id_observed_at_idx",
    "bench_plain_source_event_id_key",
)


def measure(*, rows: int) -> dict[str, float]:
    """Take `rows` events into each shape in batches of 100; events a second, their ratio, bytes a row of each part."""
    from django.db import connection

    from parking import occupancy

    connection.cursor().execute("DROP TABLE IF EXISTS bench_plain;" + _PLAIN)
    by_month = (occupancy._STORE, occupancy._KNOWN)
    plain = (_as_plain(occupancy._STORE), occupancy._KNOWN.replace("parking_eventkey", "bench_plain"))
    took = dict.fromkeys((by_month, plain), 0.0)
    for turn, body in enumerate(_bodies(rows)):
        # Each goes first as often as the other: what one reads the other finds in memory.
        for shape in (by_month, plain) if turn % 2 else (plain, by_month):
            occupancy._STORE, occupancy._KNOWN = shape
            started = time.monotonic()
            _receive(body)
            took[shape] += time.monotonic() - started
    occupancy._STORE, occupancy._KNOWN = by_month
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute(_SIZES, [list(_PARTS)])
        sizes = {name: size / rows for name, _, size in cursor.fetchall()}
        cursor.execute("DROP TABLE bench_plain")
    figures = {
        "plain_events_per_s": rows / took[plain],
        "by_month_events_per_s": rows / took[by_month],
        "by_month_to_plain": took[plain] / took[by_month],
    }
    figures |= {f"bytes_a_row_{name}": size for name, size in sizes.items()}
    frames = sum(size for name, size in sizes.items() if "frame" in name)
    # Both shapes kept a frame for each batch.
    figures["bytes_a_row_of_frames_in_hundreds"] = frames / 2
    figures["bytes_a_row_plain"] = sum(size for name, size in sizes.items() if name.startswith("bench_plain"))
    figures["bytes_a_row_by_month"] = sum(sizes.values()) - frames - figures["bytes_a_row_plain"]
    return figures


def _as_plain(statement: str) -> str:
    begin, end = statement.index("stored AS ("), statement.index("), marked AS (")
    columns = (
        "source, event_id, content, berth_id, kind, witness, device, observed_at, received_at, plate, plate_color, "
        "plate_confidence, action_confidence, sequence, visit, revokes, picture_count, detail"
    )
    return (
        f"{statement[:begin]}stored AS (INSERT INTO bench_plain ({columns}, frame) SELECT incoming.*, %s FROM incoming "
        f"ON CONFLICT (source, event_id) DO NOTHING RETURNING source, event_id, berth_id, observed_at{statement[end:]}"
    )


def _bodies(rows: int) -> Iterator[bytes]:
    from django.utils import timezone

    # Of the last ten hours and so of one month or two, as life is.
    told = ground.events(stays=rows // 2, first=0, day=timezone.now() - timedelta(minutes=90 * (rows // 8000 + 2)))
    for first in range(0, len(told), _BATCH):
        yield json.dumps({"events": told[first : first + _BATCH]}).encode()


def _receive(body: bytes) -> None:
    from django.utils import timezone

    from sensors import ingest, keys
    from sensors.models import Source

    global _speaker
    _speaker = _speaker or keys.as_speaker(Source.objects.get(name="bench"))
    receipt = ingest.receive(speaker=_speaker, codec="neutral", body=body, received_at=timezone.now())
    if receipt.error or receipt.rejected or receipt.duplicates:
        raise RuntimeError(str(receipt)[:500])


_speaker: Any = None


def main() -> int:
    """Measure and print."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    ground.prepare()
    ground.build()
    for name, figure in measure(rows=rows).items():
        print(f"{name:<50} {figure:>12,.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
