"""Figures of many seeds: sums, 95 % intervals, and the JSON line of the contract."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from bench.simulator.run import Run
from bench.simulator.score import Score


@dataclass(slots=True)
class Figures:
    """Many runs added up."""

    score: Score = field(default_factory=Score)
    seeds: int = 0
    frames: int = 0
    breaks: list[str] = field(default_factory=list)
    first_break: int | None = None

    def add(self, run: Run) -> None:
        """Count one more seed in."""
        self.seeds += 1
        self.frames += run.frames
        self.score.add(run.score)
        if run.breaks and self.first_break is None:
            self.first_break = run.seed
        self.breaks.extend(f"seed {run.seed}: {found}" for found in run.breaks)

    def line(self) -> dict[str, object]:
        """The flat object of the contract, with a few more counts."""
        score = self.score
        return {
            "stays": score.stays,
            "right": score.right,
            "held": score.held,
            "wrong_person": score.wrong_person,
            "overcharged": score.overcharged,
            "undercharged": score.undercharged,
            "missed": score.missed,
            "auto_order_rate": rate(score.billed, score.stays),
            "invariant_breaks": len(self.breaks),
            "seed_of_first_break": self.first_break,
            "readable": score.readable,
            "nobody_owed": score.nobody,
            "auto_order_rate_readable": rate(score.billed_readable, score.readable),
            "right_or_held_rate": rate(score.right + score.held, score.stays),
            "ghosts_billed": score.ghosts_billed,
            "discrepancies": score.disputes,
            "frames": self.frames,
            "seeds": self.seeds,
        }


def total(runs: Iterable[Run]) -> Figures:
    """Add runs up."""
    figures = Figures()
    for run in runs:
        figures.add(run)
    return figures


def rate(part: int, whole: int) -> float:
    """A share rounded to six places, 0 of nothing."""
    return round(part / whole, 6) if whole else 0.0


def wilson(part: int, whole: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson's score); for none seen of n its upper end is about 3.84 / n."""
    if not whole:
        return 0.0, 1.0
    z = 1.959964
    share = part / whole
    middle = (share + z * z / (2 * whole)) / (1 + z * z / whole)
    spread = z * math.sqrt(share * (1 - share) / whole + z * z / (4 * whole * whole)) / (1 + z * z / whole)
    return max(0.0, middle - spread), min(1.0, middle + spread)
