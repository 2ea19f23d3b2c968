"""A part of the day with its price, and the clock its steps run on. Frozen values, nothing computed."""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from parking.domain.tariff.days import DayRule
from parking.domain.tariff.terms import Text


class Due(StrEnum):
    """When a started unit is owed."""

    UP = "up"
    DOWN = "down"
    TAIL = "ignore_tail"
    EXACT = "exact"


@dataclass(frozen=True, slots=True)
class Rounding:
    """How a part of a unit counts. The tail rule holds for units that begin at or after `after_s` of the clock."""

    due: Due = Due.UP
    tail_s: int = 0
    inclusive: bool = True
    after_s: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """Units of `unit_s` at `price` each, from the previous step's end to `until_s` of the clock."""

    until_s: int
    unit_s: int
    price: Fraction
    rounding: Rounding


@dataclass(frozen=True, slots=True)
class Row:
    """The whole price once the clock stands at most at `until_s`."""

    until_s: int
    total: Fraction


class Then(StrEnum):
    """What follows a last step or row that has an end."""

    FLAT = "flat"
    REPEAT = "repeat"


class Pool(StrEnum):
    """Which chargeable time a clock adds up."""

    PASSAGE = "passage"  # one continuous passage through one band
    BAND = "band"  # all passages through the same band inside one window
    WINDOW = "window"  # all chargeable time inside one window
    CLOCK = "clock"  # real time since the window began


@dataclass(frozen=True, slots=True)
class Meter:
    """How the clock of the steps runs; `carry` lets a unit go on in the next passage, else each passage rounds."""

    pool: Pool = Pool.PASSAGE
    carry: bool = False


@dataclass(frozen=True, slots=True)
class Band:
    """A part of the day with its price; `end_s` may lie beyond 24 h. Neither steps nor rows: declared free."""

    id: str
    name: Text
    clause: str
    days: DayRule
    start_s: int
    end_s: int
    steps: tuple[Step, ...]
    rows: tuple[Row, ...]
    linear: bool
    then: Then
    meter: Meter
    cap: Fraction | None

    @property
    def free(self) -> bool:
        """Whether nothing is charged in the band."""
        return not self.steps and not self.rows
