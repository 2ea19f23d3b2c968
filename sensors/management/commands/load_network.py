"""`load_network FILE`: roads, berths and devices from GeoJSON or CSV."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from parking.domain.network import NetworkFileError
from sensors import network
from sensors.network import Report


class Command(BaseCommand):
    """Load a network file and say what became of each row."""

    help = "Load roads, berths and devices from a CSV or GeoJSON file (plain or .gz); repeat it as often as you like."

    def add_arguments(self, parser: CommandParser) -> None:
        """The file and what to make of it."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--gcj02", action="store_true", help="the file's places are in GCJ-02, not in WGS-84")
        parser.add_argument("--dry-run", action="store_true", help="check and report, but write nothing")

    def handle(self, *args: Any, file: Path, gcj02: bool, dry_run: bool, **options: Any) -> None:
        """Load; refused rows are listed with line and reason, and fail the command only when no row was taken."""
        try:
            report = network.load(file.read_bytes(), now=timezone.now(), gcj02=gcj02, dry_run=dry_run)
        except (OSError, NetworkFileError) as error:
            raise CommandError(f"{file}: {error}") from error
        for refusal in report.refused:
            field = f"{refusal.field}: " if refusal.field else ""
            self.stdout.write(f"line {refusal.line}: {field}{refusal.reason}")
        for name in report.new_sources:
            self.stdout.write(f"source {name} is new and has no key yet: manage.py create_source {name}")
        self.stdout.write(table(report))
        if dry_run:
            self.stdout.write("Nothing was written (--dry-run).")
        if report.refused and len(report.refused) == report.rows:
            raise CommandError("every row was refused")


def table(report: Report) -> str:
    """The closing table as text."""
    lines = [f"{'':<14}{'created':>10}{'updated':>10}{'unchanged':>10}"]
    for name, count in report.counts.items():
        lines.append(f"{name:<14}{count.created:>10,}{count.updated:>10,}{count.unchanged:>10,}")
    lines.append(f"{report.rows:,} rows read, {len(report.refused):,} refused")
    return "\n".join(lines)
