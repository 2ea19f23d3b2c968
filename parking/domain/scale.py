"""How full a road is, in five steps."""

LEVELS = (40, 60, 75, 90)


def level(percent: float) -> int:
    """The occupancy step 1 to 5 of a share in percent: under 40, 60, 75, 90, and above."""
    return 1 + sum(percent >= edge for edge in LEVELS)
