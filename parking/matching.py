"""Which stay is which session: by overlap, not by arrival time. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from parking.domain.fusion import Stay


@dataclass(frozen=True, slots=True)
class Standing:
    """An unbilled session as it stands in the table."""

    id: int
    number: str
    arrived_at: datetime
    left_at: datetime | None
    contested: bool
    arrival_event: str
    plate: str = ""
    berth_id: int = 0


def event_name(key: tuple[str, str] | None) -> str:
    """(source, event_id) as one word."""
    return f"{key[0]}/{key[1]}" if key else ""


def match(
    stays: Sequence[Stay], standing: Sequence[Standing], *, now: datetime
) -> tuple[list[tuple[Stay, Standing | None]], list[Standing]]:
    """Each stay with the session it continues (None: a new one), and the sessions that no stay continues.

    The same arrival event wins, then the longest overlap.
    """
    free = list(standing)
    pairs: dict[int, Standing] = {}
    for index, stay in enumerate(stays):
        name = event_name(stay.arrival_event)
        same = next((each for each in free if name and each.arrival_event == name), None)
        if same is not None:
            pairs[index] = same
            free.remove(same)
    for index, stay in enumerate(stays):
        if index in pairs:
            continue
        overlapping = [each for each in free if each.contested == stay.contested and _overlap(stay, each, now) > 0]
        if overlapping:
            best = max(overlapping, key=lambda each: (_overlap(stay, each, now), each.id))
            pairs[index] = best
            free.remove(best)
    return [(stay, pairs.get(index)) for index, stay in enumerate(stays)], free


def _overlap(stay: Stay, standing: Standing, now: datetime) -> float:
    """Seconds in common; an open end reaches to `now`, and never lies before its own beginning."""
    start = max(stay.arrived_at, standing.arrived_at)
    stay_end = stay.left_at or max(now, stay.arrived_at)
    standing_end = standing.left_at or max(now, standing.arrived_at)
    return (min(stay_end, standing_end) - start).total_seconds()
