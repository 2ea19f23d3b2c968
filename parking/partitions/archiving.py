"""A month put away in a file and taken out of its table, and brought back from there."""

import gzip
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import psycopg
from django.db import DatabaseError, connection, transaction
from psycopg import sql

from parking.partitions.keeping import briefly, detach, make, rows, run
from parking.partitions.listing import Month, Partitioned, months, tables

_FORM = 1
_CHUNK = 1 << 20
# Why a month can't go yet, of the tables where that is more than a matter of age: the proof of what may still be asked.
_NEEDED: Mapping[str, str] = MappingProxyType(
    {
        "parking_eventrecord": """
            SELECT (SELECT count(*) FROM parking_parkingsession s LEFT JOIN payments_charge c ON c.id = s.charge_id
                WHERE s.arrived_at < {end} AND (s.left_at IS NULL OR s.left_at >= {start})
                    AND (s.status IN ('parked', 'ended', 'held') OR c.status = 'open'
                        OR EXISTS (SELECT 1 FROM parking_discrepancy d
                            WHERE d.session_id = s.id AND d.closed_at IS NULL)
                        OR EXISTS (SELECT 1 FROM parking_appeal a
                            WHERE a.session_id = s.id AND a.status IN ('open', 'waits')))),
            (SELECT count(*) FROM parking_staleberth WHERE since_at < {end})
        """,
    }
)
_COLUMNS = """
SELECT attname FROM pg_attribute WHERE attrelid = {}::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum
"""
_EACH = "SELECT count(*), sum(hashtextextended(one::text, 0)::numeric) FROM {} AS one"


class ArchiveError(Exception):
    """A month can't be archived or brought back; the words say why."""


@dataclass(frozen=True, slots=True)
class Archived:
    """Where a month lies now and how many rows it has."""

    path: Path
    rows: int


def archive(month: Month, folder: Path, *, now: datetime) -> Archived:
    """Write the month's rows into a file, read the file back, and only then let the partition go.

    Raises ArchiveError when the month isn't over, something of it may still be needed, or it changed meanwhile.
    """
    if month.start not in {each.start for each in months(month.table)}:
        raise ArchiveError(f"{month.name} has no partition")
    if now < month.end:
        raise ArchiveError(f"{month.name} is not over")
    _refuse_while_needed(month)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{month.name}.csv.gz"
    if path.exists():
        raise ArchiveError(f"{path} is there already")
    leaf = sql.Identifier(month.name)
    columns = [row[0] for row in rows(_COLUMNS, sql.Literal(month.name))]
    with transaction.atomic():
        # Rows may be read meanwhile, none may come, change or go: what was written is what is dropped.
        run("SET LOCAL lock_timeout = '3s'")
        run("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE", leaf)
        try:
            _write(path, leaf, columns)
            counted = _refuse_unless_whole(path, leaf, columns)
            _note(path, month=month, columns=columns, count=counted, now=now)
            with briefly():
                detach(month)
                run("DROP TABLE {}", leaf)
        except BaseException:
            for left in (path, _manifest(path)):
                left.unlink(missing_ok=True)
            raise
    return Archived(path=path, rows=counted)


def attach(path: Path) -> Archived:
    """Bring an archived month back into its table; rows of that month that came later stay beside.

    Raises ArchiveError when the file is not what was written or its rows are there already.
    """
    try:
        told: dict[str, Any] = json.loads(_manifest(path).read_text())
        start = datetime.fromisoformat(told["start"])
        columns, wanted = told["columns"], told["rows"]
        table = next(each for each in tables() if each.name == told["table"])
    except (OSError, ValueError, KeyError, StopIteration) as trouble:
        raise ArchiveError(f"{_manifest(path)} can't be read as an archive's manifest ({trouble!r})") from trouble
    if told.get("form") != _FORM or not path.is_file() or _digest(path) != told["sha256"]:
        raise ArchiveError(f"{path} is not what was written: its form or its SHA-256 differs from the manifest's")
    month = Month(table=table, start=start)
    if start not in {each.start for each in months(table)}:
        make(month)
    try:
        with transaction.atomic():
            filled = _fill(sql.Identifier(month.name), path, columns)
            if filled != wanted:
                raise ArchiveError(f"{path} gave {filled} rows and not {wanted}")
    except (DatabaseError, psycopg.Error) as error:  # COPY's own errors don't pass through Django
        raise ArchiveError(f"{path} could not be brought back: {str(error).strip()}") from error
    return Archived(path=path, rows=wanted)


def find(name: str) -> Partitioned:
    """The table of this name; raises ArchiveError with the names there are."""
    found = {each.name: each for each in tables()}
    if name not in found:
        raise ArchiveError(f"{name} does not lie in months; these do: {', '.join(found)}")
    return found[name]


def _refuse_while_needed(month: Month) -> None:
    asked = _NEEDED.get(month.table.name)
    if asked is None:
        return
    ((sessions, folds),) = rows(asked, start=sql.Literal(month.start), end=sql.Literal(month.end))
    if sessions or folds:
        raise ArchiveError(
            f"{month.name} is still needed: {sessions} sessions of it are unfinished, unpaid or in dispute, "
            f"{folds} folds wait for it"
        )


def _write(path: Path, leaf: sql.Composable, columns: list[str]) -> None:
    copy = sql.SQL("COPY (SELECT {} FROM {} ORDER BY 1) TO STDOUT (FORMAT csv)").format(
        sql.SQL(", ").join(map(sql.Identifier, columns)), leaf
    )
    opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(opened, "wb") as bare:
        with (
            gzip.GzipFile(fileobj=bare, mode="wb", mtime=0) as file,
            connection.cursor() as cursor,
            cursor.copy(copy) as out,
        ):
            for chunk in out:
                file.write(chunk)
        bare.flush()
        os.fsync(bare.fileno())


def _refuse_unless_whole(path: Path, leaf: sql.Composable, columns: list[str]) -> int:
    """Read the file back as `attach` would, compare every row with the month's, and give how many there are."""
    again = sql.Identifier("archive_read_back")
    # On commit it would still depend on what is dropped before.
    run("CREATE TEMPORARY TABLE {} (LIKE {})", again, leaf)
    _fill(again, path, columns)
    (kept,), (written,) = rows(_EACH, leaf), rows(_EACH, again)
    run("DROP TABLE {}", again)
    if kept != written:
        raise ArchiveError(f"{path} holds {written[0]} rows and not the {kept[0]} of the month, or others")
    return int(kept[0])


def _fill(into: sql.Composable, path: Path, columns: list[str]) -> int:
    copy = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(
        into, sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with gzip.open(path) as file, connection.cursor() as cursor:
        with cursor.copy(copy) as copying:
            while chunk := file.read(_CHUNK):
                copying.write(chunk)
        return int(cursor.rowcount)


def _note(path: Path, *, month: Month, columns: list[str], count: int, now: datetime) -> None:
    told = {
        "form": _FORM,
        "table": month.table.name,
        "start": month.start.astimezone(UTC).isoformat(),
        "columns": columns,
        "rows": count,
        "sha256": _digest(path),
        "archived_at": now.isoformat(),
    }
    _manifest(path).write_text(json.dumps(told, indent=1) + "\n")


def _manifest(path: Path) -> Path:
    return path.with_name(path.name.removesuffix(".csv.gz") + ".json")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
