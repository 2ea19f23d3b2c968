"""`listen_mqtt`: take devices' bodies from an MQTT broker."""

import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from sensors import mqtt


class Command(BaseCommand):
    """Runs until it is told to stop; see docs/devices.md for the routes."""

    help = "Take devices' bodies from the MQTT broker of OPENBERTH_MQTT_URL, as OPENBERTH_MQTT_ROUTES says."

    def handle(self, *args: Any, **options: Any) -> None:
        """Listen until SIGTERM or Ctrl-C."""
        if not settings.MQTT_URL:
            raise CommandError("OPENBERTH_MQTT_URL names no broker")
        try:
            routes = mqtt.routes(settings.MQTT_ROUTES)
            if not routes:
                raise CommandError("OPENBERTH_MQTT_ROUTES names no topics")
            listener = mqtt.Listener(url=settings.MQTT_URL, routes=routes, client_id=settings.MQTT_CLIENT_ID)
        except ValueError as reason:
            raise CommandError(str(reason)) from None
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        listener.run(stop)
