"""Comparing a day of our books with the gateway's statement of it. Pure: lists in, findings out."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Outcome(StrEnum):
    """What a comparison of one payment or refund came to."""

    MATCHED = "matched"
    AMOUNT_DIFF = "amount_diff"
    ONLY_BILL = "only_bill"
    ONLY_OURS = "only_ours"
    STATE_DIFF = "state_diff"
    NEXT_DAY = "next_day"  # near midnight, and the neighbouring statement isn't there yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """A payment or refund in our books. `done`: the money moved. `near_midnight`: its clock may be the other day's."""

    kind: str
    number: str
    reference: str
    amount_fen: int
    done: bool
    near_midnight: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Theirs:
    """A line of the statement; `key` is ours to find it again.

    `done`: by the statement the money moved; None when it was still moving when the statement was made.
    """

    key: int
    kind: str
    number: str
    reference: str
    amount_fen: int
    done: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One finding. At most one side is missing."""

    outcome: Outcome
    ours: Ours | None = None
    theirs: Theirs | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """The numbers in the statements of the days around, by kind, and whether both of those are there."""

    numbers: Mapping[str, frozenset[str]] = field(default_factory=dict)
    complete: bool = True


def compare(*, ours: Iterable[Ours], theirs: Sequence[Theirs], neighbours: Neighbours) -> list[Pair]:
    """Full outer join by our number, then by the gateway's; a line told twice is a finding of its own."""
    waiting = list(ours)
    by_number = {(one.kind, one.number): one for one in waiting}
    by_reference = {(one.kind, one.reference): one for one in waiting if one.reference}
    taken: dict[tuple[str, str], list[Theirs]] = defaultdict(list)
    pairs = []
    for line in theirs:
        mine = by_number.get((line.kind, line.number)) or by_reference.get((line.kind, line.reference))
        if mine is None or taken[(mine.kind, mine.number)]:
            pairs.append(Pair(outcome=Outcome.ONLY_BILL, theirs=line))
            continue
        taken[(mine.kind, mine.number)].append(line)
        pairs.append(Pair(outcome=_outcome(mine, line), ours=mine, theirs=line))
    for mine in waiting:
        if taken[(mine.kind, mine.number)] or not mine.done:
            continue
        if mine.number in neighbours.numbers.get(mine.kind, frozenset()):
            continue
        outcome = Outcome.NEXT_DAY if mine.near_midnight and not neighbours.complete else Outcome.ONLY_OURS
        pairs.append(Pair(outcome=outcome, ours=mine))
    return pairs


def _outcome(mine: Ours, line: Theirs) -> Outcome:
    if mine.amount_fen != line.amount_fen:
        return Outcome.AMOUNT_DIFF
    return Outcome.MATCHED if line.done in (None, mine.done) else Outcome.STATE_DIFF
