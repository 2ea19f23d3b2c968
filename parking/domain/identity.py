"""Whether two reads may be one car: the same plate, one a reader's confusion of the other, or two cars.

The confusable signs are those that published recognisers were measured to swap (see `plate.CONFUSABLE`). A confusable
pair keeps an arrival and a departure together for a person to look at; it never proves whose car it was.
"""

from enum import StrEnum
from functools import lru_cache

from parking.domain.plate import CONFUSABLE, PROVINCES


class Likeness(StrEnum):
    """How two reads of a plate stand to each other."""

    SAME = "same"
    CONFUSABLE = "confusable"
    OTHER = "other"
    UNKNOWN = "unknown"  # one of the two was not read


_PAIRS = frozenset(pair for pair in CONFUSABLE) | frozenset(pair[::-1] for pair in CONFUSABLE)


@lru_cache(maxsize=65536)
def compare(one: str, other: str) -> Likeness:
    """Compare two normalised plates; "" is a plate that was not read.

    Confusable are: up to two signs in measured confusion, another province sign, or one sign gained or lost.
    """
    if not one or not other:
        return Likeness.UNKNOWN
    if one == other:
        return Likeness.SAME
    if len(one) == len(other):
        swapped = [a + b for a, b in zip(one, other, strict=True) if a != b]
        if len(swapped) > 2:
            return Likeness.OTHER
        return Likeness.CONFUSABLE if all(_confused(pair) for pair in swapped) else Likeness.OTHER
    long, short = (one, other) if len(one) > len(other) else (other, one)
    if len(long) - len(short) == 1 and any(long[:at] + long[at + 1 :] == short for at in range(len(long))):
        return Likeness.CONFUSABLE
    return Likeness.OTHER


def _confused(pair: str) -> bool:
    return pair in _PAIRS or (pair[0] in PROVINCES and pair[1] in PROVINCES)
