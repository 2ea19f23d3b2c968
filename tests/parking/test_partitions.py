"""Events and frames in months: nothing is lost without one, nothing is stored twice across them, and they come back."""

import importlib
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django.utils import timezone

from parking import gauges, partitions, sessions
from parking.models import Discrepancy, EventKey, EventRecord, ParkingSession
from parking.occupancy import Verdict
from parking.partitions import ArchiveError, Month, Partitioned
from sensors.models import Frame
from tests import street
from tests.street import PLATE, at, event, say

pytestmark = pytest.mark.django_db

EVENTS = Partitioned("parking_eventrecord", "observed_at")
# Nobody else's test speaks of these months.
FEBRUARY = Month(EVENTS, datetime(2019, 2, 1, tzinfo=UTC))
MARCH = Month(EVENTS, datetime(2019, 3, 1, tzinfo=UTC))


@pytest.fixture(autouse=True)
def _street():
    street.build()


def lies_in(**wanted):
    """The partitions in which the events lie."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT tableoid::regclass::text FROM parking_eventrecord ORDER BY 1")
        return [row[0] for row in cursor.fetchall()]


def february(clock="10:00", **more):
    return event(at(clock, day="2019-02-11"), "arrival", plate=PLATE, **more)


def names():
    return [month.name for month in partitions.months(EVENTS)]


def stay():
    """A stay of February 2019, billed and over."""
    came, left = at("10:00", day="2019-02-11"), at("11:00", day="2019-02-11")
    say(event(came, "arrival", plate=PLATE), event(left, "departure", plate=PLATE))
    sessions.reconcile_due(now=left + timedelta(minutes=10))
    return ParkingSession.objects.select_related("charge").get()


def settle(session):
    session.charge.__class__.objects.update(status="settled", settled_at=session.left_at)


def test_events_and_frames_lie_in_months():
    assert {(each.name, each.column) for each in partitions.tables()} >= {
        ("parking_eventrecord", "observed_at"),
        ("sensors_frame", "received_at"),
    }


def test_an_event_whose_month_was_never_made_is_kept_counted_and_moved_when_the_month_is_made():
    assert say(february()).verdicts == (Verdict.ACCEPTED,)
    assert lies_in() == ["parking_eventrecord_default"]
    assert "openberth_partition_strays 1\n" in gauges.text(now=timezone.now())
    kept = partitions.keep(now=timezone.now())
    assert (FEBRUARY.name in kept.made, kept.moved, kept.refused) == (True, 1, [])
    assert lies_in() == [FEBRUARY.name]
    assert "openberth_partition_strays 0\n" in gauges.text(now=timezone.now())


def test_months_are_made_ahead_once():
    now = datetime(2031, 11, 30, 23, 59, tzinfo=UTC)
    made = partitions.keep(now=now).made
    assert [name for name in made if name.startswith("parking_eventrecord")] == [
        "parking_eventrecord_2031_11",
        "parking_eventrecord_2031_12",
        "parking_eventrecord_2032_01",
        "parking_eventrecord_2032_02",
    ]
    assert partitions.keep(now=now).made == []
    assert {each.ahead for each in partitions.state(now=now)} == {3}


@pytest.mark.parametrize("make", [False, True], ids=["month missing", "month made"])
def test_the_same_id_in_another_month_is_a_repeat_or_a_conflict_never_a_second_event(make):
    say(february(event_id="one"))
    if make:
        partitions.keep(now=timezone.now())
    assert say(february(event_id="one")).verdicts == (Verdict.DUPLICATE,)
    later = event(at("10:00", day="2019-03-11"), "arrival", plate=PLATE, event_id="one")
    assert say(later).verdicts == (Verdict.CONFLICT,)
    # A device without a clock repeats what it said, and is heard in another month.
    say(event(at("10:00", day="2019-02-11"), "arrival", event_id="two", clocked=False))
    again = event(at("10:00", day="2019-03-11"), "arrival", event_id="two", clocked=False)
    assert say(again).verdicts == (Verdict.DUPLICATE,)
    assert EventRecord.objects.count() == EventKey.objects.count() == 2


def test_the_last_moment_of_a_month_and_the_first_of_the_next_lie_apart():
    say(event(MARCH.start - timedelta(microseconds=1), "arrival"), event(MARCH.start, "departure"))
    partitions.keep(now=timezone.now())
    assert lies_in() == [FEBRUARY.name, MARCH.name]


def test_a_month_that_can_not_be_made_is_told_and_its_rows_stay():
    say(february())
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {FEBRUARY.name} (stranger int)")
    kept = partitions.keep(now=timezone.now())
    assert [each.split(":")[0] for each in kept.refused] == [FEBRUARY.name]
    assert lies_in() == ["parking_eventrecord_default"]


def test_an_archived_month_comes_back_row_for_row_and_its_repeats_stay_repeats(tmp_path):
    settle(stay())
    partitions.keep(now=timezone.now())
    before = list(EventRecord.objects.order_by("id").values())
    done = partitions.archive(FEBRUARY, tmp_path, now=timezone.now())
    assert (done.rows, EventRecord.objects.count(), FEBRUARY.name in names()) == (2, 0, False)
    assert oct(done.path.stat().st_mode & 0o077) == "0o0"
    first = before[0]
    repeat = event(first["observed_at"], "arrival", plate=PLATE, event_id=first["event_id"])
    assert say(repeat).verdicts == (Verdict.DUPLICATE,)
    assert partitions.attach(done.path).rows == 2
    assert list(EventRecord.objects.order_by("id").values()) == before


def test_an_event_of_an_archived_month_is_kept_and_lies_beside_the_month_when_it_comes_back(tmp_path):
    session = stay()
    settle(session)
    partitions.keep(now=timezone.now())
    done = partitions.archive(FEBRUARY, tmp_path, now=timezone.now())
    say(february("10:30", berth="A02"))
    partitions.keep(now=timezone.now())
    assert lies_in() == [FEBRUARY.name]
    partitions.attach(done.path)
    assert EventRecord.objects.count() == 3
    with pytest.raises(ArchiveError, match="could not be brought back"):
        partitions.attach(done.path)
    assert EventRecord.objects.count() == 3


def unpaid(session):
    pass


def in_dispute(session):
    settle(session)
    Discrepancy.objects.create(
        berth=session.berth, session=session, event="a/b", reason="x", found_at=session.left_at
    )  # fmt: skip


def waiting(session):
    settle(session)
    say(february("12:00", berth="A02"))


@pytest.mark.parametrize("why", [unpaid, in_dispute, waiting])
def test_a_month_that_may_still_be_needed_is_not_archived(tmp_path, why):
    why(stay())
    partitions.keep(now=timezone.now())
    with pytest.raises(ArchiveError, match="is still needed"):
        partitions.archive(FEBRUARY, tmp_path, now=timezone.now())
    assert list(tmp_path.iterdir()) == []
    assert FEBRUARY.name in names()


def test_the_present_month_and_one_that_is_not_there_are_not_archived(tmp_path):
    now = timezone.now()
    partitions.keep(now=now)
    with pytest.raises(ArchiveError, match="is not over"):
        partitions.archive(EVENTS.month(now), tmp_path, now=now)
    with pytest.raises(ArchiveError, match="has no partition"):
        partitions.archive(FEBRUARY, tmp_path, now=now)


def test_a_file_that_changed_does_not_come_back(tmp_path):
    settle(stay())
    partitions.keep(now=timezone.now())
    done = partitions.archive(FEBRUARY, tmp_path, now=timezone.now())
    done.path.write_bytes(done.path.read_bytes()[:-1])
    with pytest.raises(ArchiveError, match="is not what was written"):
        partitions.attach(done.path)
    manifest = done.path.with_name(f"{FEBRUARY.name}.json")
    manifest.write_text(json.dumps({"table": "nobodys"}))
    with pytest.raises(ArchiveError, match="can't be read as an archive's manifest"):
        partitions.attach(done.path)


def test_the_commands_list_keep_archive_and_attach(tmp_path, capsys):
    settle(stay())
    call_command("partitions", "keep")
    call_command("partitions", "list")
    assert FEBRUARY.name in capsys.readouterr().out
    call_command("partitions", "archive", "parking_eventrecord", str(tmp_path), "--older-than", "24")
    assert f"2 rows of {FEBRUARY.name} lie in" in capsys.readouterr().out
    call_command("partitions", "attach", str(tmp_path / f"{FEBRUARY.name}.csv.gz"))
    assert EventRecord.objects.count() == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["archive", "parking_road", "x", "--month", "2019-02"], "parking_road does not lie in months"),
        (["archive", "parking_eventrecord", "x", "--month", "February"], "February is not a month"),
        (["archive", "parking_eventrecord", "x", "--month", "2018-02"], "has no partition"),
        (["attach", "nothing.csv.gz"], "can't be read"),
    ],
)
def test_a_command_that_asks_for_what_is_not_there_says_so(words, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CommandError, match=said):
        call_command("partitions", *words)


def test_a_lock_that_somebody_holds_is_not_waited_for(transactional_db, process_env):
    import psycopg

    Frame.objects.create(codec="tts", received_at=FEBRUARY.start, body=b"x", outcome="accepted")
    with psycopg.connect(process_env["DATABASE_URL"]) as other:
        other.execute("LOCK TABLE sensors_frame_default IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(DatabaseError, match="lock timeout"):
            partitions.keeping.make(Month(Partitioned("sensors_frame", "received_at"), FEBRUARY.start))


# The tables as they stood before they lay in months, with rows of two months and one far ahead.
BEFORE = {
    "parking.migrations.0015_events_by_month": (
        """
        CREATE TABLE parking_eventrecord (
            id bigint GENERATED BY DEFAULT AS IDENTITY, source varchar(64) NOT NULL, event_id varchar(160) NOT NULL,
            content uuid NOT NULL, kind varchar(12) NOT NULL, witness varchar(16) NOT NULL, device varchar(64) NOT NULL,
            observed_at timestamptz NOT NULL, received_at timestamptz NOT NULL, plate varchar(16) NOT NULL,
            plate_color varchar(16) NOT NULL, plate_confidence double precision, action_confidence double precision,
            sequence bigint, visit varchar(128) NOT NULL, revokes varchar(160) NOT NULL,
            picture_count smallint NOT NULL, detail text NOT NULL, frame bigint,
            berth_id bigint NOT NULL REFERENCES parking_berth DEFERRABLE INITIALLY DEFERRED,
            CONSTRAINT parking_eventrecord_pkey PRIMARY KEY (id),
            CONSTRAINT event_identity UNIQUE (source, event_id)
        );
        CREATE INDEX event_berth_time ON parking_eventrecord (berth_id, observed_at);
        INSERT INTO parking_eventrecord (source, event_id, content, kind, witness, device, observed_at, received_at,
            plate, plate_color, visit, revokes, picture_count, detail, berth_id)
        SELECT 's', n::text, gen_random_uuid(), 'arrival', 'patrol', '', moment, moment, 'X', 'blue', '', '', 0, '',
            (SELECT min(id) FROM parking_berth)
        FROM unnest(%(moments)s::timestamptz[]) WITH ORDINALITY AS t(moment, n);
        """,
        "_EVENTS",
        "parking_eventrecord",
    ),
    "sensors.migrations.0007_frames_by_month": (
        """
        CREATE TABLE sensors_frame (
            id bigint GENERATED BY DEFAULT AS IDENTITY, codec varchar(32) NOT NULL, received_at timestamptz NOT NULL,
            content_type varchar(128) NOT NULL, body bytea NOT NULL, outcome varchar(10) NOT NULL,
            reason varchar(64) NOT NULL, rejections jsonb NOT NULL, accepted integer NOT NULL,
            duplicates integer NOT NULL, source_id bigint REFERENCES sensors_source DEFERRABLE INITIALLY DEFERRED,
            query jsonb NOT NULL, CONSTRAINT sensors_frame_pkey PRIMARY KEY (id)
        );
        CREATE INDEX frame_time ON sensors_frame (received_at);
        CREATE INDEX frame_trouble ON sensors_frame (received_at DESC) WHERE outcome <> 'accepted';
        INSERT INTO sensors_frame (codec, received_at, content_type, body, outcome, reason, rejections, accepted,
            duplicates, query)
        SELECT 'tts', moment, '', 'x', 'accepted', '', '[]', 1, 0, '{}'
        FROM unnest(%(moments)s::timestamptz[]) AS moment;
        """,
        "_FRAMES",
        "sensors_frame",
    ),
}


@pytest.mark.parametrize("name", BEFORE)
def test_a_database_with_rows_is_brought_into_months_and_goes_on_counting(name):
    old, statements, table = BEFORE[name]
    moments = [datetime(2019, 2, 3, tzinfo=UTC), MARCH.start, datetime(2044, 1, 1, tzinfo=UTC)]
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA before; SET LOCAL search_path = before, public")
        cursor.execute(old, {"moments": moments})
        cursor.execute(getattr(importlib.import_module(name), statements))
        cursor.execute(f"SELECT id, tableoid::regclass::text FROM before.{table} ORDER BY id")
        assert cursor.fetchall() == [
            (1, f"{table}_2019_02"),
            (2, f"{table}_2019_03"),
            (3, f"{table}_2044_01"),
        ]
        cursor.execute(f"SELECT nextval(pg_get_serial_sequence('before.{table}', 'id'))")
        assert cursor.fetchone() == (4,)
        if table == "parking_eventrecord":
            cursor.execute("SELECT source, event_id, observed_at FROM before.parking_eventkey ORDER BY event_id")
            assert cursor.fetchall() == [("s", str(number + 1), moment) for number, moment in enumerate(moments)]
