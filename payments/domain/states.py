"""The states of payments and refunds and the moves between them, as plain tables."""

from enum import StrEnum


class AttemptState(StrEnum):
    """CREATED is committed before anything is sent; UNKNOWN may or may not have happened and is never the end."""

    CREATED = "created"
    SUBMITTED = "submitted"
    PENDING = "pending"
    UNKNOWN = "unknown"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CLOSED = "closed"


IN_FLIGHT = frozenset({AttemptState.CREATED, AttemptState.SUBMITTED, AttemptState.PENDING, AttemptState.UNKNOWN})

_A = AttemptState
# The gateway's proof wins, however late: FAILED and CLOSED may still become SUCCEEDED. SUCCEEDED never changes.
ATTEMPT_MOVES: dict[AttemptState, frozenset[AttemptState]] = {
    # Straight to SUCCEEDED: a gateway's proof about a number we believed unsent.
    _A.CREATED: frozenset({_A.SUBMITTED, _A.FAILED, _A.CLOSED, _A.SUCCEEDED}),
    # Back to CREATED means proved never to have arrived: the same number may be sent again.
    _A.SUBMITTED: frozenset({_A.CREATED, _A.PENDING, _A.UNKNOWN, _A.SUCCEEDED, _A.FAILED, _A.CLOSED}),
    _A.PENDING: frozenset({_A.UNKNOWN, _A.SUCCEEDED, _A.FAILED, _A.CLOSED}),
    _A.UNKNOWN: frozenset({_A.CREATED, _A.PENDING, _A.SUCCEEDED, _A.FAILED, _A.CLOSED}),
    _A.FAILED: frozenset({_A.SUCCEEDED}),
    _A.CLOSED: frozenset({_A.SUCCEEDED}),
    _A.SUCCEEDED: frozenset(),
}


class RefundState(StrEnum):
    """REQUESTED waits for a second person; ABNORMAL waits for a person because the way back is dead."""

    REQUESTED = "requested"
    APPROVED = "approved"
    SUBMITTED = "submitted"
    PROCESSING = "processing"
    UNKNOWN = "unknown"
    SUCCEEDED = "succeeded"
    ABNORMAL = "abnormal"
    CLOSED = "closed"
    FAILED = "failed"


_R = RefundState
REFUND_DEAD = frozenset({_R.CLOSED, _R.FAILED})
REFUND_MOVES: dict[RefundState, frozenset[RefundState]] = {
    _R.REQUESTED: frozenset({_R.APPROVED, _R.CLOSED}),
    _R.APPROVED: frozenset({_R.SUBMITTED, _R.CLOSED, _R.SUCCEEDED}),
    _R.SUBMITTED: frozenset({_R.PROCESSING, _R.UNKNOWN, _R.SUCCEEDED, _R.ABNORMAL, _R.CLOSED, _R.FAILED, _R.APPROVED}),
    _R.PROCESSING: frozenset({_R.UNKNOWN, _R.SUCCEEDED, _R.ABNORMAL, _R.CLOSED, _R.FAILED}),
    _R.UNKNOWN: frozenset({_R.APPROVED, _R.PROCESSING, _R.SUCCEEDED, _R.ABNORMAL, _R.CLOSED, _R.FAILED}),
    _R.ABNORMAL: frozenset({_R.PROCESSING, _R.SUCCEEDED, _R.CLOSED}),
    _R.CLOSED: frozenset({_R.SUCCEEDED}),
    _R.FAILED: frozenset({_R.SUCCEEDED}),
    _R.SUCCEEDED: frozenset(),
}


def may_move(before: AttemptState, after: AttemptState) -> bool:
    """Whether an attempt may go from one state to the other."""
    return after in ATTEMPT_MOVES[before]


def refund_may_move(before: RefundState, after: RefundState) -> bool:
    """Whether a refund may go from one state to the other."""
    return after in REFUND_MOVES[before]
