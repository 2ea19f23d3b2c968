"""`manage.py rebuild_figures`: throw the hourly sums away and make them anew from sessions and charges."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from parking.figures import rolling


class Command(BaseCommand):
    """The sums are derived: this changes nothing that `sweep` would not come to by itself."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        """From when on; the beginning where it isn't said."""
        parser.add_argument("--from", dest="from_at", default="", help="RFC 3339, with an offset")

    def handle(self, *args: Any, **options: Any) -> None:
        """Rebuild, then say how many rows stand."""
        from_at = None
        if options["from_at"]:
            from_at = parse_datetime(options["from_at"])
            if from_at is None or from_at.tzinfo is None:
                raise CommandError("--from must be an RFC 3339 time with an offset, such as 2026-11-01T00:00:00+08:00")
        made = rolling.rebuild(now=timezone.now(), from_at=from_at)
        self.stdout.write(f"{made} road hours")
