"""`create_source NAME [--codec CODEC] [--signed]`: who may post events, and with which key."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from parking.domain.events import Witness
from sensors import addresses, keys
from sensors.codecs import CODECS


class Command(BaseCommand):
    """Makes a source, or a second key for one that stands; the key is printed once, alone on the last line."""

    help = "An ingest source (a vendor platform, a gateway, a patrol vehicle); prints its key once, on the last line."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """NAME, --codec, --kind."""
        parser.add_argument("name")
        parser.add_argument("--codec", default="", help="only this vendor's push; empty: the neutral events door")
        parser.add_argument("--signed", action="store_true", help="a key for HMAC signing; prints its name and secret")
        parser.add_argument(
            "--address",
            action="append",
            default=[],
            metavar="CIDR",
            help="only from this address or network; repeat it",
        )
        parser.add_argument("--kind", default="unknown", choices=[witness.value for witness in Witness])

    def handle(self, *args: Any, **options: Any) -> None:
        """Make it and say the key."""
        codec = options["codec"]
        if codec and codec not in CODECS:
            raise CommandError(f"unknown codec {codec}: one of {', '.join(sorted(CODECS))}")
        if len(options["name"]) > 64:
            raise CommandError("NAME is longer than 64 characters")
        named = {"name": options["name"], "codec": codec, "witness": Witness(options["kind"]), "now": timezone.now()}
        try:
            addresses.check(options["address"])
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        with transaction.atomic():
            if options["signed"]:
                source, signing_key = keys.create_signing_source(**named)
                key = f"{signing_key.name} {signing_key.secret}"
            else:
                source, key = keys.create_source(**named)
            if options["address"]:
                source.addresses = options["address"]
                source.save(update_fields=["addresses"])
        self.stderr.write(f"source {source.name} ({source.codec or 'events'}); keep this key, it is not shown again:")
        self.stdout.write(key)
