"""`create_token USERNAME [--role ROLE]`: an API token for a person or a system."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from parking import tokens


class Command(BaseCommand):
    """Prints the token once, alone on the last line."""

    help = "An API token with that person's rights (made if missing, with that role); printed once, on the last line."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """USERNAME, --role."""
        parser.add_argument("username")
        parser.add_argument("--role", default="", help=f"one of {', '.join(sorted(tokens.ROLES))}")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make it and say it."""
        try:
            token = tokens.create_token(username=options["username"], role=options["role"], now=timezone.now())
        except ValueError as error:
            raise CommandError(str(error)) from error
        self.stderr.write(f"token of {options['username']}; keep it, it is not shown again:")
        self.stdout.write(token)
