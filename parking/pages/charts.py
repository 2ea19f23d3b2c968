"""Geometry of the pictures drawn as SVG by the templates. Numbers in, coordinates out; nothing here reads a table."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from parking.domain.scale import level as level


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
class Days:
    """Three days as lines over the hours, in percent: today, the day before, the same weekday a week ago."""

    today: str
    yesterday: str
    week_ago: str
    now_x: float
    now_y: float
    ticks: Sequence[Tick]
    rules: Sequence[Rule]
    words: str
    width: int = 480
    height: int = 170
    left: int = 40
    right: int = 466
    label_x: int = 34
    tick_y: int = 164


def days(three: tuple[Sequence[float], Sequence[float], Sequence[float]], *, words: str) -> Days:
    """Shares in percent by the hour, at most 24 values each; today's may stop at the present hour."""
    top, floor, left, right = 10.0, 146.0, 40.0, 466.0
    step = (right - left) / 24

    def place(hour: int, value: float) -> tuple[float, float]:
        return round(left + (hour + 0.5) * step, 1), round(floor - (floor - top) * min(value, 100) / 100, 1)

    def line(values: Sequence[float]) -> str:
        if not any(values):
            return ""
        return " ".join(f"{x},{y}" for x, y in (place(hour, value) for hour, value in enumerate(values)))

    today, yesterday, week_ago = three
    now_x, now_y = place(len(today) - 1, today[-1]) if today else (0.0, 0.0)
    return Days(
        today=line(today),
        yesterday=line(yesterday),
        week_ago=line(week_ago),
        now_x=now_x,
        now_y=now_y,
        ticks=[Tick(round(left + hour * step, 1), f"{hour}") for hour in range(0, 25, 4)],
        rules=[
            Rule(y, y + 4, f"{value}%")
            for value in (0, 50, 100)
            for y in [round(floor - (floor - top) * value / 100, 1)]
        ],
        words=words,
    )


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
