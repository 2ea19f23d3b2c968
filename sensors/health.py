"""What devices say of themselves: noted at each batch, in one statement however many devices it speaks for."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection

from sensors.codecs.reading import Reading
from sensors.keys import Speaker
from sensors.placing import EARLIEST, Known

# So many of the newest frames are looked at one by one; 62 bits fit PostgreSQL's bigint with its sign.
WINDOW = 62
# A counter that leaps further was set anew: nothing is said of what lies between.
LEAP = 5_000
OFFSETS_KEPT = 32
# Reports closer together belong to one happening (CTWing's four messages) and say nothing of the rhythm.
BURST_S = 10
# A pause may teach a rhythm of so much at most; in its first two days a device may pause as it likes.
LONGEST_RHYTHM_S = 3 * 86_400
LEARNING_S = 2 * 86_400
FORGETTING_S = 7 * 86_400
# A fact this much older than its report was kept back by the sender and says nothing of the clock.
_KEPT_BACK = timedelta(days=1)

# The sequence's arithmetic, as in RTP and IPsec: a window of bits slides with the highest number heard. `move` is how
# far ahead of it the batch's highest number lies (across the end of an 8, 16 or 32 bit counter too), `e` by how much
# the numbers that should have come have grown, `fresh` how many of them came. A late frame fills its gap, a repeat
# changes nothing. A counter that begins again near zero, or thrice far below, was restarted.
_HEARD = f"""
INSERT INTO sensors_devicestate AS s
    (device_id, first_heard_at, last_heard_at, battery_v, battery_pct, battery_low, signal_dbm, temperature_c,
     last_sequence, sequence_window, sequence_span, sequence_heard, sequence_gaps, sequence_strays, loss,
     offsets, clock_offset_s, stuck, faults, condition)
SELECT t.id, t.at, t.at, t.volts, t.percent, t.low, t.dbm, t.celsius, t.last, t.window_, t.span, t.heard, t.gaps, 0,
    CASE WHEN t.span > 0 THEN 1 - bit_count(t.window_::bit(64)) / t.span::float8 END,
    CASE WHEN t.ahead IS NULL THEN '{{}}' ELSE ARRAY[t.ahead] END, t.ahead, '', '{{}}', 'ok'
FROM unnest(%s::bigint[], %s::timestamptz[], %s::float8[], %s::float8[], %s::bool[], %s::float8[], %s::float8[],
    %s::bigint[], %s::bigint[], %s::int[], %s::bigint[], %s::bigint[], %s::float8[])
    AS t(id, at, volts, percent, low, dbm, celsius, last, window_, span, heard, gaps, ahead)
ON CONFLICT (device_id) DO UPDATE SET
    first_heard_at = coalesce(s.first_heard_at, excluded.first_heard_at),
    last_heard_at = greatest(s.last_heard_at, excluded.last_heard_at),
    rhythm_s = (
        SELECT CASE WHEN p.pause IS NULL OR p.pause < {BURST_S} THEN s.rhythm_s ELSE greatest(
            s.rhythm_s * exp(-least(p.pause, {LONGEST_RHYTHM_S}) / {FORGETTING_S}),
            least(p.pause, CASE
                WHEN s.rhythm_s IS NULL OR excluded.last_heard_at - s.first_heard_at < interval '{LEARNING_S} s'
                THEN {LONGEST_RHYTHM_S} ELSE least(1.5 * s.rhythm_s, {LONGEST_RHYTHM_S}) END)
        ) END
        FROM (SELECT extract(epoch FROM excluded.last_heard_at - s.last_heard_at)::float8 AS pause) AS p
    ),
    battery_v = coalesce(excluded.battery_v, s.battery_v),
    battery_pct = coalesce(excluded.battery_pct, s.battery_pct),
    battery_low = coalesce(excluded.battery_low, s.battery_low),
    signal_dbm = coalesce(excluded.signal_dbm, s.signal_dbm),
    temperature_c = coalesce(excluded.temperature_c, s.temperature_c),
    offsets = (excluded.offsets || s.offsets)[1:{OFFSETS_KEPT}],
    clock_offset_s = CASE WHEN excluded.offsets = '{{}}' THEN s.clock_offset_s ELSE (
        SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY o)
        FROM unnest((excluded.offsets || s.offsets)[1:{OFFSETS_KEPT}]) AS o) END,
    (last_sequence, sequence_window, sequence_span, sequence_heard, sequence_gaps, sequence_strays, loss) = (
        SELECT last, window_, span, heard, gaps, strays,
            CASE WHEN span > 0 THEN 1 - bit_count(window_::bit(64)) / span::float8 END
        FROM (
            SELECT
                CASE WHEN v IN ('start', 'ahead') THEN m ELSE s.last_sequence END AS last,
                CASE WHEN v = 'start' THEN excluded.sequence_window ELSE after_ END AS window_,
                CASE WHEN v = 'start' THEN excluded.sequence_span ELSE least({WINDOW}, s.sequence_span + e) END AS span,
                CASE WHEN v = 'start' THEN s.sequence_heard + excluded.sequence_heard
                     ELSE s.sequence_heard + fresh END AS heard,
                CASE WHEN v = 'start' THEN s.sequence_gaps + excluded.sequence_gaps
                     ELSE greatest(0, s.sequence_gaps + e - fresh) END AS gaps,
                CASE v WHEN 'stray' THEN s.sequence_strays + 1 WHEN 'none' THEN s.sequence_strays ELSE 0 END AS strays
            FROM (
                SELECT *, bit_count(after_::bit(64)) - bit_count(before_::bit(64)) + CASE WHEN v = 'ahead' THEN
                        least(excluded.sequence_heard - bit_count(excluded.sequence_window::bit(64)),
                              greatest(move - {WINDOW}, 0)) ELSE 0 END AS fresh,
                    greatest(s.sequence_span + CASE WHEN v = 'ahead' THEN move ELSE 0 END,
                             length(ltrim(after_::bit(64)::text, '0'))) - s.sequence_span AS e
                FROM (
                    SELECT *, before_ | CASE v
                        WHEN 'ahead' THEN excluded.sequence_window
                        WHEN 'late' THEN (excluded.sequence_window << (-move)::int) & {(1 << WINDOW) - 1}
                        ELSE 0 END AS after_
                    FROM (
                        SELECT *, CASE
                            WHEN v <> 'ahead' THEN s.sequence_window
                            WHEN move >= {WINDOW} THEN 0
                            ELSE (s.sequence_window << move::int) & {(1 << WINDOW) - 1} END AS before_
                        FROM (
                            SELECT m, move, CASE
                                WHEN m IS NULL THEN 'none'
                                WHEN s.last_sequence IS NULL OR move > {LEAP} THEN 'start'
                                WHEN move > 0 THEN 'ahead'
                                WHEN move > -{WINDOW} THEN 'late'
                                WHEN m < {WINDOW} OR s.sequence_strays >= 2 THEN 'start'
                                ELSE 'stray' END AS v
                            FROM (
                                SELECT excluded.last_sequence AS m, excluded.last_sequence - s.last_sequence
                                + coalesce((
                                    SELECT size FROM unnest(ARRAY[256, 65536, 4294967296]) AS size
                                    WHERE excluded.last_sequence < {WINDOW} AND s.last_sequence < size
                                        AND excluded.last_sequence - s.last_sequence + size < {WINDOW}), 0) AS move
                            ) AS moves
                        ) AS verdicts
                    ) AS slid
                ) AS marked
            ) AS counted
        ) AS told
    )
"""  # noqa: S608


@dataclass(slots=True)
class _Heard:
    """What one batch says of one device."""

    battery_v: float | None = None
    battery_pct: float | None = None
    battery_low: bool | None = None
    signal_dbm: float | None = None
    temperature_c: float | None = None
    ahead_s: float | None = None
    numbers: set[int] = field(default_factory=set)

    def add(self, reading: Reading, *, received_at: datetime, speaker: Speaker) -> None:
        """Take one reading of the batch in; the newest telemetry stays."""
        for name in ("battery_v", "battery_pct", "battery_low", "signal_dbm", "temperature_c"):
            value = getattr(reading, name)
            if value is not None:
                setattr(self, name, value)
        if reading.sequence is not None:
            self.numbers.add(reading.sequence)
        ahead = _ahead(reading, received_at=received_at, speaker=speaker)
        if ahead is not None and (self.ahead_s is None or ahead > self.ahead_s):
            self.ahead_s = ahead  # the freshest of a batch was the least delayed

    def sequence(self) -> tuple[int | None, int, int, int, int]:
        """The highest number, the window of bits below it, how many bits count, numbers heard and numbers missing."""
        if not self.numbers:
            return None, 0, 0, 0, 0
        last = max(self.numbers)
        run = {number for number in self.numbers if last - number < LEAP}
        width = last - min(run) + 1
        window = sum(1 << (last - number) for number in run if last - number < WINDOW)
        return last, window, min(width, WINDOW), len(run), width - len(run)


def _ahead(reading: Reading, *, received_at: datetime, speaker: Speaker) -> float | None:
    """By how many seconds the device's clock is ahead of the platform's or ours; None where nothing tells."""
    if reading.observed_at is None:
        return None
    ahead = reading.observed_at - (reading.platform_at or received_at)
    earliest = EARLIEST - received_at
    if speaker.max_age_days is not None:
        earliest = -timedelta(days=speaker.max_age_days)
    # Older than any platform keeps its events: that is a clock, not a delay.
    return None if earliest < ahead < -_KEPT_BACK else ahead.total_seconds()


def heard(readings: Sequence[Reading], *, known: dict[str, Known], received_at: datetime, speaker: Speaker) -> None:
    """Note what a batch says of its devices: when heard, telemetry, clock, rhythm and the gaps in its numbering."""
    found: dict[int, _Heard] = {}
    for reading in readings:
        device = known.get(reading.device)
        if device is not None:
            found.setdefault(device.id, _Heard()).add(reading, received_at=received_at, speaker=speaker)
    if not found:
        return
    # In one order everywhere, so that two batches can't wait for each other.
    rows = [
        (
            id_,
            received_at,
            said.battery_v,
            said.battery_pct,
            said.battery_low,
            said.signal_dbm,
            said.temperature_c,
            *said.sequence(),
            said.ahead_s,
        )
        for id_, said in sorted(found.items())
    ]
    with connection.cursor() as cursor:
        cursor.execute(_HEARD, [list(column) for column in zip(*rows, strict=True)])
