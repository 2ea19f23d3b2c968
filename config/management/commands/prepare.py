"""What must be done before the processes start, and again after every change of version."""

import hashlib
import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from parking import roles
from payments.invoicing import demo as invoices
from sensors import demo


class Command(BaseCommand):
    """Bring the database, the demo city and the static files up to date."""

    help = "Migrate, load the demo city, gather the static files: each only where something is to be done."

    def add_arguments(self, parser: CommandParser) -> None:
        """`--no-demo` for an installation with streets of its own."""
        parser.add_argument("--no-demo", action="store_true", help="load no demo city")

    def handle(self, *args: Any, no_demo: bool, **options: Any) -> None:
        """Do it; safe to repeat and to interrupt."""
        call_command("migrate", interactive=False, verbosity=0)
        roles.grant()
        gather_static()
        if settings.DEMO and not no_demo:
            call_command("load_demo")
            invoices.furnish()
            staff = ", ".join(person.username for person in demo.STAFF)
            # `make run` shows the last line in its own.
            self.stdout.write(
                f"driver {demo.DRIVER_PHONE} (the page shows the code); {staff} (password {demo.STAFF_PASSWORD})"
            )


def gather_static() -> bool:
    """Run collectstatic when a source file changed since it last did; tells whether it ran."""
    root = Path(settings.STATIC_ROOT)
    stamp = root / ".gathered-from"
    sources = _sources()
    if stamp.exists() and stamp.read_text() == sources:
        return False
    stamp.unlink(missing_ok=True)
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(sources)
    return True


def _sources() -> str:
    # Compressing some hundred files takes seconds, looking at them does not.
    seen = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            found = os.stat(storage.path(name))
            seen.update(f"{name} {found.st_size} {found.st_mtime_ns}\n".encode())
    return seen.hexdigest()
