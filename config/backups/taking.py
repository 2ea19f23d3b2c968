"""Taking a backup: a dump and the numbers to prove it by, of one and the same moment."""

import shutil
import tarfile
from datetime import datetime
from pathlib import Path

import psycopg
from django.conf import settings

from config.backups import facts, manifest, programs
from config.backups.manifest import BackupError, Manifest
from parking import pulse

_STEM = "openberth-"


def take(folder: Path, *, now: datetime, media: bool = False) -> Path:
    """Put a backup into a new folder inside `folder` and give that; raises BackupError and leaves none half made.

    The work goes on meanwhile: nothing is locked but against changes of the tables' form.
    """
    place = folder / f"{_STEM}{now:%Y%m%dT%H%M%SZ}"
    fresh = place.with_suffix(".partial")
    if place.exists():
        raise BackupError(f"{place} is there already")
    shutil.rmtree(fresh, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    # Plates, phones and keys lie in it: for the owner's eyes only.
    fresh.mkdir(mode=0o700)
    try:
        _fill(fresh, now=now, media=media)
        fresh.rename(place)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    return place


def prune(folder: Path, *, keep: int) -> list[Path]:
    """Delete all but the newest `keep` whole backups in the folder; gives those deleted."""
    whole = sorted(each for each in folder.glob(f"{_STEM}*") if (each / manifest.NAME).is_file())
    old = whole[: max(0, len(whole) - keep)]
    for each in old:
        shutil.rmtree(each)
    return old


def _fill(folder: Path, *, now: datetime, media: bool) -> None:
    dumper = programs.find("pg_dump", major=programs.major())
    info = programs.opened().info
    # Beside Django's connection: its transaction lasts as long as the dump.
    with psycopg.connect(info.dsn, password=info.password or None) as beside, beside.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot(), current_setting('server_version')")
        told = cursor.fetchone()
        assert told is not None
        snapshot, server = told
        programs.run(
            dumper,
            [f"--file={folder / manifest.DUMP}", "--format=custom", "--compress=6", f"--snapshot={snapshot}"],
        )
        counted = facts.read(cursor)
    (folder / manifest.DUMP).chmod(0o600)
    names = [manifest.DUMP]
    if media:
        _pack(folder / manifest.MEDIA)
        names.append(manifest.MEDIA)
    Manifest(
        taken_at=now,
        server=server,
        installation=pulse.installation(),
        digests={name: manifest.digest(folder / name) for name in names},
        facts=counted,
    ).write(folder)


def _pack(path: Path) -> None:
    root = Path(settings.MEDIA_ROOT)
    with tarfile.open(path, "w") as archive:
        if root.exists():
            archive.add(root, arcname=".")
    path.chmod(0o600)
