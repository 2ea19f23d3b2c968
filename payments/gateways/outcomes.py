"""How a call can end. None of the ends is an exception: "we cannot know" is an ordinary end, and must be looked at."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from payments.wire.http import NotSent, Unknown

Evidence = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Succeeded:
    """The money moved. `paid_fen` is what the order was settled with (for a refund: what went back).

    `advanced`: the gateway paid us out of its own pocket; the driver's debt is now theirs.
    """

    reference: str
    at: datetime
    paid_fen: int
    advanced: bool = False
    evidence: Evidence = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """The gateway has the order and will tell, or waits for the driver (an unpaid user payment)."""

    reference: str = ""
    evidence: Evidence = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A definite no: nothing moved. `retry_after` is set when the same number may be sent again later."""

    code: str
    message: str
    retry_after: timedelta | None = None
    evidence: Evidence = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """Only queries give it: the gateway knows no such number (yet: it may still be on the way)."""

    detail: str
    evidence: Evidence = field(default_factory=dict, repr=False)


Outcome = Succeeded | Pending | Refused | Unknown | NotSent
Found = Succeeded | Pending | Refused | Absent | Unknown | NotSent


def resolved(refused: Refused, found: Found) -> Outcome:
    """The end of a call whose refusal may mean "you did this before", by what a query found.

    The refusal stands only if the number doesn't exist. A refusal of the query itself says nothing of the payment.
    """
    match found:
        case Absent():
            return refused
        case Refused(code="PAY_FAIL" | "CLOSED"):
            return found
        case Refused():
            return Unknown(detail=f"{refused.code}, and the query was refused: {found.code}")
        case NotSent():
            return Unknown(detail=f"{refused.code}, and the query was not sent")
    return found
