"""Appeals as the figures need them. The one place that knows where they are kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Appeals:
    """Appeals made in a period: how many, how many of them are decided, how many of those for the driver."""

    made: int
    decided: int
    overturned: int


def count(road_ids: Sequence[int], *, from_at: datetime, to_at: datetime) -> Appeals | None:
    """The appeals about stays on these roads made in the half-open period; None while no appeals are kept."""
    return None
