"""`backup`: the database, and the pictures when asked, put away with their digests, rows and sums."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from config import backups


class Command(BaseCommand):
    """A backup of one moment, taken while the work goes on."""

    help = "Back the database up into a new folder inside DIR; the last line is that folder."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """DIR, --media, --keep."""
        parser.add_argument("folder", metavar="DIR", type=Path)
        parser.add_argument("--media", action="store_true", help="the pictures under OPENBERTH_MEDIA too")
        parser.add_argument("--keep", type=int, default=0, help="afterwards delete all but the newest so many in DIR")

    def handle(self, *args: Any, folder: Path, media: bool, keep: int, **options: Any) -> None:
        """Take it; a failed one leaves nothing behind and deletes nothing old."""
        try:
            taken = backups.take(folder, now=timezone.now(), media=media)
        except (backups.BackupError, OSError) as trouble:
            raise CommandError(f"No backup was taken: {trouble}") from trouble
        for old in backups.prune(folder, keep=keep) if keep > 0 else []:
            self.stdout.write(f"deleted {old}")
        self.stdout.write(str(taken))
