"""From how a road changed in past weeks to how many of its berths will be free."""

from collections.abc import Sequence
from statistics import median
from typing import Final

FEWEST: Final = 6


def free_at_arrival(*, changes: Sequence[int], berths: int, occupied: int) -> tuple[int, int, int] | None:
    """(middle, low, high) free berths; None with fewer than six past changes.

    Low and high follow the smallest and largest of up to nine past changes, of more those that leave a tenth outside on
    each side. A next change lies between the edges of n earlier ones (n - 1) times in (n + 1): with eight weeks about
    four times in five.
    """
    if len(changes) < FEWEST:
        return None
    ordered = sorted(changes)
    last = len(ordered) - 1
    cut = len(ordered) // 10
    middle = round(median(ordered))

    def free(change: int) -> int:
        return max(0, min(berths, berths - occupied - change))

    return free(middle), free(ordered[last - cut]), free(ordered[cut])
