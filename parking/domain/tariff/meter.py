"""From a position on the clock to the units owed: the step functions of one band, in scaled whole numbers."""

from bisect import bisect_left
from fractions import Fraction
from math import lcm
from typing import Final

from parking.domain.tariff.bands import Band, Due, Then
from parking.domain.tariff.terms import FOREVER

UP: Final = Due.UP
TAIL: Final = Due.TAIL


def divisor(band: Band) -> int:
    """Return the number by which money must be scaled so that every price of the band stays whole."""
    amounts = [step.price / step.unit_s if step.rounding.due is Due.EXACT else step.price for step in band.steps]
    before = (0, Fraction(0))
    for row in band.rows:
        amounts.append(row.total)
        if band.linear:
            amounts.append((row.total - before[1]) / (row.until_s - before[0]))
        before = (row.until_s, row.total)
    return lcm(*(amount.denominator for amount in amounts))


class Meter:
    """The prices of one band. `counts(origin, position)` says how many units of each step are owed when the clock
    stands at `position` in a passage whose first unit begins at `origin`; it never falls as `position` grows."""

    __slots__ = ("_ends", "_linear", "_period", "_steps", "_totals", "prices")

    def __init__(self, band: Band, scale: int) -> None:
        steps = []
        low = 0
        for step in band.steps:
            exact = step.rounding.due is Due.EXACT
            price = step.price * scale / (step.unit_s if exact else 1)
            unit = 1 if exact else step.unit_s
            rule = step.rounding
            # an inclusive tail of t seconds is dropped when it is at most t, an exclusive one when it is under t
            tail = rule.tail_s if rule.inclusive else rule.tail_s - 1
            steps.append((low, step.until_s, unit, int(price), rule.due, tail, rule.after_s))
            low = step.until_s
        self._steps = tuple(steps)
        self._ends = tuple(row.until_s for row in band.rows)
        self._totals = tuple(int(row.total * scale) for row in band.rows)
        self._linear = band.linear
        last = band.steps[-1].until_s if band.steps else band.rows[-1].until_s
        self._period = last if band.then is Then.REPEAT and last < FOREVER else 0
        self.prices = tuple(step[3] for step in steps) if steps else (1,)

    def counts(self, origin: int, position: int) -> tuple[int, ...]:
        """Return the units owed per step; for a table the money itself as units of one."""
        if not self._period:
            return self._once(origin, position)
        cycle, start = divmod(origin, self._period)
        full = (position - cycle * self._period) // self._period
        rest = position - (cycle + full) * self._period
        if not full:
            return self._once(start, rest)
        first = self._once(start, self._period)
        whole = self._once(0, self._period)
        last = self._once(0, rest)
        return tuple(a + b * (full - 1) + c for a, b, c in zip(first, whole, last, strict=True))

    def _once(self, origin: int, position: int) -> tuple[int, ...]:
        if self._ends:
            return (self._total(position) - (self._total(origin) if origin else 0),)
        found = []
        for low, high, unit, _, due, tail, after in self._steps:
            if high <= origin or position <= low:
                found.append(0)
                continue
            begin = low if low > origin else origin
            span = (position if position < high else high) - begin
            if due is UP:
                found.append(-(-span // unit))
                continue
            units, rest = divmod(span, unit)
            if rest and (
                position >= high  # the step's border ends its last unit
                or (due is TAIL and (rest > tail or begin + units * unit < after))
            ):
                units += 1
            found.append(units)
        return tuple(found)

    def _total(self, position: int) -> int:
        if position <= 0:
            return 0
        index = bisect_left(self._ends, position)
        if index == len(self._ends):
            return self._totals[-1]
        if not self._linear:
            return self._totals[index]
        low, base = (self._ends[index - 1], self._totals[index - 1]) if index else (0, 0)
        return base + (self._totals[index] - base) * (position - low) // (self._ends[index] - low)

    def covered(self, origin: int, position: int) -> int:
        """Return where on the clock the last unit begun before `position` ends (rounding up only)."""
        for low, high, unit, *_ in self._steps:
            if position <= high:
                begin = max(low, origin)
                return min(begin - (begin - position) // unit * unit, high)
        return position

    def parts(self, origin: int, begin: int, finish: int) -> tuple[int, ...]:
        """Return the units that fall due on the clock in (begin, finish]."""
        after = self.counts(origin, finish)
        if begin == origin:
            return after
        before = self.counts(origin, begin)
        return tuple(a - b for a, b in zip(after, before, strict=True))

    def span(self, step: int) -> tuple[int, int]:
        """Return the clock positions between which the step's units lie, inside one period."""
        return (0, FOREVER) if self._ends or self._period else self._steps[step][:2]
