"""A device's curves as SVG: numbers in, coordinates out. Nothing here reads a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

_WIDTH, _HEIGHT = 480, 130
_LEFT, _RIGHT, _TOP, _FLOOR = 52.0, 470.0, 10.0, 104.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One picture: columns or a line between two level lines, with words for those who can't see it."""

    title: str
    words: str
    low: str
    high: str
    first: str
    last: str
    points: str = ""
    bars: Sequence[tuple[float, float, float, float, str]] = ()
    dots: Sequence[tuple[float, float, str]] = ()
    width: int = _WIDTH
    height: int = _HEIGHT
    left: float = _LEFT
    right: float = _RIGHT
    top: float = _TOP
    floor: float = _FLOOR


def line(
    samples: Sequence[tuple[datetime, float]], *, title: str, unit: str, since: datetime, until: datetime
) -> Curve | None:
    """A line through samples (moment, value) in order of time; None without any. The axis ends at the extremes."""
    if not samples:
        return None
    low, high = min(value for _, value in samples), max(value for _, value in samples)
    slack = (high - low) * 0.1 or max(abs(high) * 0.05, 0.5)
    bottom, span = low - slack, high - low + 2 * slack
    stretch = (until - since).total_seconds()

    def spot(at: datetime, value: float) -> tuple[float, float]:
        along = min(1.0, max(0.0, (at - since).total_seconds() / stretch))
        return round(_LEFT + (_RIGHT - _LEFT) * along, 1), round(_FLOOR - (_FLOOR - _TOP) * (value - bottom) / span, 1)

    spots = [(*spot(at, value), f"{at:%m-%d %H:%M} {value:.4g} {unit}") for at, value in samples]
    return Curve(
        title=title,
        words=f"{low:.4g} – {high:.4g} {unit}; {samples[-1][1]:.4g} {unit}",
        low=f"{bottom:.4g}",
        high=f"{bottom + span:.4g}",
        first=f"{since:%m-%d %H:%M}",
        last=f"{until:%m-%d %H:%M}",
        points=" ".join(f"{x},{y}" for x, y, _ in spots),
        dots=spots if len(spots) <= 60 else (),
    )


def columns(counts: Sequence[tuple[datetime, int]], *, title: str, unit: str) -> Curve:
    """A column for each stretch of time (its beginning, how many), in order of time and at least one."""
    most = max(1, *(count for _, count in counts))
    step = (_RIGHT - _LEFT) / len(counts)

    def height(count: int) -> float:
        return round((_FLOOR - _TOP) * count / most, 1)

    return Curve(
        title=title,
        words=f"{sum(count for _, count in counts)} {unit}",
        low="0",
        high=f"{most}",
        first=f"{counts[0][0]:%m-%d %H:%M}",
        last=f"{counts[-1][0]:%m-%d %H:%M}",
        bars=[
            (
                round(_LEFT + step * place + 0.5, 1),
                round(_FLOOR - height(count), 1),
                round(step - 1, 1),
                height(count),
                f"{at:%m-%d %H:%M} {count} {unit}",
            )
            for place, (at, count) in enumerate(counts)
        ],
    )
