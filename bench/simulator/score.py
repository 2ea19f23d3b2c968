"""Against the truth: what was billed right, held, missed, and what must never happen."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bench.simulator.platform import Book
from bench.simulator.prices import fee
from parking.domain.fusion import Stay as Found
from parking.domain.policy import Policy
from parking.domain.story import Billed
from sandbox.street.traffic import Stay

CLOCKS = timedelta(minutes=20)
"""How far a billed or held stay may lie beside the true one, because device clocks go wrong by so much."""


@dataclass(slots=True)
class Score:
    """Counts over true stays. `right` is billed to the right plate with the exact fee.

    `nobody` are those among `billed` that were settled at nothing without naming anybody.
    """

    stays: int = 0
    readable: int = 0
    right: int = 0
    held: int = 0
    wrong_person: int = 0
    overcharged: int = 0
    undercharged: int = 0
    missed: int = 0
    billed: int = 0
    billed_readable: int = 0
    nobody: int = 0
    ghosts_billed: int = 0
    ghosts_held: int = 0
    disputes: int = 0
    holds: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    def add(self, other: "Score") -> None:
        """Add another count to this one."""
        for name in (
            "stays", "readable", "right", "held", "wrong_person", "overcharged", "undercharged", "missed", "billed",
            "billed_readable", "nobody",            "ghosts_billed", "ghosts_held", "disputes",
        ):  # fmt: skip
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.holds.update(other.holds)
        self.notes.extend(other.notes)


def judge(
    truth: Sequence[Stay], book: Book, *, start: datetime, end: datetime, policy: Policy, margin: timedelta
) -> Score:
    """Score one berth. `truth` may reach beyond [start, end); only stays wholly inside, less the margin, count."""
    score = Score(disputes=len(book.disputes))
    real = _one_visit_each(truth, policy)
    billed = sorted(book.billed, key=lambda stay: stay.arrived_at)
    by_truth: Mapping[int, list[Billed]] = {index: [] for index in range(len(real))}
    for one in billed:
        index = _meant(one, real)
        if index is None and not one.plate:
            continue  # nobody was charged for what never was
        if index is None:
            score.ghosts_billed += 1
            score.overcharged += 1
            score.wrong_person += 1
            score.notes.append(f"ghost billed {one.arrived_at} {one.left_at} {one.plate}")
        else:
            by_truth[index].append(one)
    for index, stay in enumerate(real):
        if stay.arrived_at < start or stay.left_at >= end - margin:
            continue
        score.stays += 1
        score.readable += stay.car.readable
        mine = by_truth[index]
        held = [found for found in book.standing if _overlaps(found, stay)]
        if not mine and not held:
            mine = _covered(stay, billed)
        # What was settled at nothing while a part of it waits for a person is not settled.
        if mine and (any(one.plate for one in mine) or not any(_meets(found, stay) for found in held)):
            score.billed += 1
            score.billed_readable += stay.car.readable
            _judge_billed(stay, mine, score)
        elif held:
            score.held += 1
            score.holds["+".join(sorted({hold.value for found in held for hold in found.holds})) or "open"] += 1
        else:
            score.missed += 1
            score.notes.append(f"missed {stay}")
    return score


def _covered(stay: Stay, billed: Sequence[Billed]) -> list[Billed]:
    """A stay that nobody is charged for, together with its neighbour: a sensor took the two for one."""
    return [
        one
        for one in billed
        if not one.plate and one.arrived_at < stay.left_at + CLOCKS and stay.arrived_at < one.left_at + CLOCKS
    ]


def _judge_billed(stay: Stay, mine: Sequence[Billed], score: Score) -> None:
    true_fee = fee(stay.arrived_at, stay.left_at, stay.car.plate, stay.car.color)
    score.nobody += not any(one.plate for one in mine)
    charged = sum(fee(one.arrived_at, one.left_at, stay.car.plate, stay.car.color) for one in mine if one.plate)
    if any(one.plate not in ("", stay.car.plate) for one in mine):
        score.wrong_person += 1
        score.notes.append(f"wrong person {stay} {mine}")
    elif charged > true_fee:
        score.overcharged += 1
        score.notes.append(f"overcharged {charged} for {true_fee}: {stay} {mine}")
    elif charged < true_fee:
        score.undercharged += 1
        score.notes.append(f"undercharged {charged} for {true_fee}: {stay} {mine}")
    else:
        score.right += 1


def _one_visit_each(truth: Sequence[Stay], policy: Policy) -> list[Stay]:
    """A car that is back on the berth within the re-parking time has not left, by the platform's own rule."""
    limit = timedelta(seconds=policy.repark_seconds)
    merged: list[Stay] = []
    for stay in truth:
        last = merged[-1] if merged else None
        if last is not None and last.car == stay.car and stay.car.plate and stay.arrived_at - last.left_at <= limit:
            merged[-1] = Stay(berth=last.berth, arrived_at=last.arrived_at, left_at=stay.left_at, car=stay.car)
        else:
            merged.append(stay)
    return merged


def _meant(one: Billed, real: Sequence[Stay]) -> int | None:
    """Which true stay a billed one tells of: of the same plate where there is one as near as clocks go wrong."""
    best: tuple[bool, timedelta] | None = None
    found = None
    for index, stay in enumerate(real):
        common = min(one.left_at, stay.left_at) - max(one.arrived_at, stay.arrived_at)
        same = one.plate == stay.car.plate != ""
        if common <= (-CLOCKS if same else timedelta(0)):
            continue
        if best is None or (same, common) > best:
            best, found = (same, common), index
    return found


def _meets(found: Found, stay: Stay) -> bool:
    return found.arrived_at < stay.left_at and (found.left_at or found.arrived_at) > stay.arrived_at


def _overlaps(found: Found, stay: Stay) -> bool:
    end = found.left_at or found.arrived_at
    return found.arrived_at <= stay.left_at + CLOCKS and end >= stay.arrived_at - CLOCKS
