"""Events in a partition for each month, and their identity in a table of its own (see docs/storage.md).

Rows are copied month by month in one transaction: about half a minute per million, with writers waiting.
"""

from django.db import migrations, models

_MONTHS = """
CREATE TABLE {table}_default PARTITION OF {table} DEFAULT;
DO $$
DECLARE month timestamp;
BEGIN
    FOR month IN
        SELECT date_trunc('month', {column} AT TIME ZONE 'UTC') FROM {table}_before
        UNION SELECT date_trunc('month', now() AT TIME ZONE 'UTC') + n * interval '1 month' FROM generate_series(0, 3) n
        ORDER BY 1
    LOOP
        EXECUTE format(
            'CREATE TABLE %I PARTITION OF {table} FOR VALUES FROM (%L) TO (%L)',
            '{table}_' || to_char(month, 'YYYY_MM'),
            month AT TIME ZONE 'UTC', (month + interval '1 month') AT TIME ZONE 'UTC'
        );
    END LOOP;
END $$;
"""
_EVENTS = """
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE parking_eventrecord RENAME TO parking_eventrecord_before;
ALTER TABLE parking_eventrecord_before DROP CONSTRAINT event_identity;
ALTER TABLE parking_eventrecord_before DROP CONSTRAINT parking_eventrecord_pkey;
ALTER TABLE parking_eventrecord_before ALTER id DROP IDENTITY;
DROP INDEX event_berth_time;
CREATE SEQUENCE parking_eventrecord_id_seq AS bigint;
CREATE TABLE parking_eventkey (
    berth_id bigint NOT NULL,
    observed_at timestamptz NOT NULL,
    content uuid NOT NULL,
    source varchar(64) NOT NULL,
    event_id varchar(160) NOT NULL
);
INSERT INTO parking_eventkey (berth_id, observed_at, content, source, event_id)
SELECT berth_id, observed_at, content, source, event_id FROM parking_eventrecord_before ORDER BY id;
ALTER TABLE parking_eventkey ADD CONSTRAINT event_identity PRIMARY KEY (source, event_id);
-- The columns of fixed width first: fewer bytes are lost between them.
CREATE TABLE parking_eventrecord (
    id bigint NOT NULL DEFAULT nextval('parking_eventrecord_id_seq'),
    berth_id bigint NOT NULL,
    observed_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    frame bigint,
    sequence bigint,
    plate_confidence double precision,
    action_confidence double precision,
    picture_count smallint NOT NULL,
    source varchar(64) NOT NULL,
    event_id varchar(160) NOT NULL,
    kind varchar(12) NOT NULL,
    witness varchar(16) NOT NULL,
    device varchar(64) NOT NULL,
    plate varchar(16) NOT NULL,
    plate_color varchar(16) NOT NULL,
    visit varchar(128) NOT NULL,
    revokes varchar(160) NOT NULL,
    detail text NOT NULL
) PARTITION BY RANGE (observed_at);
ALTER SEQUENCE parking_eventrecord_id_seq OWNED BY parking_eventrecord.id;
""" + _MONTHS.format(table="parking_eventrecord", column="observed_at") + """
INSERT INTO parking_eventrecord (id, berth_id, observed_at, received_at, frame, sequence, plate_confidence,
    action_confidence, picture_count, source, event_id, kind, witness, device, plate, plate_color, visit, revokes, detail)
SELECT id, berth_id, observed_at, received_at, frame, sequence, plate_confidence,
    action_confidence, picture_count, source, event_id, kind, witness, device, plate, plate_color, visit, revokes, detail
FROM parking_eventrecord_before ORDER BY id;
SELECT setval('parking_eventrecord_id_seq', coalesce(max(id), 0) + 1, false) FROM parking_eventrecord_before;
DROP TABLE parking_eventrecord_before;
ALTER TABLE parking_eventrecord
    ADD PRIMARY KEY (id, observed_at),
    ADD CHECK (picture_count >= 0),
    ADD CONSTRAINT parking_eventrecord_berth_id_fk FOREIGN KEY (berth_id) REFERENCES parking_berth (id)
        DEFERRABLE INITIALLY DEFERRED;
CREATE INDEX event_berth_time ON parking_eventrecord (berth_id, observed_at);
"""


class Migration(migrations.Migration):

    dependencies = [("parking", "0014_data_exchange")]

    operations = [
        migrations.RunSQL(
            _EVENTS,
            state_operations=[
                migrations.RemoveConstraint(model_name="eventrecord", name="event_identity"),
                migrations.RemoveField(model_name="eventrecord", name="content"),
                migrations.CreateModel(
                    name="EventKey",
                    fields=[
                        ("pk", models.CompositePrimaryKey("source", "event_id", blank=True, editable=False,
                                                          primary_key=True, serialize=False)),
                        ("source", models.CharField(max_length=64, verbose_name="来源")),
                        ("event_id", models.CharField(max_length=160, verbose_name="事件编号")),
                        ("content", models.UUIDField(editable=False, verbose_name="内容摘要")),
                        ("berth_id", models.BigIntegerField(verbose_name="泊位")),
                        ("observed_at", models.DateTimeField(verbose_name="观测时间")),
                    ],
                    options={"verbose_name": "事件身份", "verbose_name_plural": "事件身份"},
                ),
            ],
        ),
    ]
