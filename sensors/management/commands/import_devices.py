"""`import_devices FILE`: the register of devices from a CSV."""

import csv
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from sensors import registry


class Command(BaseCommand):
    """Enters each line and says what became of those that were refused."""

    help = f"Devices and where they stand, from a CSV with the columns {','.join(registry.COLUMNS)}."

    def add_arguments(self, parser: CommandParser) -> None:
        """FILE, --dry-run."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="check and report, but write nothing")

    def handle(self, *args: Any, file: Path, dry_run: bool, **options: Any) -> None:
        """Load; fails only when no line was taken."""
        try:
            text = file.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{file}: {error}") from error
        reader = csv.DictReader(text.splitlines())
        unknown = [name for name in reader.fieldnames or () if name not in registry.COLUMNS]
        if unknown or not reader.fieldnames:
            raise CommandError(f"unknown columns: {', '.join(unknown)} (known: {', '.join(registry.COLUMNS)})")
        with transaction.atomic():
            done = registry.load(enumerate(reader, start=2), now=timezone.now())
            transaction.set_rollback(dry_run)
        for refused in done.refused:
            self.stdout.write(f"line {refused.line}: {refused.column}: {refused.reason}")
        self.stdout.write(f"{done.added:,} entered, {done.unchanged:,} unchanged, {len(done.refused):,} refused")
        if dry_run:
            self.stdout.write("Nothing was written (--dry-run).")
        if done.refused and not done.added and not done.unchanged:
            raise CommandError("every line was refused")
