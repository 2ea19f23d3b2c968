"""Frames in a partition for each month (see docs/storage.md). Rows are copied in one transaction."""

from django.db import migrations

_FRAMES = """
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE sensors_frame RENAME TO sensors_frame_before;
ALTER TABLE sensors_frame_before DROP CONSTRAINT sensors_frame_pkey;
ALTER TABLE sensors_frame_before ALTER id DROP IDENTITY;
DROP INDEX frame_time;
DROP INDEX frame_trouble;
CREATE SEQUENCE sensors_frame_id_seq AS bigint;
CREATE TABLE sensors_frame (
    id bigint NOT NULL DEFAULT nextval('sensors_frame_id_seq'),
    source_id bigint,
    received_at timestamptz NOT NULL,
    accepted integer NOT NULL,
    duplicates integer NOT NULL,
    codec varchar(32) NOT NULL,
    content_type varchar(128) NOT NULL,
    outcome varchar(10) NOT NULL,
    reason varchar(64) NOT NULL,
    query jsonb NOT NULL,
    rejections jsonb NOT NULL,
    body bytea NOT NULL
) PARTITION BY RANGE (received_at);
ALTER SEQUENCE sensors_frame_id_seq OWNED BY sensors_frame.id;
CREATE TABLE sensors_frame_default PARTITION OF sensors_frame DEFAULT;
DO $$
DECLARE month timestamp;
BEGIN
    FOR month IN
        SELECT date_trunc('month', received_at AT TIME ZONE 'UTC') FROM sensors_frame_before
        UNION SELECT date_trunc('month', now() AT TIME ZONE 'UTC') + n * interval '1 month' FROM generate_series(0, 3) n
        ORDER BY 1
    LOOP
        EXECUTE format(
            'CREATE TABLE %I PARTITION OF sensors_frame FOR VALUES FROM (%L) TO (%L)',
            'sensors_frame_' || to_char(month, 'YYYY_MM'),
            month AT TIME ZONE 'UTC', (month + interval '1 month') AT TIME ZONE 'UTC'
        );
    END LOOP;
END $$;
INSERT INTO sensors_frame (id, source_id, received_at, accepted, duplicates, codec, content_type, outcome, reason,
    query, rejections, body)
SELECT id, source_id, received_at, accepted, duplicates, codec, content_type, outcome, reason,
    query, rejections, body
FROM sensors_frame_before ORDER BY id;
SELECT setval('sensors_frame_id_seq', coalesce(max(id), 0) + 1, false) FROM sensors_frame_before;
DROP TABLE sensors_frame_before;
ALTER TABLE sensors_frame
    ADD PRIMARY KEY (id, received_at),
    ADD CHECK (accepted >= 0),
    ADD CHECK (duplicates >= 0),
    ADD CONSTRAINT sensors_frame_source_id_fk FOREIGN KEY (source_id) REFERENCES sensors_source (id)
        DEFERRABLE INITIALLY DEFERRED;
CREATE INDEX frame_time ON sensors_frame (received_at);
CREATE INDEX frame_trouble ON sensors_frame (received_at DESC) WHERE outcome <> 'accepted';
"""


class Migration(migrations.Migration):

    dependencies = [("sensors", "0006_companions")]

    operations = [migrations.RunSQL(_FRAMES, state_operations=[])]
