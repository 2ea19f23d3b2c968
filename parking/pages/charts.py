"""Geometry of the pictures drawn as SVG by the templates. Numbers in, coordinates out; nothing here reads a table."""

from collections.abc import Sequence
from dataclasses import dataclass, field

LEVELS = (40, 60, 75, 90)


def level(percent: float) -> int:
    """The occupancy step 1 to 5 of a share in percent: under 40, 60, 75, 90, and above."""
    return 1 + sum(percent >= edge for edge in LEVELS)


@dataclass(frozen=True, slots=True)
class Bar:
    """One column."""

    x: float
    y: float
    width: float
    height: float
    words: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A word under the chart."""

    x: float
    label: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A level line with its number."""

    y: float
    text_y: float
    label: str


@dataclass(frozen=True, slots=True)
class Hours:
    """Columns for the hours of today and a dashed line for the day before."""

    bars: Sequence[Bar]
    before: str
    ticks: Sequence[Tick]
    rules: Sequence[Rule]
    words: str
    width: int = 480
    height: int = 170
    left: int = 40
    right: int = 466
    label_x: int = 34
    tick_y: int = 164


def hours(today: Sequence[int], yesterday: Sequence[int], *, unit: str, words: str) -> Hours:
    """Two days by the hour, 24 values each; `today` may stop at the present hour."""
    top, floor, left, right = 10.0, 146.0, 40.0, 466.0
    most = _round_up(max([*today, *yesterday, 1]))
    step = (right - left) / 24

    def y(value: float) -> float:
        return round(floor - (floor - top) * value / most, 1)

    bars = [
        Bar(round(left + hour * step + 2, 1), y(value), round(step - 4, 1), round(floor - y(value), 1),
            f"{hour:02d}:00 {value} {unit}")
        for hour, value in enumerate(today)
    ]  # fmt: skip
    points = " ".join(f"{round(left + (hour + 0.5) * step, 1)},{y(value)}" for hour, value in enumerate(yesterday))
    return Hours(
        bars=bars,
        before=points if any(yesterday) else "",
        ticks=[Tick(round(left + hour * step, 1), f"{hour}") for hour in range(0, 25, 4)],
        rules=[Rule(y(value), y(value) + 4, f"{value:,}") for value in (0, most // 2, most)],
        words=words,
    )


def _round_up(most: int) -> int:
    """The next number people like to read on an axis, always even so that its half is whole."""
    size = 1
    while True:
        for lead in (2, 4, 6, 10):
            if most <= lead * size:
                return lead * size
        size *= 10


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a day: `kind` is paid or free."""

    kind: str
    x: float
    width: float
    middle: float
    label: str


@dataclass(frozen=True, slots=True)
class Band:
    """A day from 0 to 24."""

    parts: Sequence[Part]
    ticks: Sequence[Tick]
    words: str
    now_x: float | None = field(default=None)


_BAND_LEFT, _BAND_WIDTH = 10.0, 460.0


def band(stretches: Sequence[tuple[int, int, str, str]], *, words: str, now_minute: int | None = None) -> Band:
    """A day's band from stretches of (first minute, last minute, kind, label)."""

    def x(minute: float) -> float:
        return round(_BAND_LEFT + _BAND_WIDTH * minute / 1440, 1)

    parts = [
        Part(kind, x(first), round(x(last) - x(first), 1), x((first + last) / 2), label if last - first >= 120 else "")
        for first, last, kind, label in stretches
    ]
    ticks = [Tick(x(hour * 60), f"{hour}") for hour in range(0, 25, 4)]
    return Band(parts, ticks, words, None if now_minute is None else x(now_minute))
