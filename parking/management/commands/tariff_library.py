"""`tariff_library`: the tariffs that ship, their worked examples priced, and the page that lists them."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from parking.domain import calendar
from parking.domain.tariff import catalogue, library

PAGE = "docs/tariffs-library.md"


class Command(BaseCommand):
    """Fails when an example comes out otherwise than its notice says; touches no database."""

    help = "Prices the worked examples of the tariffs that ship; each that comes out wrong is named."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--table --write."""
        parser.add_argument("--table", action="store_true", help=f"print {PAGE}")
        parser.add_argument("--write", action="store_true", help=f"write {PAGE}")

    def handle(self, *args: Any, **options: Any) -> None:
        """Price, print or write."""
        days = calendar.seeded()
        if options["table"]:
            self.stdout.write(catalogue.page(days), ending="")
        if options["write"]:
            Path(settings.BASE_DIR, PAGE).write_text(catalogue.page(days), encoding="utf-8")
        found, wrong = catalogue.score(map(library.load, library.names()), days)
        if not options["table"]:
            self.stdout.write(
                f"{len(library.names())} tariffs: {found.right} of {found.examples} examples right, "
                f"{found.independent_right} of {found.independent} independent"
            )
        for each in wrong:
            self.stderr.write(f"{each.code}: examples[{each.number}]: {each.wanted} expected, {each.got} priced")
        if wrong:
            raise CommandError(f"{len(wrong)} of {found.examples} examples wrong")
