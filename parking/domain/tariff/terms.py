"""The words the parts of a tariff share. Times are seconds, money exact fractions of the minor unit."""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Final

DAY_S: Final = 86_400
FOREVER: Final = 1 << 40  # seconds; longer than any stay


ONCE: Final = Fraction(1)  # compared by identity where speed counts


@dataclass(frozen=True, slots=True)
class Text:
    """The same words in Chinese and English."""

    zh: str
    en: str


class Exceeded(StrEnum):
    """What becomes of free time once the stay outlasts it."""

    CHARGED = "charged"  # charged from the first minute
    SKIPPED = "skipped"  # not charged, and the clock starts after it
    WAIVED = "waived"  # not charged, but the clock had started


class Measure(StrEnum):
    """What free time and limits are compared with."""

    STAY = "stay"
    CHARGEABLE = "chargeable"
