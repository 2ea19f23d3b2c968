"""What answers, notifications, queries and statement lines all become."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from payments.gateways.outcomes import Absent, Evidence, Found, Pending, Refused, Succeeded
from payments.wire.http import NotSent, Unknown


class FactKind(StrEnum):
    PAYMENT = "payment"
    REFUND = "refund"
    ENTRY_STATE = "entry_state"
    PAY_BACK = "pay_back"
    MANDATE = "mandate"


class State(StrEnum):
    """What a fact says. The first seven are of payments and refunds, the last three of entries and mandates."""

    SUCCEEDED = "succeeded"
    PENDING = "pending"
    FAILED = "failed"
    CLOSED = "closed"
    ABNORMAL = "abnormal"  # a refund whose way back is dead (a cancelled card): a person must act
    ABSENT = "absent"
    UNKNOWN = "unknown"
    NORMAL = "normal"
    BLOCKED = "blocked"  # an entry that can't be debited; a mandate the driver paused
    NONE = "none"  # no mandate


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What an answer, a notification, a query and a statement line all become.

    `our_number` is the number we gave (payment, refund or entry). `reference` is the gateway's. `at` is when it
    happened by the gateway's clock. `event_id` tells one telling from another, not one fact from another: the same
    fact may come under several ids. `stranger` says in words why it isn't ours (another merchant, another
    application): such a fact is kept and never applied. `paid_by_advance`: see Succeeded.advanced.
    """

    gateway: str
    kind: FactKind
    our_number: str
    reference: str
    state: State
    amount_fen: int | None
    at: datetime | None
    event_id: str
    code: str = ""
    message: str = ""
    payment_number: str = ""
    plate: str = field(default="", repr=False)
    plate_color: str = ""
    paid_by_advance: bool = False
    stranger: str = ""
    evidence: Evidence = field(default_factory=dict, repr=False)


def fact_of(*, gateway: str, kind: FactKind, number: str, found: Found, heard_at: datetime) -> Fact:
    """The fact that the outcome of one of our own calls states. Its event id is derived from what it says."""
    reference, amount, at, code, message, advanced = "", None, heard_at, "", "", False
    match found:
        case Succeeded():
            state, reference, amount, at, advanced = (
                State.SUCCEEDED,
                found.reference,
                found.paid_fen,
                found.at,
                found.advanced,
            )
        case Pending():
            state, reference = State.PENDING, found.reference
        case Refused():
            state, code, message = State(_REFUSALS.get(found.code, State.FAILED)), found.code, found.message
        case Absent():
            state, message = State.ABSENT, found.detail
        case Unknown() | NotSent():
            state, message = State.UNKNOWN, found.detail
    return Fact(
        gateway=gateway,
        kind=kind,
        our_number=number,
        reference=reference,
        state=state,
        amount_fen=amount,
        at=at,
        event_id=f"{kind}:{number}:{state}:{heard_at.isoformat()}",
        code=code,
        message=message,
        paid_by_advance=advanced,
        evidence=getattr(found, "evidence", {}),
    )


# The two refusals that are states of their own rather than failures.
_REFUSALS = {"CLOSED": State.CLOSED, "ABNORMAL": State.ABNORMAL}
