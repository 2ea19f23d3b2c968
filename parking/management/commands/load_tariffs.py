"""`load_tariffs FILE`: tariffs in the form of docs/tariffs.md."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from parking import tariffs


class Command(BaseCommand):
    """Idempotent; a wrong rule is refused with the path of the field and the reason, the others are taken."""

    help = "Tariffs in our documented JSON form: one document, a list of them, or {'tariffs': [...]}."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """FILE."""
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """Load and report."""
        try:
            data = json.loads(options["file"].read_text(encoding="utf-8-sig"))
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}") from error
        except ValueError as error:
            raise CommandError(f"{options['file']}: not JSON: {error}") from error
        if isinstance(data, dict) and isinstance(data.get("tariffs"), list):
            data = data["tariffs"]
        loaded = tariffs.load(data if isinstance(data, list) else [data], now=timezone.now())
        refused = 0
        for each in loaded:
            if each.state == "refused":
                refused += 1
                self.stderr.write(f"refused {each.code or '?'}: {each.path}: {each.reason}")
            else:
                self.stdout.write(f"{each.state} {each.code} v{each.version}")
        self.stdout.write(f"{len(loaded) - refused} loaded, {refused} refused")
        if refused:
            raise CommandError(f"{refused} of {len(loaded)} tariffs refused")
