"""`pull_dahua`: follow the event streams of Dahua cameras."""

import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from sensors import pull


class Command(BaseCommand):
    """Runs until it is told to stop."""

    help = "Follow the Dahua cameras of OPENBERTH_DAHUA: their event streams, and a poll of all spaces."

    def handle(self, *args: Any, **options: Any) -> None:
        """Follow until SIGTERM or Ctrl-C."""
        try:
            cameras = pull.cameras(settings.DAHUA_CAMERAS)
        except ValueError as reason:
            raise CommandError(str(reason)) from None
        if not cameras:
            raise CommandError("OPENBERTH_DAHUA names no camera")
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        for camera in cameras:
            pull.Puller(camera).start(stop)
        stop.wait()
