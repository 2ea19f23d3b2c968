"""`create_source NAME [--codec CODEC]`: who may post events, and with which key."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from parking.domain.events import Witness
from sensors import keys
from sensors.codecs import CODECS


class Command(BaseCommand):
    """Makes a source, or a second key for one that stands; the key is printed once, alone on the last line."""

    help = "An ingest source (a vendor platform, a gateway, a patrol vehicle); prints its key once, on the last line."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """NAME, --codec, --kind."""
        parser.add_argument("name")
        parser.add_argument("--codec", default="", help="only this vendor's push; empty: the neutral events door")
        parser.add_argument("--kind", default="unknown", choices=[witness.value for witness in Witness])

    def handle(self, *args: Any, **options: Any) -> None:
        """Make it and say the key."""
        codec = options["codec"]
        if codec and codec not in CODECS:
            raise CommandError(f"unknown codec {codec}: one of {', '.join(sorted(CODECS))}")
        if len(options["name"]) > 64:
            raise CommandError("NAME is longer than 64 characters")
        source, key = keys.create_source(
            name=options["name"], codec=codec, witness=Witness(options["kind"]), now=timezone.now()
        )
        self.stderr.write(f"source {source.name} ({source.codec or 'events'}); keep this key, it is not shown again:")
        self.stdout.write(key)
