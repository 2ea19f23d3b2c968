"""Reading a plate from a picture: an interface, and the reader that asks the person.

A reader is named by PLATE_READER and answers within a second or so; whatever it guesses, a person confirms.
"""

from dataclasses import dataclass
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from parking.domain import plate as plates
from parking.domain.events import PLATE_COLORS


@dataclass(frozen=True, slots=True)
class Guess:
    """What a reader thinks stands there; "" when it can't tell."""

    plate: str = ""
    color: str = "unknown"
    confidence: float | None = None


class PlateReader(Protocol):
    """A reader: JPEG, PNG or WebP bytes in, one guess out. It may raise anything; then the person is asked."""

    def read(self, picture: bytes) -> Guess: ...


class AskThePerson:
    """No recogniser: the person reads the plate."""

    def read(self, picture: bytes) -> Guess:
        """Nothing."""
        return Guess()


def guess(picture: bytes) -> Guess:
    """The configured reader's guess, tidied; no guess where it fails or names what can't be a plate."""
    reader: PlateReader = import_string(settings.PLATE_READER)()
    try:
        found = reader.read(picture)
    except Exception:  # a recogniser of somebody else's must not stop an inspector
        return Guess()
    plate = plates.normalise(found.plate)
    if not plates.valid(plate):
        return Guess()
    return Guess(plate, found.color if found.color in PLATE_COLORS else "unknown", found.confidence)
