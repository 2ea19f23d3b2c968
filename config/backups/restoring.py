"""Giving a backup back: into an empty database only, and compared with what was written down when it was taken."""

import tarfile
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection

from config.backups import facts, manifest, programs
from config.backups.manifest import BackupError, Manifest
from parking import invariants, pulse
from parking.models import InvariantCheck

_THERE = """
SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
    AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
ORDER BY 1 LIMIT 4
"""


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back. `same_keys` tells whether this installation's SECRET_KEY is the one of the backup."""

    manifest: Manifest
    breaks: dict[str, int]
    unchecked: list[str]
    same_keys: bool


def restore(folder: Path, *, media: bool = False) -> Restored:
    """Fill the empty database from the folder and compare; raises BackupError when anything differs or is refused.

    All or nothing for the tables: pg_restore works in one transaction. The invariants are asked as of the moment of
    the backup, so that what was due then does not count as late now.
    """
    wanted = manifest.load(folder)
    _refuse_unless_empty()
    _refuse_pictures(folder, wanted, media=media)
    released = max(programs.major(), _release(wanted))
    programs.run(
        programs.find("pg_restore", major=released),
        ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", str(folder / manifest.DUMP)],
    )
    with programs.opened().cursor() as cursor:
        cursor.execute("ANALYZE")
        differences = wanted.facts.differences(facts.read(cursor))
    if differences:
        raise BackupError("the restored database differs from the backup: " + "; ".join(differences[:10]))
    if media:
        with tarfile.open(folder / manifest.MEDIA) as archive:
            archive.extractall(settings.MEDIA_ROOT, filter="data")
    return Restored(
        manifest=wanted,
        breaks=invariants.check(now=wanted.taken_at),
        unchecked=list(InvariantCheck.objects.exclude(error="").order_by("name").values_list("name", flat=True)),
        same_keys=wanted.installation == pulse.installation(),
    )


def _refuse_unless_empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute(_THERE)
        there = [row[0] for row in cursor.fetchall()]
    if there:
        raise BackupError(
            f"the database is not empty ({', '.join(there)} ...): restore into a new one, and name that in DATABASE_URL"
        )


def _refuse_pictures(folder: Path, wanted: Manifest, *, media: bool) -> None:
    if not media:
        return
    if manifest.MEDIA not in wanted.digests:
        raise BackupError(f"{folder} was taken without pictures")
    root = Path(settings.MEDIA_ROOT)
    if root.exists() and any(root.iterdir()):
        raise BackupError(f"{root} is not empty: name an empty folder in OPENBERTH_MEDIA")


def _release(wanted: Manifest) -> int:
    return int(wanted.server.split(".", maxsplit=1)[0])
