"""`check_invariants`: I1 to I14 over the tables, now."""

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from parking import invariants, orders
from parking.domain.invariants import WORDS
from parking.models import InvariantBreak, InvariantCheck


class Command(BaseCommand):
    """Fails when one is broken or could not be checked."""

    help = "Check I1 to I14 over the last seven days and say what breaks them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """--at."""
        parser.add_argument("--at", default="", help="as of this moment (RFC 3339) and not of now")

    def handle(self, *args: Any, at: str, **options: Any) -> None:
        """One line each, with what was found."""
        found = invariants.check(now=_moment(at) if at else timezone.now())
        failed = dict(InvariantCheck.objects.exclude(error="").values_list("name", "error"))
        for name, count in found.items():
            said = (
                f"could not be checked: {failed[name]}" if name in failed else f"{count} breaks" if count else "holds"
            )
            self.stdout.write(f"{name:4} {said:10} {WORDS[name][1]}")
        for each in InvariantBreak.objects.filter(gone_at=None).order_by("name", "id")[:100]:
            self.stdout.write(f"     {each.name}: {each.words}")
        if failed or any(found.values()):
            raise CommandError("Invariants are broken or could not be checked.")


def _moment(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"--at: {text} is not a time") from error
    return at if at.tzinfo else at.replace(tzinfo=orders.CITY_TIME)
