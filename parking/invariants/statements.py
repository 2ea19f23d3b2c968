"""The invariants that one statement can tell, over the sessions of the look back. Set-based, each along an index."""

from collections.abc import Mapping
from types import MappingProxyType

# Each gives (key, words, model, object id, moment).
STATEMENTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "I1": (
            """
            SELECT 'berth:' || s.berth_id, 'berth ' || b.code || ' has ' || count(*) || ' open sessions',
                'parking.berth', s.berth_id::text, max(s.arrived_at)
            FROM parking_parkingsession s JOIN parking_berth b ON b.id = s.berth_id
            WHERE s.left_at IS NULL AND NOT s.contested AND s.status <> 'void'
            GROUP BY s.berth_id, b.code HAVING count(*) > 1 LIMIT %(most)s
            """,
            """
            SELECT 'session:' || min(s.id), 'one plate is parked on ' || string_agg(b.code, ' and ' ORDER BY b.code),
                'parking.parkingsession', min(s.id)::text, max(s.arrived_at)
            FROM parking_parkingsession s JOIN parking_berth b ON b.id = s.berth_id
            WHERE s.left_at IS NULL AND NOT s.contested AND s.status = 'parked' AND s.plate <> ''
            GROUP BY s.plate HAVING count(*) > 1 LIMIT %(most)s
            """,
        ),
        "I2": (
            """
            SELECT 'session:' || s.id, 'sessions ' || s.number || ' and ' || o.number || ' overlap',
                'parking.parkingsession', s.id::text, s.arrived_at
            FROM parking_parkingsession s
            JOIN parking_parkingsession o ON o.berth_id = s.berth_id AND o.arrived_at >= s.arrived_at AND o.id <> s.id
                AND (s.left_at IS NULL OR o.arrived_at < s.left_at) AND NOT o.contested AND o.status <> 'void'
                AND (o.arrived_at > s.arrived_at OR o.id > s.id) AND o.left_at IS DISTINCT FROM o.arrived_at
            WHERE s.arrived_at >= %(since)s AND NOT s.contested AND s.status <> 'void'
                AND s.left_at IS DISTINCT FROM s.arrived_at
            LIMIT %(most)s
            """,
        ),
        "I3": (
            """
            SELECT 'session:' || s.id, 'session ' || s.number || ' has a fee of ' || s.fee_fen || ' fen, lines of '
                || sums.fen || ' and a charge of ' || c.amount_fen, 'parking.parkingsession', s.id::text, s.billed_at
            FROM parking_parkingsession s JOIN payments_charge c ON c.id = s.charge_id
            CROSS JOIN LATERAL (
                SELECT coalesce(sum((line ->> 'amount_fen')::bigint), 0) AS fen
                FROM jsonb_array_elements(s.lines) AS line
            ) AS sums
            WHERE s.billed_at >= %(since)s AND s.status = 'billed'
                AND (s.fee_fen <> c.amount_fen OR s.fee_fen <> sums.fen OR s.tariff_id IS NULL)
            LIMIT %(most)s
            """,
        ),
        "I4": (
            """
            SELECT 'session:' || s.id, 'session ' || s.number || ' was billed without proof of both ends',
                'parking.parkingsession', s.id::text, s.billed_at
            FROM parking_parkingsession s
            WHERE s.billed_at >= %(since)s AND s.status = 'billed'
                AND (s.arrival_event = '' OR s.departure_event = '' OR s.left_at IS NULL)
                AND NOT s.reasons && ARRAY['sightings_only', 'decided']::varchar[]
            LIMIT %(most)s
            """,
        ),
        "I11": (
            """
            SELECT 'review:' || r.id, 'review ' || r.id || ' was decided by nobody or for no reason',
                'parking.review', r.id::text, r.closed_at
            FROM parking_review r
            WHERE r.closed_at >= %(since)s AND r.verdict IN ('accept', 'void')
                AND (r.decided_by_id IS NULL OR r.reason = '')
            LIMIT %(most)s
            """,
            """
            SELECT 'session:' || s.id, 'session ' || s.number || ' was decided by nobody',
                'parking.parkingsession', s.id::text, s.updated_at
            FROM parking_parkingsession s
            WHERE s.arrived_at >= %(since)s AND 'decided' = ANY(s.reasons)
                AND NOT EXISTS (
                    SELECT 1 FROM parking_review r WHERE r.session_id = s.id AND r.decided_by_id IS NOT NULL)
                AND NOT EXISTS (
                    SELECT 1 FROM parking_eventrecord e WHERE e.berth_id = s.berth_id AND e.kind = 'decided'
                        AND e.observed_at BETWEEN s.arrived_at - interval '1 day' AND s.arrived_at + interval '1 day')
            LIMIT %(most)s
            """,
        ),
        "I12": (
            """
            SELECT 'session:' || s.id, 'session ' || s.number || ' lies on another road than its berth or its charge',
                'parking.parkingsession', s.id::text, s.arrived_at
            FROM parking_parkingsession s
            JOIN parking_berth b ON b.id = s.berth_id
            JOIN parking_road r ON r.id = s.road_id
            LEFT JOIN payments_charge c ON c.id = s.charge_id
            WHERE s.arrived_at >= %(since)s AND (b.road_id <> s.road_id OR c.scope <> r.code) LIMIT %(most)s
            """,
        ),
        "I14": (
            """
            SELECT 'session:' || s.id, 'session ' || s.number || ' was billed though its plate was not proved',
                'parking.parkingsession', s.id::text, s.billed_at
            FROM parking_parkingsession s
            WHERE s.billed_at >= %(since)s AND s.status = 'billed' AND (
                s.contested OR cardinality(s.holds) > 0
                OR (s.plate = '' AND (s.fee_fen > 0 OR NOT 'nothing_to_charge' = ANY(s.reasons)))
                OR (s.plate <> '' AND NOT s.reasons && ARRAY['plate_agreed', 'single_sure_read', 'decided']::varchar[])
            ) LIMIT %(most)s
            """,
        ),
    }
)
