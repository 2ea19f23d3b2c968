"""A small town with money and an invoice, put away by command and given back into another database."""

import json
import subprocess
import sys
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from config import backups, env
from config.backups import programs
from parking import sessions
from parking.models import ParkingSession
from payments import charges, collection
from payments.models import Invoice, Leg
from tests import street
from tests.payments.conftest import _sandbox, keys_folder, sandbox  # noqa: F401
from tests.payments.invoicing.conftest import ask, go_on, mine, office, seller, vat  # noqa: F401

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def now():
    return datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def town(office, vat, ask, now):  # noqa: F811
    """Three stays: one debited and invoiced, one billed and unpaid, one still parked."""
    street.build()
    came, left = now - timedelta(hours=3), now - timedelta(hours=2)
    for berth, plate in (("A01", street.PLATE), ("A02", street.OTHER_PLATE)):
        street.say(street.event(came, "arrival", plate=plate, berth=berth), now=came)
        street.say(street.event(left, "departure", plate=plate, berth=berth), now=left)
    street.say(street.event(left, "arrival", plate="鄂L00001", berth="A03"), now=left)
    sessions.reconcile_due(now=now)
    collection.collect(now=now)
    collection.chase(now=now + timedelta(seconds=6))
    number = ParkingSession.objects.get(berth__code="A01").number
    assert charges.views([number])[number].status == "settled"
    ask(number)
    go_on(now, until=lambda: Invoice.objects.filter(status="issued").exists())
    assert Leg.objects.filter(account="vat_payable").exists()


@pytest.fixture
def other_database(process_env):
    """The environment of an empty database of its own beside the tests'."""
    name = f"restored_{uuid.uuid4().hex[:12]}"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
    address, question, options = process_env["DATABASE_URL"].partition("?")
    yield process_env | {"DATABASE_URL": f"{address.rpartition('/')[0]}/{name}{question}{options}"}
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


def taken(folder: Path) -> Path:
    call_command("backup", str(folder))
    (found,) = folder.glob("openberth-*")
    return found


def manage(*words, environment):
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=env.BASE_DIR, env=environment, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def test_a_town_comes_back_with_every_row_every_fen_and_its_invariants(town, other_database, tmp_path):
    folder = taken(tmp_path)
    restored = manage("restore", str(folder), environment=other_database)
    assert restored.returncode == 0, restored.stdout + restored.stderr
    assert "14 invariants hold" in restored.stdout
    with psycopg.connect(other_database["DATABASE_URL"]) as there, there.cursor() as cursor:
        found = backups.read(cursor)
    with programs.opened().cursor() as cursor:
        here = backups.read(cursor)
    # The check of the invariants writes down that it checked; nothing else may differ.
    changed = {name for name in here.rows if here.rows[name] != found.rows[name]}
    assert changed <= {"parking_invariantcheck"}
    assert (found.sums_fen, found.balances_fen) == (here.sums_fen, here.balances_fen)
    assert (found.rows["payments_invoice"], found.rows["parking_parkingsession"]) == (1, 3)
    assert found.balances_fen["vat_payable"] < 0
    again = manage("restore", str(folder), environment=other_database)
    assert again.returncode != 0
    assert "the database is not empty" in again.stderr


def test_a_database_with_tables_is_refused(tmp_path):
    with pytest.raises(CommandError, match="the database is not empty"):
        call_command("restore", str(taken(tmp_path)))


def test_a_dump_that_changed_on_its_way_is_refused(tmp_path):
    folder = taken(tmp_path)
    dump = (folder / "database.dump").read_bytes()
    (folder / "database.dump").write_bytes(dump[:-1] + bytes([dump[-1] ^ 1]))
    with pytest.raises(CommandError, match=r"database\.dump is not what was written"):
        call_command("restore", str(folder))


@pytest.mark.parametrize("text", ["", "[]", '{"form": 1}'])
def test_a_folder_without_a_whole_manifest_is_refused(tmp_path, text):
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(CommandError, match="can't be read as a backup's manifest"):
        call_command("restore", str(tmp_path))


def test_a_manifest_of_a_later_form_is_refused(tmp_path):
    folder = taken(tmp_path)
    told = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(told | {"form": 9}))
    with pytest.raises(CommandError, match="has form 9; this release reads form 1"):
        call_command("restore", str(folder))


def test_pictures_go_along_when_asked_and_only_into_an_empty_folder(tmp_path, settings):
    settings.MEDIA_ROOT = str(tmp_path / "media")
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "a.jpg").write_bytes(b"picture")
    call_command("backup", str(tmp_path / "backups"), "--media")
    (folder,) = (tmp_path / "backups").iterdir()
    assert {each.name for each in folder.iterdir()} == {"database.dump", "manifest.json", "media.tar"}
    assert {oct(each.stat().st_mode & 0o077) for each in (folder, folder / "database.dump")} == {"0o0"}
    with pytest.raises(CommandError, match="the database is not empty"):
        call_command("restore", str(folder), "--media")


def test_nothing_half_made_stays_when_the_dump_fails(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    broken = tmp_path / "pg_dump"
    broken.write_text(
        "#!/bin/sh\n[ \"$1\" = --version ] && echo 'pg_dump (PostgreSQL) 15.1' && exit\necho full >&2; exit 1\n"
    )
    broken.chmod(0o755)
    monkeypatch.setattr(programs, "find", lambda name, *, major: broken)
    with pytest.raises(CommandError, match="pg_dump ended with code 1: full"):
        call_command("backup", str(tmp_path / "backups"))
    assert list((tmp_path / "backups").iterdir()) == []


def test_the_newest_backups_are_kept_and_no_half_one_is_counted(tmp_path):
    for name in ("openberth-20260101T000000Z", "openberth-20260102T000000Z", "openberth-20260103T000000Z"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "manifest.json").touch()
    (tmp_path / "openberth-20260104T000000Z.partial").mkdir()
    (tmp_path / "else").mkdir()
    assert [each.name for each in backups.prune(tmp_path, keep=2)] == ["openberth-20260101T000000Z"]
    assert len(list(tmp_path.iterdir())) == 4


def test_a_program_older_than_the_server_is_not_taken():
    with pytest.raises(backups.BackupError, match="no pg_dump of PostgreSQL 99 or later was found"):
        programs.find("pg_dump", major=99)
