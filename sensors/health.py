"""What devices say of themselves."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from sensors.codecs.reading import Reading
from sensors.placing import Known

_HEARD = """
INSERT INTO sensors_devicestate AS s
    (device_id, last_heard_at, battery_v, battery_pct, signal_dbm, temperature_c, last_sequence, sequence_gaps,
     clock_offset_s)
SELECT t.*, 0, NULL FROM unnest(%s::bigint[], %s::timestamptz[], %s::float8[], %s::float8[], %s::float8[],
    %s::float8[], %s::bigint[]) AS t
ON CONFLICT (device_id) DO UPDATE SET
    last_heard_at = greatest(s.last_heard_at, excluded.last_heard_at),
    battery_v = coalesce(excluded.battery_v, s.battery_v),
    battery_pct = coalesce(excluded.battery_pct, s.battery_pct),
    signal_dbm = coalesce(excluded.signal_dbm, s.signal_dbm),
    temperature_c = coalesce(excluded.temperature_c, s.temperature_c),
    last_sequence = greatest(excluded.last_sequence, s.last_sequence)
"""


def heard(readings: Sequence[Reading], *, known: dict[str, Known], received_at: datetime) -> None:
    """Note for each device of the batch that it was heard, and its newest telemetry, in one statement."""
    newest: dict[int, Reading] = {}
    for reading in readings:
        device = known.get(reading.device)
        if device is not None:
            newest[device.id] = reading
    if not newest:
        return
    rows = [
        (id_, received_at, r.battery_v, r.battery_pct, r.signal_dbm, r.temperature_c, r.sequence)
        for id_, r in sorted(newest.items())
    ]
    with connection.cursor() as cursor:
        cursor.execute(_HEARD, [list(column) for column in zip(*rows, strict=True)])
