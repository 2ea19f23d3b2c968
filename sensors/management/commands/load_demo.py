"""`load_demo`: the demo city of Xianning."""

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from sensors import demo
from sensors.management.commands.load_network import table


class Command(BaseCommand):
    """Load the demo city, or find that it stands."""

    help = "The demo city of Xianning: 26 roads, 3,730 berths, their devices, keys, a tariff and demo accounts."

    def handle(self, *args: Any, **options: Any) -> None:
        """Load it; demo accounts have a known password, so production refuses."""
        if settings.PRODUCTION:
            raise CommandError("the demo city has accounts with a known password: not in production")
        started = time.monotonic()
        report = demo.load(now=timezone.now(), keys_in=settings.DEMO_KEYS)
        if report is not None:
            self.stdout.write(table(report))
        self.stdout.write(f"The demo city stands (after {time.monotonic() - started:.1f} s).")
