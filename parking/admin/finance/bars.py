"""Bars drawn by the server: sums side by side, readable without colour and without a script."""

from collections.abc import Sequence
from dataclasses import dataclass

_HEIGHT, _WIDTH, _GAP = 140, 640, 0.25


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of the picture, in its own units; `label` is under it, `words` is read out."""

    x: float
    y: float
    width: float
    height: float
    label: str
    words: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars on a ground of 640 by 170; `top` is the largest sum as it is written."""

    bars: tuple[Bar, ...]
    top: str
    words: str


def chart(sums: Sequence[tuple[str, int, str]], *, top: str, words: str) -> Chart | None:
    """A bar for each (label, fen, words); None when there is nothing to draw. At most a dozen labels are written."""
    largest = max((fen for _, fen, _ in sums), default=0)
    if largest <= 0:
        return None
    step = _WIDTH / len(sums)
    every = -(-len(sums) // 12)
    return Chart(
        bars=tuple(
            Bar(
                x=round(index * step + step * _GAP / 2, 1),
                y=round(_HEIGHT - max(fen, 0) / largest * _HEIGHT, 1),
                width=round(step * (1 - _GAP), 1),
                height=round(max(fen, 0) / largest * _HEIGHT, 1),
                label=label if index % every == 0 else "",
                words=said,
            )
            for index, (label, fen, said) in enumerate(sums)
        ),
        top=top,
        words=words,
    )
