"""`partitions`: the tables that lie in months, seen, kept, archived and brought back."""

from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from parking import partitions
from parking.partitions import ArchiveError, Month
from parking.partitions.listing import later


class Command(BaseCommand):
    """What docs/storage.md calls for, by hand or by a timer of the host."""

    help = "Tables in a partition for each month: list | keep | archive TABLE MONTH DIR | attach FILE."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """list; keep; archive TABLE --month | --older-than, DIR; attach FILE."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("list", help="each month with its size")
        verbs.add_parser("keep", help="make the months that come; move rows without a month into one")
        archive = verbs.add_parser("archive", help="put months into files and take them out of the table")
        archive.add_argument("table")
        archive.add_argument("folder", metavar="DIR", type=Path)
        which = archive.add_mutually_exclusive_group(required=True)
        which.add_argument("--month", help="2026-01")
        which.add_argument("--older-than", type=int, metavar="N", help="every month that was over N months ago")
        attach = verbs.add_parser("attach", help="bring a month back from its file")
        attach.add_argument("file", type=Path)

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        """Do it; what was refused is said and fails the command."""
        now = timezone.now()
        if verb == "list":
            self._list(now)
        elif verb == "keep":
            self._keep(now)
        elif verb == "archive":
            self._archive(now, options)
        else:
            try:
                back = partitions.attach(options["file"])
            except ArchiveError as error:
                raise CommandError(str(error)) from error
            self.stdout.write(f"{back.rows} rows are back from {back.path}")

    def _list(self, now: datetime) -> None:
        for state in partitions.state(now=now):
            for month in partitions.months(state.table):
                self.stdout.write(f"{month.name:40} {month.size / 1e6:12.1f} MB")
            self.stdout.write(f"{state.table.strays:40} {state.strays:12} rows without a month")

    def _keep(self, now: datetime) -> None:
        kept = partitions.keep(now=now)
        for name in kept.made:
            self.stdout.write(f"made {name}")
        self.stdout.write(f"{kept.moved} rows were moved into their month")
        if kept.refused:
            raise CommandError("; ".join(kept.refused))

    def _archive(self, now: datetime, options: dict[str, Any]) -> None:
        refused = []
        try:
            table = partitions.find(options["table"])
        except ArchiveError as error:
            raise CommandError(str(error)) from error
        if options["month"]:
            wanted = [Month(table=table, start=_month(options["month"]))]
        else:
            before = later(table.month(now).start, -max(0, options["older_than"]))
            wanted = [month for month in partitions.months(table) if month.end <= before]
        for month in wanted:
            try:
                done = partitions.archive(month, options["folder"], now=now)
            except ArchiveError as error:
                refused.append(str(error))
            else:
                self.stdout.write(f"{done.rows} rows of {month.name} lie in {done.path}")
        if refused:
            raise CommandError("; ".join(refused))


def _month(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC)
    except ValueError as error:
        raise CommandError(f"--month: {text} is not a month such as 2026-01") from error
