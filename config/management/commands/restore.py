"""`restore`: a backup given back into an empty database, compared and checked."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config import backups


class Command(BaseCommand):
    """Refuses a database with tables in it, and a backup whose files are not what was written."""

    help = "Restore the backup BACKUP (a folder that `backup` made) into the empty database of DATABASE_URL."
    # The tables come with the backup: whatever asks for them would fail before.
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """BACKUP, --media."""
        parser.add_argument("folder", metavar="BACKUP", type=Path)
        parser.add_argument("--media", action="store_true", help="the pictures too, into an empty OPENBERTH_MEDIA")

    def handle(self, *args: Any, folder: Path, media: bool, **options: Any) -> None:
        """Restore, compare with the manifest, and check I1 to I14; fails when anything differs."""
        try:
            restored = backups.restore(folder, media=media)
        except (backups.BackupError, OSError) as trouble:
            raise CommandError(f"Not restored: {trouble}") from trouble
        found = restored.manifest.facts
        self.stdout.write(
            f"{sum(found.rows.values())} rows in {len(found.rows)} tables and {len(found.sums_fen)} sums are as they "
            f"were at {restored.manifest.taken_at.isoformat()}"
        )
        if not restored.same_keys:
            self.stdout.write("SECRET_KEY is not that of the backup: people must sign in anew, and what was sealed "
                              "under it opens only when it is named in SOURCE_SECRETS_OLD_KEYS")  # fmt: skip
        broken = {name: count for name, count in restored.breaks.items() if count}
        if broken or restored.unchecked:
            raise CommandError(f"Restored, but invariants are broken {broken} or unchecked {restored.unchecked}")
        self.stdout.write(f"{len(restored.breaks)} invariants hold")
