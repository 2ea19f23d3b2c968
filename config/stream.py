"""The door for the ASGI server of the live page's events: `uvicorn config.stream:application`."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from parking.stream import application  # noqa: E402 - Django must stand before our rooms are entered

__all__ = ["application"]
