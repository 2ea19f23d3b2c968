"""The round over all devices: who is silent, what fails, and the work orders that follow. By the timetable.

Set-based: so many statements whatever the number of devices. Each may run twice, or in two workers at once, without
doing anything twice: a state changes only where it differs, an order is held back by its constraint.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

# A device is late after 1.5 of its longest usual pauses and a minute, silent after three and five minutes. Until it has
# a rhythm of its own it gets its kind's: a magnetometer may sleep 24 h, a patrol vehicle stands over a long weekend.
_DEFAULT_RHYTHM_S = "CASE d.kind WHEN 'geomagnetic' THEN 86400 WHEN 'patrol' THEN 259200 ELSE 21600 END"

_EXAMINE = f"""
WITH seen AS (
    SELECT s.*, extract(epoch FROM %(now)s - s.last_heard_at) AS silence,
        coalesce(s.rhythm_s, {_DEFAULT_RHYTHM_S}) AS rhythm
    FROM sensors_devicestate s JOIN sensors_device d ON d.id = s.device_id
    WHERE d.active
), judged AS (
    SELECT device_id, silence, rhythm, array_remove(ARRAY[
        CASE WHEN battery_low OR battery_pct < CASE WHEN 'battery' = ANY(faults) THEN 20 ELSE 15 END
            OR battery_v < CASE WHEN 'battery' = ANY(faults) THEN 3.2 ELSE 3.1 END THEN 'battery' END,
        CASE WHEN signal_dbm < CASE WHEN 'signal' = ANY(faults) THEN -122 ELSE -126 END THEN 'signal' END,
        CASE WHEN temperature_c NOT BETWEEN -35 AND CASE WHEN 'temperature' = ANY(faults) THEN 72 ELSE 76 END
            THEN 'temperature' END,
        CASE WHEN sequence_span >= 30 AND loss > CASE WHEN 'loss' = ANY(faults) THEN 0.1 ELSE 0.2 END THEN 'loss' END,
        CASE WHEN cardinality(offsets) >= 5
            AND abs(clock_offset_s) > CASE WHEN 'clock' = ANY(faults) THEN 60 ELSE 120 END THEN 'clock' END,
        CASE stuck WHEN 'occupied' THEN 'stuck_occupied' WHEN 'free' THEN 'stuck_free' END
    ], NULL)::varchar[] AS faults
    FROM seen
), told AS (
    SELECT device_id, faults, CASE
        WHEN silence IS NULL THEN 'unknown'
        WHEN silence > 3 * rhythm + 300 THEN 'silent'
        WHEN faults <> '{{}}' THEN 'failing'
        WHEN silence > 1.5 * rhythm + 60 THEN 'late'
        ELSE 'ok' END AS condition
    FROM judged
)
UPDATE sensors_devicestate s SET
    faults = told.faults,
    condition = told.condition,
    condition_since = CASE WHEN s.condition = told.condition THEN coalesce(s.condition_since, %(now)s) ELSE %(now)s END
FROM told
WHERE told.device_id = s.device_id AND ((s.condition, s.faults) IS DISTINCT FROM (told.condition, told.faults)
    OR s.condition_since IS NULL)
"""  # noqa: S608

# A device that still speaks, yet tells of no change while the other berths of its road change often: with twelve
# changes to expect, none comes by chance six times in a million.
_STUCK_HOURS = 72
_STUCK_EXPECTED = 12
_STUCK_NEIGHBOURS = 3
_STUCK = """
WITH fixed AS (
    SELECT i.device_id, d.code, i.berth_id, b.road_id, i.installed_at, s.last_heard_at
    FROM sensors_installation i
    JOIN sensors_device d ON d.id = i.device_id AND d.active AND d.kind <> 'patrol'
    JOIN sensors_devicestate s ON s.device_id = d.id
    JOIN parking_berth b ON b.id = i.berth_id AND b.opened
    WHERE i.removed_at IS NULL
), changes AS (
    SELECT f.device_id, f.berth_id, f.road_id, f.installed_at, f.last_heard_at, (
        SELECT count(*) FROM parking_eventrecord e
        WHERE e.berth_id = f.berth_id AND e.observed_at >= %(since)s AND e.observed_at < %(now)s
            AND e.device = f.code AND e.kind IN ('arrival', 'departure')
    ) AS told
    FROM fixed f
), beside AS (
    SELECT c.*, sum(told) OVER road - told AS others_told, count(*) OVER road - 1 AS others
    FROM changes c WINDOW road AS (PARTITION BY road_id)
), stuck AS (
    SELECT x.device_id, CASE WHEN bool_or(coalesce(t.occupied, false)) THEN 'occupied' ELSE 'free' END AS how
    FROM beside x LEFT JOIN parking_berthstate t ON t.berth_id = x.berth_id
    WHERE x.told = 0 AND x.installed_at <= %(since)s AND x.last_heard_at >= %(since)s
        AND x.others >= %(neighbours)s AND x.others_told >= %(expected)s * x.others
    GROUP BY x.device_id
)
UPDATE sensors_devicestate s SET stuck = coalesce(stuck.how, '')
FROM sensors_devicestate all_states LEFT JOIN stuck ON stuck.device_id = all_states.device_id
WHERE all_states.device_id = s.device_id AND s.stuck <> coalesce(stuck.how, '')
"""

_WANTED = """
    SELECT s.device_id, cause FROM sensors_devicestate s
    JOIN sensors_device d ON d.id = s.device_id AND d.active,
    unnest(CASE WHEN s.condition = 'silent' THEN s.faults || 'silent'::varchar ELSE s.faults END) AS cause
"""
# What a person closed isn't opened again at once by the rule that opened it.
_LEFT_ALONE = timedelta(hours=24)
_OPEN = f"""
WITH wanted AS ({_WANTED}), opened AS (
    INSERT INTO sensors_workorder (device_id, berth_id, cause, facts, opened_at)
    SELECT w.device_id, (
            SELECT min(i.berth_id) FROM sensors_installation i WHERE i.device_id = w.device_id AND i.removed_at IS NULL
        ), w.cause, jsonb_strip_nulls(jsonb_build_object(
            'last_heard_at', s.last_heard_at, 'rhythm_s', s.rhythm_s, 'battery_v', s.battery_v,
            'battery_pct', s.battery_pct, 'signal_dbm', s.signal_dbm, 'temperature_c', s.temperature_c,
            'loss', s.loss, 'clock_offset_s', s.clock_offset_s
        )), %(now)s
    FROM wanted w JOIN sensors_devicestate s ON s.device_id = w.device_id
    WHERE NOT EXISTS (
        SELECT FROM sensors_workorder o WHERE o.device_id = w.device_id AND o.cause = w.cause
            AND (o.closed_at IS NULL OR o.closed_by_id IS NOT NULL AND o.closed_at > %(left_alone)s)
    )
    ORDER BY w.device_id, w.cause
    ON CONFLICT (device_id, cause) WHERE closed_at IS NULL DO NOTHING
    RETURNING id
)
INSERT INTO sensors_workorderentry (order_id, at, step, note) SELECT id, %(now)s, 'opened', '' FROM opened
"""  # noqa: S608
# A person's report is closed by a person.
_CLOSE = f"""
WITH wanted AS ({_WANTED}), closed AS (
    UPDATE sensors_workorder o SET closed_at = greatest(%(now)s, o.opened_at)
    WHERE o.closed_at IS NULL AND o.cause <> 'reported'
        AND NOT EXISTS (SELECT FROM wanted w WHERE w.device_id = o.device_id AND w.cause = o.cause)
    RETURNING id
)
INSERT INTO sensors_workorderentry (order_id, at, step, note) SELECT id, %(now)s, 'closed', '' FROM closed
"""  # noqa: S608
# Devices that stand somewhere and were never heard are in the list too.
_MISSING = """
INSERT INTO sensors_devicestate (device_id, sequence_window, sequence_span, sequence_strays, sequence_heard,
    sequence_gaps, offsets, stuck, faults, condition)
SELECT d.id, 0, 0, 0, 0, 0, '{}', '', '{}', 'unknown' FROM sensors_device d
WHERE d.active AND NOT EXISTS (SELECT FROM sensors_devicestate s WHERE s.device_id = d.id)
ORDER BY d.id
ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What a round changed: devices whose state is another now, orders opened, orders closed."""

    changed: int
    opened: int
    closed: int


def examine(*, now: datetime) -> Round:
    """Judge every active device anew and open and close work orders accordingly. Four statements, one transaction."""
    told = {"now": now, "left_alone": now - _LEFT_ALONE}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_MISSING)
        cursor.execute(_EXAMINE, told)
        changed = cursor.rowcount
        cursor.execute(_CLOSE, told)
        closed = cursor.rowcount
        cursor.execute(_OPEN, told)
        return Round(changed=changed, opened=cursor.rowcount, closed=closed)


def find_stuck(*, now: datetime) -> int:
    """Compare each fixed device with its road's other berths over three days, in one statement; how many changed."""
    since = now - timedelta(hours=_STUCK_HOURS)
    told: dict[str, datetime | int] = {
        "now": now,
        "since": since,
        "neighbours": _STUCK_NEIGHBOURS,
        "expected": _STUCK_EXPECTED,
    }
    with connection.cursor() as cursor:
        cursor.execute(_STUCK, told)
        return int(cursor.rowcount)
